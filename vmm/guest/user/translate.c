/*
 * vmm/guest/user/translate.c - workload "translate": five lives of an access
 *
 * Phase LAB_MARK_USER + i is just before an access of case i, LAB_MARK_USER +
 * 15 just after it; each case n= times, and NAME is what the time stamp counter
 * says of all of them, less two readings in a row:
 *
 *	0 hit	in the TLB: the page was touched before
 *	1 miss	not in the TLB: so many others with the same place in it were
 *	2 guest	the guest has not mapped it, and maps a frame it had before
 *	3 vmm	the guest has mapped it, to a frame nobody ever touched
 *	4 both	the guest has not mapped it, and maps such a frame
 *
 * Without a VMM, or if that backs all frames from the start, 3 is like 1 and
 * 4 like 2.
 */
#include "vmm/guest/user/work.h"

#define SET_PAGES	128		/* pages apart: one set of our TLB */
#define OTHERS		24		/* twice its ways */
#define DONE		15

/* Page numbers: first others, SET_PAGES apart, then areas of n pages */
#define FIRST		((OTHERS + 1) * SET_PAGES)

static uint64_t
access(unsigned which, volatile uint64_t *at)
{
	uint64_t start;

	sys(SYS_MARK, LAB_MARK_USER + which, 0, 0);
	start = tsc();
	(void)*at;
	start = tsc() - start;
	sys(SYS_MARK, LAB_MARK_USER + DONE, 0, 0);
	return start;
}

static uint64_t
nothing(void)
{
	uint64_t start = tsc();

	return tsc() - start;
}

/* The page's set of the TLB is full of other pages. */
static void
crowd_out(void)
{
	unsigned i;

	for (i = 1; i <= OTHERS; i++)
		*page(i * SET_PAGES);
}

static uint64_t
hits(uint64_t n)
{
	uint64_t sum = 0;

	for (; n; n--) {
		*page(0);
		sum += access(0, page(0));
	}
	return sum;
}

static uint64_t
misses(uint64_t n)
{
	uint64_t sum = 0;

	for (; n; n--) {
		*page(0);
		crowd_out();
		sum += access(1, page(0));
	}
	return sum;
}

/* The frame of a page that is given up is the next that is given out. */
static uint64_t
guest_faults(uint64_t n)
{
	uint64_t sum = 0;

	*page(1) = 1;
	for (; n; n--) {
		sys(SYS_DISCARD, (uint64_t)page(1), 1, 0);
		sum += access(2, page(1));
	}
	return sum;
}

static uint64_t
first_touches(unsigned which, uint64_t first, uint64_t n, uint64_t flags)
{
	uint64_t i, sum = 0;

	must(sys(SYS_MAP, (uint64_t)page(first), n + 1, flags) == 0, "so many pages");
	(void)*page(first + n);		/* its table is there, too */
	for (i = 0; i < n; i++)
		sum += access(which, page(first + i));
	return sum;
}

uint64_t
work_translate(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 8), i, before = 0;
	struct run run;

	(void)a, (void)b, (void)c;
	must(n >= 1 && n <= 400, "n= is 1 to 400");
	must(sys(SYS_MAP, (uint64_t)page(0), FIRST, 0) == 0, "so many pages");
	crowd_out();
	run_begin(&run);
	for (i = 0; i < n; i++)
		before += nothing();
	report(LAB_KEY_USER, "hit", hits(n) - before);
	report(LAB_KEY_USER + 1, "miss", misses(n) - before);
	report(LAB_KEY_USER + 2, "guest", guest_faults(n) - before);
	report(LAB_KEY_USER + 3, "vmm",
	    first_touches(3, FIRST, n, MAP_LAST | MAP_NOW) - before);
	report(LAB_KEY_USER + 4, "both",
	    first_touches(4, FIRST + 512, n, MAP_LAST) - before);
	run_end(&run, 5 * n, n);
	return 0;
}
