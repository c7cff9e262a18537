/*
 * base/evheap.h - the machine's event heap: a vclock made of a binary heap
 *
 * Holds armed timers ordered by (when, seq).  The heap stores pointers to the
 * chips' own vtimers.  After loading a snapshot each chip's timers carry when
 * and seq; evheap_restore() queues them again without a new seq.
 */
#ifndef BASE_EVHEAP_H
#define BASE_EVHEAP_H

#include "base/vclock.h"

struct evheap {
	struct vclock	clock;		/* first member: &h->clock is the vclock */
	uint64_t	now;		/* set by the run loop */
	uint64_t	next_seq;
	struct vtimer	**heap;		/* heap[1..count] */
	uint32_t	count;
	uint32_t	room;
	/* Called when the earliest deadline changed; may be NULL. */
	void		(*changed)(void *arg, uint64_t earliest);
	void		*changed_arg;
	/* Current time; when NULL, h->now is used. */
	uint64_t	(*read_now)(void *arg);
	void		*read_now_arg;
};

/* 0 or -ENOMEM.  room grows on demand up to the number of timers. */
int	evheap_init(struct evheap *h);
void	evheap_fini(struct evheap *h);

/* Earliest deadline, VTIMER_IDLE when there is none. */
uint64_t evheap_next(const struct evheap *h);

/* Fires, in order, every timer with when <= now; sets h->now = now first.
 * Returns the number fired.  Timers armed by callbacks for <= now also fire. */
unsigned evheap_run(struct evheap *h, uint64_t now);

/* Queues a timer whose when and seq were just loaded (no-op when idle). */
void	evheap_restore(struct evheap *h, struct vtimer *t);

/* Empties the heap; every timer becomes idle. */
void	evheap_clear(struct evheap *h);

#endif
