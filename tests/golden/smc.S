/*
 * tests/golden/smc.S - code that changes, in long mode
 *
 * A loop that patches an instruction ahead of itself, an instruction that
 * overwrites the next one, code behind an alias of its page, code written by
 * REP MOVSB over what runs, an instruction across two pages whose second page
 * changes, and a page that is mapped elsewhere while its code is known.
 */
#include "golden.h"

#define CODE		0x20000
#define ALIAS		0x600000	/* the page of CODE again */
#define PTE_ALIAS	0x14000

	RESET

	.macro COPY from, to, at
	movl $\from, %esi
	movl $\at, %edi
	movl $\to - \from, %ecx
	rep movsb
	.endm

start:	REAL_MODE
	PROTECTED
	LONG 0x20
	movl $PTE_ALIAS + 3, TABLES + 0x2018
	movl $CODE + 3, PTE_ALIAS
	GATES64 32
	xorl %r8d, %r8d

	/* Called with its own immediate counted up. */
	COPY piece1, piece1_end, CODE
	movl $CODE, %ebp
	movl $50, %r9d
1:	call *%rbp
	incl CODE + 3			/* addl's immediate */
	decl %r9d
	jnz 1b
	REPORT %r8d

	/* A loop whose body patches what comes next, each time round. */
	COPY piece2, piece2_end, CODE + 0x100
	movl $CODE + 0x100, %ebp
	call *%rbp
	REPORT %r8d

	/* Through the alias: the code runs at one address, is written at the
	 * other. */
	movl $20, %r9d
	movl $CODE, %ebp
1:	call *%rbp
	addb $3, ALIAS + 3
	decl %r9d
	jnz 1b
	movl $ALIAS, %ebp
	call *%rbp
	REPORT %r8d

	/* REP MOVSB that overwrites itself: the copy goes on as it began. */
	COPY piece3, piece3_end, CODE + 0x200
	movl $filler, %esi
	movl $CODE + 0x200, %edi
	movl $filler_end - filler, %ecx
	movl $CODE + 0x200, %ebp
	call *%rbp
	REPORT %r8d

	/* Across two pages. */
	COPY piece1, piece1_end, CODE + 0xffb
	movl $CODE + 0xffb, %ebp
	movl $20, %r9d
1:	call *%rbp
	incb CODE + 0x1000
	decl %r9d
	jnz 1b
	REPORT %r8d

	/* Another page behind a known address. */
	COPY piece1, piece1_end, CODE + 0x3000
	movl $0x1000, CODE + 0x3003
	movl $ALIAS, %ebp
	call *%rbp
	movl $CODE + 0x3003, PTE_ALIAS
	call *%rbp			/* the old translation is live */
	invlpg ALIAS
	call *%rbp
	REPORT %r8d
	rdtsc
	REPORT %eax
	FINISH

piece1:	addl $0x100, %r8d
	ret
piece1_end:

piece2:	movl $30, %ecx
1:	movb %cl, 3f - piece2 + CODE + 0x103
	nop
	cmpb $15, %cl
	jne 2f
	movb $0x90, 1b - piece2 + CODE + 0x107	/* itself as it was */
2:	leal (%rcx, %rcx), %edx
	xorb $0x08, 4f - piece2 + CODE + 0x100
3:	addl $0, %r8d
4:	nop
	loop 1b
	ret
piece2_end:

piece3:	rep movsb
	ret
	.fill 14, 1, 0xf4
piece3_end:

filler:	.byte 0x90, 0x90
	addl $0x77, %r8d
	ret
filler_end:

	TRAP64 %r15
	STUBS 32

	.balign 8, 0
gdt:	GDT
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
idt_pointer:
	.word 32 * 16 - 1
	.quad IDT
