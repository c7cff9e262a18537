/*
 * cpu/exec_ssef.c - SSE arithmetic, comparison and reciprocals
 *
 * AMD APM vol 1 §4.10 "SSE Floating-Point Exceptions" (vol 4 for the
 * instructions).  The exceptions of all elements are found before anything is
 * written; if one of them is unmasked nothing is, except flags in MXCSR.
 */
#include "cpu/exec_ssef.h"

#include "cpu/regs.h"

/*
 * Adds what was raised to MXCSR.  An unmasked invalid, denormal or divide
 * exception comes before the result is computed, so that overflow, underflow
 * and precision are not reported with it.
 */
static bool
sse_flags(struct cpu *c, uint32_t raised)
{
	const uint32_t before = MX_IE | MX_DE | MX_ZE;
	uint32_t unmasked = raised & ~(c->mxcsr >> 7) & MX_FLAGS;

	if (unmasked & before)
		raised &= before;
	c->mxcsr |= raised;
	if (!unmasked)
		return true;
	return c->cr4 & CR4_OSXMMEXCPT ? raise_fault(c, EXC_XF) : raise_ud(c);
}

/*
 * With underflow unmasked every tiny result is an underflow, exact ones too,
 * and FTZ counts for nothing.  The host, masked, reports exact tiny results
 * only when it flushes them.
 */
static uint32_t
tiny(sse_kernel k, const union xval *d, const union xval *s, uint32_t mx)
{
	union xval t = *d;

	mx |= MX_FZ;
	k(&t, s, &mx);
	return mx & MX_UE;
}

/* Result in *r, the flags raised returned. */
static uint32_t
compute(const struct cpu *c, sse_kernel k, union xval *r, const union xval *s, unsigned rc)
{
	uint32_t mx = (c->mxcsr & ~(MX_FLAGS | MX_RC)) | MX_MASKS | rc << MX_RC_SHIFT;
	uint32_t raised = 0;

	if (!(c->mxcsr & MX_UM)) {
		raised = tiny(k, r, s, mx);
		mx &= ~MX_FZ;
	}
	k(r, s, &mx);
	return raised | (mx & MX_FLAGS);
}

bool
sse_run_rc(struct cpu *c, sse_kernel k, union xval *d, const union xval *s, unsigned rc,
    uint32_t quiet)
{
	union xval r = *d;

	if (!sse_flags(c, compute(c, k, &r, s, rc) & ~quiet))
		return false;
	*d = r;
	return true;
}

static unsigned
rounding(const struct cpu *c)
{
	return c->mxcsr >> MX_RC_SHIFT & 3;
}

bool
sse_run(struct cpu *c, sse_kernel k, union xval *d, const union xval *s)
{
	return sse_run_rc(c, k, d, s, rounding(c), 0);
}

/* ---- unmasked overflow and underflow ---- */

static struct f80
widen(const struct cpu *c, const union xval *v, unsigned i, unsigned size)
{
	struct f80_env env = f80_env_init(0x37f);
	struct f80 a = size == 4 ? f80_from_f32(&env, v->d[i]) : f80_from_f64(&env, v->q[i]);

	if (c->mxcsr & MX_DAZ && env.flags & F80_DE)
		return f80_make(a.se >> 15, 0, 0);
	return a;
}

/* In the extended format's exponent range nothing overflows or is tiny. */
static bool
element_inexact(const struct cpu *c, const struct exact_op *op, unsigned i,
    const union xval *d, const union xval *s)
{
	struct f80_env env = {
		.rc = (uint8_t)rounding(c),
		.pc = op->size == 4 ? F80_PC24 : F80_PC53,
		.mask = F80_EXCEPTIONS,
	};
	struct f80 a, b;

	switch (i & 1 ? op->odd : op->kind) {
	case EXACT_NARROW:
		f80_mul(&env, widen(c, s, i, 8), f80_make(false, F80_BIAS, F80_INT_BIT));
		return env.flags & F80_PE;
	default:
		a = widen(c, d, i, op->size);
		b = widen(c, s, i, op->size);
		break;
	}
	switch (i & 1 ? op->odd : op->kind) {
	case EXACT_ADD: f80_add(&env, a, b); break;
	case EXACT_SUB: f80_sub(&env, a, b); break;
	case EXACT_MUL: f80_mul(&env, a, b); break;
	default: f80_div(&env, a, b); break;
	}
	return env.flags & F80_PE;
}

