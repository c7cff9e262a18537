/*
 * vmm/frames.c - machine memory, in frames of 4 KiB
 */
#include "vmm/frames.h"

#include <string.h>

#include "vmm/abi.h"
#include "vmm/bootinfo.h"
#include "vmm/panic.h"

#define LOW_MEMORY	0x100000u	/* the firmware's, and the loader's */
#define HIGHEST		0x100000000u	/* what is mapped (vmm/layout.h) */
#define OWN_CANARIES	8u

static struct {
	struct frame	*frame;
	uint32_t	count;		/* frames from 0 to the end of memory */
	uint32_t	total, left;
	uint32_t	hint;		/* no free frame is below */
	uint32_t	planted;	/* the first of the VMM's own canaries; 0: none */
	uint8_t		*small, *small_end;
} mem;

extern char image_start[], bss_end[];

static uint64_t
memory_end(const struct bootinfo *b)
{
	uint64_t end = 0;
	unsigned i;

	for (i = 0; i < b->ranges; i++)
		if (b->ram[i].end > end)
			end = b->ram[i].end;
	return end < HIGHEST ? end : HIGHEST;
}

/* Behind image and modules there is room for the frames' table. */
static uint64_t
first_unused(const struct bootinfo *b)
{
	uint64_t end = phys_of(bss_end);
	unsigned i;

	for (i = 0; i < b->modules; i++)
		if (b->module[i].end > end)
			end = b->module[i].end;
	return (end + PAGE_SIZE - 1) & PAGE_MASK;
}

static void
add_range(uint64_t start, uint64_t end, uint64_t unused)
{
	uint64_t mfn;

	if (start < LOW_MEMORY)
		start = LOW_MEMORY;
	for (mfn = (start + PAGE_SIZE - 1) / PAGE_SIZE;
	    (mfn + 1) * PAGE_SIZE <= end && mfn < mem.count; mfn++) {
		if (mfn * PAGE_SIZE < unused &&
		    mfn * PAGE_SIZE >= phys_of(image_start))
			continue;
		mem.frame[mfn].owner = OWNER_FREE;
		mem.total++;
	}
}

void
frames_init(const struct bootinfo *b)
{
	uint64_t unused = first_unused(b);
	unsigned i;

	mem.count = (uint32_t)(memory_end(b) / PAGE_SIZE);
	mem.frame = phys(unused);
	unused += mem.count * sizeof(*mem.frame);
	if (unused > memory_end(b))
		panic("too little memory");
	memset(mem.frame, 0, mem.count * sizeof(*mem.frame));
	for (i = 0; i < mem.count; i++)
		mem.frame[i].owner = OWNER_VMM;
	for (i = 0; i < b->ranges; i++)
		add_range(b->ram[i].start, b->ram[i].end, unused);
	mem.left = mem.total;
}

static bool
all_free(uint32_t mfn, uint32_t n)
{
	while (n && mem.frame[mfn + n - 1].owner == OWNER_FREE)
		n--;
	return !n;
}

static uint32_t
find_free(uint32_t n, uint32_t align)
{
	uint32_t mfn = (mem.hint + align - 1) & ~(align - 1);

	for (; mfn + n <= mem.count; mfn += align)
		if (all_free(mfn, n))
			return mfn;
	return NO_FRAME;
}

uint32_t
frames_alloc(uint8_t owner, uint32_t n, uint32_t align)
{
	uint32_t mfn, i;

	while (mem.hint < mem.count && mem.frame[mem.hint].owner != OWNER_FREE)
		mem.hint++;
	mfn = find_free(n, align);
	if (mfn == NO_FRAME)
		return NO_FRAME;
	for (i = 0; i < n; i++)
		mem.frame[mfn + i] = (struct frame){ .owner = owner };
	mem.left -= n;
	memset(frame_ptr(mfn), 0, (size_t)n * PAGE_SIZE);
	return mfn;
}

static void
plant(uint32_t mfn)
{
	unsigned n;

	for (n = 0; n < 512; n++)
		((uint64_t *)frame_ptr(mfn))[n] = frame_pattern(mfn, n);
}

void
frames_free(uint32_t mfn, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		mem.frame[mfn + i] = (struct frame){ .owner = OWNER_FREE };
		if (mem.planted)
			plant(mfn + i);
	}
	mem.left += n;
	if (mfn < mem.hint)
		mem.hint = mfn;
}

void *
frames_table(size_t size)
{
	uint32_t n = (uint32_t)((size + PAGE_SIZE - 1) / PAGE_SIZE);
	uint32_t mfn = frames_alloc(OWNER_VMM, n ? n : 1, 1);

	if (mfn == NO_FRAME)
		panic("too little memory: no %u KiB in a row are left", n * 4);
	return frame_ptr(mfn);
}

void *
frames_small(size_t size)
{
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (size > PAGE_SIZE / 2)
		return frames_table(size);
	if (size > (size_t)(mem.small_end - mem.small)) {
		mem.small = frames_table(PAGE_SIZE);
		mem.small_end = mem.small + PAGE_SIZE;
	}
	p = mem.small;
	mem.small += size;
	return p;
}

struct frame *
frame_info(uint64_t mfn)
{
	return mfn < mem.count ? &mem.frame[mfn] : NULL;
}

static void
plant_own(void)
{
	uint32_t mfn = mem.count - OWN_CANARIES, i;

	while (mfn && !all_free(mfn, OWN_CANARIES))
		mfn--;
	if (!mfn)
		panic("too little memory for canaries");
	for (i = 0; i < OWN_CANARIES; i++)
		mem.frame[mfn + i].owner = OWNER_VMM;
	mem.left -= OWN_CANARIES;
	mem.planted = mfn;
}

static bool
is_planted(uint32_t mfn, uint8_t owner)
{
	if (mem.frame[mfn].owner != owner)
		return false;
	return owner == OWNER_FREE || mfn - mem.planted < OWN_CANARIES;
}

void
frames_plant(void)
{
	uint32_t mfn;

	plant_own();
	for (mfn = 0; mfn < mem.count; mfn++)
		if (is_planted(mfn, OWNER_FREE) || is_planted(mfn, OWNER_VMM))
			plant(mfn);
}

uint32_t
frames_check(uint8_t owner)
{
	uint32_t mfn, bad = 0;
	unsigned n;

	for (mfn = 0; mfn < mem.count; mfn++) {
		if (!is_planted(mfn, owner))
			continue;
		for (n = 0; n < 512; n++)
			if (((uint64_t *)frame_ptr(mfn))[n] != frame_pattern(mfn, n))
				break;
		bad += n < 512;
	}
	return bad;
}

uint32_t
frames_total(void)
{
	return mem.total;
}

uint32_t
frames_left(void)
{
	return mem.left;
}
