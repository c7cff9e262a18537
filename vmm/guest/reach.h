/*
 * vmm/guest/reach.h - whether what is not ours can be reached
 *
 * For the VMM's labs: a kernel that means no good, and one that has something to
 * lose.
 */
#ifndef GUEST_REACH_H
#define GUEST_REACH_H

#include <stdint.h>

/* Where frames are mapped, in an address space of its own. */
#define REACH_AT	0x70000000

/* One of every frames of a range that are not ours; what came of it is in the
 * counters. */
void	reach(uint64_t first, uint64_t end, uint64_t every);

/* So many pages have what frame_pattern() says; 0: the number that have not any
 * more; -1: that cannot be, or there is no VMM. */
uint64_t secret(uint64_t n);

/* ---- roots.c: see enum root_kind; what: 0 the VMM's error, 1 cycles.  -1: there is no
 * direct paging here. */
uint64_t root_try(uint64_t kind, uint64_t what);

#endif
