/*
 * lab/linux/start.S - where Linux starts a program: arguments are on the stack
 */
	.globl _start
_start:
	xorl %ebp, %ebp
	movq %rsp, %rdi
	andq $-16, %rsp
	call begin
	hlt

	.section .note.GNU-stack, "", @progbits
