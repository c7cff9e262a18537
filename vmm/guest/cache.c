/*
 * vmm/guest/cache.c - the page cache
 */
#include "vmm/guest/cache.h"

#include "vmm/guest/count.h"
#include "vmm/guest/disk.h"
#include "vmm/guest/page.h"

static uint16_t frame_of[FILE_BLOCKS];	/* 0: not in memory */

static void
read_in(uint32_t block)
{
	uint32_t pfn = page_alloc(PAGE_FILE);

	pages[pfn].what = block;
	disk_read(block, pfn);
	frame_of[block] = (uint16_t)pfn;
}

bool
cache_has_blocks(uint64_t first, uint64_t n)
{
	uint64_t end = disk_blocks() < FILE_BLOCKS ? disk_blocks() : FILE_BLOCKS;

	return first <= end && n <= end - first;
}

uint32_t
cache_get(uint32_t block, bool *was_there)
{
	*was_there = frame_of[block] != 0;
	if (!*was_there)
		read_in(block);
	page_ref(frame_of[block]);
	return frame_of[block];
}

void
cache_drop(uint32_t pfn)
{
	frame_of[pages[pfn].what] = 0;
	page_unref(pfn);
	count(COUNT_DROPPED);
}

void
cache_drop_all(void)
{
	unsigned i;

	for (i = 0; i < FILE_BLOCKS; i++)
		if (frame_of[i] && pages[frame_of[i]].refs == 1)
			cache_drop(frame_of[i]);
}
