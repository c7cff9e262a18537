/*
 * vmm/host_trap.S - the VMM's own exceptions and interrupts
 *
 * Interrupts are let in at take_interrupts() and halt_until_interrupt() only
 * (vmm/cpu.h).  They say nothing but that it is time to look at the clock.
 */
#include "vmm/layout.h"

#define HOST_TIMER	0x40
/* struct host_trap */
#define TRAP_CS		(18 * 8)
#define TRAP_SIZE	(22 * 8)
#define APIC_EOI	(VMM_BASE + 0xfee000b0)

	.text
	.altmacro
	.macro VECTOR n
vector_\n:
	.if !((0x27d00 >> \n) & 1) || \n > 17
	pushq $0			/* no error code of its own */
	.endif
	pushq $\n
	jmp trap
	.endm

	.set i, 0
	.rept 32
	VECTOR %i
	.set i, i + 1
	.endr

trap:
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	cld
	testb $3, TRAP_CS(%rsp)
	jnz from_guest
	movq %rsp, %rdi
	call host_exception

timer:
	pushq %rax
	movabsq $APIC_EOI, %rax
	movl $0, (%rax)
	popq %rax
	testb $3, 8(%rsp)
	jz 1f
	pushq $0
	pushq $HOST_TIMER
	jmp trap
1:	iretq

other:
	testb $3, 8(%rsp)
	jz 1f
	pushq $0
	pushq $0xff
	jmp trap
1:	iretq

/*
 * void deprive_enter(struct host_trap *t)
 *
 * Into ring 3 with the registers of *t; what trapped is in *t when it returns.
 * The trap's frame comes right below t's address on this stack.
 */
	.globl deprive_enter
	.hidden deprive_enter
deprive_enter:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movq %rsp, host_tss + 4(%rip)	/* rsp0; its alignment is 16 */
	subq $TRAP_SIZE, %rsp
	movq %rdi, %rsi
	movq %rsp, %rdi
	movl $TRAP_SIZE / 8, %ecx
	rep movsq
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp
	iretq

from_guest:
	movq TRAP_SIZE(%rsp), %rdi
	movq %rsp, %rsi
	movl $TRAP_SIZE / 8, %ecx
	rep movsq
	addq $TRAP_SIZE + 8, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

	.section .data.rel.ro, "aw"
	.balign 8
	.globl host_vectors
host_vectors:
	.macro ADDRESS n
	.quad vector_\n
	.endm
	.set i, 0
	.rept 32
	ADDRESS %i
	.set i, i + 1
	.endr
	.rept HOST_TIMER - 32
	.quad other
	.endr
	.quad timer
	.rept 255 - HOST_TIMER
	.quad other
	.endr

	.section .note.GNU-stack, "", @progbits
