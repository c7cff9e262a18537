/*
 * vmm/guest/hash.c - one number for what is in the guest's memory
 *
 * All frames in use, in order.  Left out is what may differ between machines
 * on which the guest behaves the same:
 *
 *  - A and D bits of page-table entries, which a VMM may set early; machine
 *    frames are replaced by ours
 *  - tables of the kernel's half, which are the VMM's business when it wants
 *    them read-only
 *  - stacks of the kernel, but for the program's registers on them
 *  - what is NOT_HASHED (kernel.h): the command line, boot.S's tables
 */
#include "vmm/guest/hash.h"

#include "vmm/abi.h"
#include "vmm/guest/proc.h"

#define PRIME		0x100000001b3	/* of FNV-1a, here by words */
#define START		0xcbf29ce484222325

extern const char not_hashed_start[], not_hashed_end[];	/* guest.ld */

static uint64_t
add(uint64_t h, uint64_t word)
{
	h = (h ^ word) * PRIME;
	return h ^ h >> 32;
}

static uint64_t
add_words(uint64_t h, const void *from, size_t bytes)
{
	const uint64_t *w = from;
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		h = add(h, w[i]);
	return h;
}

static uint64_t
add_table(uint64_t h, const pte_t *table)
{
	unsigned i;

	for (i = 0; i < 512; i++) {
		uint64_t e = table[i];

		if (!e)
			continue;
		h = add(h, i);
		if (e & PTE_P) {
			h = add(h, pmap_pfn(e));
			e &= 0xfff0000000000fff & ~(uint64_t)(PTE_A | PTE_D);
		}
		h = add(h, e);
	}
	return h;
}

static bool
left_out(uint32_t pfn)
{
	return pfn >= page_of_image(not_hashed_start) &&
	    pfn < page_of_image(not_hashed_end);
}

static uint64_t
add_frame(uint64_t h, uint32_t pfn)
{
	switch (pages[pfn].use) {
	case PAGE_NONE:
	case PAGE_FREE:
	case PAGE_BALLOON:
	case PAGE_KERNEL_TABLE:
	case PAGE_PV:
		return h;
	case PAGE_TABLE:
		return add_table(add(h, pfn), page_at(pfn));
	case PAGE_STACK:
		return add_words(add(h, pfn), (char *)page_at(pfn) + PAGE_SIZE -
		    sizeof(struct frame), sizeof(struct frame));
	default:
		if (left_out(pfn))
			return h;
		return add_words(add(h, pfn), page_at(pfn), PAGE_SIZE);
	}
}

uint64_t
hash_memory(void)
{
	uint64_t h = START;
	uint32_t pfn;

	mark(LAB_MARK_HASH);
	for (pfn = 0; pfn < page_end; pfn++)
		h = add_frame(h, pfn);
	return h;
}
