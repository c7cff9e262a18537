/*
 * lab/timer_priv.h - the parts of the lab "timer"
 */
#ifndef LAB_TIMER_PRIV_H
#define LAB_TIMER_PRIV_H

#include "lab/world.h"

#define MS		((uint64_t)1000000)
#define HZ		100u			/* ticks of the guest */
#define TICK		(1000 * MS / HZ)
#define QUANTUM_TICKS	5u			/* of the guest's scheduler */

enum policy { MERGE, BATCH, DROP, SLEW, DELAY, POLICIES };
const char *policy_name(enum policy p);

/* What all parts know: from a run without a pause, and from each policy. */
struct timer {
	uint64_t	off, before;		/* the pause, and what comes before it */
	uint64_t	start;			/* cycle where the guest begins */
	uint64_t	quantum_work;		/* of a quantum without a pause */
	int64_t		error[POLICIES];	/* of the clock at the end, us */
	uint64_t	burnt[POLICIES];	/* quanta with less than 1 % of the work */
	uint64_t	shortest[POLICIES];	/* turn, cycles */
	uint64_t	gained;			/* by the guest after the resume, batch */
	int64_t		short_of[POLICIES];	/* the worst quantum, hundredths of a per cent */
};

/* A workload's words, descheduled for off cycles; 0: never.  world_end() in any case. */
bool	timer_run(struct lab_run *r, struct world *w, const struct timer *t, enum policy p,
	    uint64_t off, const char *words) MUST_CHECK;

bool	timer_clock(struct lab_run *r, struct timer *t);
bool	timer_quanta(struct lab_run *r, struct timer *t);
bool	timer_deadlines(struct lab_run *r, struct timer *t);
bool	timer_alarm(struct lab_run *r, struct timer *t);
bool	timer_asleep(struct lab_run *r, struct timer *t);
/* Needs those before. */
void	timer_bunch(struct lab_run *r, const struct timer *t);
void	timer_issues(struct lab_run *r, const struct timer *t);

#endif
