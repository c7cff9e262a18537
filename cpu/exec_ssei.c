/*
 * cpu/exec_ssei.c - integer arithmetic, logic and comparison on XMM registers
 *
 * AMD APM vol 4 "128-Bit Media Instruction Reference" by instruction name.
 * Element by element in portable C: a is the destination's element, b the
 * source's.
 */
#include "cpu/exec.h"

#define UNUSED_CPU	((void)c, (void)in)

/* v[0].f[i] = expr of a and b, of type t, for n elements. */
#define LANES(op, t, f, n, expr) \
bool \
x_##op(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n; i++) { \
		t a = (t)v[0].f[i]; \
		t b = (t)v[1].f[i]; \
		(void)a; \
		v[0].f[i] = (__typeof__(v[0].f[0]))(expr); \
	} \
	return true; \
}

#define LANES_U8(op, expr)	LANES(op, uint8_t, b, 16, expr)
#define LANES_S8(op, expr)	LANES(op, int8_t, b, 16, expr)
#define LANES_U16(op, expr)	LANES(op, uint16_t, w, 8, expr)
#define LANES_S16(op, expr)	LANES(op, int16_t, w, 8, expr)
#define LANES_U32(op, expr)	LANES(op, uint32_t, d, 4, expr)
#define LANES_S32(op, expr)	LANES(op, int32_t, d, 4, expr)
#define LANES_U64(op, expr)	LANES(op, uint64_t, q, 2, expr)
#define LANES_S64(op, expr)	LANES(op, int64_t, q, 2, expr)

static inline int
clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

#define SAT_S8(v)	clamp(v, INT8_MIN, INT8_MAX)
#define SAT_U8(v)	clamp(v, 0, UINT8_MAX)
#define SAT_S16(v)	clamp(v, INT16_MIN, INT16_MAX)
#define SAT_U16(v)	clamp(v, 0, UINT16_MAX)
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define ALL_IF(cond)	((cond) ? -1 : 0)

/* ---- addition and subtraction ---- */
LANES_U8(paddb_x, a + b)
LANES_U16(paddw_x, a + b)
LANES_U32(paddd_x, a + b)
LANES_U64(paddq_x, a + b)
LANES_U8(psubb_x, a - b)
LANES_U16(psubw_x, a - b)
LANES_U32(psubd_x, a - b)
LANES_U64(psubq_x, a - b)
LANES_S8(paddsb_x, SAT_S8(a + b))
LANES_S16(paddsw_x, SAT_S16(a + b))
LANES_U8(paddusb_x, SAT_U8(a + b))
LANES_U16(paddusw_x, SAT_U16(a + b))
LANES_S8(psubsb_x, SAT_S8(a - b))
LANES_S16(psubsw_x, SAT_S16(a - b))
LANES_U8(psubusb_x, SAT_U8(a - b))
LANES_U16(psubusw_x, SAT_U16(a - b))
LANES_U8(pavgb_x, (a + b + 1) >> 1)
LANES_U16(pavgw_x, (a + b + 1) >> 1)

/* ---- multiplication ---- */
LANES_S16(pmullw_x, a * b)
LANES_S16(pmulhw_x, (a * b) >> 16)
LANES_U16(pmulhuw_x, ((uint32_t)a * b) >> 16)
LANES_S16(pmulhrsw_x, ((a * b >> 14) + 1) >> 1)
LANES_U32(pmulld, a * b)
LANES_U64(pmuludq_x, (uint64_t)(uint32_t)a * (uint32_t)b)
LANES_U64(pmuldq, (int64_t)(int32_t)a * (int32_t)b)

/* Sums of adjacent products; only 2 * (-32768)^2 overflows, to 80000000h. */
bool
x_pmaddwd_x(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 4; i++) {
		int32_t low = (int16_t)v[0].w[2 * i] * (int16_t)v[1].w[2 * i];
		int32_t high = (int16_t)v[0].w[2 * i + 1] * (int16_t)v[1].w[2 * i + 1];

		v[0].d[i] = (uint32_t)low + (uint32_t)high;
	}
	return true;
}

/* Unsigned bytes of the destination times signed bytes of the source. */
bool
x_pmaddubsw_x(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 8; i++) {
		int low = v[0].b[2 * i] * (int8_t)v[1].b[2 * i];
		int high = v[0].b[2 * i + 1] * (int8_t)v[1].b[2 * i + 1];

		v[0].w[i] = (uint16_t)SAT_S16(low + high);
	}
	return true;
}

/* ---- sums of absolute differences ---- */

static inline unsigned
abs_diff(uint8_t a, uint8_t b)
{
	return a > b ? a - b : b - a;
}

