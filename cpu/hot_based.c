/*
 * cpu/hot_based.c - hot handlers for 32-bit segments of 4 GiB that do not begin
 * at 0 (MK_BASED)
 *
 * Boot loaders run like this: iPXE relocates itself by its segments' bases.
 * What only reads a segment's offset shares the flat handlers; here is what
 * adds a base.  The last bytes of a segment, where an access may go over its
 * end, are left to the slow path.
 */
#include "cpu/hot.h"

#define OFF_RSP		(RSP * 8)
#define OFF_RBP		(RBP * 8)
#define OFFSET_MAX	0xfffffff0u	/* 16 bytes from here do not wrap */

#define LINEAR(off_, seg_)	((uint32_t)((off_) + c->seg[seg_].base))
#define BELOW_END(off_) do { \
	if (unlikely((off_) > OFFSET_MAX)) \
		return slow(c, s, n); \
} while (0)

/* Address into c->ea; a is the offset of the segment's base. */
static HANDLER(h_ea)
{
	uint32_t off = (uint32_t)EA();

	BELOW_END(off);
	c->ea = (uint32_t)(off + R64(s->a));
	NEXT(1);
}
const slot_fn hot_based_ea = h_ea;

/* ---- stack ---- */

#define PUSH_TO(p, sp, STORE) \
	uint32_t sp = R32(OFF_RSP) - 4; \
	any32 *p; \
	BELOW_END(sp); \
	STORE(p, LINEAR(sp, SEG_SS), 4)
#define POP_FROM(p, reg, sp) \
	uint32_t sp = R32(reg); \
	any32 *p; \
	BELOW_END(sp); \
	LOAD_PTR(p, LINEAR(sp, SEG_SS), 4)

HANDLER(h_push_r_based)
{
	PUSH_TO(p, sp, STORE_PTR);
	*p = R32(s->a);
	WR32(OFF_RSP, sp);
	NEXT(1);
}

HANDLER(h_push_i_based)
{
	PUSH_TO(p, sp, STORE_PTR);
	*p = (uint32_t)s->imm;
	WR32(OFF_RSP, sp);
	NEXT(1);
}

HANDLER(h_push_m_based)
{
	gva_t from = EA();
	any32 *q;
	LOAD_PTR(q, from, 4);
	PUSH_TO(p, sp, STORE_PTR2);
	*p = *q;
	WR32(OFF_RSP, sp);
	NEXT(1);
}

HANDLER(h_pop_r_based)
{
	POP_FROM(p, OFF_RSP, sp);
	uint32_t v = *p;
	WR32(OFF_RSP, sp + 4);
	WR32(s->a, v);
	NEXT(1);
}

HANDLER(h_leave_based)
{
	POP_FROM(p, OFF_RBP, sp);
	uint32_t v = *p;
	WR32(OFF_RSP, sp + 4);
	WR32(OFF_RBP, v);
	NEXT(1);
}

/* ---- transfers ---- */

/*
 * To another page, in a slot of its own behind the block: what leads here is a
 * transfer inside the page, which has paid.  As TAKE_X, with CS's base.
 */
static HANDLER(h_far)
{
	struct slot *l = s + 1;
	uint32_t ip = (uint32_t)(c->page_base + (uint64_t)(int64_t)l[1].imm);
	gva_t va = LINEAR(ip, SEG_CS);
	struct ftlb_entry *e = ftlb_at(c->mmu.ex, va, c->mmu.mask);

	if (unlikely(va - e->va > PAGE_SIZE - 1))
		return cross(c, s, n, ip);
	if (unlikely((uint8_t *)(uintptr_t)(va + e->addend) != slot_head(l->target)->host))
		return cross(c, s, n, ip);
	c->page_base = e->va - c->seg[SEG_CS].base;
	c->mmu.fetch_page = e->va;
	s = l->target;
	GO();
}
const slot_fn hot_based_far = h_far;

/* As TAKE_I. */
#define TAKE_I_BASED(to_, k, effect) do { \
	uint32_t ip_ = (to_); \
	gva_t va_ = LINEAR(ip_, SEG_CS); \
	struct ftlb_entry *e_ = ftlb_at(c->mmu.ex, va_, c->mmu.mask); \
	ONE_REGISTER(e_); \
	if (unlikely(va_ - e_->va > PAGE_SIZE - 1)) \
		return slow(c, s, n); \
	effect; \
	c->rip = ip_;		/* for indirect(); a register less is live */ \
	n -= s[k].charge; \
	uint64_t key_ = jump_key((uint8_t *)(uintptr_t)(va_ + e_->addend), \
	    c->engine->mode_key); \
	struct jump_entry *j_ = &c->engine->jump[jump_index(key_)]; \
	if (unlikely(j_->key != key_) || unlikely(n < 0)) \
		return indirect(c, s, n); \
	c->page_base = e_->va - c->seg[SEG_CS].base; \
	c->mmu.fetch_page = e_->va; \
	s = j_->target; \
	GO(); \
} while (0)

#define RETURN_TO(at) ((uint32_t)(c->page_base + (uint64_t)(int64_t)(at)))

HANDLER(h_call_based)
{
	PUSH_TO(p, sp, STORE_PTR);
	*p = RETURN_TO(s->imm);
	WR32(OFF_RSP, sp);
	TAKE(1);
}

HANDLER(h_ret_based)
{
	POP_FROM(p, OFF_RSP, sp);
	TAKE_I_BASED(*p, 1, WR32(OFF_RSP, sp + 4));
}

HANDLER(h_ret_imm_based)
{
	POP_FROM(p, OFF_RSP, sp);
	TAKE_I_BASED(*p, 1, WR32(OFF_RSP, sp + 4 + (uint32_t)s->imm));
}

HANDLER(h_jmp_r_based)
{
	TAKE_I_BASED(R32(s->a), 1, (void)0);
}

HANDLER(h_jmp_m_based)
{
	gva_t va = EA();
	any32 *q;
	LOAD_PTR(q, va, 4);
	TAKE_I_BASED(*q, 1, (void)0);
}

HANDLER(h_call_r_based)
{
	uint32_t to = R32(s->a);
	PUSH_TO(p, sp, STORE_PTR);
	TAKE_I_BASED(to, 1, *p = RETURN_TO(s->imm); WR32(OFF_RSP, sp));
}

HANDLER(h_call_m_based)
{
	gva_t va = EA();
	any32 *q;
	LOAD_PTR(q, va, 4);
	uint32_t to = *q;
	PUSH_TO(p, sp, STORE_PTR2);
	TAKE_I_BASED(to, 2, *p = RETURN_TO(s[1].imm); WR32(OFF_RSP, sp));
}
