/*
 * mmu/pwc.c - the page-walk cache: which references of a walk are charged
 *
 * The walk itself always reads memory; this cache says which of its references
 * a processor would have been spared.  An entry stands for a table entry that
 * points to another table, in either dimension: the walk for an address whose
 * level-2 entry is cached starts at level 1.  In the guest's dimension a hit
 * also spares the nested references that located the tables above, since AMD's
 * processors cache system-physical addresses there.
 */
#include "mmu/tlb_model.h"

/* Dimension and level are in the low bits, which no prefix has.  An entry of a
 * 2-level page directory covers two 2-Mbyte prefixes and is entered for each. */
static uint64_t
pwc_tag(unsigned dim, unsigned level, uint64_t addr)
{
	uint64_t prefix = addr & ~LOW_BITS(12 + 9 * (level - 1));

	return prefix | (dim ? PWC_NESTED : 0) | level;
}

static unsigned
pwc_set(unsigned dim, unsigned level, uint64_t addr)
{
	return (unsigned)((addr >> (12 + 9 * (level - 1))) + level * 5 + dim * 3) %
	    PWC_SETS;
}

/* Nested tables do not depend on the guest's PCID. */
static uint16_t
pwc_pcid(struct tlb_space sp, unsigned dim)
{
	return dim ? 0 : sp.pcid;
}

static bool
pwc_has(const struct tlb_model *t, struct tlb_space sp, unsigned dim,
    unsigned level, uint64_t addr)
{
	unsigned i = pwc_set(dim, level, addr) * PWC_WAYS, end = i + PWC_WAYS;
	uint64_t tag = pwc_tag(dim, level, addr);

	for (; i < end; i++) {
		if (t->pwc[i].tag == tag && t->pwc[i].asid == sp.asid &&
		    t->pwc[i].pcid == pwc_pcid(sp, dim))
			return true;
	}
	return false;
}

static void
pwc_enter(struct tlb_model *t, struct tlb_space sp, unsigned dim,
    unsigned level, uint64_t addr)
{
	unsigned set = pwc_set(dim, level, addr), way;
	struct pwc_entry *e = &t->pwc[set * PWC_WAYS];

	if (pwc_has(t, sp, dim, level, addr))
		return;
	for (way = 0; way < PWC_WAYS && e[way].tag; way++)
		;
	if (way == PWC_WAYS) {
		way = t->pwc_victim[set];
		t->pwc_victim[set] = (uint8_t)((way + 1) % PWC_WAYS);
	}
	e[way] = (struct pwc_entry){
		.tag = pwc_tag(dim, level, addr), .asid = sp.asid,
		.pcid = pwc_pcid(sp, dim),
	};
}

/* Lowest level of reference i's table walk whose entry is cached and was used
 * to go further down; 8 when none is. */
static unsigned
pwc_deepest(const struct tlb_model *t, struct tlb_space sp,
    const struct walk_log *log, unsigned dim, unsigned guest_level)
{
	const struct walk_made *r;
	unsigned i, deepest = 8;

	for (i = 0; i < log->n; i++) {
		r = &log->ref[i];
		if (r->dim == dim && !r->last &&
		    (!dim || r->guest_level == guest_level) &&
		    pwc_has(t, sp, dim, r->level, r->addr))
			deepest = r->level;
	}
	return deepest;
}

/*
 * What is read is entered at once, so that the nested walks of one guest walk
 * profit from each other.
 */
unsigned
pwc_charge(struct tlb_model *t, struct tlb_space sp, const struct walk_log *log)
{
	unsigned guest = pwc_deepest(t, sp, log, 0, 0), nested = 8, group = 8;
	const struct walk_made *r;
	unsigned i, charged = 0;

	for (i = 0; i < log->n; i++) {
		r = &log->ref[i];
		if (r->guest_level >= guest)
			continue;
		if (r->dim && r->guest_level != group) {
			group = r->guest_level;
			nested = pwc_deepest(t, sp, log, 1, group);
		}
		if (r->dim && r->level >= nested)
			continue;
		charged++;
		if (!r->last)
			pwc_enter(t, sp, r->dim, r->level, r->addr);
	}
	return charged;
}
