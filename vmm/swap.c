/*
 * vmm/swap.c - fewer machine frames than a guest has memory
 */
#include "vmm/swap.h"

#include <string.h>

#include "base/blockdev.h"
#include "vmm/abi.h"
#include "vmm/direct.h"
#include "vmm/frames.h"
#include "vmm/mmu.h"
#include "vmm/panic.h"
#include "vmm/vm.h"

#define SECTORS		(PAGE_SIZE / BLOCKDEV_SECTOR)
#define SAMPLE_EVERY	16u		/* evictions between two samples (lru) */

static void
add_resident(struct swap *s, uint32_t gfn)
{
	s->state[gfn] = SWAP_IN;
	s->place[gfn] = s->resident;
	s->list[s->resident++] = gfn;
}

/* The last one takes its place. */
static void
remove_resident(struct swap *s, uint32_t gfn, enum swap_state state)
{
	uint32_t last = s->list[--s->resident];

	s->state[gfn] = (uint8_t)state;
	s->list[s->place[gfn]] = last;
	s->place[last] = s->place[gfn];
}

void
swap_init(struct vm *vm, const struct blockdev *disk, uint64_t *base)
{
	uint32_t ram = vm->config.ram;
	struct swap *s = frames_small(sizeof(*s));

	s->state = frames_table(ram);
	s->age = frames_table(ram);
	s->clean = frames_table(ram);
	s->list = frames_table(ram * sizeof(*s->list));
	s->place = frames_table(ram * sizeof(*s->place));
	s->random = vm->id + 1;
	vm->swap = s;
	if (vm->config.frames == ram) {
		while (s->resident < ram)
			add_resident(s, s->resident);
		return;
	}
	if (!disk || disk->sectors < *base + (uint64_t)ram * SECTORS)
		panic("VM %u has fewer frames than memory: a swap disk of %lu KiB "
		    "is needed (swap=DRIVE)", vm->id,
		    (*base + (uint64_t)ram * SECTORS) / 2);
	s->disk = disk;
	s->base = *base;
	*base += (uint64_t)ram * SECTORS;
}

/* --- victims --- */

/* Marsaglia's xorshift: the same numbers in each run. */
static uint32_t
random_number(struct swap *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random;
}

static bool
is_pinned(const struct swap *s, uint32_t gfn)
{
	unsigned n;

	for (n = 0; n < s->pins; n++)
		if (s->pin[n] == gfn)
			return true;
	return false;
}

static uint32_t
next_resident(struct vm *vm, uint32_t gfn)
{
	do
		gfn = gfn + 1 < vm->config.ram ? gfn + 1 : 0;
	while (vm->swap->state[gfn] != SWAP_IN || is_pinned(vm->swap, gfn));
	return gfn;
}

static uint32_t
pick_random(struct swap *s)
{
	uint32_t gfn;

	do
		gfn = s->list[random_number(s) % s->resident];
	while (is_pinned(s, gfn));
	return gfn;
}

static uint32_t
pick_clock(struct vm *vm)
{
	struct swap *s = vm->swap;

	do
		s->hand = next_resident(vm, s->hand);
	while (mmu_test_accessed(vm, s->hand));
	return s->hand;
}

static void
sample(struct vm *vm)
{
	struct swap *s = vm->swap;
	uint32_t gfn;

	for (gfn = 0; gfn < vm->config.ram; gfn++)
		if (s->state[gfn] == SWAP_IN)
			s->age[gfn] = (uint8_t)(s->age[gfn] >> 1 |
			    (mmu_test_accessed(vm, gfn) ? 0x80 : 0));
}

/* Among equals in turn. */
static uint32_t
pick_lru(struct vm *vm)
{
	struct swap *s = vm->swap;
	uint32_t gfn, best, n;

	if (vm->count.swap_evicted % SAMPLE_EVERY == 0)
		sample(vm);
	gfn = best = next_resident(vm, s->hand);
	for (n = 1; n + s->pins < s->resident && s->age[best]; n++) {
		gfn = next_resident(vm, gfn);
		if (s->age[gfn] < s->age[best])
			best = gfn;
	}
	s->hand = best;
	return best;
}

