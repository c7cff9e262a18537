/*
 * cpu/hot_alu.c - hot handlers: integer arithmetic
 *
 * Each macro makes the handlers of one operation for all sizes; the comment
 * above it shows one expansion.  Suffix _f stores lazy flags, _n does not.
 */
#include "cpu/hot.h"

/* op(X): X(name, expression of a and b, kind, flag source, writes) */
#define ALU_LIST(X) \
	X(add, a + b, ADD, b, 1) X(or, a | b, LOGIC, 0, 1) X(and, a & b, LOGIC, 0, 1) \
	X(sub, a - b, SUB, b, 1) X(xor, a ^ b, LOGIC, 0, 1) X(cmp, a - b, SUB, b, 0) \
	X(test, a & b, LOGIC, 0, 0)

#define FL(name)	{ name##_n, name##_f }
#define SIZES_FL(name)	{ FL(name##_8), FL(name##_16), FL(name##_32), FL(name##_64) }
#define SIZES(name)	{ name##_8, name##_16, name##_32, name##_64 }
#define KEEP_n(kind, bits, r, src)	((void)(r))
#define KEEP_f(kind, bits, r, src)	CC_STORE(kind, SL##bits, r, (uint##bits##_t)(src))
#define PUT_1(bits, off, r)		WR(bits, off, r)
#define PUT_0(bits, off, r)		((void)(r))
#define PUTM_1(p, r)			(*(p) = (r))
#define PUTM_0(p, r)			((void)(p))
/* A compare with memory reads only. */
#define RMW_PTR_1(p, va, size)		STORE_PTR(p, va, size)
#define RMW_PTR_0(p, va, size)		LOAD_PTR(p, va, size)

/*
 * static HANDLER(add_rr_32_f) {
 *	uint32_t a = R32(s->a), b = R32(s->b), r = a + b;
 *	WR32(s->a, r); CC_STORE(ADD, SL32, r, b); NEXT(1);
 * }
 */
