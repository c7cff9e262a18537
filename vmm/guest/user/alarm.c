/*
 * vmm/guest/user/alarm.c - workload "alarm": to be woken at a certain tick
 *
 * Sleeps until ticks= from now, with the processor halted or, with busy=1,
 * another process computing.  Reports when it was by each clock: alarm.ticks,
 * .tsc, .cycles (of the world's clock), .rtc (seconds).
 */
#include "vmm/guest/user/work.h"

static void
keep_busy(void)
{
	uint64_t x = 1;

	for (;;)
		random_next(&x);
}

uint64_t
work_alarm(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t after = option("ticks", 100), ticks, time, cycles, rtc;
	struct run run;

	(void)a, (void)b, (void)c;
	if (option("busy", 0) && fork() == 0)
		keep_busy();
	run_begin(&run);
	ticks = counter(COUNT_TICKS);
	rtc = sys(SYS_RTC, 0, 0, 0);
	time = tsc();
	cycles = sys(SYS_CYCLES, 0, 0, 0);
	sys(SYS_SLEEP, ticks + after, 0, 0);
	cycles = sys(SYS_CYCLES, 0, 0, 0) - cycles;
	time = tsc() - time;
	rtc = sys(SYS_RTC, 0, 0, 0) - rtc;
	ticks = counter(COUNT_TICKS) - ticks;
	run_end(&run, 1, after);
	report(LAB_KEY_USER, "alarm.ticks", ticks);
	report(LAB_KEY_USER + 1, "alarm.tsc", time);
	report(LAB_KEY_USER + 2, "alarm.cycles", cycles);
	report(LAB_KEY_USER + 3, "alarm.rtc", rtc);
	return 0;
}
