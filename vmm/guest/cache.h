/*
 * vmm/guest/cache.h - pages of the disk's file area that are in memory
 *
 * The cache has a reference to each of its frames, so one that is not mapped
 * has exactly one.
 */
#ifndef GUEST_CACHE_H
#define GUEST_CACHE_H

#include <stdbool.h>
#include <stdint.h>

bool	cache_has_blocks(uint64_t first, uint64_t n);
/* The block's frame, with a reference more. */
uint32_t cache_get(uint32_t block, bool *was_there);
/* The frame, of PAGE_FILE with one reference, becomes free. */
void	cache_drop(uint32_t pfn);
void	cache_drop_all(void);

#endif
