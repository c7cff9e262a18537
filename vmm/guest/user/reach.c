/*
 * vmm/guest/user/reach.c - workload "reach": a guest that wants what is not its own
 *
 * The frames first= to end=, but its own, are mapped one after the other, read and
 * written (vmm/guest/reach.c); every=: of so many one.  Under a VMM that does its work
 * none is reached: refused, or leads nowhere.
 */
#include "vmm/guest/user/work.h"

uint64_t
work_reach(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t first = option("first", 256), end = option("end", 4096);
	uint64_t every = option("every", 1);
	struct run run;

	(void)a, (void)b, (void)c;
	run_begin(&run);
	sys(SYS_REACH, first, end, every);
	run_end(&run, counter(COUNT_TRIED), 0);
	report(0, "tried", counter(COUNT_TRIED));
	report(0, "refused", counter(COUNT_REFUSED));
	report(0, "reached", counter(COUNT_REACHED));
	report(0, "secrets", counter(COUNT_SECRETS));
	return 0;
}
