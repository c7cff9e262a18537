/*
 * vmm/guest/user/swap.c - workload "swap": more pages than memory
 *
 * n= rounds over pages= pages (by default half as many again as are free),
 * one after the other, or pattern=random: as many random ones.  Each is read,
 * checked and written.  warm= such rounds come before and are not measured.
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

static uint64_t
rounds(uint64_t n, uint64_t pages, uint64_t *x)
{
	bool any = option_is("pattern", "random");
	uint64_t i, sum = 0;

	for (i = 0; i < n * pages; i++)
		sum += visit(any ? pick(x, pages) : i % pages);
	return sum;
}

uint64_t
work_swap(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t room = counter(COUNT_FREE);
	uint64_t pages = option("pages", room + room / 2), n = option("n", 2);
	uint64_t warm = option("warm", 0), x = option("seed", 1);
	struct run run;
	uint64_t sum;

	(void)a, (void)b, (void)c;
	map_pages(pages);
	rounds(warm, pages, &x);
	run_begin(&run);
	sum = rounds(n, pages, &x);
	run_end(&run, n * pages, sum);
	report(0, "pages", pages);
	return 0;
}
