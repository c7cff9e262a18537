/*
 * vmm/guest/user/fork.c - workload "fork": processes that come and go
 *
 * n= times: fork; the child writes writes= of the parent's pages= pages, runs
 * another program (exec) that touches touches= pages of its own, and ends.
 */
#include "vmm/guest/user/work.h"

/* What the child becomes: its result depends on what it touched. */
uint64_t
work_leaf(uint64_t touches, uint64_t seed, uint64_t c)
{
	uint64_t i, sum = seed;

	(void)c;
	map_pages(touches ? touches : 1);
	for (i = 0; i < touches; i++)
		sum += *page(i) = seed ^ i;
	return sum;
}

static void
child(uint64_t writes, uint64_t touches, uint64_t round)
{
	uint64_t i, sum = 0;

	for (i = 0; i < writes; i++)
		sum += *page(i) += round;
	exec("leaf", touches, sum, 0);
	must(false, "exec");
}

uint64_t
work_fork(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t pages = option("pages", 64), n = option("n", 50);
	uint64_t writes = option("writes", pages / 2), touches = option("touches", 8);
	uint64_t i, sum = 0;
	struct run run;

	(void)a, (void)b, (void)c;
	must(writes <= pages, "writes= is at most pages=");
	map_pages(pages);
	for (i = 0; i < pages; i++)
		*page(i) = i;
	run_begin(&run);
	for (i = 0; i < n; i++) {
		if (fork() == 0)
			child(writes, touches, i);
		sum = sum * 31 + wait();
	}
	run_end(&run, n, sum);
	return 0;
}
