/*
 * vmm/guest/user/faults.c - workload "faults": each cause, n= times
 *
 * Without a disk those that need none.  For cause i (enum counter) the phase is
 * LAB_MARK_USER + 2 i while it is caused and one more when it is over; NAME,
 * NAME.cycles and NAME.reads are how many faults the kernel counted, what they
 * took and how many pages it read meanwhile.
 */
#include "vmm/guest/user/work.h"

static const char names[COUNT_FAULTS][20] = {
	[COUNT_PROTECTION] = "protection",
	[COUNT_ZERO] = "zero",
	[COUNT_COPY] = "copy",
	[COUNT_CACHED] = "cached",
	[COUNT_SWAP_IN] = "swap-in",
	[COUNT_FILE_READ] = "file-read",
};
static const char cycle_names[COUNT_FAULTS][20] = {
	[COUNT_PROTECTION] = "protection.cycles",
	[COUNT_ZERO] = "zero.cycles",
	[COUNT_COPY] = "copy.cycles",
	[COUNT_CACHED] = "cached.cycles",
	[COUNT_SWAP_IN] = "swap-in.cycles",
	[COUNT_FILE_READ] = "file-read.cycles",
};
static const char read_names[COUNT_FAULTS][20] = {
	[COUNT_PROTECTION] = "protection.reads",
	[COUNT_ZERO] = "zero.reads",
	[COUNT_COPY] = "copy.reads",
	[COUNT_CACHED] = "cached.reads",
	[COUNT_SWAP_IN] = "swap-in.reads",
	[COUNT_FILE_READ] = "file-read.reads",
};

/* Touches n pages from the first on, each of which is to fault for this
 * reason; returns the sum of what is there. */
static uint64_t
cause(enum counter why, uint64_t first, uint64_t n, bool write)
{
	uint64_t faults = counter(why), reads = counter(COUNT_DISK_READS);
	uint64_t start, i, sum = 0;

	sys(SYS_MARK, LAB_MARK_USER + 2 * why, 0, 0);
	start = sys(SYS_CYCLES, 0, 0, 0);
	for (i = first; i < first + n; i++) {
		sum = sum * 31 + *page(i);
		if (write)
			*page(i) += 1;
	}
	start = sys(SYS_CYCLES, 0, 0, 0) - start;
	sys(SYS_MARK, LAB_MARK_USER + 2 * why + 1, 0, 0);
	report(0, names[why], counter(why) - faults);
	report(0, cycle_names[why], start);
	report(0, read_names[why], counter(COUNT_DISK_READS) - reads);
	return sum;
}

static uint64_t
copies(uint64_t n)
{
	uint64_t sum;

	if (fork() == 0)
		sys(SYS_EXIT, cause(COUNT_COPY, 0, n, true), 0, 0);
	sum = wait();
	for (; n; n--)
		*page(n - 1) += 0;	/* the last to share keeps its page */
	return sum;
}

/* The file is at page n. */
static uint64_t
of_files(uint64_t n)
{
	uint64_t sum;

	sum = cause(COUNT_FILE_READ, n, n, false);
	must(sys(SYS_UNMAP, (uint64_t)page(n), n, 0) == 0, "unmap");
	must(sys(SYS_MAP_FILE, (uint64_t)page(n), n, 0) == 0, "file");
	return sum + cause(COUNT_CACHED, n, n, false);
}

uint64_t
work_faults(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 16), sum;
	struct run run;

	(void)a, (void)b, (void)c;
	must(n <= 256, "n= is at most 256");
	map_pages(n);
	run_begin(&run);
	sum = cause(COUNT_ZERO, 0, n, true);
	sys(SYS_PROTECT, (uint64_t)page(0), n, 0);
	sum += cause(COUNT_PROTECTION, 0, n, true);
	sum += copies(n);
	if (sys(SYS_PAGE_OUT, (uint64_t)page(0), n, 0) == 0)
		sum += cause(COUNT_SWAP_IN, 0, n, true);
	if (sys(SYS_MAP_FILE, (uint64_t)page(n), n, 0) == 0)
		sum += of_files(n);
	run_end(&run, n, sum);
	return 0;
}
