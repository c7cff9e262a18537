/*
 * vmm/vmclock.h - a VM's virtual time, for its chips
 *
 * Nanoseconds since the VM began.  The chips' timers fire when vmclock_run() is
 * called, in order; one that is late is not told so but by the clock.
 */
#ifndef VMM_VMCLOCK_H
#define VMM_VMCLOCK_H

#include "base/vclock.h"

#define VMCLOCK_TIMERS	16

struct vmclock {
	struct vclock	vclock;		/* first: what chips get */
	struct vtimer	*timer[VMCLOCK_TIMERS];
	unsigned	timers;
	uint64_t	next_seq;
	uint64_t	begin;		/* of host time, ns: less what was stopped */
	uint64_t	stopped_at;	/* of host time; 0: it runs */
	uint64_t	firing;		/* deadline of the timer that fires; 0 */
};

void	vmclock_init(struct vmclock *c);

uint64_t vmclock_now(const struct vmclock *c);

/* The time that the timer which fires was meant for; else now. */
uint64_t vmclock_due(const struct vmclock *c);

/* The earliest deadline in host time; VTIMER_IDLE if there is none. */
uint64_t vmclock_next(const struct vmclock *c);

void	vmclock_run(struct vmclock *c);

/* Time stands still in between (delay). */
void	vmclock_stop(struct vmclock *c);
void	vmclock_start(struct vmclock *c);

#endif
