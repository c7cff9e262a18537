/*
 * vmm/guest/user/swap.c - workload "swap": more pages than memory
 *
 * n= rounds over pages= pages (by default half as many again as are free),
 * one after the other, or pattern=random: as many random ones.  Each is read,
 * checked and written.
 */
#include "vmm/guest/user/work.h"

/* A page holds its number and how often it was written. */
static uint64_t
visit(uint64_t n)
{
	volatile uint64_t *p = page(n);

	if (p[0])
		must(p[0] == n + 1 && p[511] == p[1], "a page is what it was");
	p[0] = n + 1;
	p[511] = ++p[1];
	return p[1] * (n + 1);
}

uint64_t
work_swap(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t room = counter(COUNT_FREE);
	uint64_t pages = option("pages", room + room / 2), n = option("n", 2);
	uint64_t x = option("seed", 1), i, sum = 0;
	bool any = option_is("pattern", "random");
	struct run run;

	(void)a, (void)b, (void)c;
	map_pages(pages);
	run_begin(&run);
	for (i = 0; i < n * pages; i++)
		sum += visit(any ? pick(&x, pages) : i % pages);
	run_end(&run, n * pages, sum);
	report(0, "pages", pages);
	return 0;
}
