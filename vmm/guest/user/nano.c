/*
 * vmm/guest/user/nano.c - workload "nano": what single operations take
 *
 * Each n= times; reports the cycles of all of them as nano.NAME, 0 for what
 * there is not.  nano.empty and nano.loop are what to subtract, of those of
 * the kernel and of the two that are made here.
 */
#include "vmm/guest/user/work.h"

static uint64_t
now(void)
{
	return sys(SYS_CYCLES, 0, 0, 0);
}

static uint64_t
loop(uint64_t n)
{
	uint64_t start = now(), i;

	for (i = 0; i < n; i++)
		__asm__ volatile("");
	return now() - start;
}

static uint64_t
calls(uint64_t n)
{
	uint64_t start = now(), i;

	for (i = 0; i < n; i++)
		__asm__ volatile("call 1f; jmp 2f; 1: ret; 2:" : : : "memory");
	return now() - start;
}

static uint64_t
syscalls(uint64_t n)
{
	uint64_t start = now(), i;

	for (i = 0; i < n; i++)
		sys(SYS_NULL, 0, 0, 0);
	return now() - start;
}

static void
privileged(uint64_t n)
{
	static const char name[NANOS][12] = {
		[NANO_EMPTY] = "nano.empty",
		[NANO_IN] = "nano.in",
		[NANO_CR8] = "nano.cr8",
		[NANO_PTE] = "nano.pte",
		[NANO_FAULT] = "nano.fault",
		[NANO_DIVIDE] = "nano.divide",
		[NANO_CALL] = "nano.call",
		[NANO_ROOT] = "nano.root",
	};
	unsigned i;

	for (i = 0; i < NANOS; i++) {
		uint64_t all = sys(SYS_NANO, i, n, 0);

		report(0, name[i], all == (uint64_t)-1 ? 0 : all);
	}
}

uint64_t
work_nano(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 1000);
	struct run run;

	(void)a, (void)b, (void)c;
	map_pages(1);
	*page(0) = 1;
	run_begin(&run);
	report(0, "nano.loop", loop(n));
	report(0, "nano.callret", calls(n));
	report(0, "nano.syscall", syscalls(n));
	privileged(n);
	run_end(&run, n, *page(0));
	return 0;
}
