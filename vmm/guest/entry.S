/*
 * vmm/guest/entry.S - into the kernel, out of it, and from process to process
 *
 * Every way in makes a struct frame (trap.h) and calls trap() with it.
 */
#include "vmm/guest/trap.h"
#include "vmm/guest/x86.h"

#define FRAME_VECTOR	(15 * 8)

/* Vectors with an error code: 8, 10 to 14, 17, 21, 29, 30 (APM volume 2, 8.2
 * "Vectors") */
#define WITH_ERROR	0x60227d00

	.text

/* One entry per vector; those without an error code push a 0. */
	.altmacro
	.macro entry vector
entry_\vector:
	.if (WITH_ERROR >> \vector) % 2 == 0
	pushq $0
	.endif
	pushq $\vector
	jmp enter
	.endm

	.set i, 0
	.rept VECTORS
	entry %i
	.set i, i + 1
	.endr

entry_int80:
	pushq $0
	pushq $VECTOR_SYSCALL
enter:
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, %rdi
	cld
	call trap

/* A new process begins here. */
	.globl leave_kernel
leave_kernel:
	cmpl $VECTOR_FAST, FRAME_VECTOR(%rsp)
	je leave_fast
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

/* SYSCALL: rcx has the user's rip, r11 its rflags; the stack is still its. */
	.globl syscall_entry
syscall_entry:
	movq %rsp, user_stack
	movq kernel_stack, %rsp
	pushq $SEL_UDS
	pushq user_stack
	pushq %r11
	pushq $SEL_UCS
	pushq %rcx
	pushq $0
	pushq $VECTOR_FAST
	jmp enter

/* rcx and r11 are lost to the program.  Interrupts are off, and SYSRET takes
 * rflags with its IF. */
leave_fast:
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	addq $8, %rsp
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	addq $8, %rsp
	popq %rbx
	popq %rax
	movq 16(%rsp), %rcx
	movq 32(%rsp), %r11
	movq 40(%rsp), %rsp
	sysretq

/* switch_stack(uint64_t *save, uint64_t to): leaves one kernel stack for
 * another, on which it was called before or which proc_new() made. */
	.globl switch_stack
switch_stack:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

	.section .rodata
	.balign 8
	.macro entry_address vector
	.quad entry_\vector
	.endm
	.globl trap_entries, trap_entry_int80
trap_entries:
	.set i, 0
	.rept VECTORS
	entry_address %i
	.set i, i + 1
	.endr
trap_entry_int80:
	.quad entry_int80

	.data
	.balign 8
	.globl kernel_stack
kernel_stack:	.quad 0
user_stack:	.quad 0

	.section .note.GNU-stack, "", @progbits
