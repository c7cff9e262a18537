/*
 * cpu/threaded.c - the threaded engine: dispatcher and slow path
 *
 * The dispatcher runs at instruction boundaries with exact state: it finds the
 * block at rip, gives it a budget that ends before the machine's deadline, and
 * jumps in.  Handlers come back by leave() and its relatives, which make
 * cycles, insns and rip exact again.  Whatever is unusual at a boundary (pins,
 * interrupt shadow, single step, breakpoints, an instruction that straddles
 * pages, the last cycles before a deadline) is one cpu_step() of the generic
 * executor, so both engines share those rules.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/hot.h"
#include "cpu/memo.h"
#include "cpu/run_priv.h"
#include "cpu/svm.h"
#include "cpu/system.h"
#include "cpu/timing.h"
#include "cpu/trace.h"

/* Longest budget: keeps n's upper half away from its sign. */
#define BUDGET_MAX	(1 << 30)

struct engine *
engine_new(struct codecache *cc, struct log *l)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e) {
		log_error(l, "no memory for the engine");
		return NULL;
	}
	e->codes = cc;
	e->jump = codecache_jump(cc);
	e->log = l;
	e->mode = UINT32_MAX;
	return e;
}

void
engine_free(struct engine *e)
{
	free(e);
}

/* ---- exact state from n ---- */

/* Time at the entry of the running block (charges made in it included). */
static inline uint64_t
entry_cycles(const struct engine *e, int64_t n)
{
	return e->t0 + (uint64_t)(e->budget - 1 - (n >> 32));
}

/* State at the block entry (or taken exit) that n stands for. */
static inline void
sync_entry(struct cpu *c, int64_t n)
{
	struct engine *e = c->engine;

	c->cycles = entry_cycles(e, n);
	c->insns = e->i0 + (uint32_t)~n;
}

static inline void
sync_insn(struct cpu *c, const struct imeta *m, int64_t n)
{
	sync_entry(c, n);
	c->cycles += m->cost;
	c->insns += m->count;
	c->rip = (c->page_base + m->off) & c->ip_mask;
}

static inline struct imeta *
meta_of(struct block *b, const struct slot *s)
{
	return &b->meta[block_slot_insn(b)[s - b->slot]];
}

/* Out of line: most instructions that are asked for are kept. */
static NOINLINE const struct insn *
insn_again(struct cpu *c, const struct block *b, const struct imeta *m, struct insn *room)
{
	const uint8_t *at = b->host - b->off + m->off;
	unsigned n = PAGE_SIZE - m->off, mode = mode_decode(c->mode);
	const struct insn *known;

	if (n > INSN_MAX)
		n = INSN_MAX;
	known = memo_find(c->memo, at, n, mode);
	if (known)
		return known;
	if (decode(at, n, mode, &c->features, room) != DEC_OK)
		return NULL;
	memo_put(c->memo, at, mode, room);
	return room;
}

/* The instruction of m: kept, remembered from another time, or decoded again
 * from the bytes of the block. */
static inline const struct insn *
insn_of(struct cpu *c, const struct block *b, const struct imeta *m, struct insn *room)
{
	return m->in ? m->in : insn_again(c, b, m, room);
}

/* ---- leaving ---- */

static inline void
stop_loop(struct cpu *c)
{
#ifdef ENGINE_LOOP
	c->engine->loop_slot = NULL;
#else
	(void)c;
#endif
}

void
leave(struct cpu *c, struct slot *s, int64_t n)
{
	(void)s;
	sync_entry(c, n);
	stop_loop(c);
}

void
expired(struct cpu *c, struct slot *s, int64_t n)
{
	struct block *b = codecache_block_of(c->engine->codes, s);
	struct imeta *m = meta_of(b, s);
	const struct insn *in;
	struct insn room;
	uint64_t next;

	/* A fused compare comes before its branch; a fall-through link has no
	 * instruction. */
	for (; m < &b->meta[b->ninsn]; m++) {
		in = insn_of(c, b, m, &room);
		next = c->page_base + m->off + in->len;
		if (in->o[0].kind == OK_REL) {
			c->rip = (next + in->imm) & c->ip_mask;
			leave(c, s, n);
			return;
		}
	}
	c->rip = (c->page_base + m->off) & c->ip_mask;
	leave(c, s, n);
}

/* ---- links ---- */

/* What the processor adds to rip: 0 in most modes that have links. */
static inline gva_t
code_base(const struct cpu *c)
{
	return c->mode & MK_64 ? 0 : c->seg[SEG_CS].base;
}

static inline gva_t
code_linear(const struct cpu *c, uint64_t ip)
{
	return c->mode & MK_64 ? ip : (uint32_t)(c->seg[SEG_CS].base + ip);
}

