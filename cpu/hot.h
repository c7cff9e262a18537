/*
 * cpu/hot.h - how hot handlers are written
 *
 * A hot handler makes no normal call and has no stack frame: whatever is rare
 * is a sibling call into cpu/threaded.c.  It changes nothing before its last
 * memory check.  NEXT(k) goes to the slot k further on.
 */
#ifndef CPU_HOT_H
#define CPU_HOT_H

#include "cpu/flags.h"
#include "cpu/slot.h"

#define HANDLER(name) void name(struct cpu *c, struct slot *s, int64_t n)

#ifdef ENGINE_LOOP
#define GO() do { \
	c->engine->loop_slot = s; \
	c->engine->loop_n = n; \
	return; \
} while (0)
#else
#define GO() return s->h(c, s, n)
#endif

/* The empty asm makes gcc add first and jump through memory. */
#define NEXT(k) do { \
	s += (k); \
	__asm__("" : "+r"(s)); \
	GO(); \
} while (0)

/* Guest data of any alignment, and registers seen at any width. */
typedef uint8_t any8;
typedef uint16_t any16 __attribute__((aligned(1), may_alias));
typedef uint32_t any32 __attribute__((aligned(1), may_alias));
typedef uint64_t any64 __attribute__((aligned(1), may_alias));

#define REG(off, type)	(*(type *)(void *)((char *)c + (off)))
#define R8(off)		REG(off, any8)
#define R16(off)	REG(off, any16)
#define R32(off)	REG(off, any32)
#define R64(off)	REG(off, any64)

/* Read and write a register of size bits; 32-bit writes clear the top. */
#define RD(bits, off)	REG(off, any##bits)
#define WR8(off, v)	(R8(off) = (uint8_t)(v))
#define WR16(off, v)	(R16(off) = (uint16_t)(v))
#define WR32(off, v)	(R64(off) = (uint32_t)(v))
#define WR64(off, v)	(R64(off) = (uint64_t)(v))
#define WR(bits, off, v) WR##bits(off, v)

#define SL8	0
#define SL16	1
#define SL32	2
#define SL64	3

#define EA()	(R64(s->b) + (R64(s->c) << s->scale) + (uint64_t)(int64_t)s->imm)

/* An entry's address in one register: clang keeps table and index apart, and
 * with two entries runs out of registers. */
#ifdef __clang__
#define ONE_REGISTER(p)	__asm__("" : "+r"(p))
#else
#define ONE_REGISTER(p)	(void)0
#endif

/* Host address of size bytes at address at_ in p, or into the slow path. */
#define FAST_PTR(table, miss, p, at_, size) do { \
	struct ftlb_entry *e_ = ftlb_at(c->mmu.table, at_, c->mmu.mask); \
	ONE_REGISTER(e_); \
	if (unlikely((at_) - e_->va > PAGE_SIZE - (size))) \
		return miss; \
	p = (void *)(uintptr_t)((at_) + e_->addend); \
} while (0)
#define LOAD_PTR(p, at_, size)	FAST_PTR(rd, slow_rd(c, s, n, at_), p, at_, size)
#define STORE_PTR(p, at_, size)	FAST_PTR(wr, slow_wr(c, s, n, at_), p, at_, size)
/* A second access of the same instruction: its miss must not run the first
 * again, which a fill may have evicted from the model. */
#define STORE_PTR2(p, at_, size) FAST_PTR(wr, slow(c, s, n), p, at_, size)

/* ---- lazy flags, inline: see the table in cpu/flags.h ---- */
#define CC_STORE(kind, s_, res, src_) do { \
	c->cc_res = (res); \
	c->cc_src = (src_); \
	c->cc_op = CC_OP(kind, s_); \
} while (0)

/* Condition of flags that lie in cc_res as they are (CC_RAW). */
static ALWAYS_INLINE bool
raw_cond(const struct cpu *c, unsigned cond)
{
	uint32_t f = (uint32_t)c->cc_res;
	bool r;

	switch (cond >> 1) {
	case 0: r = f & F_OF; break;
	case 1: r = f & F_CF; break;
	case 2: r = f & F_ZF; break;
	case 3: r = f & (F_CF | F_ZF); break;
	case 4: r = f & F_SF; break;
	case 5: r = f & F_PF; break;
	case 6: r = (f ^ f >> 4) & F_SF; break;			/* SF != OF */
	default: r = (f & F_ZF) || ((f ^ f >> 4) & F_SF); break;
	}
	return r ^ (cond & 1);
}

