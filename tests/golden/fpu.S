/*
 * tests/golden/fpu.S - x87 and SSE arithmetic
 *
 * Series in extended, double and single precision with every rounding mode,
 * denormals, infinities and NaNs; transcendental functions; conversions,
 * integer vectors; then the state, saved.  Results are left in memory, for the
 * hash, and their sum goes into the trace.
 */
#include "golden.h"

#define OUT		0x20000

	RESET

/* 32-bit words of memory, added up with a rotation. */
	.macro SUM at, words
	movl $\at, %esi
	movl $\words, %ecx
	xorl %ebx, %ebx
1:	roll $5, %ebx
	addl (%rsi), %ebx
	addl $4, %esi
	loop 1b
	REPORT %ebx
	.endm

start:	REAL_MODE
	PROTECTED
	LONG 0x620
	GATES64 32
	movl $OUT, %edi
	movl $control, %r8d
	movl $4, %ebp

	/* x87: once per rounding mode and precision. */
x87:	fninit
	fldcw (%r8)
	addl $2, %r8d
	fld1
	fldl values
	fdivrp %st, %st(1)
	fldt large
	fmul %st(1), %st
	fld %st(0)
	fsqrt
	fldl values + 8
	fadd %st, %st(1)
	fsubrp %st, %st(2)
	frndint
	fstpt (%rdi)
	fstpt 10(%rdi)
	fstps 20(%rdi)
	fnstsw 24(%rdi)
	fldpi
	fldl values + 16
	fprem
	fxam
	fnstsw 26(%rdi)
	fsin
	fstpt 28(%rdi)
	fldl values + 24
	fcos
	fstpt 38(%rdi)
	fldl2e
	fldl values + 32
	fyl2x
	fstpt 48(%rdi)
	fldl values + 32
	f2xm1
	fldl values + 24
	fpatan
	fstpt 58(%rdi)
	fldl values + 40
	fbstp 68(%rdi)
	fldl values + 24
	fistpl 80(%rdi)
	fldl values + 48
	fistpll 84(%rdi)
	fnstsw 92(%rdi)
	fnstenv 96(%rdi)
	addl $128, %edi
	decl %ebp
	jnz x87
	SUM OUT, 128

	/* SSE: once per rounding mode, the last time flushing denormals. */
	movl $OUT + 0x400, %edi
	movl $mxcsr, %r8d
	movl $4, %ebp
sse:	ldmxcsr (%r8)
	addl $4, %r8d
	movaps singles, %xmm0
	movaps singles + 16, %xmm1
	movaps %xmm0, %xmm2
	addps %xmm1, %xmm2
	movaps %xmm2, (%rdi)
	mulps %xmm1, %xmm2
	movaps %xmm2, 16(%rdi)
	divps %xmm0, %xmm1
	movaps %xmm1, 32(%rdi)
	sqrtps %xmm1, %xmm3
	movaps %xmm3, 48(%rdi)
	minps %xmm0, %xmm3
	maxps singles, %xmm3
	cmpltps %xmm0, %xmm3
	movaps %xmm3, 64(%rdi)
	movapd values, %xmm4
	movapd values + 16, %xmm5
	subpd %xmm5, %xmm4
	mulpd %xmm4, %xmm5
	divpd values + 48, %xmm5
	sqrtpd %xmm5, %xmm6
	movapd %xmm5, 80(%rdi)
	movapd %xmm6, 96(%rdi)
	cvtpd2ps %xmm5, %xmm7
	cvtps2dq %xmm7, %xmm7
	movaps %xmm7, 112(%rdi)
	cvtsd2si values + 48, %rax
	movq %rax, 128(%rdi)
	cvtsi2ss %eax, %xmm0
	comiss singles, %xmm0
	pushfq
	popq %rax
	movq %rax, 136(%rdi)
	stmxcsr 144(%rdi)
	addl $160, %edi
	decl %ebp
	jnz sse
	SUM OUT + 0x400, 160

	/* Integer vectors. */
	movdqa singles, %xmm0
	movdqa singles + 16, %xmm1
	movdqa %xmm0, %xmm2
	paddusb %xmm1, %xmm2
	pmaddwd %xmm1, %xmm0
	psadbw %xmm2, %xmm1
	pshufd $0x1b, %xmm1, %xmm3
	punpcklbw %xmm0, %xmm2
	packsswb %xmm3, %xmm2
	pmovmskb %xmm2, %eax
	REPORT %eax
	pcmpgtd %xmm2, %xmm3
	psrlq $7, %xmm3
	pmuludq %xmm1, %xmm3
	movdqa %xmm2, OUT + 0x800
	movdqa %xmm3, OUT + 0x810
	movq singles, %mm0
	paddsw singles + 8, %mm0
	pmullw singles + 16, %mm0
	movq %mm0, OUT + 0x820
	fxsave OUT + 0xa00
	emms
	SUM OUT + 0x800, 256
	rdtsc
	REPORT %eax
	FINISH

	TRAP64 %r15
	STUBS 32

	.balign 16, 0
values:	.double 3.0, 0.1, 1000.25, -0.7, 0.3, -123456789.0, 1e15, 7.0
singles:
	.long 0x3f800000, 0xc0490fdb, 0x00000123, 0x7f7fffff
	.long 0x3eaaaaab, 0x40000000, 0x00800000, 0xff800000
large:	.byte 0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x3e, 0x40
control:
	.word 0x037f, 0x067f, 0x0a7f, 0x0f7f
mxcsr:	.long 0x1f80, 0x3f80, 0x5f80, 0xffc0
	.balign 8, 0
gdt:	GDT
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
idt_pointer:
	.word 32 * 16 - 1
	.quad IDT