static inline void
code_page(struct cpu *c, gva_t va)
{
	c->mmu.fetch_page = va & PAGE_MASK;
	c->page_base = c->mmu.fetch_page - code_base(c);
}

static bool
may_link(const struct cpu *c)
{
	return codecache_config(c->engine->codes)->links;
}

HANDLER(h_resolve)
{
	struct slot *link = s - (s->a | s->b << 8);
	struct block *b = codecache_block_of(c->engine->codes, s), *to;
	uint8_t *host = b->host;

	to = host ? codecache_get(c->engine->codes, c, host - b->off + s->imm) : NULL;
	if (!to) {
		c->rip = (c->page_base + (uint64_t)(int64_t)s->imm) & c->ip_mask;
		leave(c, s, n);
		return;
	}
	if (may_link(c))
		link->target = to->slot;
	s = to->slot;
	GO();
}

/* A link or the jump cache led to a block that was overwritten. */
HANDLER(h_dead)
{
	struct block *b = slot_head(s), *to = b->forward;

	if (!to || to->dead) {
		to = codecache_get(c->engine->codes, c,
		    physmem_host(c->pm, b->page_id) + b->off);
		b->forward = to;
	}
	if (!to) {
		c->rip = (c->page_base + b->off) & c->ip_mask;
		leave(c, s, n);
		return;
	}
	s = to->slot;
	GO();
}

/*
 * Host address of linear code address va when fetching there charges nothing,
 * else NULL.  A fast entry implies a live model entry; in the page of the fetch
 * register no lookup is due at all.
 */
static inline uint8_t *
free_code(struct cpu *c, gva_t va)
{
	uint8_t *host = mmu_code_fast(&c->mmu, va);

	if (host || (va & PAGE_MASK) != c->mmu.fetch_page)
		return host;
	return mmu_code_free(&c->mmu, va);
}

/* The link slot of exit s: the first one behind it whose target is a block. */
static struct slot *
link_of(struct block *b, struct slot *s)
{
	struct imeta *m = meta_of(b, s);
	const struct slot *end = &b->slot[b->nslots];

	/* MI forms have a constant between operands and link. */
	(void)m;
	for (s++; s < end && s->h == h_generic; s++)
		;
	return s;
}

void
cross(struct cpu *c, struct slot *s, int64_t n, uint64_t ip)
{
	struct engine *e = c->engine;
	struct block *b = codecache_block_of(e->codes, s), *to;
	gva_t va = code_linear(c, ip);
	uint8_t *host = mmu_code_fast(&c->mmu, va);

	c->rip = ip;
	if (!host || n < 0) {
		leave(c, s, n);
		return;
	}
	to = codecache_get(e->codes, c, host);
	if (!to) {
		leave(c, s, n);
		return;
	}
	if (may_link(c))
		link_of(b, s)->target = to->slot;
	code_page(c, va);
	s = to->slot;
	GO();
}

void
indirect(struct cpu *c, struct slot *s, int64_t n)
{
	gva_t va = code_linear(c, c->rip);
	uint8_t *host = mmu_code_fast(&c->mmu, va);
	struct block *to;

	if (!host || n < 0 || !(to = codecache_get(c->engine->codes, c, host))) {
		leave(c, s, n);
		return;
	}
	code_page(c, va);
	s = to->slot;
	GO();
}

/* ---- the slow path ---- */

/*
 * Does b's page lead elsewhere now?  The walk of a data access replaces the model
 * entry that code and data share when it has to set D, or another one when their
 * set is full, and tables may have changed under the old one.  What comes next is
 * fetched by what is valid then.
 */
static inline bool
code_moved(struct cpu *c, const struct block *b)
{
	if (likely(!c->mmu.code_lost))
		return false;
	c->mmu.code_lost = false;
	return free_code(c, c->mmu.fetch_page) != b->host - b->off;
}

/*
 * May the block go on behind an instruction, when it would be over at most by
 * end?  Not if a boundary inside it could lie past the deadline.
 */
static inline bool
may_go_on(struct cpu *c, const struct block *b, int64_t n)
{
	struct engine *e = c->engine;

	return !b->dead && !c->pins && !c->inhibit && c->deadline == e->deadline &&
	    c->mode == e->mode && c->mmu.fetch_page != FETCH_NONE &&
	    c->activity == ACT_RUN && !(c->debugger && c->debugger->asks) &&
	    entry_cycles(e, n) + b->cost <= c->deadline && !code_moved(c, b);
}

HANDLER(h_generic)
{
	slow(c, s, n);
}

