/*
 * vmm/guest/random.h - numbers that look random, the same in every run
 *
 * xorshift64 (George Marsaglia, "Xorshift RNGs", 2003).
 */
#ifndef GUEST_RANDOM_H
#define GUEST_RANDOM_H

#include <stdint.h>

/* *state is not 0. */
static inline uint64_t
random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

#endif
