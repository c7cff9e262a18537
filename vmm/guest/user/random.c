/*
 * vmm/guest/user/random.c - workload "random": accesses beyond TLB reach
 *
 * n= read-modify-writes of random words of pages= pages, 4 KiB ones, or 2 MiB
 * ones with large=1.  All are touched before.
 */
#include "vmm/guest/user/work.h"

static uint64_t
access(uint64_t x, uint64_t pages)
{
	volatile uint64_t *word = &page((x >> 32) * pages >> 32)[x & 511];

	return *word += x;
}

uint64_t
work_random(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t pages = option("pages", 4096), n = option("n", 200000), i;
	uint64_t x = option("seed", 1), sum = 0;
	struct run run;

	(void)a, (void)b, (void)c;
	map_pages(pages);
	for (i = 0; i < pages; i++)
		*page(i) = i;
	run_begin(&run);
	for (i = 0; i < n; i++)
		sum += access(random_next(&x), pages);
	run_end(&run, n, sum);
	return 0;
}