/*
 * Conditions after a compare of a with b (types ut unsigned, st signed), r the
 * difference.  O, NO, P and NP are left to the general form.
 */
#define SUB_B(ut, st)	((ut)a < (ut)b)
#define SUB_AE(ut, st)	((ut)a >= (ut)b)
#define SUB_E(ut, st)	((ut)a == (ut)b)
#define SUB_NE(ut, st)	((ut)a != (ut)b)
#define SUB_BE(ut, st)	((ut)a <= (ut)b)
#define SUB_A(ut, st)	((ut)a > (ut)b)
#define SUB_S(ut, st)	((st)(ut)(a - b) < 0)
#define SUB_NS(ut, st)	((st)(ut)(a - b) >= 0)
#define SUB_L(ut, st)	((st)(ut)a < (st)(ut)b)
#define SUB_GE(ut, st)	((st)(ut)a >= (st)(ut)b)
#define SUB_LE(ut, st)	((st)(ut)a <= (st)(ut)b)
#define SUB_G(ut, st)	((st)(ut)a > (st)(ut)b)
/* The twelve, with their encodings. */
#define SUB_CONDS(X, ...) \
	X(B, 2, __VA_ARGS__) X(AE, 3, __VA_ARGS__) X(E, 4, __VA_ARGS__) \
	X(NE, 5, __VA_ARGS__) X(BE, 6, __VA_ARGS__) X(A, 7, __VA_ARGS__) \
	X(S, 8, __VA_ARGS__) X(NS, 9, __VA_ARGS__) X(L, 12, __VA_ARGS__) \
	X(GE, 13, __VA_ARGS__) X(LE, 14, __VA_ARGS__) X(G, 15, __VA_ARGS__)
/* All sixteen, by encoding. */
#define ALL_CONDS(X, ...) \
	X(0, __VA_ARGS__) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) \
	X(4, __VA_ARGS__) X(5, __VA_ARGS__) X(6, __VA_ARGS__) X(7, __VA_ARGS__) \
	X(8, __VA_ARGS__) X(9, __VA_ARGS__) X(10, __VA_ARGS__) X(11, __VA_ARGS__) \
	X(12, __VA_ARGS__) X(13, __VA_ARGS__) X(14, __VA_ARGS__) X(15, __VA_ARGS__)

/* ---- taken exits ---- */

/* In-page: link slot at s + k. */
#define TAKE(k) do { \
	struct slot *l_ = s + (k); \
	n -= l_->charge; \
	if (unlikely(n < 0)) \
		return expired(c, s, n); \
	s = l_->target; \
	GO(); \
} while (0)

/*
 * Cross-page: link slot at s + k, then a slot whose imm is the target relative
 * to this page.  The link holds when the target page is in the fast
 * instruction TLB and shows the bytes the linked block was decoded from.
 */
#define TAKE_X(k) do { \
	struct slot *l_ = s + (k); \
	gva_t va_ = (c->page_base + (uint64_t)(int64_t)l_[1].imm) & c->ip_mask; \
	struct ftlb_entry *e_ = ftlb_at(c->mmu.ex, va_, c->mmu.mask); \
	n -= l_->charge; \
	if (unlikely(va_ - e_->va > PAGE_SIZE - 1)) \
		return cross(c, s, n, va_); \
	if (unlikely((uint8_t *)(uintptr_t)(va_ + e_->addend) != \
	    slot_head(l_->target)->host)) \
		return cross(c, s, n, va_); \
	if (unlikely(n < 0)) \
		return cross(c, s, n, va_); \
	c->page_base = e_->va; \
	c->mmu.fetch_page = e_->va; \
	s = l_->target; \
	GO(); \
} while (0)

/*
 * Indirect to linear address to_ (flat code segment); the link slot at s + k
 * holds the charge.  A target page that is not in the fast instruction TLB
 * (not canonical, perhaps) runs the whole instruction in the slow path;
 * otherwise the statement effect commits it.
 */
