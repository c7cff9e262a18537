/*
 * vmm/guest/user/deadline.c - workload "deadline": work that is cut off
 *
 * n= jobs of work= units each; a job is released, must be done ticks= ticks
 * later by the kernel's clock, and is given up then.  Job i: jobI.done (units),
 * .ticks and .cycles (of the world's clock) from its release to its end.  The
 * next job is released when the deadline is over.
 */
#include "vmm/guest/user/work.h"

#define UNIT		1000		/* rounds of the generator */

struct job {
	uint64_t	done, ticks, cycles;
};

static void
unit(uint64_t *x)
{
	unsigned i;

	for (i = 0; i < UNIT; i++)
		random_next(x);
	__asm__ volatile("" : : "r"(*x));	/* not left out */
}

static struct job
do_job(uint64_t work, uint64_t ticks, uint64_t *x)
{
	uint64_t released = counter(COUNT_TICKS), start = sys(SYS_CYCLES, 0, 0, 0);
	struct job j = { 0 };

	while (j.done < work && counter(COUNT_TICKS) - released < ticks) {
		unit(x);
		j.done++;
	}
	j.ticks = counter(COUNT_TICKS) - released;
	j.cycles = sys(SYS_CYCLES, 0, 0, 0) - start;
	sys(SYS_SLEEP, released + ticks, 0, 0);
	return j;
}

uint64_t
work_deadline(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 10), work = option("work", 6000), i, met = 0;
	uint64_t ticks = option("ticks", 10), x = option("seed", 1);
	struct job *jobs = (struct job *)page(0);
	struct run run;

	(void)a, (void)b, (void)c;
	must(n <= 300, "n= is at most 300");
	map_pages(2);
	run_begin(&run);
	for (i = 0; i < n; i++) {
		jobs[i] = do_job(work, ticks, &x);
		met += jobs[i].done == work;
	}
	run_end(&run, n, n * work);
	report(0, "met", met);
	for (i = 0; i < n; i++) {
		report_of(LAB_KEY_USER, "job", i, ".done", jobs[i].done);
		report_of(LAB_KEY_USER + 1, "job", i, ".ticks", jobs[i].ticks);
		report_of(LAB_KEY_USER + 2, "job", i, ".cycles", jobs[i].cycles);
	}
	return 0;
}
