/*
 * vmm/guest/user/churn.c - workload "churn": page tables that change
 *
 * n= rounds over pages= pages.  In each, updates= entries are changed in a
 * row, then touches= random pages are written.  What a change is says change=:
 *
 *	remap	the entry is written anew (the default)
 *	protect	the next write to the page faults
 *	unmap	the page is gone, the next touch finds zeroes
 */
#include "vmm/guest/user/work.h"

static enum sys
kind_of_change(void)
{
	if (option_is("change", "protect"))
		return SYS_PROTECT;
	return option_is("change", "unmap") ? SYS_DISCARD : SYS_REMAP;
}

uint64_t
work_churn(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t pages = option("pages", 1024), n = option("n", 500);
	uint64_t updates = option("updates", 8), touches = option("touches", 8);
	uint64_t x = option("seed", 1), sum = 0, i, j;
	enum sys change = kind_of_change();
	struct run run;

	(void)a, (void)b, (void)c;
	must(updates <= pages, "updates= is at most pages=");
	map_pages(pages);
	for (i = 0; i < pages; i++)
		*page(i) = i;
	run_begin(&run);
	for (i = 0; i < n; i++) {
		if (updates)
			sys(change, (uint64_t)page(pick(&x, pages - updates + 1)),
			    updates, 0);
		for (j = 0; j < touches; j++)
			sum += ++*page(pick(&x, pages));
	}
	run_end(&run, n * (updates + touches), sum);
	report(0, "updates", n * updates);
	report(0, "touches", n * touches);
	return 0;
}
