/*
 * cpu/hot_bits.c - hot handlers: single bits, rotates, locked operations
 *
 * Instructions that change CF and leave other flags alone expect the flags as
 * they are in cc_res: translation puts cc_any() before them.
 */
#include "cpu/hot.h"

/* CF = bit, the rest of the plain flags stays. */
#define RAW_CF(bit)	(c->cc_res = (c->cc_res & ~(uint64_t)F_CF) | (uint64_t)(bit))

#define BIT_NOP(v, m)	(void)0
#define BIT_SET(v, m)	((v) |= (m))
#define BIT_CLR(v, m)	((v) &= ~(m))
#define BIT_INV(v, m)	((v) ^= (m))

/* BT only reads its memory operand. */
#define PTR_bt		LOAD_PTR
#define PTR_bts		STORE_PTR
#define PTR_btr		STORE_PTR
#define PTR_btc		STORE_PTR

#define BITOP(name, change, writes, bits) \
static HANDLER(h_##name##_rr_##bits) \
{ \
	unsigned i = RD(bits, s->b) & (bits - 1); \
	uint##bits##_t v = RD(bits, s->a); \
	RAW_CF(v >> i & 1); \
	change(v, (uint##bits##_t)1 << i); \
	if (writes) \
		WR(bits, s->a, v); \
	NEXT(1); \
} \
static HANDLER(h_##name##_ri_##bits) \
{ \
	unsigned i = (unsigned)s->imm & (bits - 1); \
	uint##bits##_t v = RD(bits, s->a); \
	RAW_CF(v >> i & 1); \
	change(v, (uint##bits##_t)1 << i); \
	if (writes) \
		WR(bits, s->a, v); \
	NEXT(1); \
} \
static HANDLER(h_##name##_mi_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	unsigned i = (unsigned)s[1].imm & (bits - 1); \
	PTR_##name(p, va, bits / 8); \
	RAW_CF(*p >> i & 1); \
	change(*p, (uint##bits##_t)1 << i); \
	NEXT(2); \
}
#define BITOPS(bits) \
	BITOP(bt, BIT_NOP, 0, bits) BITOP(bts, BIT_SET, 1, bits) \
	BITOP(btr, BIT_CLR, 1, bits) BITOP(btc, BIT_INV, 1, bits)
BITOPS(32) BITOPS(64)
#define G	h_generic
#define ROW(name)	{ G, G, name##_32, name##_64 }
#define FORMS3(name)	{ ROW(h_##name##_rr), ROW(h_##name##_ri), ROW(h_##name##_mi) }
const slot_fn hot_bit[4][3][4] = { FORMS3(bt), FORMS3(bts), FORMS3(btr), FORMS3(btc) };

/* Rotates by a constant 1..bits-1 whose flags are read: the formulas of
 * x_rol() and x_ror(). */
#define RAW_CF_OF(cf, of) \
	(c->cc_res = (c->cc_res & ~(uint64_t)(F_CF | F_OF)) | ((cf) ? F_CF : 0) | \
	    ((of) ? F_OF : 0))
#define ROTATE(bits) \
static HANDLER(h_rol_f_##bits) \
{ \
	uint##bits##_t a = RD(bits, s->a); \
	unsigned k = (unsigned)s->imm; \
	a = (uint##bits##_t)((uint64_t)a << k | a >> (bits - k)); \
	WR(bits, s->a, a); \
	RAW_CF_OF(a & 1, (a ^ a >> (bits - 1)) & 1); \
	NEXT(1); \
} \
static HANDLER(h_ror_f_##bits) \
{ \
	uint##bits##_t a = RD(bits, s->a); \
	unsigned k = (unsigned)s->imm; \
	a = (uint##bits##_t)(a >> k | (uint64_t)a << (bits - k)); \
	WR(bits, s->a, a); \
	RAW_CF_OF(a >> (bits - 1), (a >> (bits - 1) ^ a >> (bits - 2)) & 1); \
	NEXT(1); \
}
ROTATE(8) ROTATE(16) ROTATE(32) ROTATE(64)
#define ROW4(name)	{ name##_8, name##_16, name##_32, name##_64 }
const slot_fn hot_rotate_f[2][4] = { ROW4(h_rol_f), ROW4(h_ror_f) };

/* BSF and BSR: AMD leaves the destination of a zero source alone; flags as
 * bit_scan() in cpu/exec_bits.c. */
#define SCAN(bits, fwd, back) \
static HANDLER(h_bsf_##bits) \
{ \
	uint##bits##_t v = RD(bits, s->b); \
	if (v) \
		WR(bits, s->a, fwd(v)); \
	c->cc_res = v ? 0 : F_ZF | F_PF; \
	c->cc_op = CC_RAW; \
	NEXT(1); \
} \
static HANDLER(h_bsr_##bits) \
{ \
	uint##bits##_t v = RD(bits, s->b); \
	if (v) \
		WR(bits, s->a, (bits - 1) ^ back(v)); \
	c->cc_res = v ? 0 : F_ZF | F_PF; \
	c->cc_op = CC_RAW; \
	NEXT(1); \
}
SCAN(32, __builtin_ctz, __builtin_clz) SCAN(64, __builtin_ctzll, __builtin_clzll)
const slot_fn hot_scan[2][4] = { ROW(h_bsf), ROW(h_bsr) };

/* CMPXCHG and XADD with memory.  One processor runs at a time, so LOCK adds
 * nothing.  CMPXCHG always writes. */
#define LOCKED(bits) \
static HANDLER(h_cmpxchg_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	uint##bits##_t b = *p, a = RD(bits, RAX * 8), r = (uint##bits##_t)(a - b); \
	if (r == 0) \
		*p = RD(bits, s->a); \
	else \
		WR(bits, RAX * 8, b); \
	CC_STORE(SUB, SL##bits, r, b); \
	NEXT(1); \
} \
static HANDLER(h_xadd_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	uint##bits##_t a = *p, b = RD(bits, s->a), r = (uint##bits##_t)(a + b); \
	*p = r; \
	WR(bits, s->a, a); \
	CC_STORE(ADD, SL##bits, r, b); \
	NEXT(1); \
}
LOCKED(8) LOCKED(16) LOCKED(32) LOCKED(64)
const slot_fn hot_cmpxchg_m[4] = ROW4(h_cmpxchg), hot_xadd_m[4] = ROW4(h_xadd);

/* DIV by memory: what does not fit goes the slow way to #DE. */
static HANDLER(h_div_m_32)
{
	gva_t va = EA();
	const any32 *p;

	LOAD_PTR(p, va, 4);
	uint64_t a = (uint64_t)R32(RDX * 8) << 32 | R32(RAX * 8);
	uint32_t b = *p;

	if (unlikely(R32(RDX * 8) >= b))
		return slow(c, s, n);
	WR32(RAX * 8, a / b);
	WR32(RDX * 8, a % b);
	NEXT(1);
}

static HANDLER(h_div_m_64)
{
	gva_t va = EA();
	const any64 *p;

	LOAD_PTR(p, va, 8);
	uint64_t lo = R64(RAX * 8), hi = R64(RDX * 8), b = *p, q, r;

	if (unlikely(hi >= b))
		return slow(c, s, n);
	__asm__("divq %4" : "=a"(q), "=d"(r) : "a"(lo), "d"(hi), "r"(b) : "cc");
	R64(RAX * 8) = q;
	R64(RDX * 8) = r;
	NEXT(1);
}
const slot_fn hot_div_m[4] = ROW(h_div_m);