static bool
inexact(const struct cpu *c, const struct exact_op *op, const union xval *d,
    const union xval *s)
{
	unsigned i;

	for (i = 0; i < op->count; i++) {
		if (element_inexact(c, op, i, d, s))
			return true;
	}
	return false;
}

bool
sse_run_exact(struct cpu *c, sse_kernel k, const struct exact_op *op, union xval *d,
    const union xval *s)
{
	union xval r = *d;
	uint32_t raised = compute(c, k, &r, s, rounding(c));
	uint32_t masks = c->mxcsr >> 7;

	if (raised & ~masks & (MX_OE | MX_UE) && !(raised & masks & (MX_OE | MX_UE)) &&
	    !inexact(c, op, d, s))
		raised &= ~MX_PE;
	if (!sse_flags(c, raised))
		return false;
	*d = r;
	return true;
}

SSE_INSN_EXACT(addps, ADD, 4, 4)
SSE_INSN_EXACT(addpd, ADD, 8, 2)
SSE_INSN_EXACT(addss, ADD, 4, 1)
SSE_INSN_EXACT(addsd, ADD, 8, 1)
SSE_INSN_EXACT(subps, SUB, 4, 4)
SSE_INSN_EXACT(subpd, SUB, 8, 2)
SSE_INSN_EXACT(subss, SUB, 4, 1)
SSE_INSN_EXACT(subsd, SUB, 8, 1)
SSE_INSN_EXACT(mulps, MUL, 4, 4)
SSE_INSN_EXACT(mulpd, MUL, 8, 2)
SSE_INSN_EXACT(mulss, MUL, 4, 1)
SSE_INSN_EXACT(mulsd, MUL, 8, 1)
SSE_INSN_EXACT(divps, DIV, 4, 4)
SSE_INSN_EXACT(divpd, DIV, 8, 2)
SSE_INSN_EXACT(divss, DIV, 4, 1)
SSE_INSN_EXACT(divsd, DIV, 8, 1)
SSE_INSN(minps)
SSE_INSN(minpd)
SSE_INSN(minss)
SSE_INSN(minsd)
SSE_INSN(maxps)
SSE_INSN(maxpd)
SSE_INSN(maxss)
SSE_INSN(maxsd)
SSE_INSN(sqrtps)
SSE_INSN(sqrtpd)
SSE_INSN(sqrtss)
SSE_INSN(sqrtsd)

/* ---- horizontal and alternating sums, as ordinary ones ---- */

/* Odd and even elements of d:s apart. */
static void
pairs32(const union xval *d, const union xval *s, union xval *even, union xval *odd)
{
	*even = (union xval){ .d = { d->d[0], d->d[2], s->d[0], s->d[2] } };
	*odd = (union xval){ .d = { d->d[1], d->d[3], s->d[1], s->d[3] } };
}

static void
pairs64(const union xval *d, const union xval *s, union xval *even, union xval *odd)
{
	*even = (union xval){ .q = { d->q[0], s->q[0] } };
	*odd = (union xval){ .q = { d->q[1], s->q[1] } };
}

#define SSE_HORIZONTAL(name, kernel, kind_, bits, size_, count_) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	static const struct exact_op op = { EXACT_##kind_, EXACT_##kind_, size_, count_ }; \
	union xval even, odd; \
