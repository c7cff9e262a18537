/*
 * vmm/guest/user/image.c - workload "image": a bit of everything
 *
 * To compare machines by: after each step the hash of memory (hash.c) is
 * printed, and nothing that depends on time.  With timer=off (the default)
 * console and hashes are the same natively and under any VMM.
 */
#include "vmm/guest/user/work.h"

static void
step(const char *name)
{
	report_hex(name, sys(SYS_HASH, 0, 0, 0));
}

static void
touch(uint64_t first, uint64_t n, uint64_t *x)
{
	uint64_t i;

	for (i = first; i < first + n; i++)
		*page(i) = random_next(x);
}

static uint64_t
sum_of(uint64_t n)
{
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++)
		sum = sum * 31 + *page(i);
	return sum;
}

/* Four children at once, each changing what it shares with us. */
static uint64_t
family(uint64_t pages, uint64_t *x)
{
	uint64_t i, sum = 0;

	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			touch(i * pages / 4, pages / 4, x);
			sys(SYS_YIELD, 0, 0, 0);
			exec("leaf", 8, sum_of(pages), 0);
		}
	step("forked");
	for (i = 0; i < 4; i++)
		sum += wait();
	return sum;
}

static void
change_tables(uint64_t pages)
{
	sys(SYS_REMAP, (uint64_t)page(0), pages, 0);
	sys(SYS_PROTECT, (uint64_t)page(0), pages / 2, 0);
	*page(0) += 1;
	sys(SYS_DISCARD, (uint64_t)page(pages / 2), pages / 2, 0);
	step("changed");
}

static uint64_t
use_disk(uint64_t pages)
{
	uint64_t sum = 0, i;

	if (sys(SYS_PAGE_OUT, (uint64_t)page(0), pages / 4, 0))
		return 0;
	step("paged out");
	sum = sum_of(pages / 2);
	sys(SYS_MAP_FILE, (uint64_t)page(pages), 16, 0);
	for (i = 0; i < 16; i++)
		sum = sum * 31 + *page(pages + i);
	*page(pages) = 1;
	step("read in");
	sys(SYS_DROP_CACHE, 0, 0, 0);
	return sum;
}

uint64_t
work_image(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t pages = option("pages", 64), x = option("seed", 1), sum;

	(void)a, (void)b, (void)c;
	must(pages >= 8, "pages= is at least 8");
	sys(SYS_MARK, LAB_MARK_START, 0, 0);
	step("booted");
	map_pages(pages);
	touch(0, pages, &x);
	step("touched");
	sum = family(pages, &x);
	step("waited");
	change_tables(pages);
	sum += use_disk(pages);
	sum += sys_int(SYS_NULL, 0, 0, 0) + sum_of(pages);
	sys(SYS_MARK, LAB_MARK_END, 0, 0);
	report(LAB_KEY_CHECKSUM, "checksum", sum);
	return 0;
}