/* Takes x cycles off the budget. */
static inline int64_t
pay(struct engine *e, int64_t n, uint64_t x)
{
	if (likely(x < BUDGET_MAX))
		return n - ((int64_t)x << 32);
	e->t0 += x;
	return n;
}

/*
 * What a slow function decided.  The deciding part is a function of its own:
 * gcc makes no sibling call from one whose locals have had their address
 * taken, and without sibling calls the host stack would grow.
 */
struct go {
	struct slot	*s;		/* NULL: back to the dispatcher */
	int64_t		n;
};

#define GO_ON(decision) do { \
	struct go g_ = (decision); \
	if (!g_.s) \
		return stop_loop(c); \
	s = g_.s; \
	n = g_.n; \
	GO(); \
} while (0)

static NOINLINE struct go
slow_decide(struct cpu *c, struct slot *s, int64_t n)
{
	const struct go out = { NULL, 0 };
	struct engine *e = c->engine;
	struct block *b = codecache_block_of(e->codes, s);
	struct imeta *m = meta_of(b, s);
	const struct insn *in;
	struct insn room;
	uint64_t before;

	do {
		sync_insn(c, m, n);
		before = c->cycles;
		in = insn_of(c, b, m, &room);
		c->stats.generic_steps++;
		if (!exec_insn(c, in)) {
			insn_faulted(c);
			return out;
		}
		insn_account(c, in);
		if (c->rep_active)
			return out;
		/* All it was charged, for repetitions by iteration, beside its
		 * cost in the table, which the block's exit pays. */
		n = pay(e, n, c->cycles - before - insn_cost(c, in));
		if (c->rip != ((c->page_base + m[1].off) & c->ip_mask) ||
		    (m->flags & IM_ENDS) || !may_go_on(c, b, n))
			return out;
		/* Fused and empty instructions have no slot of their own. */
		do
			m++;
		while (m->flags & IM_EMPTY);
		if (m == &b->meta[b->ninsn] && m->slot == UINT16_MAX)
			return out;
	} while (m->slot == UINT16_MAX);
	return (struct go){ &b->slot[m->slot], n };
}

void
slow(struct cpu *c, struct slot *s, int64_t n)
{
	GO_ON(slow_decide(c, s, n));
}

/*
 * The walk for an instruction wrote accessed or dirty bits into the page of its
 * own block, which is dead by that, or gave the page's address another page.  The
 * instruction is still the one that was
 * fetched, from bytes, and nothing of the block comes behind it.
 */
static NOINLINE struct go
last_decide(struct cpu *c, const struct imeta *m, const uint8_t *bytes)
{
	const struct insn *in = m->in;
	struct insn room;

	if (!in && decode(bytes, INSN_MAX, mode_decode(c->mode), &c->features, &room) == DEC_OK)
		in = &room;
	c->stats.generic_steps++;
	if (exec_insn(c, in))
		insn_account(c, in);
	else
		insn_faulted(c);
	return (struct go){ NULL, 0 };
}

/*
 * A fast-TLB miss of the one memory access of s: fill and run s again.  A walk
 * that faults has been charged and is delivered here, not walked twice.
 */
static NOINLINE struct go
refill_decide(struct cpu *c, struct slot *s, int64_t n, gva_t va, unsigned acc)
{
	struct engine *e = c->engine;
	struct block *b = codecache_block_of(e->codes, s);
	const struct imeta *m = meta_of(b, s);
	uint8_t bytes[INSN_MAX] = { 0 };
	struct walk_fault f;
	struct mmu_ref ref;
	uint64_t charge;

	if (!c->mmu.mask || (uint64_t)(sign_extend(va, 48) ^ (int64_t)va) ||
	    (va & (PAGE_SIZE - 1)) > PAGE_SIZE - 16)
		return slow_decide(c, s, n);
	sync_insn(c, m, n);
	memcpy(bytes, b->host - b->off + m->off,
	    m->off > PAGE_SIZE - INSN_MAX ? PAGE_SIZE - m->off : INSN_MAX);
	if (!mmu_lookup(&c->mmu, va, mmu_data_acc(&c->mmu) | acc, &ref, &f)) {
		c->svm.rf = 0;
		(void)!raise_pf(c, &f);
		insn_faulted(c);
		return (struct go){ NULL, 0 };
	}
	if (b->dead || code_moved(c, b))
		return last_decide(c, m, bytes);
	charge = c->mmu.charge;
	if (va - ftlb_at(acc == ACC_W ? c->mmu.wr : c->mmu.rd, va, c->mmu.mask)->va >
	    PAGE_SIZE - 1 || charge >= BUDGET_MAX ||
	    entry_cycles(e, n) + charge + b->cost > c->deadline)
		return slow_decide(c, s, n);
	c->mmu.charge = 0;
	return (struct go){ s, pay(e, n, charge) };
}

