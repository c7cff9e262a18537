/*
 * cpu/hot_move.c - hot handlers: moves, stack, conditions into registers
 */
#include "cpu/hot.h"

#define SIZES(name)	{ name##_8, name##_16, name##_32, name##_64 }
#define EACH4(X)	X(8) X(16) X(32) X(64)

#define MOV(bits) \
static HANDLER(h_mov_rr_##bits) \
{ \
	WR(bits, s->a, RD(bits, s->b)); \
	NEXT(1); \
} \
static HANDLER(h_mov_ri_##bits) \
{ \
	WR(bits, s->a, (int64_t)s->imm); \
	NEXT(1); \
} \
static HANDLER(h_mov_rm_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	WR(bits, s->a, *p); \
	NEXT(1); \
} \
static HANDLER(h_mov_mr_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	*p = RD(bits, s->a); \
	NEXT(1); \
} \
static HANDLER(h_mov_mi_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	*p = (uint##bits##_t)(int64_t)s[1].imm; \
	NEXT(2); \
} \
static HANDLER(h_xchg_rr_##bits) \
{ \
	uint##bits##_t a = RD(bits, s->a), b = RD(bits, s->b); \
	WR(bits, s->a, b); \
	WR(bits, s->b, a); \
	NEXT(1); \
} \
static HANDLER(h_xchg_mr_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	uint##bits##_t v = *p; \
	*p = RD(bits, s->a); \
	WR(bits, s->a, v); \
	NEXT(1); \
}
EACH4(MOV)
const slot_fn hot_mov_rr[4] = SIZES(h_mov_rr);
const slot_fn hot_mov_ri[4] = SIZES(h_mov_ri);
const slot_fn hot_mov_rm[4] = SIZES(h_mov_rm);
const slot_fn hot_mov_mr[4] = SIZES(h_mov_mr);
const slot_fn hot_mov_mi[4] = SIZES(h_mov_mi);
const slot_fn hot_xchg_rr[4] = SIZES(h_xchg_rr);
const slot_fn hot_xchg_mr[4] = SIZES(h_xchg_mr);

static HANDLER(h_mov_ri64)
{
	R64(s->a) = s[1].u64;
	NEXT(2);
}
const slot_fn hot_mov_ri64 = h_mov_ri64;

/* static HANDLER(h_movzx_rr_8_32) { WR32(s->a, R8(s->b)); NEXT(1); } */
#define EXTEND(name, type, from, to) \
static HANDLER(h_##name##_rr_##from##_##to) \
{ \
	WR(to, s->a, (type)RD(from, s->b)); \
	NEXT(1); \
} \
static HANDLER(h_##name##_rm_##from##_##to) \
{ \
	gva_t va = EA(); \
	any##from *p; \
	LOAD_PTR(p, va, from / 8); \
	WR(to, s->a, (type)*p); \
	NEXT(1); \
}
EXTEND(movzx, uint8_t, 8, 16) EXTEND(movzx, uint8_t, 8, 32) EXTEND(movzx, uint8_t, 8, 64)
EXTEND(movzx, uint16_t, 16, 32) EXTEND(movzx, uint16_t, 16, 64)
EXTEND(movsx, int8_t, 8, 16) EXTEND(movsx, int8_t, 8, 32) EXTEND(movsx, int8_t, 8, 64)
EXTEND(movsx, int16_t, 16, 32) EXTEND(movsx, int16_t, 16, 64)
EXTEND(movsx, int32_t, 32, 64)
#define G h_generic
#define ZX(form) { \
	{ G, h_movzx_##form##_8_16, h_movzx_##form##_8_32, h_movzx_##form##_8_64 }, \
	{ G, G, h_movzx_##form##_16_32, h_movzx_##form##_16_64 }, \
	{ G, G, G, G }, { G, G, G, G } }
#define SX(form) { \
	{ G, h_movsx_##form##_8_16, h_movsx_##form##_8_32, h_movsx_##form##_8_64 }, \
	{ G, G, h_movsx_##form##_16_32, h_movsx_##form##_16_64 }, \
	{ G, G, G, h_movsx_##form##_32_64 }, { G, G, G, G } }
const slot_fn hot_movzx_rr[4][4] = ZX(rr), hot_movzx_rm[4][4] = ZX(rm);
const slot_fn hot_movsx_rr[4][4] = SX(rr), hot_movsx_rm[4][4] = SX(rm);

#define LEA(bits) \
static HANDLER(h_lea_##bits) \
{ \
	WR(bits, s->a, EA()); \
	NEXT(1); \
}
LEA(16) LEA(32) LEA(64)
const slot_fn hot_lea[4] = { G, h_lea_16, h_lea_32, h_lea_64 };

/* Addresses that need a step of their own: 32-bit wrap; FS and GS base (a is
 * the base's offset). */
static HANDLER(h_ea32)
{
	c->ea = (uint32_t)EA();
	NEXT(1);
}

static HANDLER(h_ea_seg)
{
	c->ea = R64(s->a) + EA();
	NEXT(1);
}
const slot_fn hot_ea32 = h_ea32, hot_ea_seg = h_ea_seg;

/* ---- stack, 64-bit mode and flat 32-bit ---- */
#define OFF_RSP	(RSP * 8)
#define OFF_RBP	(RBP * 8)

#define STACK(bits) \
static HANDLER(h_push_r_##bits) \
{ \
	gva_t va = (uint##bits##_t)(R64(OFF_RSP) - bits / 8); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	*p = RD(bits, s->a); \
	WR(bits, OFF_RSP, va); \
	NEXT(1); \
} \
static HANDLER(h_push_i_##bits) \
{ \
	gva_t va = (uint##bits##_t)(R64(OFF_RSP) - bits / 8); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	*p = (uint##bits##_t)(int64_t)s->imm; \
	WR(bits, OFF_RSP, va); \
	NEXT(1); \
} \
static HANDLER(h_push_m_##bits) \
{ \
	gva_t from = EA(); \
	any##bits *q, *p; \
	LOAD_PTR(q, from, bits / 8); \
	gva_t va = (uint##bits##_t)(R64(OFF_RSP) - bits / 8); \
	STORE_PTR2(p, va, bits / 8); \
	*p = *q; \
	WR(bits, OFF_RSP, va); \
	NEXT(1); \
} \
static HANDLER(h_pop_r_##bits) \
{ \
	gva_t va = RD(bits, OFF_RSP); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	uint##bits##_t v = *p; \
	WR(bits, OFF_RSP, va + bits / 8); \
	WR(bits, s->a, v); \
	NEXT(1); \
} \
static HANDLER(h_leave_##bits) \
{ \
	gva_t va = RD(bits, OFF_RBP); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	uint##bits##_t v = *p; \
	WR(bits, OFF_RSP, va + bits / 8); \
	WR(bits, OFF_RBP, v); \
	NEXT(1); \
}
STACK(32) STACK(64)
#define STACKS(name)	{ name##_32, name##_64, name##_based }
const slot_fn hot_push_r[3] = STACKS(h_push_r), hot_push_i[3] = STACKS(h_push_i);
const slot_fn hot_push_m[3] = STACKS(h_push_m), hot_pop_r[3] = STACKS(h_pop_r);
const slot_fn hot_leave[3] = STACKS(h_leave);

/* ---- sign extension inside rAX, byte swap ---- */
#define SX_AX(bits, half) \
static HANDLER(h_cwd_##bits) \
{ \
	WR(bits, 16, (int##bits##_t)RD(bits, 0) >> (bits - 1)); \
	NEXT(1); \
} \
static HANDLER(h_cbw_##bits) \
{ \
	WR(bits, 0, (int##half##_t)RD(half, 0)); \
	NEXT(1); \
}
SX_AX(16, 8) SX_AX(32, 16) SX_AX(64, 32)
const slot_fn hot_cwd[4] = { G, h_cwd_16, h_cwd_32, h_cwd_64 };
const slot_fn hot_cbw[4] = { G, h_cbw_16, h_cbw_32, h_cbw_64 };

static HANDLER(h_bswap_32)
{
	WR32(s->a, __builtin_bswap32(R32(s->a)));
	NEXT(1);
}

static HANDLER(h_bswap_64)
{
	WR64(s->a, __builtin_bswap64(R64(s->a)));
	NEXT(1);
}
const slot_fn hot_bswap[4] = { G, G, h_bswap_32, h_bswap_64 };

/* ---- SETcc and CMOVcc: raw flags, or a compare of known size ---- */
#define SETCC(cond, ...) \
static HANDLER(h_set_##cond) \
{ \
	WR8(s->a, raw_cond(c, cond)); \
	NEXT(1); \
}
ALL_CONDS(SETCC, 0)
#define ROW(cond, ...)	h_set_##cond,
const slot_fn hot_setcc_raw[16] = { ALL_CONDS(ROW, 0) };

/* After a compare, a and b are rebuilt from the lazy flags. */
#define SUB_AB(bits) \
	uint##bits##_t b = (uint##bits##_t)c->cc_src; \
	uint##bits##_t a = (uint##bits##_t)(c->cc_res + b)
#define SETCC_SUB(name, code, bits) \
static HANDLER(h_set_sub_##bits##_##name) \
{ \
	SUB_AB(bits); \
	WR8(s->a, SUB_##name(uint##bits##_t, int##bits##_t)); \
	NEXT(1); \
}
SUB_CONDS(SETCC_SUB, 8) SUB_CONDS(SETCC_SUB, 16) SUB_CONDS(SETCC_SUB, 32) SUB_CONDS(SETCC_SUB, 64)
#define SETCC_ROW(name, code, bits)	[code] = h_set_sub_##bits##_##name,
const slot_fn hot_setcc_sub[4][16] = {
	{ SUB_CONDS(SETCC_ROW, 8) }, { SUB_CONDS(SETCC_ROW, 16) },
	{ SUB_CONDS(SETCC_ROW, 32) }, { SUB_CONDS(SETCC_ROW, 64) },
};

/* A 32-bit CMOV clears the top half even when the condition is false. */
#define CMOV(cond, bits) \
static HANDLER(h_cmov_rr_##bits##_##cond) \
{ \
	uint##bits##_t v = raw_cond(c, cond) ? RD(bits, s->b) : RD(bits, s->a); \
	WR(bits, s->a, v); \
	NEXT(1); \
} \
static HANDLER(h_cmov_rm_##bits##_##cond) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	uint##bits##_t v = raw_cond(c, cond) ? *p : RD(bits, s->a); \
	WR(bits, s->a, v); \
	NEXT(1); \
}
ALL_CONDS(CMOV, 32) ALL_CONDS(CMOV, 64)
#define CMOV_ROW(cond, form)	{ G, G, h_cmov_##form##_32_##cond, h_cmov_##form##_64_##cond },
const slot_fn hot_cmov_raw[16][4] = { ALL_CONDS(CMOV_ROW, rr) };
const slot_fn hot_cmov_raw_m[16][4] = { ALL_CONDS(CMOV_ROW, rm) };

#define CMOV_SUB(name, code, cbits, bits) \
static HANDLER(h_cmov_sub_##cbits##_##bits##_##name) \
{ \
	SUB_AB(cbits); \
	uint##bits##_t v = SUB_##name(uint##cbits##_t, int##cbits##_t) ? \
	    RD(bits, s->b) : RD(bits, s->a); \
	WR(bits, s->a, v); \
	NEXT(1); \
}
SUB_CONDS(CMOV_SUB, 8, 32) SUB_CONDS(CMOV_SUB, 8, 64)
SUB_CONDS(CMOV_SUB, 16, 32) SUB_CONDS(CMOV_SUB, 16, 64)
SUB_CONDS(CMOV_SUB, 32, 32) SUB_CONDS(CMOV_SUB, 32, 64)
SUB_CONDS(CMOV_SUB, 64, 32) SUB_CONDS(CMOV_SUB, 64, 64)
#define CMOV_SUB_ROW(name, code, cbits) \
	[code] = { G, G, h_cmov_sub_##cbits##_32_##name, h_cmov_sub_##cbits##_64_##name },
const slot_fn hot_cmov_sub[4][16][4] = {
	{ SUB_CONDS(CMOV_SUB_ROW, 8) }, { SUB_CONDS(CMOV_SUB_ROW, 16) },
	{ SUB_CONDS(CMOV_SUB_ROW, 32) }, { SUB_CONDS(CMOV_SUB_ROW, 64) },
};
