/*
 * vmm/guest/nano.h - single privileged operations, many times
 */
#ifndef GUEST_NANO_H
#define GUEST_NANO_H

#include <stdint.h>

/* See enum nano: cycles of n times, -1 if that cannot be measured here. */
uint64_t nano(uint64_t what, uint64_t n);

#endif
