/*
 * vmm/guest/user/secret.c - workload "secret": a guest that has something to lose
 *
 * pages= of its pages are planted (vmm/guest/reach.c); then it sleeps n= ticks, and
 * says how many are not what they were.
 */
#include "vmm/guest/user/work.h"

uint64_t
work_secret(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t pages = option("pages", 16), n = option("n", 300);
	struct run run;

	(void)a, (void)b, (void)c;
	must(sys(SYS_SECRET, pages, 0, 0) == 0, "a VMM, and at most 32 pages");
	run_begin(&run);
	sys(SYS_SLEEP, counter(COUNT_TICKS) + n, 0, 0);
	run_end(&run, n, 0);
	report(0, "lost", sys(SYS_SECRET, 0, 0, 0));
	return 0;
}