void
slow_rd(struct cpu *c, struct slot *s, int64_t n, gva_t va)
{
	GO_ON(refill_decide(c, s, n, va, ACC_R));
}

void
slow_wr(struct cpu *c, struct slot *s, int64_t n, gva_t va)
{
	GO_ON(refill_decide(c, s, n, va, ACC_W));
}

void
cf_any(struct cpu *c, struct slot *s, int64_t n)
{
	c->scratch = cc_carry(c);
	NEXT(1);
}

void
cc_any(struct cpu *c, struct slot *s, int64_t n)
{
	cc_set_raw(c, cc_flags(c));
	NEXT(1);
}

/* ---- the dispatcher ---- */

static void
mode_changed(struct cpu *c)
{
	struct engine *e = c->engine;

	e->mode = c->mode;
	e->mode_id = codecache_mode_id(e->codes, c->mode);
	e->mode_key = (uint64_t)e->mode_id << 48;
	e->numbering = codecache_numbering(e->codes);
	c->ip_mask = c->mode & MK_64 ? ~(uint64_t)0 : c->mode & MK_32 ? 0xffffffff : 0xffff;
}

/* Something at this boundary needs the generic executor. */
static bool
needs_step(const struct cpu *c)
{
	if (c->inhibit || c->activity != ACT_RUN || c->rep_active)
		return true;
	if (cpu_pins_due(c, c->pins))
		return true;
	if ((c->rflags & (F_TF | F_RF)) || cpu_debug_armed(c))
		return true;
	return (c->trace && c->trace->insn) || cpu_debugger_steps(c) ||
	    unlikely(lbr_on(c));
}

/*
 * Host address of the instruction at rip when fetching it charges nothing;
 * NULL: step.
 */
static uint8_t *
code_at(struct cpu *c)
{
	gva_t va = code_linear(c, c->rip);
	uint8_t *host = free_code(c, va);

	if (host)
		code_page(c, va);
	return host;
}

/* Outside flat code the limit is checked once for the whole block. */
static bool
in_limit(const struct cpu *c, const struct block *b)
{
	uint64_t end;

	if ((c->mode & MK_64) || (c->mode & (MK_FLAT | MK_32)) == (MK_FLAT | MK_32))
		return true;
	end = c->rip + (b->meta[b->ninsn].off - b->off);
	return end <= (uint64_t)c->seg[SEG_CS].limit + 1 && end <= c->ip_mask + 1;
}

static void
run_block(struct cpu *c, struct block *b, uint64_t left)
{
	struct engine *e = c->engine;
	uint64_t budget = 1;
	int64_t n;

	if (left > BLOCK_COST + 1)
		budget = left - BLOCK_COST < BUDGET_MAX ? left - BLOCK_COST : BUDGET_MAX;
	e->budget = (int64_t)budget;
	e->t0 = c->cycles;
	e->i0 = c->insns;
	e->deadline = c->deadline;
	n = (e->budget << 32) - 1;
#ifdef ENGINE_LOOP
	e->loop_slot = b->slot;
	e->loop_n = n;
	while (e->loop_slot) {
		struct slot *s = e->loop_slot;

		e->loop_slot = NULL;
		s->h(c, s, e->loop_n);
	}
#else
	b->slot[0].h(c, b->slot, n);
#endif
}

/* Runs blocks from rip if that is possible at this boundary. */
static bool
dispatch(struct cpu *c)
{
	struct engine *e = c->engine;
	struct block *b;
	uint8_t *host;

	if (c->mode != e->mode)
		mode_changed(c);
	host = code_at(c);
	if (!host)
		return false;
	b = codecache_get(e->codes, c, host);
	if (!b) {
		codecache_flush(e->codes);
		b = codecache_get(e->codes, c, host);
	}
	if (!b || !b->ninsn || !in_limit(c, b) || c->cycles + b->cost > c->deadline)
		return false;
	c->stats.lookups++;
	run_block(c, b, c->deadline - c->cycles);
	return true;
}

enum cpu_stop
threaded_run(struct cpu *c)
{
	enum cpu_stop stop;

	/* Another processor may have made the cache number its modes anew. */
	if (c->engine->numbering != codecache_numbering(c->engine->codes))
		c->engine->mode = UINT32_MAX;
	for (;;) {
		if (c->cycles >= c->deadline)
			return STOP_DEADLINE;
		if (!needs_step(c) && dispatch(c))
			continue;
		switch (run_boundary(c, &stop)) {
		case RUN_GO: cpu_fetch_exec_one(c); break;
		case RUN_AGAIN: break;
		case RUN_STOP: return stop;
		}
	}
}
