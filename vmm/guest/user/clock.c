/*
 * vmm/guest/user/clock.c - workload "clock": what the guest believes
 *
 * n= samples, one every every= ticks.  Sample i is sampleI.ticks, .tsc and
 * .cycles, each since the first: ticks counted, time stamp counter, and the
 * world's clock if there is a labdev.  Waits busily, or halted with idle=1.
 * At the end rtc is what the real-time clock made of it, in seconds.
 */
#include "vmm/guest/user/work.h"

struct sample {
	uint64_t	ticks, tsc, cycles;
};

static struct sample
take(void)
{
	return (struct sample){ counter(COUNT_TICKS), tsc(), sys(SYS_CYCLES, 0, 0, 0) };
}

static void
wait_until(uint64_t tick, bool idle)
{
	if (idle)
		sys(SYS_SLEEP, tick, 0, 0);
	while (counter(COUNT_TICKS) < tick)
		;
}

uint64_t
work_clock(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 20), every = option("every", 10), i, rtc;
	bool idle = option("idle", 0);
	struct sample *s = (struct sample *)page(0);
	struct run run;

	(void)a, (void)b, (void)c;
	must(n <= 300, "n= is at most 300");
	map_pages(2);
	run_begin(&run);
	rtc = sys(SYS_RTC, 0, 0, 0);
	s[0] = take();
	for (i = 1; i <= n; i++) {
		wait_until(s[0].ticks + i * every, idle);
		s[i] = take();
	}
	rtc = sys(SYS_RTC, 0, 0, 0) - rtc;
	run_end(&run, n, n * every);
	report(0, "rtc", rtc);
	for (i = 1; i <= n; i++) {
		report_of(LAB_KEY_USER, "sample", i, ".ticks", s[i].ticks - s[0].ticks);
		report_of(LAB_KEY_USER + 1, "sample", i, ".tsc", s[i].tsc - s[0].tsc);
		report_of(LAB_KEY_USER + 2, "sample", i, ".cycles",
		    s[i].cycles - s[0].cycles);
	}
	return 0;
}
