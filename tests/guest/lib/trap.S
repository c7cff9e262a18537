/*
 * tests/guest/lib/trap.S - entry of all exceptions and interrupts
 *
 * trap_entry() in guest.c gets the frame; nonzero: leave for where TRY() said,
 * with the registers of the interrupted code but its own stack.
 */
#include "selectors.h"

	.text
	.balign 16
	.globl trap_stubs
trap_stubs:
vector = 0
	.rept 256
	.balign 16
	.if vector != 8 && vector != 17 && vector != 21 && vector != 30 && (vector < 10 || vector > 14)
	push $0
	.endif
	push $vector
	jmp trap_common
vector = vector + 1
	.endr

#ifndef __x86_64__
trap_common:
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	pushal
	movl $UDS, %eax
	movl %eax, %ds
	movl %eax, %es
	cld
	pushl %esp
	call trap_entry
	addl $4, %esp
	testl %eax, %eax
	jnz recover
	popal
	popl %gs
	popl %fs
	popl %es
	popl %ds
	addl $8, %esp
	iretl
recover:
	movl $KDS, %eax
	movl %eax, %ss
	movl $UDS, %eax
	movl %eax, %fs
	movl %eax, %gs
	popal
	movl try_sp, %esp
	movl try_bp, %ebp
	pushl $2
	popfl
	jmp *try_ip
#else
trap_common:
	push %r15
	push %r14
	push %r13
	push %r12
	push %r11
	push %r10
	push %r9
	push %r8
	push %rax
	push %rcx
	push %rdx
	push %rbx
	push %rsp
	push %rbp
	push %rsi
	push %rdi
	cld
	mov %rsp, %rdi
	mov %rsp, %rbp
	and $-16, %rsp
	call trap_entry
	mov %rbp, %rsp
	test %eax, %eax
	jnz recover
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	pop %r8
	pop %r9
	pop %r10
	pop %r11
	pop %r12
	pop %r13
	pop %r14
	pop %r15
	add $16, %rsp
	iretq
recover:
	mov $KDS, %eax
	mov %eax, %ss
	mov $UDS, %eax
	mov %eax, %ds
	mov %eax, %es
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	pop %r8
	pop %r9
	pop %r10
	pop %r11
	pop %r12
	pop %r13
	pop %r14
	pop %r15
	mov try_sp, %rsp
	mov try_bp, %rbp
	push $2
	popfq
	jmp *try_ip
#endif
