/*
 * mmu/walk_priv.h - what a walk tells the rest of mmu/ beyond its result
 */
#ifndef MMU_WALK_PRIV_H
#define MMU_WALK_PRIV_H

#include "mmu/walk.h"

#define CR0_WP		BIT(16)
#define CR0_PG		BIT(31)
#define CR4_PSE		BIT(4)
#define CR4_PAE		BIT(5)
#define CR4_PGE		BIT(7)
#define CR4_PCIDE	BIT(17)
#define CR4_SMEP	BIT(20)
#define CR4_SMAP	BIT(21)
#define EFER_LMA	BIT(10)
#define EFER_NXE	BIT(11)

/*
 * Which references a walk made, in this order: from guest_from down, for each level
 * those of the nested walk that finds its table and then the guest's own, at last those
 * of the nested walk for the final address.  4 times 4 and 1, and 4, are 24.
 */
#define WALK_MAX_REFS	24

struct walk_trip {
	uint64_t	va;		/* that was looked up in the guest's dimension */
	uint8_t		guest_from;	/* first level there; 0: not walked */
	uint8_t		guest_to;	/* last level read; above guest_from: none was */
	bool		guest_down;	/* that entry leads further down: what follows failed */
	uint8_t		nested_from;
	/* By the guest's level that the nested walk serves, 0 is the final address: its
	 * lowest level that was read, 0 when none was, and what it looked up. */
	uint8_t		nested_to[5];
	uint64_t	gpa[5];
};

struct nested_memo;

/* As mmu_walk(); trip is filled from the start, memo may be NULL. */
bool	walk_trip(const struct paging *pg, const struct paging *nested,
	    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
	    struct walk_fault *fault, struct walk_trip *trip, struct nested_memo *memo)
	    MUST_CHECK;

/* Adds to counts by dimension and level, as in struct walk_refs. */
void	walk_count(const struct walk_trip *trip, uint64_t n[2][5]);

static inline bool
paging_on(const struct paging *pg)
{
	return pg->cr0 & CR0_PG;
}

static inline bool
acc_is_user(unsigned acc)
{
	return (acc & (ACC_USER | ACC_IMPLICIT)) == ACC_USER;
}

/* SMAP applies to this supervisor data access. */
static inline bool
smap_applies(const struct paging *pg, unsigned acc)
{
	return (pg->cr4 & CR4_SMAP) &&
	    (acc & (ACC_AC | ACC_IMPLICIT)) != ACC_AC;
}

/*
 * The rights of a mapping against an access: AMD APM vol 2 §5.6
 * "Page-Protection Checks".  user, write and exec are those of all levels.
 */
static inline bool
paging_denies(const struct paging *pg, bool user, bool write, bool exec,
    unsigned acc)
{
	if (acc_is_user(acc))
		return !user || ((acc & ACC_W) && !write) ||
		    ((acc & ACC_X) && !exec);
	if (acc & ACC_X)
		return !exec || (user && (pg->cr4 & CR4_SMEP));
	if ((acc & ACC_W) && !write && (pg->cr0 & CR0_WP))
		return true;
	return user && smap_applies(pg, acc);
}

#endif
