/*
 * tests/checkpoint/dirty.S - a guest that writes to PAGES pages, and again
 *
 * Multiboot, 32-bit.  A round writes one word of each page from 4 MiB on; then it
 * counts down from DELAY, so that every epoch sees about the same.  Never ends.
 */
	.set	FIRST, 0x400000

	.section .text
	.globl	_start
	.balign	4
	.long	0x1badb002, 0, -0x1badb002
_start:
	xorl	%eax, %eax
round:	incl	%eax
	movl	$FIRST, %edi
	movl	$PAGES, %ecx
1:	movl	%eax, (%edi)
	addl	$4096, %edi
	loop	1b
	movl	$DELAY, %ecx
2:	decl	%ecx
	jnz	2b
	jmp	round
