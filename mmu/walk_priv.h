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
 * References in the order they were made.  4 guest levels with 4 nested
 * references and 1 guest reference each, then 4 nested ones, are 24.
 */
#define WALK_MAX_REFS	24

struct walk_made {
	uint8_t		dim, level;
	uint8_t		guest_level;	/* of dim 1: the guest reference it serves;
					 * 0: the final address */
	bool		last;		/* nothing below in this table: a leaf, or a fault */
	uint64_t	addr;		/* gva or gpa that was looked up */
	hpa_t		entry_hpa;
	uint64_t	entry;
};

struct walk_log {
	unsigned		n;
	struct walk_made	ref[WALK_MAX_REFS];
};

/* As mmu_walk(); log is filled from the start. */
bool	walk_logged(const struct paging *pg, const struct paging *nested,
	    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
	    struct walk_fault *fault, struct walk_log *log) MUST_CHECK;

void	walk_count(const struct walk_log *log, struct walk_refs *refs);

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
