/*
 * vmm/guest/user/switch.c - workload "switch": one process after the other
 *
 * procs= processes have n= turns each; in a turn each of pages= own pages is
 * touched.
 */
#include "vmm/guest/user/work.h"

static uint64_t
turns(uint64_t n, uint64_t pages, uint64_t who)
{
	uint64_t i, j, sum = who;

	for (i = 0; i < n; i++) {
		for (j = 0; j < pages; j++)
			sum += *page(j) += i ^ who;
		sys(SYS_YIELD, 0, 0, 0);
	}
	return sum;
}

uint64_t
work_switch(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t procs = option("procs", 4), n = option("n", 500);
	uint64_t pages = option("pages", 8), i, sum = 0, before;
	struct run run;

	(void)a, (void)b, (void)c;
	map_pages(pages ? pages : 1);
	run_begin(&run);
	before = counter(COUNT_SWITCHES);
	for (i = 0; i < procs; i++) {
		uint64_t pid = fork();

		must(pid != (uint64_t)-1, "so many processes");
		if (pid == 0)
			sys(SYS_EXIT, turns(n, pages, i), 0, 0);
	}
	for (i = 0; i < procs; i++)
		sum += wait();
	before = counter(COUNT_SWITCHES) - before;
	run_end(&run, procs * n, sum);
	report(0, "switches", before);
	return 0;
}
