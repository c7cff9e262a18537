/*
 * vmm/host_trap.S - the VMM's own exceptions and interrupts
 *
 * Interrupts are let in at take_interrupts() and halt_until_interrupt() only
 * (vmm/cpu.h).  They say nothing but that it is time to look at the clock.
 */
#include "vmm/layout.h"

#define HOST_TIMER	0x40
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
	movq %rsp, %rdi
	cld
	call host_exception

timer:
	pushq %rax
	movabsq $APIC_EOI, %rax
	movl $0, (%rax)
	popq %rax
	iretq

other:
	iretq

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
