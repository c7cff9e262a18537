/*
 * lab/cr3_priv.h - the parts of the lab "cr3"
 */
#ifndef LAB_CR3_PRIV_H
#define LAB_CR3_PRIV_H

#include "lab/world.h"

enum cr3_way { CR3_DEPRIVED, CR3_SHADOW, CR3_NESTED, CR3_DIRECT, CR3_WAYS };

extern const enum world_mode cr3_mode[CR3_WAYS];

enum cr3_owner { OWNER_VMM, OWNER_OTHER, OWNER_NOBODY, OWNERS };

/* One run of the hostile guest. */
struct cr3_cell {
	uint64_t	tried, secrets;
	uint64_t	read[OWNERS], written[OWNERS];	/* frames */
	uint64_t	lost[OWNERS];		/* planted ones that were overwritten */
	uint64_t	refused;
};

/* [check off][two VMs] */
struct cr3_grid {
	struct cr3_cell	cell[CR3_WAYS][2][2];
};

/* Loads of CR3: by the guest's own count, and who saw them. */
struct cr3_loads {
	uint64_t	loads, trapped, calls, alone;
};

/* What is reached (lab/cr3_reach.c). */
bool	cr3_reach(struct lab_run *r, struct cr3_grid *g) MUST_CHECK;
/* Frames of others, of all owners. */
uint64_t cr3_foreign(const struct cr3_cell *c);
/* Who sees loads of CR3, and what is said to malformed roots (lab/cr3_loads.c). */
bool	cr3_loads(struct lab_run *r, struct cr3_loads l[CR3_WAYS]) MUST_CHECK;
bool	cr3_roots(struct lab_run *r) MUST_CHECK;

#endif
