/*
 * vmm/guest/user/clock.c - workload "clock": what the guest believes
 *
 * n= samples, one every every= ticks.  Sample i is sampleI.ticks, .tsc and
 * .cycles, each since the first: ticks counted, time stamp counter, and the
 * world's clock if there is a labdev; from the paravirtual kernel's VMM also
 * .time and .stolen, its clock and what others had of it.  Waits busily, or
 * halted with idle=1.
 * rtc.start and rtc.end are the real-time clock, in seconds since 1970.
 */
#include "vmm/guest/user/work.h"

struct sample {
	uint64_t	ticks, tsc, cycles, time, stolen;
};

static struct sample
take(void)
{
	return (struct sample){ counter(COUNT_TICKS), tsc(), sys(SYS_CYCLES, 0, 0, 0),
		sys(SYS_TIME, 0, 0, 0), sys(SYS_STOLEN, 0, 0, 0) };
}

static void
tell(uint64_t i, const struct sample *from, const struct sample *to)
{
	report_of(LAB_KEY_USER, "sample", i, ".ticks", to->ticks - from->ticks);
	report_of(LAB_KEY_USER + 1, "sample", i, ".tsc", to->tsc - from->tsc);
	report_of(LAB_KEY_USER + 2, "sample", i, ".cycles", to->cycles - from->cycles);
	if ((int64_t)to->time < 0)
		return;
	report_of(LAB_KEY_USER + 3, "sample", i, ".time", to->time - from->time);
	report_of(LAB_KEY_USER + 4, "sample", i, ".stolen", to->stolen - from->stolen);
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
	uint64_t n = option("n", 20), every = option("every", 10), i, rtc[2];
	bool idle = option("idle", 0);
	struct sample *s = (struct sample *)page(0);
	struct run run;

	(void)a, (void)b, (void)c;
	must(n <= 200, "n= is at most 200");
	map_pages(2);
	run_begin(&run);
	rtc[0] = sys(SYS_RTC, 0, 0, 0);
	s[0] = take();
	for (i = 1; i <= n; i++) {
		wait_until(s[0].ticks + i * every, idle);
		s[i] = take();
	}
	rtc[1] = sys(SYS_RTC, 0, 0, 0);
	run_end(&run, n, n * every);
	report(0, "rtc.start", rtc[0]);
	report(0, "rtc.end", rtc[1]);
	for (i = 1; i <= n; i++)
		tell(i, &s[0], &s[i]);
	return 0;
}