#define TAKE_I(to_, k, effect) do { \
	gva_t va_ = (to_); \
	struct ftlb_entry *e_ = ftlb_at(c->mmu.ex, va_, c->mmu.mask); \
	ONE_REGISTER(e_); \
	if (unlikely(va_ - e_->va > PAGE_SIZE - 1)) \
		return slow(c, s, n); \
	effect; \
	n -= s[k].charge; \
	const uint8_t *host_ = (uint8_t *)(uintptr_t)(va_ + e_->addend); \
	struct engine *eng_ = c->engine; \
	uint64_t key_ = jump_key(host_, eng_->mode_key); \
	struct jump_entry *j_ = &eng_->jump[jump_index(key_)]; \
	if (unlikely(j_->key != key_) || unlikely(n < 0)) { \
		c->rip = va_; \
		return indirect(c, s, n); \
	} \
	c->page_base = e_->va; \
	c->mmu.fetch_page = e_->va; \
	s = j_->target; \
	GO(); \
} while (0)

/* ---- cpu/hot_based.c, for the tables below ---- */
HANDLER(h_push_r_based);
HANDLER(h_push_i_based);
HANDLER(h_push_m_based);
HANDLER(h_pop_r_based);
HANDLER(h_leave_based);
HANDLER(h_call_based);
HANDLER(h_ret_based);
HANDLER(h_ret_imm_based);
HANDLER(h_jmp_r_based);
HANDLER(h_jmp_m_based);
HANDLER(h_call_r_based);
HANDLER(h_call_m_based);

/* ---- tables that translation picks handlers from ---- */
enum { STACK_FLAT32, STACK_64, STACK_BASED32 };
enum { ALU_ADD, ALU_OR, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP, ALU_TEST, ALU_OPS };
enum { FORM_RR, FORM_RI, FORM_RM, FORM_MR, FORM_MI, FORMS };

/* [op][form][size][flags live] */
extern const slot_fn hot_alu[ALU_OPS][FORMS][4][2];
extern const slot_fn hot_adc[2][3][4];		/* adc, sbb; rr ri rm; size */
/* Carry into c->scratch, for those that need the old one: by producer. */
extern const slot_fn hot_cf_add[4], hot_cf_sub[4], hot_cf_logic, hot_cf_incdec, hot_cf_raw;
/* Whatever the producer was (normal functions): carry into c->scratch; all
 * flags into cc_res as they are. */
void	cf_any(struct cpu *c, struct slot *s, int64_t n);
void	cc_any(struct cpu *c, struct slot *s, int64_t n);
extern const slot_fn hot_incdec[2][4][2];	/* inc, dec; size; flags */
extern const slot_fn hot_incdec_m[2][4];
extern const slot_fn hot_neg[4][2], hot_not[4];
enum { SH_SHL, SH_SHR, SH_SAR, SH_ROL, SH_ROR, SH_OPS };
extern const slot_fn hot_shift_i[SH_OPS][4][2];	/* by constant */
extern const slot_fn hot_shift_cl[3][4][2];
/* MOV a, b and SHIFT a by a constant; and behind them OP a, c, or OP c, a: [shl shr], op,
 * [32 64], flags. */
enum { FUSED_XOR, FUSED_ADD, FUSED_AND, FUSED_OR, FUSED_SUB, FUSED_OPS };
extern const slot_fn hot_fuse_mov[2][2];
extern const slot_fn hot_fuse_to[2][FUSED_OPS][2][2], hot_fuse_with[2][FUSED_OPS][2][2];
extern const slot_fn hot_imul_rr[4][2], hot_imul_rri[4][2], hot_imul_rm[4][2];
extern const slot_fn hot_mul[2][4];		/* mul, imul one operand: 32, 64 */
extern const slot_fn hot_div[2][4];		/* div, idiv: 32, 64 */

/* [bt bts btr btc][rr ri mi][size], after cc_any; likewise rotates. */
extern const slot_fn hot_bit[4][3][4], hot_rotate_f[2][4];
extern const slot_fn hot_scan[2][4];		/* bsf, bsr */
extern const slot_fn hot_cmpxchg_m[4], hot_xadd_m[4], hot_div_m[4];

extern const slot_fn hot_mov_rr[4], hot_mov_ri[4], hot_mov_rm[4], hot_mov_mr[4],
    hot_mov_mi[4];
