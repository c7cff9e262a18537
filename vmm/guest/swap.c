/*
 * vmm/guest/swap.c - pages on the disk
 */
#include "vmm/guest/swap.h"

#include "vmm/guest/count.h"
#include "vmm/guest/disk.h"
#include "vmm/guest/kernel.h"

#define SLOTS_MAX	32768

static uint8_t users[SLOTS_MAX];
static uint32_t next;			/* looked at first: in turn */

static uint32_t
slots(void)
{
	uint32_t n = disk_blocks();

	if (n <= FILE_BLOCKS || option_is("swap", "off"))
		return 0;
	n -= FILE_BLOCKS;
	return n < SLOTS_MAX ? n : SLOTS_MAX;
}

static bool
find_slot(uint32_t *slot)
{
	uint32_t n = slots(), i;

	for (i = 0; i < n; i++, next++) {
		if (next >= n)
			next = 0;
		if (!users[next]) {
			*slot = next++;
			return true;
		}
	}
	return false;
}

bool
swap_write(uint32_t pfn, uint32_t *slot)
{
	if (!find_slot(slot))
		return false;
	disk_write(FILE_BLOCKS + *slot, pfn);
	count(COUNT_EVICTIONS);
	return true;
}

void
swap_read(uint32_t slot, uint32_t pfn)
{
	disk_read(FILE_BLOCKS + slot, pfn);
}

void
swap_ref(uint32_t slot)
{
	users[slot]++;
}

void
swap_unref(uint32_t slot)
{
	users[slot]--;
}
