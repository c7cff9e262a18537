/*
 * lab/paging_priv.h - the parts of the lab "shadow-vs-nested"
 */
#ifndef LAB_PAGING_PRIV_H
#define LAB_PAGING_PRIV_H

#include "lab/world.h"

/* Ways to run the same guest. */
struct arm {
	const char		*name;
	enum world_mode		mode;
	const char		*vmm;		/* more words for the VMM */
};
enum { ARM_NATIVE, ARM_SHADOW, ARM_LAZY, ARM_NESTED, ARM_LARGE, ARMS };

extern const struct arm paging_arms[ARMS];

/* What is kept of one run. */
struct measured {
	struct rig_counts	counts;		/* of the measured part */
	uint64_t		ops, checksum, updates, touches;
	uint64_t		hidden, fills, syncs;	/* of all of the run, by the VMM */
};

/* words: of the guest.  False after a message. */
bool	paging_measure(struct lab_run *r, unsigned arm, const char *words, struct measured *m)
	    MUST_CHECK;
/* Per cent of the full size. */
uint64_t paging_scale(const struct lab_run *r, uint64_t n);

/* Every workload in every way (lab/paging_work.c). */
bool	paging_workloads(struct lab_run *r);
/* Updates against misses (lab/paging_cross.c). */
bool	paging_crossing(struct lab_run *r);
/* Single operations (lab/paging_nano.c). */
bool	paging_nano(struct lab_run *r);

#endif
