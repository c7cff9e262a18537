/*
 * vmm/guest/count.c - what the kernel counts
 */
#include "vmm/guest/count.h"

uint64_t counters[COUNTERS];

uint64_t
count_minor(void)
{
	return counters[COUNT_PROTECTION] + counters[COUNT_ZERO] +
	    counters[COUNT_COPY] + counters[COUNT_CACHED];
}

uint64_t
count_major(void)
{
	return counters[COUNT_SWAP_IN] + counters[COUNT_FILE_READ];
}