extern const slot_fn hot_mov_ri64;		/* constant in the next slot */
extern const slot_fn hot_movzx_rr[4][4], hot_movzx_rm[4][4];	/* [from][to] */
extern const slot_fn hot_movsx_rr[4][4], hot_movsx_rm[4][4];
extern const slot_fn hot_lea[4], hot_xchg_mr[4];
extern const slot_fn hot_ea32, hot_ea_seg, hot_based_ea;	/* address into c->ea */
extern const slot_fn hot_xchg_rr[4];
extern const slot_fn hot_push_r[3], hot_push_i[3], hot_pop_r[3], hot_push_m[3], hot_leave[3]; /* STACK_* */
extern const slot_fn hot_cwd[4], hot_cbw[4], hot_bswap[4];
extern const slot_fn hot_setcc_raw[16], hot_setcc_sub[4][16];
extern const slot_fn hot_cmov_raw[16][4], hot_cmov_sub[4][16][4];
extern const slot_fn hot_cmov_raw_m[16][4];

/* [cross page] last */
extern const slot_fn hot_jmp[2];
extern const slot_fn hot_jcc_raw[16][2];
extern const slot_fn hot_jcc_sub[4][16][2];
extern const slot_fn hot_jcc_res[4][16][2];	/* E NE S NS */
extern const slot_fn hot_jcc_logic[4][16][2];	/* LE G */
extern const slot_fn hot_cmpj[FORMS][4][16][2];	/* RR RI RM MR MI */
extern const slot_fn hot_testj[FORMS][4][16][2]; /* RR RI MI: E NE S NS LE G */
extern const slot_fn hot_call[3][2];		/* [STACK_*][cross] */
extern const slot_fn hot_ret[3], hot_ret_imm[3];
extern const slot_fn hot_jmp_r[3], hot_jmp_m[3], hot_call_r[3], hot_call_m[3];
extern const slot_fn hot_based_far;		/* behind a block: to another page */
extern const slot_fn hot_jrcxz[2][2];		/* address size 32, 64 */
extern const slot_fn hot_fall;			/* page end: cross-page fall-through */
extern const slot_fn hot_exit;			/* back to the dispatcher at a page offset */

/* Lanes of x where the comparison m holds, of y elsewhere. */
#define V_PICK(m, x, y)	(((x) & (v_qi)(m)) | ((y) & ~(v_qi)(m)))

/* XMM: register numbers instead of offsets. */
#define HOT_VOPS(X) \
	X(pxor, ll, x ^ y) X(por, ll, x | y) X(pand, ll, x & y) X(pandn, ll, ~x & y) \
	X(paddb, qi, x + y) X(paddw, hi, x + y) X(paddd, si, x + y) X(paddq, di, x + y) \
	X(psubb, qi, x - y) X(psubw, hi, x - y) X(psubd, si, x - y) X(psubq, di, x - y) \
	X(pcmpeqb, qi, x == y) X(pcmpeqw, hi, x == y) X(pcmpeqd, si, x == y) \
	X(pcmpgtb, sqi, x > y) X(pcmpgtw, shi, x > y) X(pcmpgtd, ssi, x > y) \
	X(pminub, qi, V_PICK(x < y, x, y)) X(pmaxub, qi, V_PICK(x > y, x, y)) \
	X(punpcklbw, qi, __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, \
	    4, 20, 5, 21, 6, 22, 7, 23)) \
	X(punpcklwd, hi, __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)) \
	X(punpckldq, si, __builtin_shufflevector(x, y, 0, 4, 1, 5)) \
	X(punpcklqdq, di, __builtin_shufflevector(x, y, 0, 2)) \
	X(punpckhqdq, di, __builtin_shufflevector(x, y, 1, 3))
enum {
#define X(name, type, expr) VOP_##name,
	HOT_VOPS(X)
#undef X
	VOPS
};
extern const slot_fn hot_vop_rr[VOPS], hot_vop_rm[VOPS];
extern const slot_fn hot_vmov_rr, hot_vload[2], hot_vstore[2];	/* [aligned form] */
extern const slot_fn hot_vload64, hot_vstore64, hot_vload32, hot_vstore32;
extern const slot_fn hot_vload_lo, hot_vload_hi, hot_vstore_hi;	/* half of a register */
extern const slot_fn hot_vmov_vr[2], hot_vmov_rv[2];	/* xmm <- gpr, gpr <- xmm: 32, 64 */
extern const slot_fn hot_pmovmskb, hot_vmovq_rr, hot_pshufd;

#endif
