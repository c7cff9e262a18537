/*
 * tests/golden/apic.S - APIC timer and TSC deadline, in long mode
 *
 * One-shot and periodic counts with several dividers, deadlines ahead and in
 * the past, interrupts to oneself under a task priority, the 8254 through the
 * I/O APIC, an NMI, and the timer again in x2APIC mode.
 */
#include "golden.h"

#define APIC		0xfee00000
#define IOAPIC		0xfec00000
#define TIMER		0x22
#define SELF		0x25
#define PIT		0x23
#define MSR_DEADLINE	0x6e0
#define MSR_X2APIC	0x800

	RESET

	.macro SLEEP n
	movl $\n, %ebp
	call sleep
	.endm

/* Deadline: now + n. */
	.macro DEADLINE n
	rdtsc
	addl $\n, %eax
	adcl $0, %edx
	movl $MSR_DEADLINE, %ecx
	wrmsr
	.endm

	.macro X2APIC_SET reg, value
	movl $MSR_X2APIC + 0x\reg, %ecx
	movl $\value, %eax
	xorl %edx, %edx
	wrmsr
	.endm

start:	REAL_MODE
	PICS 0xff, 0xff
	PROTECTED
	LONG 0x20
	GATES64 48
	/* The registers' addresses are above 2 GiB: no sign-extended 32 bits. */
	movl $APIC, %r12d
	movl $IOAPIC, %r13d

	movl $0x1ff, 0xf0(%r12)		/* enabled; spurious vector FFh */
	movl $0, 0xe0(%r12)
	/* One shot: by 1, 2, 16, 128. */
	movl $TIMER, 0x320(%r12)
	movl $0x0b, 0x3e0(%r12)
	movl $3000, 0x380(%r12)
	movl 0x390(%r12), %ebx
	REPORT %ebx
	SLEEP 1
	movl $0x00, 0x3e0(%r12)
	movl $1500, 0x380(%r12)
	SLEEP 1
	movl $0x03, 0x3e0(%r12)
	movl $400, 0x380(%r12)
	SLEEP 1
	movl $0x0a, 0x3e0(%r12)
	movl $77, 0x380(%r12)
	SLEEP 1
	/* Periodic, counting meanwhile. */
	movl $0x20000 | TIMER, 0x320(%r12)
	movl $0x0b, 0x3e0(%r12)
	movl $2500, 0x380(%r12)
	movl $6, %ebp
	xorl %r8d, %r8d
	sti
1:	incl %r8d
	testl %ebp, %ebp
	jnz 1b
	cli
	movl %r8d, %ebx
	REPORT %ebx
	movl 0x390(%r12), %ebx
	REPORT %ebx
	/* A count of 0 stops it; one in progress is replaced. */
	movl $0, 0x380(%r12)
	movl $TIMER, 0x320(%r12)
	movl $100000, 0x380(%r12)
	movl $2000, 0x380(%r12)
	SLEEP 1

	/* Deadlines: while busy, asleep, in the past, taken back. */
	movl $0x40000 | TIMER, 0x320(%r12)
	mfence
	DEADLINE 5000
	movl $1, %ebp
	sti
1:	testl %ebp, %ebp
	jnz 1b
	cli
	rdtsc
	REPORT %eax
	DEADLINE 20000
	SLEEP 1
	movl $MSR_DEADLINE, %ecx
	movl $1, %eax
	xorl %edx, %edx
	wrmsr
	sti
	nop
	nop
	cli
	DEADLINE 3000
	rdmsr
	REPORT %eax
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
	sti
	movl $2000, %ecx
1:	loop 1b
	cli

	/* To oneself, held back by the task priority. */
	movl $2, %eax
	movq %rax, %cr8
	movl $0x40000 | SELF, 0x300(%r12)
	movl 0x210(%r12), %ebx		/* IRR */
	REPORT %ebx
	movl 0xa0(%r12), %ebx		/* PPR */
	REPORT %ebx
	sti
	nop
	nop
	movl $1, %ebp
	xorl %eax, %eax
	movq %rax, %cr8
	nop
	cli
	/* NMI, to this APIC's number. */
	movl $0, 0x310(%r12)
	movl $0x400, 0x300(%r12)
	nop
	nop

	/* The 8254 on pin 2: edges, then masked and let go. */
	movl $0x15, (%r13)
	movl $0, 0x10(%r13)
	movl $0x14, (%r13)
	movl $PIT, 0x10(%r13)
	PUT 0x43, 0x34
	PUT 0x40, 30
	PUT 0x40, 0
	SLEEP 4
	movl $0x14, (%r13)
	movl $0x10000 | PIT, 0x10(%r13)
	movl $40000, %ecx
1:	loop 1b
	movl $0x14, (%r13)
	movl $PIT, 0x10(%r13)
	SLEEP 2
	movl $0x10000 | PIT, 0x10(%r13)

	/* x2APIC: the same timer by MSRs. */
	movl $0x10000, 0x320(%r12)
	movl $0x1b, %ecx
	rdmsr
	orl $0xc00, %eax
	wrmsr
	movl $1, %r14d
	X2APIC_SET 32, TIMER
	X2APIC_SET 3e, 0x0b
	X2APIC_SET 38, 4000
	SLEEP 1
	movl $1, %ebp
	X2APIC_SET 3f, SELF
	sti
	nop
	nop
	cli
	movl $MSR_X2APIC + 0x02, %ecx
	rdmsr
	REPORT %eax
	FINISH

/* Until ebp interrupts have come. */
sleep:	sti
	hlt
	cli
	testl %ebp, %ebp
	jnz sleep
	ret

/* An interrupt: count it, say when, end it. */
trap:	popq %rbx
	pushq %rax
	pushq %rcx
	pushq %rdx
	decl %ebp
	rdtsc
	REPORT %eax
	cmpb $2, %bl
	je 2f
	testl %r14d, %r14d
	jnz 1f
	movl $0, 0xb0(%r12)
	jmp 2f
1:	X2APIC_SET 0b, 0
2:	popq %rdx
	popq %rcx
	popq %rax
	iretq

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
