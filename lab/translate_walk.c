/*
 * lab/translate_walk.c - the tables that one access goes through, with their entries
 *
 * Guest and frames are the same natively and in any VM, so the root of the guest's tables,
 * which no register has under shadow paging, is the one of the native run; that
 * its tables lead to the same page proves it.  P2M is seen through the guest's own map
 * of all its memory.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/translate_priv.h"
#include "vmm/abi.h"

#define GUEST_ALL	((gva_t)0xffff800000000000)	/* DIRECT_BASE of vmm/guest/layout.h */
#define FRAME		((uint64_t)0x000ffffffffff000)
#define PIECE		512u		/* frames the VMM gives a guest in one piece */
#define MISS_MARK	(LAB_MARK_USER + LIFE_MISS)

/* --- the guest's table, in the shadow world --- */

static bool
through_map(const struct cpu *c, uint64_t gpa, hpa_t *hpa)
{
	const struct walk_req req = { GUEST_ALL + gpa, ACC_R };
	struct walk_fault fault;
	struct walk_res res;

	if (!mmu_walk_peek(&c->mmu.pg, c->mmu.nested ? &c->mmu.npg : NULL, c->mmu.pm, &req,
	    &res, &fault))
		return false;
	*hpa = res.hpa;
	return true;
}

/* Where the map has no shadow yet, a neighbour's place says it. */
static bool
p2m(const struct cpu *c, uint64_t gpa, hpa_t *hpa)
{
	uint64_t piece = gpa & ~(uint64_t)(PIECE * PAGE_SIZE - 1);
	unsigned i;

	if (through_map(c, gpa, hpa))
		return true;
	for (i = 0; i < PIECE; i++)
		if (through_map(c, piece + i * PAGE_SIZE, hpa)) {
			*hpa += gpa - piece - i * PAGE_SIZE;
			return true;
		}
	return false;
}

static void
look_up(struct walk_seen *s, const struct cpu *c)
{
	uint64_t gpa = s->guest_cr3 & FRAME;
	unsigned level;
	hpa_t hpa;

	for (level = 4; level; level--) {
		if (!p2m(c, gpa, &hpa))
			return;
		s->table[level] = hpa;
		s->entry[level] = phys_ld64(c->mmu.pm, hpa + (s->walk.va >>
		    (12 + 9 * (level - 1)) & 511) * 8);
		if (!(s->entry[level] & 1))
			return;
		gpa = s->entry[level] & FRAME;
	}
	s->v2p = gpa;
	s->known = p2m(c, gpa, &s->p2m);
}

void
translate_walked(void *arg, const struct cpu *c, const struct watch_walk *w)
{
	struct walk_seen *s = arg;
	const struct rig *g = c->mmu.on_walk_arg ?
	    ((const struct watch *)c->mmu.on_walk_arg)->rig : NULL;

	if (!g || !g->marks || g->mark[g->marks - 1].phase != MISS_MARK || w->va != WATCH_DATA)
		return;
	s->walk = *w;
	s->present = true;
	if (s->guest_cr3)
		look_up(s, c);
}

/* --- claims --- */

static unsigned
refs_of(const struct watch_walk *w, unsigned dim)
{
	unsigned i, n = 0;

	for (i = 0; i < w->n; i++)
		n += w->step[i].dim == dim;
	return n;
}

/* So many references were to the guest's own tables. */
static unsigned
in_guest_tables(const struct walk_seen *s)
{
	unsigned i, level, n = 0;

	for (i = 0; i < s->walk.n; i++)
		for (level = 1; level <= 4; level++)
			n += (s->walk.step[i].entry_hpa & FRAME) == (s->table[level] & FRAME);
	return n;
}

static void
judge_nested(struct lab_run *r, const struct walk_seen *s)
{
	unsigned v2p = refs_of(&s->walk, 0), nested = refs_of(&s->walk, 1);
	bool ok = s->present && v2p == 4 && nested == 20;

	result_finding(r->result, "3b.1", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" : "the "
	    "table `walk', nested", "a TLB miss reads %u entries of V2P and %u of P2M: %u "
	    "references", v2p, nested, v2p + nested);
}

static void
judge_shadow(struct lab_run *r, const struct walk_seen *s, uint64_t verified, uint64_t bad)
{
	bool equal = s->known && s->p2m == (s->walk.hpa & FRAME) && verified && !bad;
	unsigned own = in_guest_tables(s);
	bool four = s->known && s->walk.n == 4 && !refs_of(&s->walk, 1) && !own;

	result_finding(r->result, "3c.1", equal ? VERDICT_HOLDS : VERDICT_FAILS, equal ? "" :
	    "the table `follow', verify=1", "V2P gives guest frame %" PRIx64 ", P2M of it machine "
	    "frame %" PRIx64 ", the shadow has %" PRIx64 "; at the marks %" PRIu64 " present "
	    "entries compared, %" PRIu64 " differ", s->v2p >> 12, s->p2m >> 12,
	    s->walk.hpa >> 12, verified, bad);
	result_finding(r->result, "3c.2", four ? VERDICT_HOLDS : VERDICT_FAILS, four ? "" :
	    "the table `walk', shadow", "a TLB miss makes %u references, %u of them to the "
	    "guest's tables", s->walk.n, own);
}

void
translate_walks(struct lab_run *r, const struct walk_seen seen[WAYS], uint64_t verified,
    uint64_t bad)
{
	const struct map_seen maps[] = {
		{ translate_way[WAY_NESTED], MAP_NESTED, seen[WAY_NESTED].walk, true },
		{ translate_way[WAY_SHADOW], MAP_SHADOW, seen[WAY_SHADOW].walk, true }
	};

	maps_show(r, maps, ARRAY_SIZE(maps), "The same access, nested and shadow", "References "
	    "of a TLB miss in their order, by table and level; at a point is the frame its entry "
	    "names, in hexadecimal: guest-physical in V2P, of machine memory in P2M and V2M. "
	    "Nested: each table of the guest is found by four entries of the P2M, and so is the "
	    "page. Shadow: four of the VMM's entries.");
	judge_nested(r, &seen[WAY_NESTED]);
	judge_shadow(r, &seen[WAY_SHADOW], verified, bad);
}
