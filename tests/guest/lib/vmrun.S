/*
 * tests/guest/lib/vmrun.S - world switch, and handlers of the guests
 *
 * svm_enter: the VMCB's address in rAX; rBP is kept, all other registers are
 * not.  GIF is clear on return.
 */
	.text
	.globl svm_enter
#ifdef __x86_64__
svm_enter:
	push %rbp
	clgi
	cmpb $0, run_vmload
	je 1f
	vmload
1:	mov gr, %rcx
	mov gr + 8, %rdx
	mov gr + 16, %rbx
	mov gr + 24, %rbp
	mov gr + 32, %rsi
	mov gr + 40, %rdi
	mov gr + 48, %r8
	mov gr + 56, %r9
	mov gr + 64, %r10
	mov gr + 72, %r11
	mov gr + 80, %r12
	mov gr + 88, %r13
	mov gr + 96, %r14
	mov gr + 104, %r15
	cmpb $0, run_sti
	je 2f
	sti
2:	vmrun
	cli
	mov %rcx, gr
	mov %rdx, gr + 8
	mov %rbx, gr + 16
	mov %rbp, gr + 24
	mov %rsi, gr + 32
	mov %rdi, gr + 40
	mov %r8, gr + 48
	mov %r9, gr + 56
	mov %r10, gr + 64
	mov %r11, gr + 72
	mov %r12, gr + 80
	mov %r13, gr + 88
	mov %r14, gr + 96
	mov %r15, gr + 104
	cmpb $0, run_vmload
	je 3f
	vmsave
3:	pop %rbp
	ret
#else
svm_enter:
	push %ebp
	clgi
	cmpb $0, run_vmload
	je 1f
	vmload
1:	mov gr, %ecx
	mov gr + 4, %edx
	mov gr + 8, %ebx
	mov gr + 12, %ebp
	mov gr + 16, %esi
	mov gr + 20, %edi
	cmpb $0, run_sti
	je 2f
	sti
2:	vmrun
	cli
	mov %ecx, gr
	mov %edx, gr + 4
	mov %ebx, gr + 8
	mov %ebp, gr + 12
	mov %esi, gr + 16
	mov %edi, gr + 20
	cmpb $0, run_vmload
	je 3f
	vmsave
3:	pop %ebp
	ret
#endif

/* The handler of a vector asks the host; resumed behind VMMCALL it returns. */
	.macro handlers name bits pop ret
	.globl \name
	.balign 16
\name:
	.code\bits
vector = 0
	.rept 256
	.balign 16
	vmmcall
	.if vector == 8 || vector == 17 || vector == 21 || vector == 30 || (vector >= 10 && vector <= 14)
	\pop
	.endif
	\ret
vector = vector + 1
	.endr
	.endm

#ifdef __x86_64__
	handlers stubs64 64 "add $8, %rsp" iretq
#endif
	handlers stubs32 32 "add $4, %esp" iretl
	handlers stubs16 16 "" iretw