static uint32_t
pick(struct vm *vm)
{
	switch (vm->config.victim) {
	case VICTIM_CLOCK:
		return pick_clock(vm);
	case VICTIM_LRU:
		return pick_lru(vm);
	default:
		return pick_random(vm->swap);
	}
}

/* --- out and in --- */

static uint64_t
sector_of(const struct swap *s, uint32_t gfn)
{
	return s->base + (uint64_t)gfn * SECTORS;
}

/* The frame has no mapping any more when this returns. */
static void
take_away(struct vm *vm, uint32_t gfn, enum swap_state state)
{
	mmu_unmap(vm, gfn);
	frames_free(vm->p2m[gfn], 1);
	vm->p2m[gfn] = NO_FRAME;
	remove_resident(vm->swap, gfn, state);
}

static void
evict(struct vm *vm)
{
	struct swap *s = vm->swap;
	uint32_t gfn = pick(vm);

	vm->count.swap_evicted++;
	if (!s->clean[gfn] || mmu_test_dirty(vm, gfn)) {
		vm->count.swap_writes++;
		if (s->disk->write(s->disk->arg, sector_of(s, gfn), SECTORS,
		    frame_ptr(vm->p2m[gfn])))
			panic("the swap disk cannot be written");
	}
	take_away(vm, gfn, SWAP_OUT);
}

static void
give_frame(struct vm *vm, uint32_t gfn)
{
	uint32_t mfn = frames_alloc((uint8_t)vm->id, 1, 1);

	if (mfn == NO_FRAME)
		panic("no frame is left for VM %u", vm->id);
	frame_info(mfn)->gfn = gfn;
	vm->p2m[gfn] = mfn;
	add_resident(vm->swap, gfn);
}

bool
swap_want(struct vm *vm, uint32_t gfn)
{
	struct swap *s = vm->swap;
	enum swap_state was = s->state[gfn];

	if (was == SWAP_IN)
		return true;
	if (was == SWAP_BALLOON)
		return false;
	if (s->resident >= vm->config.frames)
		evict(vm);
	give_frame(vm, gfn);
	s->clean[gfn] = was == SWAP_OUT;
	if (was == SWAP_OUT) {
		vm->count.swap_reads++;
		if (s->disk->read(s->disk->arg, sector_of(s, gfn), SECTORS,
		    frame_ptr(vm->p2m[gfn])))
			panic("the swap disk cannot be read");
	}
	s->age[gfn] = 0x80;
	return true;
}

void
swap_pin(struct vm *vm, uint64_t gfn)
{
	struct swap *s = vm->swap;

	if (gfn >= vm->config.ram || s->pins == SWAP_PINS)
		return;
	s->pin[s->pins++] = (uint32_t)gfn;
	swap_want(vm, (uint32_t)gfn);
}

void
swap_unpin(struct vm *vm)
{
	vm->swap->pins = 0;
}

/* --- balloon --- */

int64_t
swap_balloon_target(const struct vm *vm)
{
	return vm->config.balloon;
}

int64_t
swap_balloon_give(struct vm *vm, uint64_t gfn)
{
	struct swap *s = vm->swap;

	if (gfn >= vm->config.ram || s->state[gfn] == SWAP_BALLOON)
		return -VMM_EINVAL;
	if (s->state[gfn] == SWAP_IN) {
		if (!direct_is_unused(vm, vm->p2m[gfn]))
			return -VMM_EBUSY;
		take_away(vm, (uint32_t)gfn, SWAP_BALLOON);
	}
	s->state[gfn] = SWAP_BALLOON;
	s->ballooned++;
	return 0;
}

/* With direct paging the guest asks for its number: it is there at once. */
int64_t
swap_balloon_take(struct vm *vm, uint64_t gfn)
{
	struct swap *s = vm->swap;

	if (gfn >= vm->config.ram || s->state[gfn] != SWAP_BALLOON)
		return -VMM_EINVAL;
	if (!frames_left())
		return -VMM_ENOMEM;
	mmu_unmap(vm, (uint32_t)gfn);	/* it answered from nowhere */
	s->state[gfn] = SWAP_NEVER;
	s->ballooned--;
	swap_want(vm, (uint32_t)gfn);
	return 0;
}