\
	(void)in; \
	pairs##bits(&v[0], &v[1], &even, &odd); \
	if (!sse_run_exact(c, k_##kernel, &op, &even, &odd)) \
		return false; \
	v[0] = even; \
	return true; \
}
SSE_HORIZONTAL(haddps, addps, ADD, 32, 4, 4)
SSE_HORIZONTAL(hsubps, subps, SUB, 32, 4, 4)
SSE_HORIZONTAL(haddpd, addpd, ADD, 64, 8, 2)
SSE_HORIZONTAL(hsubpd, subpd, SUB, 64, 8, 2)

#define SSE_ALTERNATE(name, size_, count_) \
SSE_KERNEL(name, #name) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	static const struct exact_op op = { EXACT_SUB, EXACT_ADD, size_, count_ }; \
\
	(void)in; \
	return sse_run_exact(c, k_##name, &op, &v[0], &v[1]); \
}
SSE_ALTERNATE(addsubps, 4, 4)
SSE_ALTERNATE(addsubpd, 8, 2)

/* ---- CMPxx: the predicate is the immediate's low three bits ---- */

#define SSE_COMPARE(name) \
SSE_KERNEL(name##0, #name " $0,") \
SSE_KERNEL(name##1, #name " $1,") \
SSE_KERNEL(name##2, #name " $2,") \
SSE_KERNEL(name##3, #name " $3,") \
SSE_KERNEL(name##4, #name " $4,") \
SSE_KERNEL(name##5, #name " $5,") \
SSE_KERNEL(name##6, #name " $6,") \
SSE_KERNEL(name##7, #name " $7,") \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	static const sse_kernel k[8] = { \
		k_##name##0, k_##name##1, k_##name##2, k_##name##3, \
		k_##name##4, k_##name##5, k_##name##6, k_##name##7, \
	}; \
\
	(void)in; \
	return sse_run(c, k[v[2].u & 7], &v[0], &v[1]); \
}
SSE_COMPARE(cmpps)
SSE_COMPARE(cmppd)
SSE_COMPARE(cmpss)
SSE_COMPARE(cmpsd)

/* ---- COMISx: ZF, PF and CF; the kernel leaves them in d ---- */

#define SSE_COMI(name) \
static void \
k_##name(union xval *d, const union xval *s, uint32_t *mx) \
{ \
	uint32_t init = MX_INIT; \
	bool zf, pf, cf; \
\
	__asm__ volatile("ldmxcsr %3\n\t" #name " %5, %4\n\tstmxcsr %3\n\tldmxcsr %6" \
	    : "=@ccz"(zf), "=@ccp"(pf), "=@ccc"(cf), "+m"(*mx) \
	    : "x"(d->v), "x"(s->v), "m"(init)); \
	d->u = (zf ? F_ZF : 0) | (pf ? F_PF : 0) | (cf ? F_CF : 0); \
} \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	(void)in; \
	if (!sse_run(c, k_##name, &v[0], &v[1])) \
		return false; \
	cc_set_raw(c, (uint32_t)v[0].u); \
	return true; \
}
SSE_COMI(comiss)
SSE_COMI(comisd)
SSE_COMI(ucomiss)
SSE_COMI(ucomisd)

/* ---- ROUNDxx: immediate bit 3 keeps PE quiet, bit 2 takes MXCSR.RC ---- */

#define SSE_ROUND(name) \
SSE_KERNEL(name, #name " $4,") \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	unsigned imm = (unsigned)v[2].u; \
	unsigned rc = imm & 4 ? c->mxcsr >> MX_RC_SHIFT & 3 : imm & 3; \
\
	(void)in; \
	return sse_run_rc(c, k_##name, &v[0], &v[1], rc, imm & 8 ? MX_PE : 0); \
}
SSE_ROUND(roundps)
SSE_ROUND(roundpd)
SSE_ROUND(roundss)
SSE_ROUND(roundsd)

/* ---- DPPx: product, then sums, each with its own exceptions ---- */

/* Elements the immediate leaves out count as zero. */
static void
choose32(union xval *v, unsigned imm)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		if (!(imm >> i & 1))
			v->d[i] = 0;
	}
}

bool
x_dpps(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct exact_op mul = { EXACT_MUL, EXACT_MUL, 4, 4 };
	static const struct exact_op add = { EXACT_ADD, EXACT_ADD, 4, 2 };
	unsigned imm = (unsigned)v[2].u;
	union xval a, b;

	(void)in;
	choose32(&v[0], imm >> 4);
	choose32(&v[1], imm >> 4);
	if (!sse_run_exact(c, k_mulps, &mul, &v[0], &v[1]))
		return false;
	a = (union xval){ .d = { v[0].d[0], v[0].d[2] } };
	b = (union xval){ .d = { v[0].d[1], v[0].d[3] } };
	if (!sse_run_exact(c, k_addps, &add, &a, &b))
		return false;
	b = (union xval){ .d = { a.d[1] } };
	a.d[1] = 0;
	if (!sse_run_exact(c, k_addps, &add, &a, &b))
		return false;
	v[0] = (union xval){ .d = { a.d[0], a.d[0], a.d[0], a.d[0] } };
	choose32(&v[0], imm);
	return true;
}

static void
choose64(union xval *v, unsigned imm)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (!(imm >> i & 1))
			v->q[i] = 0;
	}
}

bool
x_dppd(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct exact_op mul = { EXACT_MUL, EXACT_MUL, 8, 2 };
	static const struct exact_op add = { EXACT_ADD, EXACT_ADD, 8, 1 };
	unsigned imm = (unsigned)v[2].u;
	union xval a, b;

	(void)in;
	choose64(&v[0], imm >> 4);
	choose64(&v[1], imm >> 4);
	if (!sse_run_exact(c, k_mulpd, &mul, &v[0], &v[1]))
		return false;
	a = (union xval){ .q = { v[0].q[0] } };
	b = (union xval){ .q = { v[0].q[1] } };
	if (!sse_run_exact(c, k_addpd, &add, &a, &b))
		return false;
	v[0] = (union xval){ .q = { a.q[0], a.q[0] } };
	choose64(&v[0], imm);
	return true;
}

/* ---- approximations ---- */

/*
 * RCPxS and RSQRTxS have a relative error of at most 1.5 * 2^-12 (AMD APM vol 4
 * "RCPPS", "RSQRTPS"); which value within it is the implementation's choice.
 * Ours is the same on every host: the function of the middle of the interval
 * given by the 12 leading fraction bits, to 14 bits; powers of two are exact.
 * Denormals count as zeros, tiny results become zeros, no flag is raised.
 */
#define F32_SIGN	0x80000000u
#define F32_INF		0x7f800000u
#define F32_QUIET	0x00400000u

static uint32_t
approx(uint32_t sign, int exp, uint32_t q)
{
	return exp <= 0 ? sign : sign | (uint32_t)exp << 23 | (q - 0x4000) << 9;
}

static uint32_t
f32_rcp(uint32_t x)
{
	uint32_t sign = x & F32_SIGN, mag = x & ~F32_SIGN, den;
	int exp = (int)(mag >> 23);

	if (mag > F32_INF)
		return x | F32_QUIET;
	if (mag == F32_INF)
		return sign;
	if (!exp)
		return sign | F32_INF;
	if (!(mag & 0x7fffff))
		return approx(sign, 254 - exp, 0x4000);
	den = 8193 + 2 * (mag >> 11 & 0xfff);
	return approx(sign, 253 - exp, ((1u << 28) + den / 2) / den);
}

static uint32_t
isqrt(uint64_t n)
{
	uint64_t r = 0, bit;

	for (bit = BIT(31); bit; bit >>= 1) {
		if ((r + bit) * (r + bit) <= n)
			r += bit;
	}
	return (uint32_t)r;
}

static uint32_t
f32_rsqrt(uint32_t x)
{
	uint32_t sign = x & F32_SIGN, mag = x & ~F32_SIGN, num;
	int exp = (int)(mag >> 23) - 127;
	bool odd = exp & 1;

	if (mag > F32_INF)
		return x | F32_QUIET;
	if (exp == -127)
		return sign | F32_INF;
	if (sign)
		return F32_SIGN | F32_INF | F32_QUIET;
	if (mag == F32_INF)
		return 0;
	if (!odd && !(mag & 0x7fffff))
		return approx(0, 127 - exp / 2, 0x4000);
	num = (8193 + 2 * (mag >> 11 & 0xfff)) << odd;
	return approx(0, 126 - (exp - odd) / 2, isqrt(BIT(43) / num));
}

#define SSE_APPROX(op, n, f) \
bool \
x_##op(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	unsigned i; \
\
	(void)c; \
	(void)in; \
	for (i = 0; i < (n); i++) \
		v[0].d[i] = f(v[1].d[i]); \
	return true; \
}
SSE_APPROX(rcpps, 4, f32_rcp)
SSE_APPROX(rcpss, 1, f32_rcp)
SSE_APPROX(rsqrtps, 4, f32_rsqrt)
SSE_APPROX(rsqrtss, 1, f32_rsqrt)
