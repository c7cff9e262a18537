/*
 * vmm/guest/clock.h - what the kernel believes about time
 *
 * Three clocks: ticks of the PIT, counted; the time stamp counter (rdtsc());
 * the real-time clock.
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
