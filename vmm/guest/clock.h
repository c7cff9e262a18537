/*
 * vmm/guest/clock.h - what the kernel believes about time
 *
 * Ticks are what processes sleep by, deadlines and quanta are in.  A timer
 * interrupt makes them what clock= says:
 *
 *	count	one more (the default)
 *	tsc	what the time stamp counter says, which has tsc_hz= (1 GHz)
 *	pv	what the VMM's clock says; and nobody is charged for stolen time
 *
 * Besides there is the real-time clock.
 */
#ifndef GUEST_CLOCK_H
#define GUEST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void	clock_init(bool timer);		/* false: no ticks come */
bool	clock_runs(void);
uint64_t clock_ticks(void);
uint64_t clock_rtc(void);		/* seconds since 1970 */
void	clock_interrupt(unsigned irq, bool user);

#endif
