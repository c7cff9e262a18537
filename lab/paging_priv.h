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
enum {
	ARM_NATIVE, ARM_DEPRIVILEGED, ARM_SHADOW, ARM_LAZY, ARM_NESTED, ARM_LARGE, ARM_DIRECT,
	ARMS
};

extern const struct arm paging_arms[ARMS];

/* Reasons to leave the guest; TRAP: what is sensitive, in ring 3. */
enum {
	BY_CR, BY_INVLPG, BY_PF, BY_NPF, BY_IO, BY_INTR, BY_CALL, BY_TRAP, BY_OTHERS, REASONS
};

/* What is kept of one run. */
struct measured {
	struct rig_counts	counts;		/* of the measured part */
	enum rig_world		world;		/* whose walks are the guest's */
	bool			native;
	bool			has_vmm;	/* ours, which says more */
	uint64_t		in_guest;	/* cycles; 0: nobody knows */
	uint64_t		exits, exit[REASONS];
	uint64_t		hidden, fills, syncs;
	uint64_t		ops, checksum, updates, touches;
};

/* words: of the guest.  False after a message. */
bool	paging_measure(struct lab_run *r, unsigned arm, const char *words, struct measured *m)
	    MUST_CHECK;
/* Exits and the rest of m->counts, as the processor counted them. */
void	paging_of_processor(struct measured *m);
/* What the VMM said between its guest's marks, from the first so many texts on. */
void	paging_of_vmm(struct measured *m, const struct rig *g, size_t first);
/* Per cent of the full size. */
uint64_t paging_scale(const struct lab_run *r, uint64_t n);
/* Hundredths. */
int64_t	paging_by_native(const struct measured *m, const struct measured *native);

/* The same work in several ways, the first of which is native (lab/paging_tables.c). */
#define PAGING_WAYS	8u
struct paging_grid {
	const char *const	*work;			/* names, and NULL */
	unsigned		works, ways;
	const char		*way[PAGING_WAYS];	/* names; NULL: left out */
	const struct measured	*m;			/* [ways][works] */
};
/* Whether a way came to what the native run did, from one work on; false after a message. */
bool	paging_same(const struct lab_run *r, const struct paging_grid *g, unsigned way,
	    unsigned first) MUST_CHECK;
/* Tables with a line for each run. */
void	paging_tables(struct lab_run *r, const struct paging_grid *g);
/* Bars: cycles, by those of the native run. */
void	paging_bars(struct lab_run *r, const struct paging_grid *g, const struct figure *f);
uint64_t paging_references(const struct rig_walks *w);

/* What claims are about, in a grid; large: 2 MiB pages in both dimensions. */
struct paging_claimed {
	unsigned	churn, fork, random, random_large;	/* work */
	unsigned	shadow, nested, large;			/* ways */
};
/* Claims 5a.1 and 5a.2. */
void	paging_judge(struct lab_run *r, const struct paging_grid *g,
	    const struct paging_claimed *c);

/* Workloads of our guest kernel. */
enum {
	W_COMPUTE, W_SYSCALL, W_RANDOM, W_RANDOM_LARGE, W_SWITCH, W_CHURN, W_FORK, WORKLOADS
};
extern const char *const paging_names[WORKLOADS + 1];
void	paging_words(const struct lab_run *r, unsigned workload, char *buf, size_t n);

/* Every workload in every way (lab/paging_work.c). */
bool	paging_workloads(struct lab_run *r);
/* Updates against misses (lab/paging_cross.c). */
bool	paging_crossing(struct lab_run *r);
/* Single operations (lab/paging_nano.c). */
bool	paging_nano(struct lab_run *r);
/* guest=linux (lab/paging_linux.c). */
bool	paging_linux(struct lab_run *r);
/* vmm=kvm (lab/paging_kvm.c). */
bool	paging_kvm(struct lab_run *r);

#endif
