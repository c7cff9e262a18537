/*
 * tests/golden/paging.S - walks, their cost, and what the model TLB holds
 *
 * The same questions with two levels, PAE and four levels: first touch, dirty
 * bit on the first write, a large page, a fault, CR0.WP, a page-crossing access,
 * INVLPG, a load of CR3.  With four levels also the reach of one set, of the
 * 1-Gbyte entries and of the walk cache, global pages, PCIDs and INVPCID.
 *
 * Windows of linear memory whose tables are one table each, so that any page
 * of them can be touched: 4 Kbyte at PML4 slot 1, 1 Gbyte at 2, 2 Mbyte at 3.
 */
#include "golden.h"

#define PD		0x10000
#define PT		0x11000
#define PAGE		0x30000		/* what all small pages are */
#define WINDOW_4K	0x8000000000
#define WINDOW_1G	0x10000000000
#define WINDOW_2M	0x18000000000
#define FLUSH_KEEP	0x8000000000000000

	RESET

/* n entries from at: first, and so much more each. */
	.macro FILL at, first, step, n, size
	movl $\at, %edi
	movl $\first, %eax
	movl $\n, %ecx
1:	movl %eax, (%edi)
	.if \size > 4
	movl $0, 4(%edi)
	.endif
	addl $\size, %edi
	addl $\step, %eax
	decl %ecx
	jnz 1b
	.endm

/* Questions at a region with small pages at 4000h, 5000h, none at 6000h, one
 * that is read-only at A000h, and a large page at 400000h. */
	.macro QUESTIONS acc
	movl 0x4000, %eax
	movl 0x4004, %eax
	movl %eax, 0x4008
	movl %eax, 0x400c
	movl %eax, 0x5000
	movl 0x4ffe, %eax		/* both pages known */
	movl %eax, 0x8ffe		/* neither */
	movl $1f, %ebp
	movl 0x6000, %eax
1:	movl $1f, %ebp
	movl %eax, 0xa000
1:	mov %cr0, \acc
	xorl $0x10000, %eax		/* WP */
	mov \acc, %cr0
	movl %eax, 0xa000
	mov %cr0, \acc
	xorl $0x10000, %eax
	mov \acc, %cr0
	movl $1f, %ebp
	movl %eax, 0xa004
1:	movl 0x400000, %eax
	movl 0x5ffff0, %eax
	movl 0x600000, %eax
	movl %eax, 0x600000
	invlpg 0x400000
	movl 0x600000, %eax
	movl 0x400000, %eax
	invlpg 0x4000
	movl 0x4000, %eax
	movl 0x5000, %eax
	mov %cr3, \acc
	mov \acc, %cr3
	movl 0x4000, %eax
	movl 0x5000, %eax
	.endm

/* One touch per page: n pages of rsi, each so much further. */
	.macro TOUCH at, step, n
	movabsq $\at, %rsi
	movabsq $\step, %rdi
	movl $\n, %ecx
1:	movl (%rsi), %eax
	addq %rdi, %rsi
	loop 1b
	.endm

start:	REAL_MODE
	PROTECTED
	lidtl idt32_pointer

	/* Two levels: small pages below 1 Mbyte, 4-Mbyte pages. */
	movl $PT + 3, PD
	movl $0x00000083, PD + 4
	FILL PT, 0x3, 0x1000, 256, 4
	movl $0, PT + 6 * 4
	movl $0xa001, PT + 10 * 4
	movl $0x10, %eax		/* PSE */
	movl %eax, %cr4
	movl $PD, %eax
	movl %eax, %cr3
	movl $0x80010033, %eax
	movl %eax, %cr0
	QUESTIONS %eax
	.set i, 4
	.rept 7
	movl PT + i * 4, %ebx
	REPORT %ebx
	.set i, i + 1
	.endr
	movl PD + 4, %ebx
	REPORT %ebx

	/* PAE: PDPT at 12000h. */
	movl $0x33, %eax
	movl %eax, %cr0
	movl $PD + 1, 0x12000
	movl $PT + 3, PD
	movl $0, PD + 4
	movl $0x00000083, PD + 16
	movl $0x00200083, PD + 24
	FILL PT, 0x3, 0x1000, 256, 8
	movl $0, PT + 6 * 8
	movl $0xa001, PT + 10 * 8
	movl $0x20, %eax
	movl %eax, %cr4
	movl $0x12000, %eax
	movl %eax, %cr3
	movl $0x80010033, %eax
	movl %eax, %cr0
	QUESTIONS %eax
	movl $0x80000000, PT + 0x34	/* reserved: NX is off */
	movl $1f, %ebp
	invlpg 0x6000
	movl 0x6000, %eax
