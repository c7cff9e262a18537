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

bool
sse_run_rc(struct cpu *c, sse_kernel k, union xval *d, const union xval *s, unsigned rc,
    uint32_t quiet)
{
	uint32_t mx = (c->mxcsr & ~(MX_FLAGS | MX_RC)) | MX_MASKS | rc << MX_RC_SHIFT;
	uint32_t raised = 0;
	union xval r = *d;

	if (!(c->mxcsr & MX_UM)) {
		raised = tiny(k, d, s, mx);
		mx &= ~MX_FZ;
	}
	k(&r, s, &mx);
	raised |= mx & MX_FLAGS;
	if (!sse_flags(c, raised & ~quiet))
		return false;
	*d = r;
	return true;
}

bool
sse_run(struct cpu *c, sse_kernel k, union xval *d, const union xval *s)
{
	return sse_run_rc(c, k, d, s, c->mxcsr >> MX_RC_SHIFT & 3, 0);
}

SSE_INSN(addps)
SSE_INSN(addpd)
SSE_INSN(addss)
SSE_INSN(addsd)
SSE_INSN(subps)
SSE_INSN(subpd)
SSE_INSN(subss)
SSE_INSN(subsd)
SSE_INSN(mulps)
SSE_INSN(mulpd)
SSE_INSN(mulss)
SSE_INSN(mulsd)
SSE_INSN(divps)
SSE_INSN(divpd)
SSE_INSN(divss)
SSE_INSN(divsd)
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
SSE_INSN(haddps)
SSE_INSN(haddpd)
SSE_INSN(hsubps)
SSE_INSN(hsubpd)
SSE_INSN(addsubps)
SSE_INSN(addsubpd)

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

/* ---- DPPx: elements the immediate leaves out count as zero ---- */

SSE_KERNEL(dpps, "dpps $0xff,")
SSE_KERNEL(dppd, "dppd $0x33,")

bool
x_dpps(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned imm = (unsigned)v[2].u, i;

	(void)in;
	for (i = 0; i < 4; i++) {
		if (!(imm >> (4 + i) & 1))
			v[0].d[i] = v[1].d[i] = 0;
	}
	if (!sse_run(c, k_dpps, &v[0], &v[1]))
		return false;
	for (i = 0; i < 4; i++) {
		if (!(imm >> i & 1))
			v[0].d[i] = 0;
	}
	return true;
}

bool
x_dppd(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned imm = (unsigned)v[2].u, i;

	(void)in;
	for (i = 0; i < 2; i++) {
		if (!(imm >> (4 + i) & 1))
			v[0].q[i] = v[1].q[i] = 0;
	}
	if (!sse_run(c, k_dppd, &v[0], &v[1]))
		return false;
	for (i = 0; i < 2; i++) {
		if (!(imm >> i & 1))
			v[0].q[i] = 0;
	}
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
