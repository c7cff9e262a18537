/*
 * vmm/guest/count.h - what the kernel counts; see enum counter
 */
#ifndef GUEST_COUNT_H
#define GUEST_COUNT_H

#include <stdint.h>

#include "vmm/guest/sys.h"

extern uint64_t counters[COUNTERS];

static inline void
count(enum counter what)
{
	counters[what]++;
}

uint64_t count_minor(void);
uint64_t count_major(void);

#endif
