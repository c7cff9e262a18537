/*
 * vmm/guest/user/compute.c - workload "compute": registers only
 *
 * n= rounds of a random number generator.  Nothing a VMM would see.
 */
#include "vmm/guest/user/work.h"

uint64_t
work_compute(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 1000000), x = option("seed", 1), i;
	struct run run;

	(void)a, (void)b, (void)c;
	run_begin(&run);
	for (i = 0; i < n; i++)
		random_next(&x);
	run_end(&run, n, x);
	return 0;
}
