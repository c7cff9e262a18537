/*
 * cpu/exec_ssef_cvt.c - SSE conversions
 */
#include "cpu/exec_ssef.h"

#include "cpu/x87.h"

SSE_INSN(cvtps2pd)
SSE_INSN_EXACT(cvtpd2ps, NARROW, 4, 2)
SSE_INSN(cvtss2sd)
SSE_INSN_EXACT(cvtsd2ss, NARROW, 4, 1)
SSE_INSN(cvtdq2ps)
SSE_INSN(cvtdq2pd)
SSE_INSN(cvtps2dq)
SSE_INSN(cvttps2dq)
SSE_INSN(cvtpd2dq)
SSE_INSN(cvttpd2dq)

/* ---- general registers ---- */

#define FROM_INTEGER(name, insn, type) \
static void \
k_##name(union xval *d, const union xval *s, uint32_t *mx) \
{ \
	uint32_t init = MX_INIT; \
\
	__asm__ volatile("ldmxcsr %1\n\t" insn " %2, %0\n\tstmxcsr %1\n\tldmxcsr %3" \
	    : "+x"(d->v), "+m"(*mx) : "r"((type)s->u), "m"(init)); \
}
FROM_INTEGER(cvtsi2ss_32, "cvtsi2ssl", uint32_t)
FROM_INTEGER(cvtsi2ss_64, "cvtsi2ssq", uint64_t)
FROM_INTEGER(cvtsi2sd_32, "cvtsi2sdl", uint32_t)
FROM_INTEGER(cvtsi2sd_64, "cvtsi2sdq", uint64_t)

#define TO_INTEGER(name, insn, type) \
static void \
k_##name(union xval *d, const union xval *s, uint32_t *mx) \
{ \
	uint32_t init = MX_INIT; \
	type r; \
\
	__asm__ volatile("ldmxcsr %1\n\t" insn " %2, %0\n\tstmxcsr %1\n\tldmxcsr %3" \
	    : "=&r"(r), "+m"(*mx) : "x"(s->v), "m"(init)); \
	d->u = r; \
}
TO_INTEGER(cvtss2si_32, "cvtss2si", uint32_t)
TO_INTEGER(cvtss2si_64, "cvtss2si", uint64_t)
TO_INTEGER(cvtsd2si_32, "cvtsd2si", uint32_t)
TO_INTEGER(cvtsd2si_64, "cvtsd2si", uint64_t)
TO_INTEGER(cvttss2si_32, "cvttss2si", uint32_t)
TO_INTEGER(cvttss2si_64, "cvttss2si", uint64_t)
TO_INTEGER(cvttsd2si_32, "cvttsd2si", uint32_t)
TO_INTEGER(cvttsd2si_64, "cvttsd2si", uint64_t)

/* The integer operand is number i. */
#define BY_SIZE(name, i) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	return sse_run(c, in->o[i].size == 8 ? k_##name##_64 : k_##name##_32, &v[0], &v[1]); \
}
BY_SIZE(cvtsi2ss, 1)
BY_SIZE(cvtsi2sd, 1)
BY_SIZE(cvtss2si, 0)
BY_SIZE(cvtsd2si, 0)
BY_SIZE(cvttss2si, 0)
BY_SIZE(cvttsd2si, 0)

/*
 * ---- MMX registers ----
 *
 * Done by the XMM form with zeros above: they convert without a flag, and the
 * host's x87 state is left alone.  The common code enters MMX mode when an MMX
 * register is named.
 */

bool
x_cvtpi2ps(struct cpu *c, const struct insn *in, union xval *v)
{
	union xval r = { .u = 0 };

	v[1].q[1] = 0;
	if (!sse_run(c, k_cvtdq2ps, &r, &v[1])) {
		if (in->o[1].kind == OK_MM)
			x87_mmx_enter(&c->x87);
		return false;
	}
	v[0].q[0] = r.q[0];
	return true;
}

bool
x_cvtpi2pd(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return sse_run(c, k_cvtdq2pd, &v[0], &v[1]);
}

/* The register file is in MMX mode even if the conversion then raises #XF. */
static bool
to_mmx(struct cpu *c, sse_kernel k, union xval *v)
{
	if (sse_run(c, k, &v[0], &v[1]))
		return true;
	x87_mmx_enter(&c->x87);
	return false;
}

bool
x_cvtps2pi(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[1].q[1] = 0;
	return to_mmx(c, k_cvtps2dq, v);
}

bool
x_cvttps2pi(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[1].q[1] = 0;
	return to_mmx(c, k_cvttps2dq, v);
}

bool
x_cvtpd2pi(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return to_mmx(c, k_cvtpd2dq, v);
}

bool
x_cvttpd2pi(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return to_mmx(c, k_cvttpd2dq, v);
}