bool
x_psadbw_x(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i, sum;

	UNUSED_CPU;
	sum = 0;
	for (i = 0; i < 16; i++) {
		sum += abs_diff(v[0].b[i], v[1].b[i]);
		if (i % 8 == 7) {
			v[0].q[i / 8] = sum;
			sum = 0;
		}
	}
	return true;
}

bool
x_mpsadbw(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned a = v[2].u & 4;
	unsigned b = (v[2].u & 3) * 4;
	union xval r;
	unsigned i, k;

	UNUSED_CPU;
	for (i = 0; i < 8; i++) {
		r.w[i] = 0;
		for (k = 0; k < 4; k++)
			r.w[i] = (uint16_t)(r.w[i] +
			    abs_diff(v[0].b[a + i + k], v[1].b[b + k]));
	}
	v[0] = r;
	return true;
}

/* ---- horizontal addition: sums of the destination's pairs, then the
 * source's ---- */

#define HORIZONTAL(op, t, f, n, expr) \
bool \
x_##op(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	union xval r; \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n; i++) { \
		const union xval *s = &v[i >= n / 2]; \
		t a = (t)s->f[2 * i % n]; \
		t b = (t)s->f[2 * i % n + 1]; \
		r.f[i] = (__typeof__(r.f[0]))(expr); \
	} \
	v[0] = r; \
	return true; \
}

HORIZONTAL(phaddw_x, uint16_t, w, 8, a + b)
HORIZONTAL(phaddd_x, uint32_t, d, 4, a + b)
HORIZONTAL(phaddsw_x, int16_t, w, 8, SAT_S16(a + b))
HORIZONTAL(phsubw_x, uint16_t, w, 8, a - b)
HORIZONTAL(phsubd_x, uint32_t, d, 4, a - b)
HORIZONTAL(phsubsw_x, int16_t, w, 8, SAT_S16(a - b))

/* ---- sign and absolute value ---- */
LANES_S8(psignb_x, b < 0 ? -a : b ? a : 0)
LANES_S16(psignw_x, b < 0 ? -a : b ? a : 0)
LANES_U32(psignd_x, (int32_t)b < 0 ? -a : b ? a : 0)
LANES_S8(pabsb_x, b < 0 ? -b : b)
LANES_S16(pabsw_x, b < 0 ? -b : b)
LANES_U32(pabsd_x, (int32_t)b < 0 ? -b : b)

/* ---- minimum and maximum ---- */
LANES_U8(pminub_x, MIN(a, b))
LANES_S16(pminsw_x, MIN(a, b))
LANES_S8(pminsb, MIN(a, b))
LANES_S32(pminsd, MIN(a, b))
LANES_U16(pminuw, MIN(a, b))
LANES_U32(pminud, MIN(a, b))
LANES_U8(pmaxub_x, MAX(a, b))
LANES_S16(pmaxsw_x, MAX(a, b))
LANES_S8(pmaxsb, MAX(a, b))
LANES_S32(pmaxsd, MAX(a, b))
LANES_U16(pmaxuw, MAX(a, b))
LANES_U32(pmaxud, MAX(a, b))

/* The smallest word and, of equal ones, the lowest index. */
bool
x_phminposuw(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i, best = 0;

	UNUSED_CPU;
	for (i = 1; i < 8; i++)
		if (v[1].w[i] < v[1].w[best])
			best = i;
	v[0].q[0] = v[1].w[best] | best << 16;
	v[0].q[1] = 0;
	return true;
}

/* ---- comparison ---- */
LANES_U8(pcmpeqb_x, ALL_IF(a == b))
LANES_U16(pcmpeqw_x, ALL_IF(a == b))
LANES_U32(pcmpeqd_x, ALL_IF(a == b))
LANES_U64(pcmpeqq, ALL_IF(a == b))
LANES_S8(pcmpgtb_x, ALL_IF(a > b))
LANES_S16(pcmpgtw_x, ALL_IF(a > b))
LANES_S32(pcmpgtd_x, ALL_IF(a > b))
LANES_S64(pcmpgtq, ALL_IF(a > b))

/* ---- logic ---- */
LANES_U64(pand_x, a & b)
LANES_U64(pandn_x, ~a & b)
LANES_U64(por_x, a | b)
LANES_U64(pxor_x, a ^ b)

/* ZF: no bit of the source is set where the mask is; CF: all are. */
bool
x_ptest(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t in_mask = (v[0].q[0] & v[1].q[0]) | (v[0].q[1] & v[1].q[1]);
	uint64_t outside = (~v[0].q[0] & v[1].q[0]) | (~v[0].q[1] & v[1].q[1]);

	(void)in;
	cc_set_raw(c, (in_mask ? 0 : F_ZF) | (outside ? 0 : F_CF));
	return true;
}
