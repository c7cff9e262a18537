/*
 * vmm/guest/user/stale.c - workload "stale": does an old mapping go away?
 *
 * n= times a page is written and given up, which clears its entry and executes
 * INVLPG, and a new page is read in its place: that has zeroes.  stale is how
 * often what was written before was still there; the first time is phase
 * LAB_MARK_USER.  Natively, and under a VMM that does its work, never.
 */
#include "vmm/guest/user/work.h"

uint64_t
work_stale(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 1000), i, stale = 0;
	struct run run;

	(void)a, (void)b, (void)c;
	map_pages(1);
	run_begin(&run);
	for (i = 1; i <= n; i++) {
		*page(0) = i;
		sys(SYS_DISCARD, (uint64_t)page(0), 1, 0);
		if (*page(0) == 0)
			continue;
		if (!stale++)
			sys(SYS_MARK, LAB_MARK_USER, 0, 0);
	}
	run_end(&run, n, n);
	report(LAB_KEY_USER, "stale", stale);
	return 0;
}
