/*
 * lab/guest/start.S - entry of the labs' own small guests: 32-bit, flat, no paging,
 * as a multiboot loader leaves it
 */
	.section .head, "ax"
	.balign	4
	.long	0x1badb002, 0, -0x1badb002

	.globl	_start
_start:
	mov	$stack_end, %esp
	cld
	push	%ebx			/* boot information */
	call	guest_main
1:	cli
	hlt
	jmp	1b

	.bss
	.balign	16
	.skip	16384
stack_end:
	.section .note.GNU-stack, "", @progbits
