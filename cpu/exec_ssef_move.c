/*
 * cpu/exec_ssef_move.c - SSE moves, shuffles, blends and bit operations, MXCSR
 */
#include "cpu/exec_ssef.h"

/* Defines x_name() from statements on d (v[0]) and s (v[1]). */
#define SSE_DO(name, ...) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	union xval *d = &v[0], *s = &v[1]; \
\
	(void)c; \
	(void)in; \
	__VA_ARGS__ \
	return true; \
}

/* ---- whole registers ---- */

SSE_DO(movups, d->v = s->v;)
SSE_DO(movupd, d->v = s->v;)
SSE_DO(movaps, d->v = s->v;)
SSE_DO(movapd, d->v = s->v;)
SSE_DO(movntps, d->v = s->v;)
SSE_DO(movntpd, d->v = s->v;)

/* ---- parts; a load of MOVSS and MOVSD clears the rest ---- */

SSE_DO(movss,
	if (in->o[1].kind == OK_MEM)
		d->v = s->v;
	d->d[0] = s->d[0];)
SSE_DO(movsd,
	if (in->o[1].kind == OK_MEM)
		d->v = s->v;
	d->q[0] = s->q[0];)
SSE_DO(movlps, d->q[0] = s->q[0];)
SSE_DO(movlpd, d->q[0] = s->q[0];)
SSE_DO(movhlps, d->q[0] = s->q[1];)
SSE_DO(movlhps, d->q[1] = s->q[0];)
SSE_DO(movhps,
	if (in->o[0].kind == OK_MEM)
		d->q[0] = s->q[1];
	else
		d->q[1] = s->q[0];)

bool
x_movhpd(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_movhps(c, in, v);
}

SSE_DO(movsldup,
	d->d[0] = d->d[1] = s->d[0];
	d->d[2] = d->d[3] = s->d[2];)
SSE_DO(movshdup,
	d->d[0] = d->d[1] = s->d[1];
	d->d[2] = d->d[3] = s->d[3];)
SSE_DO(movddup, d->q[0] = d->q[1] = s->q[0];)

SSE_DO(movmskps,
	d->u = s->d[0] >> 31 | s->d[1] >> 31 << 1 | s->d[2] >> 31 << 2 | s->d[3] >> 31 << 3;)
SSE_DO(movmskpd, d->u = s->q[0] >> 63 | s->q[1] >> 63 << 1;)

/* ---- shuffles ---- */

SSE_DO(unpcklps,
	d->d[3] = s->d[1];
	d->d[2] = d->d[1];
	d->d[1] = s->d[0];)
SSE_DO(unpckhps,
	d->d[0] = d->d[2];
	d->d[1] = s->d[2];
	d->d[2] = d->d[3];
	d->d[3] = s->d[3];)
SSE_DO(unpcklpd, d->q[1] = s->q[0];)
SSE_DO(unpckhpd,
	d->q[0] = d->q[1];
	d->q[1] = s->q[1];)

SSE_DO(shufps,
	const union xval a = *d;
	const union xval b = *s;
	unsigned imm = (unsigned)v[2].u;
	d->d[0] = a.d[imm & 3];
	d->d[1] = a.d[imm >> 2 & 3];
	d->d[2] = b.d[imm >> 4 & 3];
	d->d[3] = b.d[imm >> 6 & 3];)
SSE_DO(shufpd,
	const union xval a = *d;
	unsigned imm = (unsigned)v[2].u;
	d->q[0] = a.q[imm & 1];
	d->q[1] = s->q[imm >> 1 & 1];)

SSE_DO(blendps,
	unsigned i;
	for (i = 0; i < 4; i++) {
		if (v[2].u >> i & 1)
			d->d[i] = s->d[i];
	})
SSE_DO(blendpd,
	unsigned i;
	for (i = 0; i < 2; i++) {
		if (v[2].u >> i & 1)
			d->q[i] = s->q[i];
	})
SSE_DO(blendvps,
	unsigned i;
	for (i = 0; i < 4; i++) {
		if (v[2].d[i] >> 31)
			d->d[i] = s->d[i];
	})
SSE_DO(blendvpd,
	unsigned i;
	for (i = 0; i < 2; i++) {
		if (v[2].q[i] >> 63)
			d->q[i] = s->q[i];
	})

SSE_DO(extractps, d->u = s->d[v[2].u & 3];)

/* The source element is chosen in a register; memory is just one element. */
SSE_DO(insertps,
	unsigned imm = (unsigned)v[2].u;
	unsigned i;
	d->d[imm >> 4 & 3] = s->d[in->o[1].kind == OK_MEM ? 0 : imm >> 6 & 3];
	for (i = 0; i < 4; i++) {
		if (imm >> i & 1)
			d->d[i] = 0;
	})

/* ---- bits ---- */

SSE_DO(andps, d->v &= s->v;)
SSE_DO(andpd, d->v &= s->v;)
SSE_DO(andnps, d->v = ~d->v & s->v;)
SSE_DO(andnpd, d->v = ~d->v & s->v;)
SSE_DO(orps, d->v |= s->v;)
SSE_DO(orpd, d->v |= s->v;)
SSE_DO(xorps, d->v ^= s->v;)
SSE_DO(xorpd, d->v ^= s->v;)

/* ---- MXCSR ---- */

bool
x_ldmxcsr(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	if (v[0].u & ~(uint64_t)MX_VALID)
		return raise_gp0(c);
	c->mxcsr = (uint32_t)v[0].u;
	return true;
}

bool
x_stmxcsr(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->mxcsr;
	return true;
}
