/*
 * cpu/hot_branch.c - hot handlers: transfers
 *
 * Every direct transfer comes twice: _i inside the page, with an unconditional
 * link in the slot behind its operands, and _x across pages, where the slot
 * behind the link holds the target relative to this page.
 */
#include "cpu/hot.h"

#define TAKE_i(k)	TAKE(k)
#define TAKE_x(k)	TAKE_X(k)
/* Slots of an exit: link, and the distance when it leaves the page. */
#define EXIT_i		1
#define EXIT_x		2

#define JMP(X) \
static HANDLER(h_jmp_##X) \
{ \
	TAKE_##X(1); \
}
JMP(i) JMP(x)
const slot_fn hot_jmp[2] = { h_jmp_i, h_jmp_x };

/* The page ends here: the link slot itself follows. */
static HANDLER(h_fall)
{
	TAKE_X(1);
}
const slot_fn hot_fall = h_fall;

/* Leave at page offset imm, charge in the next slot. */
static HANDLER(h_exit)
{
	n -= s[1].charge;
	c->rip = (c->page_base + (uint64_t)(int64_t)s->imm) & c->ip_mask;
	return leave(c, s, n);
}
const slot_fn hot_exit = h_exit;

#define JCC_RAW(cond, X) \
static HANDLER(h_jcc_##cond##_##X) \
{ \
	if (raw_cond(c, cond)) \
		TAKE_##X(1); \
	NEXT(1 + EXIT_##X); \
}
ALL_CONDS(JCC_RAW, i) ALL_CONDS(JCC_RAW, x)
#define JCC_ROW(cond, ...)	{ h_jcc_##cond##_i, h_jcc_##cond##_x },
const slot_fn hot_jcc_raw[16][2] = { ALL_CONDS(JCC_ROW, 0) };

/* After a compare of known size whose flags are in cc_res and cc_src. */
#define JCC_SUB(name, code, bits, X) \
static HANDLER(h_jcc_sub_##bits##_##name##_##X) \
{ \
	uint##bits##_t b = (uint##bits##_t)c->cc_src; \
	uint##bits##_t a = (uint##bits##_t)(c->cc_res + b); \
	if (SUB_##name(uint##bits##_t, int##bits##_t)) \
		TAKE_##X(1); \
	NEXT(1 + EXIT_##X); \
}
#define BITS_X(L, M) \
	L(M, 8, i) L(M, 8, x) L(M, 16, i) L(M, 16, x) \
	L(M, 32, i) L(M, 32, x) L(M, 64, i) L(M, 64, x)
BITS_X(SUB_CONDS, JCC_SUB)
#define PAIR_ROW(name, code, prefix, bits) \
	[code] = { h_##prefix##_##bits##_##name##_i, h_##prefix##_##bits##_##name##_x },
#define SUB_TABLE(prefix) { \
	{ SUB_CONDS(PAIR_ROW, prefix, 8) }, { SUB_CONDS(PAIR_ROW, prefix, 16) }, \
	{ SUB_CONDS(PAIR_ROW, prefix, 32) }, { SUB_CONDS(PAIR_ROW, prefix, 64) } }
const slot_fn hot_jcc_sub[4][16][2] = SUB_TABLE(jcc_sub);

/* Conditions of the result alone, whatever arithmetic made it. */
#define RES_E(st)	((st)r == 0)
#define RES_NE(st)	((st)r != 0)
#define RES_S(st)	((st)r < 0)
#define RES_NS(st)	((st)r >= 0)
#define RES_LE(st)	((st)r <= 0)
#define RES_G(st)	((st)r > 0)
#define RES_CONDS(X, ...) \
	X(E, 4, __VA_ARGS__) X(NE, 5, __VA_ARGS__) X(S, 8, __VA_ARGS__) X(NS, 9, __VA_ARGS__)
#define LOGIC_CONDS(X, ...) \
	X(LE, 14, __VA_ARGS__) X(G, 15, __VA_ARGS__)
#define TEST_CONDS(X, ...) \
	RES_CONDS(X, __VA_ARGS__) LOGIC_CONDS(X, __VA_ARGS__)
#define JCC_RES(name, code, bits, X) \
static HANDLER(h_jcc_res_##bits##_##name##_##X) \
{ \
	uint64_t r = c->cc_res; \
	if (RES_##name(int##bits##_t)) \
		TAKE_##X(1); \
	NEXT(1 + EXIT_##X); \
}
BITS_X(TEST_CONDS, JCC_RES)
#define RES_TABLE(CONDS, prefix) { \
	{ CONDS(PAIR_ROW, prefix, 8) }, { CONDS(PAIR_ROW, prefix, 16) }, \
	{ CONDS(PAIR_ROW, prefix, 32) }, { CONDS(PAIR_ROW, prefix, 64) } }
const slot_fn hot_jcc_res[4][16][2] = RES_TABLE(RES_CONDS, jcc_res);
const slot_fn hot_jcc_logic[4][16][2] = RES_TABLE(LOGIC_CONDS, jcc_res);

/* ---- compare and branch in one; flags are stored for whoever follows ---- */
#define CMPJ(name, code, bits, X, form, k, fetch) \
static HANDLER(h_cmpj_##form##_##bits##_##name##_##X) \
{ \
	fetch(bits) \
	uint##bits##_t r = (uint##bits##_t)(a - b); \
	CC_STORE(SUB, SL##bits, r, b); \
	if (SUB_##name(uint##bits##_t, int##bits##_t)) \
		TAKE_##X(k); \
	NEXT(k + EXIT_##X); \
}
#define TESTJ(name, code, bits, X, form, k, fetch) \
static HANDLER(h_testj_##form##_##bits##_##name##_##X) \
{ \
	fetch(bits) \
	uint##bits##_t r = a & b; \
	CC_STORE(LOGIC, SL##bits, r, 0); \
	if (RES_##name(int##bits##_t)) \
		TAKE_##X(k); \
	NEXT(k + EXIT_##X); \
}
#define FETCH_rr(bits) uint##bits##_t a = RD(bits, s->a), b = RD(bits, s->b);
#define FETCH_ri(bits) \
	uint##bits##_t a = RD(bits, s->a), b = (uint##bits##_t)(int64_t)s->imm;
#define FETCH_MEM(bits) \
	gva_t va = EA(); \
	any##bits *p; \
	LOAD_PTR(p, va, bits / 8);
#define FETCH_rm(bits) FETCH_MEM(bits) uint##bits##_t a = RD(bits, s->a), b = *p;
#define FETCH_mr(bits) FETCH_MEM(bits) uint##bits##_t a = *p, b = RD(bits, s->a);
#define FETCH_mi(bits) \
	FETCH_MEM(bits) uint##bits##_t a = *p, b = (uint##bits##_t)(int64_t)s[1].imm;
#define FORM_ALL(CONDS, M, form, k, fetch) \
	CONDS(M, 8, i, form, k, fetch) CONDS(M, 8, x, form, k, fetch) \
	CONDS(M, 16, i, form, k, fetch) CONDS(M, 16, x, form, k, fetch) \
	CONDS(M, 32, i, form, k, fetch) CONDS(M, 32, x, form, k, fetch) \
	CONDS(M, 64, i, form, k, fetch) CONDS(M, 64, x, form, k, fetch)
FORM_ALL(SUB_CONDS, CMPJ, rr, 1, FETCH_rr)
FORM_ALL(SUB_CONDS, CMPJ, ri, 1, FETCH_ri)
FORM_ALL(SUB_CONDS, CMPJ, rm, 1, FETCH_rm)
FORM_ALL(SUB_CONDS, CMPJ, mr, 1, FETCH_mr)
FORM_ALL(SUB_CONDS, CMPJ, mi, 2, FETCH_mi)
const slot_fn hot_cmpj[FORMS][4][16][2] = {
	[FORM_RR] = SUB_TABLE(cmpj_rr), [FORM_RI] = SUB_TABLE(cmpj_ri),
	[FORM_RM] = SUB_TABLE(cmpj_rm), [FORM_MR] = SUB_TABLE(cmpj_mr),
	[FORM_MI] = SUB_TABLE(cmpj_mi),
};
FORM_ALL(TEST_CONDS, TESTJ, rr, 1, FETCH_rr)
FORM_ALL(TEST_CONDS, TESTJ, ri, 1, FETCH_ri)
FORM_ALL(TEST_CONDS, TESTJ, mi, 2, FETCH_mi)
const slot_fn hot_testj[FORMS][4][16][2] = {
	[FORM_RR] = RES_TABLE(TEST_CONDS, testj_rr),
	[FORM_RI] = RES_TABLE(TEST_CONDS, testj_ri),
	[FORM_MI] = RES_TABLE(TEST_CONDS, testj_mi),
};

#define JRCXZ(bits, X) \
static HANDLER(h_jrcxz_##bits##_##X) \
{ \
	if (!RD(bits, RCX * 8)) \
		TAKE_##X(1); \
	NEXT(1 + EXIT_##X); \
}
JRCXZ(32, i) JRCXZ(32, x) JRCXZ(64, i) JRCXZ(64, x)
const slot_fn hot_jrcxz[2][2] = {
	{ h_jrcxz_32_i, h_jrcxz_32_x }, { h_jrcxz_64_i, h_jrcxz_64_x },
};

/* ---- calls and returns, 64-bit and flat 32-bit ---- */
#define OFF_RSP	(RSP * 8)

/* imm: page offset of the return address. */
#define CALL_PUSH(bits, STORE) \
	gva_t sp = (uint##bits##_t)(R64(OFF_RSP) - bits / 8); \
	any##bits *p; \
	STORE(p, sp, bits / 8)
#define CALL_COMMIT(bits) \
	*p = (uint##bits##_t)(c->page_base + (uint64_t)(int64_t)s->imm); \
	WR(bits, OFF_RSP, sp)
#define CALL(bits, X) \
static HANDLER(h_call_##bits##_##X) \
{ \
	CALL_PUSH(bits, STORE_PTR); \
	CALL_COMMIT(bits); \
	TAKE_##X(1); \
}
CALL(32, i) CALL(32, x) CALL(64, i) CALL(64, x)
const slot_fn hot_call[3][2] = {
	{ h_call_32_i, h_call_32_x }, { h_call_64_i, h_call_64_x }, { h_call_based, NULL },
};

/* Indirect transfers. call through memory: address in this slot, return
 * offset in the next. */
#define INDIRECT(bits) \
static HANDLER(h_ret_##bits) \
{ \
	gva_t sp = RD(bits, OFF_RSP); \
	any##bits *p; \
	LOAD_PTR(p, sp, bits / 8); \
	TAKE_I(*p, 1, WR(bits, OFF_RSP, sp + bits / 8)); \
} \
static HANDLER(h_ret_imm_##bits) \
{ \
	gva_t sp = RD(bits, OFF_RSP); \
	any##bits *p; \
	LOAD_PTR(p, sp, bits / 8); \
	TAKE_I(*p, 1, WR(bits, OFF_RSP, sp + bits / 8 + (uint32_t)s->imm)); \
} \
static HANDLER(h_jmp_r_##bits) \
{ \
	TAKE_I(RD(bits, s->a), 1, (void)0); \
} \
static HANDLER(h_jmp_m_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *q; \
	LOAD_PTR(q, va, bits / 8); \
	TAKE_I(*q, 1, (void)0); \
} \
static HANDLER(h_call_r_##bits) \
{ \
	uint##bits##_t to = RD(bits, s->a); \
	CALL_PUSH(bits, STORE_PTR); \
	TAKE_I(to, 1, CALL_COMMIT(bits)); \
} \
static HANDLER(h_call_m_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *q; \
	LOAD_PTR(q, va, bits / 8); \
	uint##bits##_t to = *q; \
	CALL_PUSH(bits, STORE_PTR2); \
	TAKE_I(to, 2, *p = (uint##bits##_t)(c->page_base + (uint64_t)(int64_t)s[1].imm); \
	    WR(bits, OFF_RSP, sp)); \
}
INDIRECT(32) INDIRECT(64)
#define STACKS(name)	{ name##_32, name##_64, name##_based }
const slot_fn hot_ret[3] = STACKS(h_ret), hot_ret_imm[3] = STACKS(h_ret_imm);
const slot_fn hot_jmp_r[3] = STACKS(h_jmp_r), hot_jmp_m[3] = STACKS(h_jmp_m);
const slot_fn hot_call_r[3] = STACKS(h_call_r), hot_call_m[3] = STACKS(h_call_m);
