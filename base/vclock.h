/*
 * base/vclock.h - virtual time and one-shot timers
 *
 * Time is counted in virtual cycles since power-on; VCLOCK_HZ cycles are one
 * virtual second, so a cycle is a nanosecond.  A chip reads time with
 * vclock_now() and asks to be called with vtimer_arm().  Inside an
 * instruction vclock_now() is the time at the instruction's start; inside a
 * timer callback it is the time at which the callback runs, which may be later
 * than the timer's deadline (t->when): periodic chips compute the next
 * deadline from t->when, never from now.
 *
 * A timer is embedded in its chip, belongs to one clock, fires once per arm,
 * and is disarmed when its callback is called.  Timers due at the same cycle
 * fire in the order in which they were armed.  Pending timers are part of the
 * machine's state (when and order).
 *
 * The clock is an interface so that the same chip source runs inside guest
 * software; base/evheap.h is the machine's implementation.
 */
#ifndef BASE_VCLOCK_H
#define BASE_VCLOCK_H

#include "base/types.h"

#define VCLOCK_HZ	1000000000u
#define VTIMER_IDLE	(~(uint64_t)0)

struct vtimer {
	uint64_t	when;		/* VTIMER_IDLE when not armed */
	uint64_t	seq;		/* order among equal deadlines */
	void		(*fn)(void *arg);
	void		*arg;
	uint32_t	heap_pos;	/* private to the clock; 0 = not queued */
};

struct vclock {
	uint64_t	(*now)(struct vclock *vc);
	void		(*arm)(struct vclock *vc, struct vtimer *t, uint64_t when);
	void		(*disarm)(struct vclock *vc, struct vtimer *t);
};

static inline uint64_t
vclock_now(struct vclock *vc)
{
	return vc->now(vc);
}

static inline void
vtimer_init(struct vtimer *t, void (*fn)(void *arg), void *arg)
{
	t->when = VTIMER_IDLE;
	t->seq = 0;
	t->fn = fn;
	t->arg = arg;
	t->heap_pos = 0;
}

/* Arms t, moving it if it is armed already.  A past deadline fires at the
 * next opportunity. */
static inline void
vtimer_arm(struct vclock *vc, struct vtimer *t, uint64_t when)
{
	vc->arm(vc, t, when);
}

static inline void
vtimer_disarm(struct vclock *vc, struct vtimer *t)
{
	vc->disarm(vc, t);
}

static inline bool
vtimer_armed(const struct vtimer *t)
{
	return t->when != VTIMER_IDLE;
}

#endif
