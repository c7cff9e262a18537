/*
 * mmu/pwc.c - the page-walk cache: which references of a walk are charged
 *
 * The walk itself always makes them; this cache says which of its references
 * a processor would have been spared.  An entry stands for a table entry that
 * points to another table, in either dimension: the walk for an address whose
 * level-2 entry is cached starts at level 1.  In the guest's dimension a hit
 * also spares the nested references that located the tables above, since AMD's
 * processors cache system-physical addresses there.
 */
#include "mmu/tlb_model.h"

#define PWC_NONE	8u

/* Address bits that do not matter at a level.  An entry of a 2-level page
 * directory covers two 2-Mbyte prefixes and is entered for each. */
static unsigned
pwc_shift(unsigned level)
{
	return 12 + 9 * (level - 1);
}

/* Dimension and level are in the low bits, which no prefix has. */
static uint64_t
pwc_tag(unsigned dim, unsigned level, uint64_t addr)
{
	return (addr >> pwc_shift(level) << pwc_shift(level)) |
	    (dim ? PWC_NESTED : 0) | level;
}

static unsigned
pwc_set(unsigned dim, unsigned level, uint64_t addr)
{
	return (unsigned)((addr >> pwc_shift(level)) + level * 5 + dim * 3) %
	    PWC_SETS;
}

/* Nested tables do not depend on the guest's PCID. */
static uint16_t
pwc_pcid(struct tlb_space sp, unsigned dim)
{
	return dim ? 0 : sp.pcid;
}

/* What is looked for: an entry and the set it would be in. */
struct pwc_key {
	struct pwc_entry	e;
	unsigned		set;
};

static ALWAYS_INLINE struct pwc_key
pwc_key(struct tlb_space sp, unsigned dim, unsigned level, uint64_t addr)
{
	return (struct pwc_key){
		{ pwc_tag(dim, level, addr), sp.asid, pwc_pcid(sp, dim) },
		pwc_set(dim, level, addr),
	};
}

static inline bool
pwc_has(const struct tlb_model *t, const struct pwc_key *k)
{
	const struct pwc_entry *e = &t->pwc[k->set * PWC_WAYS];
	unsigned way;

	for (way = 0; way < PWC_WAYS; way++) {
		if (e[way].tag == k->e.tag && e[way].asid == k->e.asid &&
		    e[way].pcid == k->e.pcid)
			return true;
	}
	return false;
}

static void
pwc_enter(struct tlb_model *t, const struct pwc_key *k)
{
	struct pwc_entry *e = &t->pwc[k->set * PWC_WAYS];
	unsigned way;

	for (way = 0; way < PWC_WAYS && e[way].tag; way++)
		;
	if (way == PWC_WAYS) {
		way = t->pwc_victim[k->set];
		t->pwc_victim[k->set] = (uint8_t)((way + 1) % PWC_WAYS);
	}
	e[way] = k->e;
	t->pwc_used |= BIT(k->set * PWC_WAYS + way);
}

/* The lowest level from low to high whose entry for addr is cached; PWC_NONE: none is. */
static ALWAYS_INLINE unsigned
pwc_deepest(const struct tlb_model *t, struct tlb_space sp, unsigned dim, uint64_t addr,
    unsigned low, unsigned high)
{
	struct pwc_key k;

	for (; low <= high; low++) {
		k = pwc_key(sp, dim, low, addr);
		if (pwc_has(t, &k))
			return low;
	}
	return PWC_NONE;
}

/*
 * The nested walk for a guest level: references below the deepest entry that is cached
 * are made.  What is read is entered at once, so that the nested walks of one guest
 * walk profit from each other.  The last reference leads no further.
 */
static unsigned
pwc_charge_nested(struct tlb_model *t, struct tlb_space sp, const struct walk_trip *trip,
    unsigned group)
{
	unsigned to = trip->nested_to[group], level, charged = 1;
	uint64_t gpa = trip->gpa[group];
	struct pwc_key k;

	if (!to)
		return 0;
	level = pwc_deepest(t, sp, 1, gpa, to + 1, trip->nested_from);
	for (level = level == PWC_NONE ? trip->nested_from : level - 1; level > to; level--) {
		k = pwc_key(sp, 1, level, gpa);
		pwc_enter(t, &k);
		charged++;
	}
	return charged;
}

unsigned
pwc_charge(struct tlb_model *t, struct tlb_space sp, const struct walk_trip *trip)
{
	unsigned below = trip->guest_to + !trip->guest_down, level, charged = 0;
	struct pwc_key k;

	level = pwc_deepest(t, sp, 0, trip->va, below, trip->guest_from);
	for (level = level == PWC_NONE ? trip->guest_from : level - 1; level; level--) {
		charged += pwc_charge_nested(t, sp, trip, level);
		if (level < trip->guest_to)
			continue;
		charged++;
		if (level >= below) {
			k = pwc_key(sp, 0, level, trip->va);
			pwc_enter(t, &k);
		}
	}
	return charged + pwc_charge_nested(t, sp, trip, 0);
}
