/*
 * tests/golden/exc.S - exceptions in long mode, with IST and user mode
 *
 * Each vector that software can cause, with its error code; a page fault that
 * becomes a double fault on a stack of its own; single steps and a breakpoint
 * register; system calls and faults from user mode.
 */
#include "golden.h"

#define TSS		0x9000
#define GDT_RAM		0x9800
#define STACK_USER	0x7000
#define STACK_IST	0x6800
#define NOT_MAPPED	0x40000000

	RESET

start:	REAL_MODE
	PROTECTED
	/* Bits that the processor writes need a GDT in RAM. */
	movl $gdt, %esi
	movl $GDT_RAM, %edi
	movl $(gdt_end - gdt) / 4, %ecx
	rep movsl
	lgdtl gdt_ram_pointer
	LONG 0x620			/* PAE, OSFXSR, OSXMMEXCPT */
	movw $DATA, %ax
	movw %ax, %ss
	movl $STACK, %esp
	GATES64 48
	movb $1, IDT + 2 * 16 + 4	/* #NMI, #DF on IST1 */
	movb $1, IDT + 8 * 16 + 4
	movb $0xee, IDT + 3 * 16 + 5	/* INT3, INT 20h for everybody */
	movb $0xee, IDT + 32 * 16 + 5
	movq $STACK, TSS + 4
	movq $STACK_IST, TSS + 36
	movw $0x68, TSS + 102
	movw $TSS_SEL, %ax
	ltr %ax
	fninit
	TRY str %eax
	REPORT %eax

	xorl %ecx, %ecx
	movl $1, %eax
	xorl %edx, %edx
	TRY divl %ecx			/* 0 */
	TRY idivb %cl
	TRY int3
	TRY .byte 0xcd, 0x04		/* INT 4: OF's vector */
	TRY ud2				/* 6 */
	movq %cr0, %rax
	orb $8, %al			/* TS */
	movq %rax, %cr0
	TRY fnop			/* 7 */
	TRY addps %xmm0, %xmm0
	clts
	movw $0x7b, %ax			/* past the GDT */
	TRY ltr %ax			/* 13, selector */
	movw $0x50, %ax			/* a TSS that is not present */
	TRY ltr %ax			/* 11 */
	movw $0x48, %ax			/* data, not present */
	TRY movw %ax, %ds
	TRY movw %ax, %ss		/* 12 */
	movq $0x800000000000, %rax
	TRY movq (%rax), %rbx		/* 13 */
	movq %rax, %rbp
	TRY movq (%rbp), %rbx		/* 12 */
	TRY movq NOT_MAPPED, %rbx	/* 14 */
	TRY movq %rbx, NOT_MAPPED
	movl $NOT_MAPPED, %eax
	TRY jmp *%rax
	TRY .byte 0xcd, 0x2f		/* a vector with a gate */
	TRY .byte 0xcd, 0x30		/* past the IDT: 13, error 302h or so */
	movl $0x12345678, %ecx
	TRY rdmsr
	movl $0x80000000, %eax
	TRY movq %rax, %cr4

	/* x87 and SSE. */
	fldcw control
	fld1
	fldz
	fdivrp %st, %st(1)
	TRY fwait			/* 16 */
	fnclex
	fninit
	ldmxcsr mxcsr
	movaps floats, %xmm0
	xorps %xmm1, %xmm1
	TRY divps %xmm1, %xmm0	/* 19 */
	TRY movaps floats + 4, %xmm0	/* 13 */
	/* Alignment check is for user mode; see below. */

	/* Single steps, and a breakpoint on a write. */
	leaq 1f(%rip), %r15
	pushfq
	orl $0x100, (%rsp)
	popfq
	nop
	nop
1:	xorl %r14d, %r14d
	movl $0x20000, %eax
	movq %rax, %dr0
	movl $0x000d0101, %eax
	movq %rax, %dr7
	TRY movl %eax, 0x20000	/* 1, a trap */
	movl 0x20004, %eax
	movq %dr6, %rax
	REPORT %eax
	xorl %eax, %eax
	movq %rax, %dr7

	/* A page fault whose gate is not present: double fault. */
	movb $0x0e, IDT + 14 * 16 + 5
	TRY movq NOT_MAPPED, %rbx	/* 8 */
	movb $0x8e, IDT + 14 * 16 + 5

	/* User mode: by IRETQ; out by INT 20h. */
	movl $0x340, %ebx
	movl $0xc0000081, %ecx		/* STAR */
	xorl %eax, %eax
	movl $0x00230010, %edx
	wrmsr
	movl $0xc0000082, %ecx		/* LSTAR */
	movl $syscall_entry, %eax
	xorl %edx, %edx
	wrmsr
	movl $0xc0000084, %ecx		/* SFMASK */
	movl $0x200, %eax
	wrmsr
	movq %cr0, %rax
	orl $0x40000, %eax		/* AM */
	movq %rax, %cr0
	pushq $USER_DATA
	pushq $STACK_USER
	pushq $0x40202			/* AC, IF */
	pushq $USER64
	pushq $user
	iretq

syscall_entry:
	movq %rsp, %r12
	movl $STACK, %esp
	pushq %rcx
	popq %rcx
	movq %r12, %rsp
	sysretq

user:	movl $4, %ebx
1:	syscall
	decl %ebx
	jnz 1b
	TRY hlt				/* 13 */
	TRY inb $0x80, %al		/* 13: no map */
	TRY .byte 0xcd, 0x21		/* 13: the gate's DPL */
	TRY int3
	TRY movl STACK_USER + 1, %eax	/* 17 */
	TRY movq %cr0, %rax
	TRY ud2
	movq $leave, %r15
	.byte 0xcd, 0x20

leave:	FINISH

/* INT 20h goes on in the kernel. */
trap:	popq %rbx
	cmpl $0x20, %ebx
	jne 1f
	jmp *%r15
1:	btl %ebx, has_error
	jnc 1f
	addq $8, %rsp
1:	movq %r15, (%rsp)
	btrl $8, 16(%rsp)		/* TF */
	iretq
has_error:
	.long 0x00227d00

	STUBS 48

	.balign 16, 0
floats:	.float 1.0, 2.0, 3.0, 4.0, 5.0
control:
	.word 0x037b			/* division by zero is not masked */
mxcsr:	.long 0x1d80
	.balign 8, 0
gdt:	GDT
	.quad 0x0000890090000067	/* TSS_SEL */
	.quad 0
	.quad 0x00cf13000000ffff	/* 48h: not present */
	.quad 0x0000090090000067	/* 50h: likewise */
	.quad 0
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
gdt_ram_pointer:
	.word gdt_end - gdt - 1
	.long GDT_RAM
idt_pointer:
	.word 48 * 16 - 1
	.quad IDT