1:	movl $0, PT + 0x34
	.set i, 4
	.rept 7
	movl PT + i * 8, %ebx
	REPORT %ebx
	.set i, i + 1
	.endr

	/* Four levels: the same directory, and the windows. */
	movl $0x33, %eax
	movl %eax, %cr0
	movl $0x12003, 0x13000
	movl $PD + 3, 0x12000
	movl $0x15003, 0x13008
	FILL 0x15000, 0x16003, 0, 512, 8
	FILL 0x16000, 0x17003, 0, 512, 8
	FILL 0x17000, PAGE + 3, 0, 512, 8
	movl $0x18003, 0x13010
	FILL 0x18000, 0x83, 0, 512, 8
	movl $0x19003, 0x13018
	FILL 0x19000, 0x1a003, 0, 512, 8
	FILL 0x1a000, 0x83, 0, 512, 8
	FILL PT, 0x3, 0x1000, 256, 8
	movl $0, PT + 6 * 8
	movl $0xa001, PT + 10 * 8
	movl $0xa0, %eax		/* PAE, PGE */
	movl %eax, %cr4
	movl $0x13000, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	movl $0x900, %eax
	xorl %edx, %edx
	wrmsr
	movl $0x80010033, %eax
	movl %eax, %cr0
	ljmpl $CODE64, $1f
	.code64
1:	GATES64 16
	QUESTIONS %rax

	/* One set has 12 ways: 12 pages stay, of 13 none does. */
	TOUCH WINDOW_4K, 0x80000, 12
	TOUCH WINDOW_4K, 0x80000, 12
	TOUCH WINDOW_4K, 0x80000, 13
	TOUCH WINDOW_4K, 0x80000, 13
	/* Large pages in the same set. */
	TOUCH WINDOW_2M, 0x10000000, 6
	TOUCH WINDOW_4K, 0x80000, 12
	TOUCH WINDOW_2M, 0x10000000, 6
	/* 16 entries for 1-Gbyte pages. */
	TOUCH WINDOW_1G, 0x40000000, 16
	TOUCH WINDOW_1G, 0x40000000, 16
	TOUCH WINDOW_1G, 0x40000000, 17
	TOUCH WINDOW_1G, 0x40000000, 4
	/* The walk cache: directory entries, then those above. */
	TOUCH WINDOW_4K + 0x1000, 0x200000, 5
	TOUCH WINDOW_4K + 0x2000, 0x200000, 5
	TOUCH WINDOW_4K + 0x3000, 0x40000000, 9
	TOUCH WINDOW_4K + 0x4000, 0x40000000, 9
	TOUCH WINDOW_4K + 0x5000, 0x2000000, 6
	TOUCH WINDOW_4K + 0x6000, 0x2000000, 6

	/* Global pages outlive CR3 and die with CR4.PGE. */
	orl $0x100, PT + 0x20
	invlpg 0x4000
	movl 0x4000, %eax
	movl 0x5000, %eax
	movq %cr3, %rax
	movq %rax, %cr3
	movl 0x4000, %eax
	movl 0x5000, %eax
	movq %cr4, %rax
	xorq $0x80, %rax
	movq %rax, %cr4
	movl 0x4000, %eax
	movq %cr4, %rax
	xorq $0x80, %rax
	movq %rax, %cr4
	movl 0x4000, %eax

	/* PCIDs: 1, 2, back to 1 with what it had, then without. */
	movq %cr4, %rax
	orq $0x20000, %rax
	movq %rax, %cr4
	movl $0x13001, %eax
	movq %rax, %cr3
	movl 0x5000, %eax
	movl 0x4000, %eax
	movl $0x13002, %eax
	movq %rax, %cr3
	movl 0x5000, %eax
	movabsq $FLUSH_KEEP + 0x13001, %rax
	movq %rax, %cr3
	movl 0x5000, %eax
	movl $0x13001, %eax
	movq %rax, %cr3
	movl 0x5000, %eax
	movabsq $FLUSH_KEEP + 0x13002, %rax
	movq %rax, %cr3
	movl 0x5000, %eax
	/* INVPCID: a page of PCID 2, all of 1, all with globals, all others. */
	movq $2, 0x5100
	movq $0x5000, 0x5108
	.set type, 0
	.rept 4
	movl $type, %eax
	invpcid 0x5100, %rax
	movl 0x5000, %eax
	movl 0x4000, %eax
	movq $1, 0x5100
	.set type, type + 1
	.endr

	/* Not canonical, and execution from a page without it. */
	movabsq $0x800000000000, %rsi
	movl $1f, %ebp
	movl (%rsi), %eax
1:	movl $1f, %ebp
	movl $0x6000, %eax
	jmp *%rax
1:	rdtsc
	REPORT %eax
	FINISH

	TRAP64 %rbp
	STUBS 16

	.balign 8, 0
gdt:	GDT
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
idt_pointer:
	.word 16 * 16 - 1
	.quad IDT

	/* In 32-bit code only page faults are expected. */
	.code32
fault32:
	addl $4, %esp
	movl %ebp, (%esp)
	iretl
	.balign 8, 0
idt32:	.fill 14, 8, 0
	.word fault32 - ROM, CODE32, 0x8e00, ROM >> 16
idt32_pointer:
	.word . - idt32 - 1
	.long idt32
