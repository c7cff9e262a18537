/*
 * vmm/ticks.h - how a guest gets timer ticks that were due while it could not
 * take them
 *
 *	merge	one pending bit, the interrupt controller's: of n due one is taken
 *	batch	a counter: what was missed comes back to back
 *	drop	what is due while the VM is not scheduled is lost
 *	slew	a counter, but at most r ticks in the time of one
 *	delay	the VM's time stands still while it is not scheduled
 *
 * Between the timer's output and the interrupt controller; pending is the
 * register that says what the guest is still owed.
 */
#ifndef VMM_TICKS_H
#define VMM_TICKS_H

#include <stdbool.h>
#include <stdint.h>

struct vm;

struct ticks {
	uint64_t	pending;	/* counted, not yet given */
	uint64_t	last_due;	/* virtual time of the last edge */
	uint64_t	period;		/* between the last two */
	uint64_t	last_given;
	uint64_t	off_from;	/* virtual time it was descheduled at */
	bool		level;		/* the timer's output */
};

/* The timer's output.  at: virtual time of the edge. */
void	ticks_edge(struct vm *vm, bool level, uint64_t at);

/* Gives what may be given now. */
void	ticks_run(struct vm *vm);

/* Virtual time at which more may be; VTIMER_IDLE. */
uint64_t ticks_next(const struct vm *vm);

/* The guest has taken one. */
void	ticks_taken(struct vm *vm);

#endif
