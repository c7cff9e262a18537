/*
 * cpu/exec_mmx.c - MMX instructions with the additions of SSE, SSE2 and SSSE3
 *
 * References: AMD APM vol 5 "64-Bit Media Instruction Reference"; vol 1 section
 * 5.8 "Exceptions" and vol 2 section 11.2 on how MMX registers share the x87
 * stack: every instruction makes TOP zero and all registers valid (EMMS:
 * empty), a write sets sign and exponent of the x87 register to ones.
 * exec_insn() does both for operands that are MMX registers.
 */
#include "cpu/exec_priv.h"
#include "cpu/x87.h"

union mm {
	uint64_t	q;
	uint8_t		ub[8];
	int8_t		sb[8];
	uint16_t	uw[4];
	int16_t		sw[4];
	uint32_t	ud[2];
	int32_t		sd[2];
};

#define OP2(name, fn)							\
bool									\
x_mm_##name(struct cpu *c, const struct insn *in, union xval *v)	\
{									\
	(void)c, (void)in;						\
	v[0].q[0] = fn(v[0].q[0], v[1].q[0]);				\
	return true;							\
}

/*
 * name: for each of n lanes r.lane[i] = expr, where x and y are the lane of the
 * first and the second operand.
 */
#define LANES(name, n, lane, type, expr)				\
static uint64_t								\
mm_##name(uint64_t a, uint64_t b)					\
{									\
	union mm p = { .q = a }, q = { .q = b }, r;			\
	unsigned i;							\
									\
	for (i = 0; i < n; i++) {					\
		type x = p.lane[i], y = q.lane[i];			\
									\
		r.lane[i] = expr;					\
	}								\
	return r.q;							\
}									\
OP2(name, mm_##name)

static inline int
clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

#define SB(v)	(int8_t)clamp(v, INT8_MIN, INT8_MAX)
#define UB(v)	(uint8_t)clamp(v, 0, UINT8_MAX)
#define SW(v)	(int16_t)clamp(v, INT16_MIN, INT16_MAX)
#define UW(v)	(uint16_t)clamp(v, 0, UINT16_MAX)
#define MIN(x, y)	((x) < (y) ? (x) : (y))
#define MAX(x, y)	((x) > (y) ? (x) : (y))

LANES(paddb, 8, ub, uint8_t, (uint8_t)(x + y))
LANES(paddw, 4, uw, uint16_t, (uint16_t)(x + y))
LANES(paddd, 2, ud, uint32_t, x + y)
LANES(psubb, 8, ub, uint8_t, (uint8_t)(x - y))
LANES(psubw, 4, uw, uint16_t, (uint16_t)(x - y))
LANES(psubd, 2, ud, uint32_t, x - y)
LANES(paddsb, 8, sb, int, SB(x + y))
LANES(paddsw, 4, sw, int, SW(x + y))
LANES(paddusb, 8, ub, int, UB(x + y))
LANES(paddusw, 4, uw, int, UW(x + y))
LANES(psubsb, 8, sb, int, SB(x - y))
LANES(psubsw, 4, sw, int, SW(x - y))
LANES(psubusb, 8, ub, int, UB(x - y))
LANES(psubusw, 4, uw, int, UW(x - y))
LANES(pcmpeqb, 8, ub, int, x == y ? 0xff : 0)
LANES(pcmpeqw, 4, uw, int, x == y ? 0xffff : 0)
LANES(pcmpeqd, 2, ud, uint32_t, x == y ? UINT32_MAX : 0)
LANES(pcmpgtb, 8, sb, int, x > y ? -1 : 0)
LANES(pcmpgtw, 4, sw, int, x > y ? -1 : 0)
LANES(pcmpgtd, 2, sd, int, x > y ? -1 : 0)
LANES(pminub, 8, ub, uint8_t, MIN(x, y))
LANES(pmaxub, 8, ub, uint8_t, MAX(x, y))
LANES(pminsw, 4, sw, int16_t, MIN(x, y))
LANES(pmaxsw, 4, sw, int16_t, MAX(x, y))
LANES(pavgb, 8, ub, unsigned, (uint8_t)((x + y + 1) >> 1))
LANES(pavgw, 4, uw, unsigned, (uint16_t)((x + y + 1) >> 1))
LANES(pmullw, 4, uw, uint32_t, (uint16_t)(x * y))
LANES(pmulhw, 4, sw, int, (int16_t)(x * y >> 16))
LANES(pmulhuw, 4, uw, uint32_t, (uint16_t)(x * y >> 16))
/* Intel SDM vol 2, PMULHRSW: the high 17 bits, rounded */
LANES(pmulhrsw, 4, sw, int, (int16_t)(((x * y >> 14) + 1) >> 1))
LANES(psignb, 8, sb, int, (int8_t)(y < 0 ? -x : y ? x : 0))
LANES(psignw, 4, sw, int, (int16_t)(y < 0 ? -x : y ? x : 0))
LANES(psignd, 2, ud, uint32_t, y >> 31 ? 0 - x : y ? x : 0)
/* Bit operations and 64-bit lanes need no union. */
#define WHOLE(name, expr)						\
static uint64_t								\
mm_##name(uint64_t a, uint64_t b)					\
{									\
	return expr;							\
}									\
OP2(name, mm_##name)

WHOLE(paddq, a + b)
WHOLE(psubq, a - b)
WHOLE(pand, a & b)
WHOLE(pandn, ~a & b)
WHOLE(por, a | b)
WHOLE(pxor, a ^ b)
WHOLE(pmuludq, (uint64_t)(uint32_t)a * (uint32_t)b)

/* r.lane[i] = |y| of the second operand; the first is only written. */
#define ABSOLUTE(name, n, from, to)					\
bool									\
x_mm_##name(struct cpu *c, const struct insn *in, union xval *v)	\
{									\
	union mm q = { .q = v[1].q[0] }, r;				\
	unsigned i;							\
									\
	(void)c, (void)in;						\
	for (i = 0; i < n; i++)						\
		r.to[i] = q.from[i] < 0 ? 0 - q.to[i] : q.to[i];	\
	v[0].q[0] = r.q;						\
	return true;							\
}

ABSOLUTE(pabsb, 8, sb, ub)
ABSOLUTE(pabsw, 4, sw, uw)
ABSOLUTE(pabsd, 2, sd, ud)

/*
 * Shift counts are the whole second operand; an immediate is a byte.  Counts
 * beyond the lane shift everything out, arithmetic shifts stop at the sign.
 */
#define SHIFT(name, n, lane, bits, beyond, expr)			\
static uint64_t								\
mm_##name(uint64_t a, uint64_t count)					\
{									\
	union mm r = { .q = a };					\
	unsigned i, s = count < (bits) ? (unsigned)count : (beyond);	\
									\
	if (s >= (bits))						\
		return 0;						\
	for (i = 0; i < n; i++)						\
		r.lane[i] = expr;					\
	return r.q;							\
}									\
									\
bool									\
x_mm_##name(struct cpu *c, const struct insn *in, union xval *v)	\
{									\
	bool imm = in->o[1].kind == OK_IMM;				\
									\
	(void)c;							\
	v[0].q[0] = mm_##name(v[0].q[0],				\
	    imm ? v[1].u & 0xff : v[1].q[0]);				\
	return true;							\
}

SHIFT(psrlw, 4, uw, 16, 16, (uint16_t)(r.uw[i] >> s))
SHIFT(psrld, 2, ud, 32, 32, r.ud[i] >> s)
SHIFT(psllw, 4, uw, 16, 16, (uint16_t)((unsigned)r.uw[i] << s))
SHIFT(pslld, 2, ud, 32, 32, r.ud[i] << s)
SHIFT(psraw, 4, sw, 16, 15, (int16_t)(r.sw[i] >> s))
SHIFT(psrad, 2, sd, 32, 31, r.sd[i] >> s)

/* One 64-bit lane, in the same frame. */
#define SHIFT64(name, expr)						\
static uint64_t								\
mm_##name(uint64_t a, uint64_t s)					\
{									\
	return s < 64 ? expr : 0;					\
}									\
									\
bool									\
x_mm_##name(struct cpu *c, const struct insn *in, union xval *v)	\
{									\
	bool imm = in->o[1].kind == OK_IMM;				\
									\
	(void)c;							\
	v[0].q[0] = mm_##name(v[0].q[0],				\
	    imm ? v[1].u & 0xff : v[1].q[0]);				\
	return true;							\
}

