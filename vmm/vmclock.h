/*
 * vmm/vmclock.h - a VM's virtual time, for its chips
 *
 * Nanoseconds since the VM began.  The chips' timers fire when vmclock_run() is
 * called, in order.  To each it is then the time it was armed for, however late
 * that is: an output that was low for a microsecond is seen to have been.
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

/* The earliest deadline in host time; VTIMER_IDLE if there is none. */
uint64_t vmclock_next(const struct vmclock *c);

void	vmclock_run(struct vmclock *c);

/* Time stands still in between (delay). */
void	vmclock_stop(struct vmclock *c);
void	vmclock_start(struct vmclock *c);

#endif
