/*
 * cpu/exec_ssef.h - what the exec_ssef*.c files share
 *
 * A kernel is one operation done by the host's own instruction between loading
 * and saving MXCSR; its flags come back in *mx.  The host's MXCSR is at its
 * default before and after, all exceptions masked in between.
 */
#ifndef CPU_EXEC_SSEF_H
#define CPU_EXEC_SSEF_H

#include "cpu/exec_priv.h"

#define MX_IE		0x0001u
#define MX_DE		0x0002u
#define MX_ZE		0x0004u
#define MX_OE		0x0008u
#define MX_UE		0x0010u
#define MX_PE		0x0020u
#define MX_FLAGS	0x003fu
#define MX_MASKS	0x1f80u
#define MX_DAZ		0x0040u
#define MX_OM		0x0400u
#define MX_UM		0x0800u
#define MX_RC_SHIFT	13
#define MX_RC		(3u << MX_RC_SHIFT)
#define MX_FZ		0x8000u
#define MX_VALID	0xffffu		/* MXCSR_MASK */
#define MX_INIT		0x1f80u

typedef void (*sse_kernel)(union xval *d, const union xval *s, uint32_t *mx);

/* Runs k with the guest's rounding, DAZ and FTZ; on an unmasked exception *d is
 * unchanged and the result is false. */
bool	sse_run(struct cpu *c, sse_kernel k, union xval *d, const union xval *s) MUST_CHECK;
/* As sse_run() with rounding control rc, not recording the flags in quiet. */
bool	sse_run_rc(struct cpu *c, sse_kernel k, union xval *d, const union xval *s,
	    unsigned rc, uint32_t quiet) MUST_CHECK;

/*
 * As sse_run() for an operation whose result may overflow or underflow.  When
 * that is unmasked, precision is about the result with an unbounded exponent,
 * which the host's masked instruction does not tell: exact_* say what is
 * computed from element i of d and s (AMD APM vol 1 §4.10.1 "Exceptions", and
 * observed).
 */
enum exact_kind { EXACT_ADD, EXACT_SUB, EXACT_MUL, EXACT_DIV, EXACT_NARROW };
struct exact_op {
	uint8_t		kind;		/* of the even elements */
	uint8_t		odd;		/* of the odd ones */
	uint8_t		size, count;	/* of the result's elements */
};
bool	sse_run_exact(struct cpu *c, sse_kernel k, const struct exact_op *op,
	    union xval *d, const union xval *s) MUST_CHECK;

/* k_name(): "insn source, destination". */
#define SSE_KERNEL(name, insn) \
static void \
k_##name(union xval *d, const union xval *s, uint32_t *mx) \
{ \
	uint32_t init = MX_INIT; \
\
	__asm__ volatile("ldmxcsr %1\n\t" insn " %2, %0\n\tstmxcsr %1\n\tldmxcsr %3" \
	    : "+x"(d->v), "+m"(*mx) : "x"(s->v), "m"(init)); \
}

/* x_name(): the host instruction of the same name. */
#define SSE_INSN(name) \
SSE_KERNEL(name, #name) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	(void)in; \
	return sse_run(c, k_##name, &v[0], &v[1]); \
}

/* The same for an operation on count elements of size bytes. */
#define SSE_INSN_EXACT(name, kind_, size_, count_) \
SSE_KERNEL(name, #name) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	static const struct exact_op op = { EXACT_##kind_, EXACT_##kind_, size_, count_ }; \
\
	(void)in; \
	return sse_run_exact(c, k_##name, &op, &v[0], &v[1]); \
}

#endif
