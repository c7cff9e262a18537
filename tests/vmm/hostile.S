/*
 * tests/vmm/hostile.S - a guest that tries to get out: its first instructions,
 * and what happens at an exception
 */
#define SLOT4	0
#define SLOT3	0
#define COUNT3	4
#define BASE	0
#define ENTRY	hostile_main

#include "vmm/common/enter64.inc"

	.globl boot_pd
	.text
/* int attempt(void (*f)(void)): 0, or 1 if an exception ended it. */
	.globl attempt
attempt:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, back
	call *%rdi
	xorl %eax, %eax
	jmp 1f
	.globl on_exception
on_exception:
	movq %cr0, %rax
	orl $0x10000, %eax
	movq %rax, %cr0
	movq home, %rdi
	movq home_call, %rax
	testq %rax, %rax
	jz 2f
	vmmcall
	jmp 3f
2:	movq %rdi, %cr3
3:	movq back, %rsp
	cld
	movl $SEL_DATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl $1, %eax
1:	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

	.bss
	.balign 16
back:	.skip 16
	.globl home, home_call
home:	.skip 8
home_call: .skip 8
	.skip 16384
	.globl stack_top
stack_top:
	.section .note.GNU-stack, "", @progbits