#define ALU(name, expr, kind, src, wr, bits, fl) \
static HANDLER(h_##name##_rr_##bits##_##fl) \
{ \
	uint##bits##_t a = RD(bits, s->a), b = RD(bits, s->b); \
	uint##bits##_t r = (uint##bits##_t)(expr); \
	PUT_##wr(bits, s->a, r); \
	KEEP_##fl(kind, bits, r, src); \
	NEXT(1); \
} \
static HANDLER(h_##name##_ri_##bits##_##fl) \
{ \
	uint##bits##_t a = RD(bits, s->a), b = (uint##bits##_t)(int64_t)s->imm; \
	uint##bits##_t r = (uint##bits##_t)(expr); \
	PUT_##wr(bits, s->a, r); \
	KEEP_##fl(kind, bits, r, src); \
	NEXT(1); \
} \
static HANDLER(h_##name##_rm_##bits##_##fl) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	uint##bits##_t a = RD(bits, s->a), b = *p; \
	uint##bits##_t r = (uint##bits##_t)(expr); \
	PUT_##wr(bits, s->a, r); \
	KEEP_##fl(kind, bits, r, src); \
	NEXT(1); \
} \
static HANDLER(h_##name##_mr_##bits##_##fl) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	RMW_PTR_##wr(p, va, bits / 8); \
	uint##bits##_t a = *p, b = RD(bits, s->a); \
	uint##bits##_t r = (uint##bits##_t)(expr); \
	PUTM_##wr(p, r); \
	KEEP_##fl(kind, bits, r, src); \
	NEXT(1); \
} \
static HANDLER(h_##name##_mi_##bits##_##fl) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	RMW_PTR_##wr(p, va, bits / 8); \
	uint##bits##_t a = *p, b = (uint##bits##_t)(int64_t)s[1].imm; \
	uint##bits##_t r = (uint##bits##_t)(expr); \
	PUTM_##wr(p, r); \
	KEEP_##fl(kind, bits, r, src); \
	NEXT(2); \
}
#define ALU_SIZES(name, expr, kind, src, wr) \
	ALU(name, expr, kind, src, wr, 8, n) ALU(name, expr, kind, src, wr, 8, f) \
	ALU(name, expr, kind, src, wr, 16, n) ALU(name, expr, kind, src, wr, 16, f) \
	ALU(name, expr, kind, src, wr, 32, n) ALU(name, expr, kind, src, wr, 32, f) \
	ALU(name, expr, kind, src, wr, 64, n) ALU(name, expr, kind, src, wr, 64, f)
ALU_LIST(ALU_SIZES)

#define ALU_ROW(name, expr, kind, src, wr) { \
	SIZES_FL(h_##name##_rr), SIZES_FL(h_##name##_ri), SIZES_FL(h_##name##_rm), \
	SIZES_FL(h_##name##_mr), SIZES_FL(h_##name##_mi) },
const slot_fn hot_alu[ALU_OPS][FORMS][4][2] = { ALU_LIST(ALU_ROW) };

/* The old carry, by who left it: the formulas of cpu/flags.h. */
#define CARRY(bits) \
static HANDLER(h_cf_add_##bits) \
{ \
	c->scratch = (uint##bits##_t)c->cc_res < (uint##bits##_t)c->cc_src; \
	NEXT(1); \
} \
static HANDLER(h_cf_sub_##bits) \
{ \
	uint##bits##_t b = (uint##bits##_t)c->cc_src; \
	c->scratch = (uint##bits##_t)(c->cc_res + b) < b; \
	NEXT(1); \
}
CARRY(8) CARRY(16) CARRY(32) CARRY(64)
const slot_fn hot_cf_add[4] = SIZES(h_cf_add), hot_cf_sub[4] = SIZES(h_cf_sub);

static HANDLER(h_cf_logic)
{
	c->scratch = 0;
	NEXT(1);
}

static HANDLER(h_cf_incdec)
{
	c->scratch = c->cc_src & 1;
	NEXT(1);
}

static HANDLER(h_cf_raw)
{
	c->scratch = c->cc_res & F_CF;
	NEXT(1);
}
const slot_fn hot_cf_logic = h_cf_logic, hot_cf_incdec = h_cf_incdec, hot_cf_raw = h_cf_raw;

/* ADC and SBB: the carry in (c->scratch) chooses the flag kind. */
#define ADC_BODY(bits, op, K0, K1) \
	uint##bits##_t r = (uint##bits##_t)(a op b op (uint##bits##_t)c->scratch); \
	WR(bits, s->a, r); \
	c->cc_res = r; \
	c->cc_src = b; \
	c->cc_op = c->scratch ? CC_OP(K1, SL##bits) : CC_OP(K0, SL##bits);
#define ADC(name, op, K0, K1, bits) \
static HANDLER(h_##name##_rr_##bits) \
{ \
	uint##bits##_t a = RD(bits, s->a), b = RD(bits, s->b); \
	ADC_BODY(bits, op, K0, K1) \
	NEXT(1); \
} \
static HANDLER(h_##name##_ri_##bits) \
{ \
	uint##bits##_t a = RD(bits, s->a), b = (uint##bits##_t)(int64_t)s->imm; \
	ADC_BODY(bits, op, K0, K1) \
	NEXT(1); \
} \
static HANDLER(h_##name##_rm_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	uint##bits##_t a = RD(bits, s->a), b = *p; \
	ADC_BODY(bits, op, K0, K1) \
	NEXT(1); \
}
#define BITS4(X, ...) X(__VA_ARGS__, 8) X(__VA_ARGS__, 16) X(__VA_ARGS__, 32) X(__VA_ARGS__, 64)
BITS4(ADC, adc, +, ADD, ADC)
BITS4(ADC, sbb, -, SUB, SBB)
const slot_fn hot_adc[2][3][4] = {
	{ SIZES(h_adc_rr), SIZES(h_adc_ri), SIZES(h_adc_rm) },
	{ SIZES(h_sbb_rr), SIZES(h_sbb_ri), SIZES(h_sbb_rm) },
};

/* INC and DEC keep CF: the old one (c->scratch) goes into the flag source. */
#define INCDEC(name, op, kind, bits) \
static HANDLER(h_##name##_##bits##_n) \
{ \
	WR(bits, s->a, RD(bits, s->a) op 1); \
	NEXT(1); \
} \
static HANDLER(h_##name##_##bits##_f) \
{ \
	uint##bits##_t r = (uint##bits##_t)(RD(bits, s->a) op 1); \
	WR(bits, s->a, r); \
	CC_STORE(kind, SL##bits, r, c->scratch); \
	NEXT(1); \
} \
static HANDLER(h_##name##_m_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	uint##bits##_t r = (uint##bits##_t)(*p op 1); \
	*p = r; \
	CC_STORE(kind, SL##bits, r, c->scratch); \
	NEXT(1); \
}
BITS4(INCDEC, inc, +, INC)
BITS4(INCDEC, dec, -, DEC)
const slot_fn hot_incdec[2][4][2] = { SIZES_FL(h_inc), SIZES_FL(h_dec) };
const slot_fn hot_incdec_m[2][4] = { SIZES(h_inc_m), SIZES(h_dec_m) };

#define NEG(name, bits) \
static HANDLER(h_##name##_##bits##_n) \
{ \
	WR(bits, s->a, 0 - RD(bits, s->a)); \
	NEXT(1); \
} \
static HANDLER(h_##name##_##bits##_f) \
{ \
	uint##bits##_t b = RD(bits, s->a), r = (uint##bits##_t)(0 - b); \
	WR(bits, s->a, r); \
	CC_STORE(SUB, SL##bits, r, b); \
	NEXT(1); \
} \
static HANDLER(h_not_##bits) \
{ \
	WR(bits, s->a, ~RD(bits, s->a)); \
	NEXT(1); \
}
BITS4(NEG, neg)
const slot_fn hot_neg[4][2] = SIZES_FL(h_neg);
const slot_fn hot_not[4] = SIZES(h_not);

/*
 * Shifts by a constant 1..bits-1 (translation has masked it) in imm, and by
 * CL.  Flags as cpu/flags.h lays down.
 */
#define SHIFT(name, kind, rexpr, sexpr, bits, N) \
static HANDLER(h_##name##_i_##bits##_##N) \
{ \
	uint##bits##_t a = RD(bits, s->a); \
	unsigned k = (unsigned)s->imm; \
	uint##bits##_t r = (uint##bits##_t)(rexpr); \
	WR(bits, s->a, r); \
	KEEP_##N(kind, bits, r, sexpr); \
	NEXT(1); \
}
#define SIGNED(bits, v)	((int##bits##_t)(v))
#define SHIFTS(bits) \
	SHIFT(shl, SHL, (uint64_t)a << k, (uint64_t)a << (k - 1), bits, n) \
	SHIFT(shl, SHL, (uint64_t)a << k, (uint64_t)a << (k - 1), bits, f) \
	SHIFT(shr, SHR, a >> k, a >> (k - 1), bits, n) \
	SHIFT(shr, SHR, a >> k, a >> (k - 1), bits, f) \
	SHIFT(sar, SAR, SIGNED(bits, a) >> k, SIGNED(bits, a) >> (k - 1), bits, n) \
	SHIFT(sar, SAR, SIGNED(bits, a) >> k, SIGNED(bits, a) >> (k - 1), bits, f)
SHIFTS(8) SHIFTS(16) SHIFTS(32) SHIFTS(64)

/* Rotates by a constant, flags dead (live ones run generically). */
#define ROTATE(bits) \
static HANDLER(h_rol_i_##bits##_n) \
{ \
	uint##bits##_t a = RD(bits, s->a); \
	unsigned k = (unsigned)s->imm; \
	WR(bits, s->a, (uint##bits##_t)((uint64_t)a << k | a >> (bits - k))); \
	NEXT(1); \
} \
static HANDLER(h_ror_i_##bits##_n) \
{ \
	uint##bits##_t a = RD(bits, s->a); \
	unsigned k = (unsigned)s->imm; \
	WR(bits, s->a, (uint##bits##_t)(a >> k | (uint64_t)a << (bits - k))); \
	NEXT(1); \
}
ROTATE(8) ROTATE(16) ROTATE(32) ROTATE(64)
#define FL_N(name)	{ name##_n, h_generic }
#define ROT_ROW(name)	{ FL_N(name##_8), FL_N(name##_16), FL_N(name##_32), FL_N(name##_64) }
const slot_fn hot_shift_i[SH_OPS][4][2] = {
	SIZES_FL(h_shl_i), SIZES_FL(h_shr_i), SIZES_FL(h_sar_i),
	ROT_ROW(h_rol_i), ROT_ROW(h_ror_i),
};

/* By CL, 32 and 64 bits; a count of 0 changes nothing. */
#define SHIFT_CL(name, kind, rexpr, sexpr, bits, N) \
static HANDLER(h_##name##_cl_##bits##_##N) \
{ \
	uint##bits##_t a = RD(bits, s->a); \
	unsigned k = R8(8) & (bits - 1); \
	if (likely(k)) { \
		uint##bits##_t r = (uint##bits##_t)(rexpr); \
		WR(bits, s->a, r); \
		KEEP_##N(kind, bits, r, sexpr); \
	} else { \
		WR(bits, s->a, a); \
	} \
	NEXT(1); \
}
#define SHIFTS_CL(bits) \
	SHIFT_CL(shl, SHL, a << k, a << (k - 1), bits, n) \
	SHIFT_CL(shl, SHL, a << k, a << (k - 1), bits, f) \
	SHIFT_CL(shr, SHR, a >> k, a >> (k - 1), bits, n) \
	SHIFT_CL(shr, SHR, a >> k, a >> (k - 1), bits, f) \
	SHIFT_CL(sar, SAR, SIGNED(bits, a) >> k, SIGNED(bits, a) >> (k - 1), bits, n) \
	SHIFT_CL(sar, SAR, SIGNED(bits, a) >> k, SIGNED(bits, a) >> (k - 1), bits, f)
SHIFTS_CL(32) SHIFTS_CL(64)
#define GENERIC2	{ h_generic, h_generic }
#define CL_ROW(name)	{ GENERIC2, GENERIC2, FL(name##_cl_32), FL(name##_cl_64) }
const slot_fn hot_shift_cl[3][4][2] = { CL_ROW(h_shl), CL_ROW(h_shr), CL_ROW(h_sar) };

/* IMUL with two and three operands: CF = OF = the product does not fit. */
#define IMUL(bits, N) \
static HANDLER(h_imul_rr_##bits##_##N) \
{ \
	int##bits##_t r; \
	bool over = __builtin_mul_overflow((int##bits##_t)RD(bits, s->a), \
	    (int##bits##_t)RD(bits, s->b), &r); \
	WR(bits, s->a, r); \
	KEEP_##N(MUL, bits, (uint##bits##_t)r, over); \
	(void)over; \
	NEXT(1); \
} \
static HANDLER(h_imul_rri_##bits##_##N) \
{ \
	int##bits##_t r; \
	bool over = __builtin_mul_overflow((int##bits##_t)RD(bits, s->b), \
	    (int##bits##_t)s->imm, &r); \
	WR(bits, s->a, r); \
	KEEP_##N(MUL, bits, (uint##bits##_t)r, over); \
	(void)over; \
	NEXT(1); \
} \
static HANDLER(h_imul_rm_##bits##_##N) \
{ \
	gva_t va = EA(); \
	any##bits *m; \
	LOAD_PTR(m, va, bits / 8); \
	int##bits##_t r; \
	bool over = __builtin_mul_overflow((int##bits##_t)RD(bits, s->a), \
	    (int##bits##_t)*m, &r); \
	WR(bits, s->a, r); \
	KEEP_##N(MUL, bits, (uint##bits##_t)r, over); \
	(void)over; \
	NEXT(1); \
}
IMUL(16, n) IMUL(16, f) IMUL(32, n) IMUL(32, f) IMUL(64, n) IMUL(64, f)
#define IMUL_ROW(name)	{ GENERIC2, FL(name##_16), FL(name##_32), FL(name##_64) }
const slot_fn hot_imul_rr[4][2] = IMUL_ROW(h_imul_rr);
const slot_fn hot_imul_rri[4][2] = IMUL_ROW(h_imul_rri);
const slot_fn hot_imul_rm[4][2] = IMUL_ROW(h_imul_rm);

/* One-operand MUL and IMUL into rDX:rAX; top is what the high half is when the
 * product fits the low one. */
#define MUL(bits, name, insn, top) \
static HANDLER(h_##name##_##bits) \
{ \
	uint##bits##_t lo, hi; \
	__asm__(insn " %3" : "=a"(lo), "=d"(hi) : "a"(RD(bits, 0)), "r"(RD(bits, s->a)) : "cc"); \
	WR(bits, 0, lo); \
	WR(bits, 16, hi); \
	CC_STORE(MUL, SL##bits, lo, hi != (uint##bits##_t)(top)); \
	NEXT(1); \
}
MUL(32, mul, "mull", 0)
MUL(64, mul, "mulq", 0)
MUL(32, imul1, "imull", (int32_t)lo >> 31)
MUL(64, imul1, "imulq", (int64_t)lo >> 63)
const slot_fn hot_mul[2][4] = {
	{ h_generic, h_generic, h_mul_32, h_mul_64 },
	{ h_generic, h_generic, h_imul1_32, h_imul1_64 },
};

/* DIV: a quotient that does not fit (and zero) goes the slow way to #DE. */
static HANDLER(h_div_32)
{
	uint64_t a = (uint64_t)R32(16) << 32 | R32(0);
	uint32_t b = R32(s->a);

	if (unlikely(R32(16) >= b))
		return slow(c, s, n);
	WR32(0, a / b);
	WR32(16, a % b);
	NEXT(1);
}

static HANDLER(h_div_64)
{
	uint64_t lo = R64(0), hi = R64(16), b = R64(s->a), q, r;

	if (unlikely(hi >= b))
		return slow(c, s, n);
	__asm__("divq %4" : "=a"(q), "=d"(r) : "a"(lo), "d"(hi), "r"(b) : "cc");
	R64(0) = q;
	R64(16) = r;
	NEXT(1);
}

/* IDIV when the dividend is a sign-extended rAX and cannot overflow. */
#define IDIV(bits) \
static HANDLER(h_idiv_##bits) \
{ \
	int##bits##_t a = (int##bits##_t)RD(bits, 0), b = (int##bits##_t)RD(bits, s->a); \
	if (unlikely((int##bits##_t)RD(bits, 16) != a >> (bits - 1) || \
	    (uint##bits##_t)b + 1 <= 1)) \
		return slow(c, s, n); \
	WR(bits, 0, a / b); \
	WR(bits, 16, a % b); \
	NEXT(1); \
}
IDIV(32) IDIV(64)
const slot_fn hot_div[2][4] = {
	{ h_generic, h_generic, h_div_32, h_div_64 },
	{ h_generic, h_generic, h_idiv_32, h_idiv_64 },
};
