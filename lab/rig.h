/*
 * lab/rig.h - a machine of an experiment
 *
 * It is made from a configuration, runs in virtual time to marks that its guest sets or
 * to exact moments, and everything the guest says through labdev is kept with its
 * cycle.  Who plays the outside is asked when the next thing happens there and called
 * at that very cycle, between two instructions.
 *
 * Moments are of outside time (machine_outside()): where a machine is taken back they go
 * on.
 */
#ifndef LAB_RIG_H
#define LAB_RIG_H

#include "hw/machine.h"
#include "hw/machine_tape.h"
#include "lab/lab.h"

#define RIG_NEVER	(~(uint64_t)0)
#define RIG_LIMIT	((uint64_t)100000000000000)	/* a day: nothing takes longer */

struct rig_mark {
	uint32_t	phase;
	uint64_t	cycle;
};

struct rig_value {
	uint32_t	key;
	uint64_t	value;
};

/* "name=number" that the guest, or its VMM, has said. */
struct rig_counter {
	char		name[48];
	uint64_t	value;
};

/* Walks of page tables, by who runs: what is no SVM guest, and what is. */
enum rig_world { RIG_HOST, RIG_GUEST, RIG_WORLDS };

struct rig_walks {
	uint64_t	walks, faults;
	uint64_t	refs[2][5];	/* by dimension (guest, nested) and level 1..4 */
	uint64_t	charged;	/* of them, what no walk cache had */
};

/* What processors counted, in all; nothing but uint64_t. */
struct rig_counts {
	uint64_t	cycles, insns, idle;
	uint64_t	tlb_misses, page_faults, cr3_loads, interrupts;
	uint64_t	vmruns, npfs, npf_tables, exits[168], guest_cycles, switch_cycles;
	struct rig_walks walk[RIG_WORLDS];
};

struct rig_outside {
	uint64_t	(*next)(void *arg);		/* RIG_NEVER */
	void		(*due)(void *arg);		/* must move on */
	void		*arg;
};

struct rig {
	const struct lab_run	*r;
	struct machine_config	cfg;
	struct machine		*m;
	struct log		*log;
	struct machine_tape	tape;
	struct rig_outside	outside;
	uint64_t		limit;			/* what comes later never comes; RIG_LIMIT */
	bool			user_is_guest;		/* CPL 3 is, as no SVM is below */
	uint64_t		until;
	uint32_t		awaited;		/* phase; 0: none */
	bool			arrived, failed;
	struct rig_mark		*mark;
	struct rig_value	*value;
	struct rig_counter	*counter;
	size_t			marks, mark_room, values, value_room, counters, counter_room;
	struct rig_walks	walk[RIG_WORLDS];
	/* Counts at the first walk for an address from this on; 0: nobody looks. */
	uint64_t		kernel;
	enum rig_world		kernel_world;
	struct rig_counts	at_kernel;
	uint64_t		charged;		/* in all, at the last walk */
	/* Of each walk; res NULL: it failed.  May be NULL. */
	void			(*walked)(void *arg, struct rig *g, const struct walk_req *req,
				    const struct walk_res *res);
	void			*walked_arg;
	char			line[80];		/* of COM1, the last one */
	unsigned		at;
};

/* A machine of 64 MiB without a screen, at no host's pace; g->cfg is the lab's to
 * change before rig_make(). */
void	rig_prepare(struct rig *g, const struct lab_run *r);
/* False after a message; rig_end() in any case. */
bool	rig_make(struct rig *g) MUST_CHECK;
void	rig_end(struct rig *g);

/* To the next time the guest sets the mark; false after a message: it did not. */
bool	rig_run_to_mark(struct rig *g, uint32_t phase) MUST_CHECK;
/* To the end of the run: power-off, or isa-debug-exit. */
bool	rig_run_to_end(struct rig *g) MUST_CHECK;
/* To any end, which is no failure here, or to a moment: END_STOPPED. */
enum machine_end rig_run_on(struct rig *g, uint64_t limit);
/* To the first boundary at or after a moment. */
bool	rig_run_to(struct rig *g, uint64_t moment) MUST_CHECK;
/* The outside has something earlier than it said. */
void	rig_soon(struct rig *g);
uint64_t rig_now(const struct rig *g);

/* The processor's on_walk(), for a hook that stands in its place. */
void	rig_hear_walk(void *rig, const struct walk_req *req, const struct walk_res *res,
	    const struct walk_fault *fault, const struct walk_refs *refs);

/* Cycle of the n-th time (from 0) a mark was set; false: it was not. */
bool	rig_mark(const struct rig *g, uint32_t phase, unsigned n, uint64_t *cycle);
/* The last value of a key. */
bool	rig_value(const struct rig *g, uint32_t key, uint64_t *v);
/* The last number of a name; 0 if there was none. */
uint64_t rig_counter(const struct rig *g, const char *name);
/* ... of those that came after the first so many. */
uint64_t rig_counter_since(const struct rig *g, size_t first, const char *name);
void	rig_counts(const struct rig *g, struct rig_counts *c);
/* What was counted since. */
void	rig_counts_sub(struct rig_counts *c, const struct rig_counts *since);
/* Runs to LAB_MARK_END; c: what was counted since LAB_MARK_START, or since then, which
 * may still come. */
bool	rig_measure(struct rig *g, struct rig_counts *c) MUST_CHECK;
bool	rig_measure_since(struct rig *g, const struct rig_counts *since, struct rig_counts *c)
	    MUST_CHECK;

#endif
