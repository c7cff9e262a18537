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

static inline struct pwc_key
pwc_key(struct tlb_space sp, const struct walk_made *r)
{
	return (struct pwc_key){
		{ pwc_tag(r->dim, r->level, r->addr), sp.asid, pwc_pcid(sp, r->dim) },
		pwc_set(r->dim, r->level, r->addr),
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
}

/*
 * Lowest level of a table walk in the log whose entry is cached and was used to
 * go further down; 8 when none is.  Of the nested walks it is the one that
 * serves guest_level.
 */
static unsigned
pwc_deepest(const struct tlb_model *t, struct tlb_space sp,
    const struct walk_log *log, unsigned dim, unsigned guest_level)
{
	const struct walk_made *r;
	struct pwc_key k;
	unsigned i;

	for (i = log->n; i-- > 0; ) {
		r = &log->ref[i];
		if (r->dim != dim || r->last ||
		    (dim && r->guest_level != guest_level))
			continue;
		k = pwc_key(sp, r);
		if (pwc_has(t, &k))
			return r->level;
	}
	return 8;
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
	struct pwc_key k;

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
		if (r->last)
			continue;
		k = pwc_key(sp, r);
		if (!pwc_has(t, &k))
			pwc_enter(t, &k);
	}
	return charged;
}
