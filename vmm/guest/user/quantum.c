/*
 * vmm/guest/user/quantum.c - workload "quantum": what a turn is worth
 *
 * procs= processes count as fast as they can until n= quanta were charged in
 * all.  Quantum i: quantumI.pid, .work (how far it counted), .cycles (of the
 * world's clock from its begin to its end) and .tick (its end).
 */
#include "vmm/guest/user/work.h"

static void
count_until(uint64_t quanta)
{
	volatile uint64_t *work = page(0);

	*work = 0;
	must(sys(SYS_WATCH_WORK, (uint64_t)work, 0, 0) == 0, "watch");
	while (sys(SYS_QUANTUM, quanta - 1, QUANTUM_PID, 0) == (uint64_t)-1) {
		uint64_t i;

		for (i = 0; i < 1000; i++)
			++*work;
	}
	sys(SYS_EXIT, 0, 0, 0);
}

static void
report_quantum(uint64_t i)
{
	report_of(LAB_KEY_USER, "quantum", i, ".pid", sys(SYS_QUANTUM, i, QUANTUM_PID, 0));
	report_of(LAB_KEY_USER + 1, "quantum", i, ".work",
	    sys(SYS_QUANTUM, i, QUANTUM_WORK, 0));
	report_of(LAB_KEY_USER + 2, "quantum", i, ".cycles",
	    sys(SYS_QUANTUM, i, QUANTUM_CYCLES, 0));
	report_of(LAB_KEY_USER + 3, "quantum", i, ".tick",
	    sys(SYS_QUANTUM, i, QUANTUM_TICK, 0));
}

uint64_t
work_quantum(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t procs = option("procs", 2), n = option("n", 20), i;
	struct run run;

	(void)a, (void)b, (void)c;
	must(n >= 1 && n <= 250, "n= is 1 to 250");
	must(procs >= 1, "procs= is at least 1");
	map_pages(1);
	run_begin(&run);
	for (i = 0; i < procs; i++)
		if (fork() == 0)
			count_until(n);
	while (wait() != (uint64_t)-1)
		;
	run_end(&run, n, n);
	for (i = 0; i < n; i++)
		report_quantum(i);
	return 0;
}