SHIFT64(psrlq, a >> s)
SHIFT64(psllq, a << s)

/* Lanes of both operands by turns, from lane `from` on. */
#define UNPACK(name, n, lane, from)					\
static uint64_t								\
mm_##name(uint64_t a, uint64_t b)					\
{									\
	union mm p = { .q = a }, q = { .q = b }, r;			\
	unsigned i;							\
									\
	for (i = 0; i < n / 2; i++) {					\
		r.lane[2 * i] = p.lane[from + i];			\
		r.lane[2 * i + 1] = q.lane[from + i];			\
	}								\
	return r.q;							\
}									\
OP2(name, mm_##name)

UNPACK(punpcklbw, 8, ub, 0)
UNPACK(punpcklwd, 4, uw, 0)
UNPACK(punpckldq, 2, ud, 0)
UNPACK(punpckhbw, 8, ub, 4)
UNPACK(punpckhwd, 4, uw, 2)
UNPACK(punpckhdq, 2, ud, 1)

/* n lanes of half the width, the first operand's in the low half */
#define PACK(name, n, to, from, saturate)				\
static uint64_t								\
mm_##name(uint64_t a, uint64_t b)					\
{									\
	union mm p = { .q = a }, q = { .q = b }, r;			\
	unsigned i;							\
									\
	for (i = 0; i < n / 2; i++) {					\
		r.to[i] = saturate(p.from[i]);				\
		r.to[n / 2 + i] = saturate(q.from[i]);			\
	}								\
	return r.q;							\
}									\
OP2(name, mm_##name)

PACK(packsswb, 8, sb, sw, SB)
PACK(packuswb, 8, ub, sw, UB)
PACK(packssdw, 4, sw, sd, SW)

/* Neighbours combined: x is the even lane, y the odd one above it. */
#define HORIZONTAL(name, n, lane, type, expr)				\
static uint64_t								\
mm_##name(uint64_t a, uint64_t b)					\
{									\
	union mm p = { .q = a }, q = { .q = b }, r;			\
	unsigned i;							\
									\
	for (i = 0; i < n; i++) {					\
		const union mm *m = i < n / 2 ? &p : &q;		\
		type x = m->lane[2 * i % n], y = m->lane[2 * i % n + 1]; \
									\
		r.lane[i] = expr;					\
	}								\
	return r.q;							\
}									\
OP2(name, mm_##name)

HORIZONTAL(phaddw, 4, uw, unsigned, (uint16_t)(x + y))
HORIZONTAL(phaddd, 2, ud, uint32_t, x + y)
HORIZONTAL(phaddsw, 4, sw, int, SW(x + y))
HORIZONTAL(phsubw, 4, uw, unsigned, (uint16_t)(x - y))
HORIZONTAL(phsubd, 2, ud, uint32_t, x - y)
HORIZONTAL(phsubsw, 4, sw, int, SW(x - y))

static uint64_t
mm_pmaddwd(uint64_t a, uint64_t b)
{
	union mm p = { .q = a }, q = { .q = b }, r;
	unsigned i;

	/* Four times -32768 wraps: add as unsigned. */
	for (i = 0; i < 2; i++)
		r.ud[i] = (uint32_t)(p.sw[2 * i] * q.sw[2 * i]) +
		    (uint32_t)(p.sw[2 * i + 1] * q.sw[2 * i + 1]);
	return r.q;
}
OP2(pmaddwd, mm_pmaddwd)

static uint64_t
mm_pmaddubsw(uint64_t a, uint64_t b)
{
	union mm p = { .q = a }, q = { .q = b }, r;
	unsigned i;

	for (i = 0; i < 4; i++)
		r.sw[i] = SW(p.ub[2 * i] * q.sb[2 * i] +
		    p.ub[2 * i + 1] * q.sb[2 * i + 1]);
	return r.q;
}
OP2(pmaddubsw, mm_pmaddubsw)

static uint64_t
mm_psadbw(uint64_t a, uint64_t b)
{
	union mm p = { .q = a }, q = { .q = b };
	unsigned i, sum = 0;

	for (i = 0; i < 8; i++)
		sum += p.ub[i] > q.ub[i] ? p.ub[i] - q.ub[i] :
		    q.ub[i] - p.ub[i];
	return sum;
}
OP2(psadbw, mm_psadbw)

static uint64_t
mm_pshufb(uint64_t a, uint64_t b)
{
	union mm p = { .q = a }, q = { .q = b }, r;
	unsigned i;

	for (i = 0; i < 8; i++)
		r.ub[i] = q.ub[i] & 0x80 ? 0 : p.ub[q.ub[i] & 7];
	return r.q;
}
OP2(pshufb, mm_pshufb)

bool
x_mm_movd(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t a = in->o[1].kind == OK_MM ? v[1].q[0] : v[1].u;

	(void)c;
	/* REX.W or not: the general operand's size tells. */
	v[0].q[0] = in->opsize == 8 ? a : (uint32_t)a;
	return true;
}

bool
x_mm_movq(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in;
	v[0].q[0] = v[1].q[0];
	return true;
}

bool
x_mm_movntq(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_mm_movq(c, in, v);
}

bool
x_mm_pshufw(struct cpu *c, const struct insn *in, union xval *v)
{
	union mm p = { .q = v[1].q[0] }, r;
	unsigned i;

	(void)c, (void)in;
	for (i = 0; i < 4; i++)
		r.uw[i] = p.uw[v[2].u >> 2 * i & 3];
	v[0].q[0] = r.q;
	return true;
}

bool
x_mm_pinsrw(struct cpu *c, const struct insn *in, union xval *v)
{
	union mm r = { .q = v[0].q[0] };

	(void)c, (void)in;
	r.uw[v[2].u & 3] = (uint16_t)v[1].u;
	v[0].q[0] = r.q;
	return true;
}

bool
x_mm_pextrw(struct cpu *c, const struct insn *in, union xval *v)
{
	union mm p = { .q = v[1].q[0] };

	(void)c, (void)in;
	v[0].u = p.uw[v[2].u & 3];
	return true;
}

bool
x_mm_pmovmskb(struct cpu *c, const struct insn *in, union xval *v)
{
	union mm p = { .q = v[1].q[0] };
	unsigned i, mask = 0;

	(void)c, (void)in;
	for (i = 0; i < 8; i++)
		mask |= (unsigned)(p.ub[i] >> 7) << i;
	v[0].u = mask;
	return true;
}

/* The 16 bytes of both operands, shifted right by bytes */
bool
x_mm_palignr(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned n = v[2].u & 0xff;
	uint64_t high = v[0].q[0], low = v[1].q[0];

	(void)c, (void)in;
	if (n >= 16)
		v[0].q[0] = 0;
	else if (n >= 8)
		v[0].q[0] = high >> (n - 8) * 8;
	else if (n)
		v[0].q[0] = low >> n * 8 | high << (64 - n * 8);
	else
		v[0].q[0] = low;
	return true;
}

/*
 * MASKMOVQ faults as if all eight bytes were stored, even when none is
 * selected, and the register file is in MMX mode then (observed, family 19h).
 */
bool
x_mm_maskmovq(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t wrap = LOW_BITS(in->addrsize * 8);
	uint64_t ea = gpr_read(c, RDI, in->addrsize);
	struct span s;
	unsigned i;

	if (!span_open(c, &s, in->seg, ea, 8, ACC_W)) {
		x87_mmx_enter(&c->x87);
		return false;
	}
	for (i = 0; i < 8; i++)
		if (v[1].q[0] >> i * 8 & 0x80 &&
		    !seg_st_u(c, in->seg, (ea + i) & wrap, 1,
		    v[0].q[0] >> i * 8 & 0xff))
			return false;
	return true;
}

bool
x_mm_emms(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in, (void)v;
	x87_mmx_enter(&c->x87);
	c->x87.ftw = 0xffff;
	return true;
}
