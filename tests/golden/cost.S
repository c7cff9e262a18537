/*
 * tests/golden/cost.S - one instruction of each cost class
 *
 * Between two accesses to port 80h each, so that the trace has what it cost.
 */
#include "golden.h"

#define BUF		0x20000

	RESET

	.macro COSTS insn:vararg
	\insn
	outb %al, $0x80
	.endm

start:	REAL_MODE
	PROTECTED
	LONG 0x40620			/* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
	GATES64 48
	movw $DATA, %ax
	movw %ax, %ss
	movl $STACK, %esp
	fninit
	movl $BUF, BUF
	outb %al, $0x80
	COSTS nop			/* 1 */
	COSTS addl %eax, BUF
	COSTS pushq %rax
	COSTS popq %rax
	COSTS xchgl %eax, BUF		/* 2 */
	COSTS lock addl %eax, BUF
	COSTS imull %eax, %ebx		/* MUL */
	xorl %edx, %edx
	movl $7, %ebx
	outb %al, $0x80
	COSTS divl %ebx			/* DIV */
	movl $BUF, %esi
	movl $BUF + 64, %edi
	movl $8, %ecx
	outb %al, $0x80
	COSTS movsl			/* STR */
	COSTS rep movsl
	movw $DATA, %ax
	outb %al, $0x80
	COSTS movw %ax, %es		/* FAR */
	pushq $CODE64
	pushq $1f
	outb %al, $0x80
	lretq
1:	outb %al, $0x80
	pushq $0			/* IRET */
	pushq $STACK
	pushq $2
	pushq $CODE64
	pushq $1f
	outb %al, $0x80
	iretq
1:	outb %al, $0x80
	leaq 1f(%rip), %r15
	.byte 0xcd, 0x20		/* INT n, and delivery */
1:	outb %al, $0x80
	movl $0xc0000081, %ecx		/* SYSCALL: to the next instruction */
	movl $CODE64, %edx
	xorl %eax, %eax
	wrmsr
	incl %ecx
	movl $1f, %eax
	xorl %edx, %edx
	wrmsr
	outb %al, $0x80
	syscall
1:	outb %al, $0x80
	COSTS movq %cr0, %rax		/* SYS */
	COSTS movq %rax, %cr0
	COSTS lidt idt_pointer
	COSTS movq %cr3, %rax
	COSTS movq %rax, %cr3
	movl $0xc0000082, %ecx
	outb %al, $0x80
	COSTS rdmsr			/* MSR */
	COSTS cpuid			/* CPUID */
	COSTS rdtsc			/* TSC */
	COSTS fld1			/* FP */
	COSTS fadd %st(0), %st
	COSTS addps %xmm0, %xmm1
	COSTS fdivr %st(0), %st		/* FPDIV */
	COSTS divps %xmm0, %xmm1
	COSTS fsqrt
	COSTS f2xm1			/* FPTRANS */
	COSTS fsin
	COSTS fxsave BUF + 0x100	/* FPSAVE */
	COSTS fnsave BUF + 0x400
	COSTS pause			/* PAUSE */
	COSTS mfence			/* FENCE */
	COSTS wbinvd			/* SERIAL */
	movl $0xfee00020, %esi
	outb %al, $0x80
	COSTS movl (%rsi), %eax		/* a walk, and a device */
	COSTS movl (%rsi), %eax
	COSTS movl %eax, (%rsi)
	leaq 1f(%rip), %r15
	outb %al, $0x80
	ud2				/* an exception */
1:	outb %al, $0x80
	FINISH

	TRAP64 %r15
	STUBS 48

	.balign 8, 0
gdt:	GDT
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
idt_pointer:
	.word 48 * 16 - 1
	.quad IDT
