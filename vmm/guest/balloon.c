/*
 * vmm/guest/balloon.c - memory that is given to the VMM, and taken back
 *
 * balloon=on: as much as the VMM wants, asked each tick; what is in the way is
 * swapped by our own choice, not the VMM's.  balloon=self: unasked, all that
 * is free beyond twice reserve= frames (256); it is taken back when fewer than
 * half the reserve are free.
 */
#include "vmm/guest/balloon.h"

#include "vmm/guest/count.h"
#include "vmm/guest/hypercall.h"
#include "vmm/guest/page.h"
#include "vmm/guest/pv.h"

#define LEAST		32		/* frames that stay free */

static bool asked NOT_HASHED, self NOT_HASHED;
static uint32_t reserve NOT_HASHED;

void
balloon_init(void)
{
	if (!hypercall_present())
		return;
	asked = option_is("balloon", "on");
	self = option_is("balloon", "self");
	reserve = (uint32_t)option("reserve", 256);
}

/* A frame that something is in, so that a few stay free. */
static uint32_t
squeeze(void)
{
	return reclaim() ? page_try(PAGE_BALLOON) : 0;
}

static bool
give(void)
{
	uint32_t pfn = page_free_count > LEAST ? page_try(PAGE_BALLOON) : squeeze();

	if (!pfn)
		return false;
	pv_gone(pfn);
	if (hypercall(HC_BALLOON_GIVE, pfn, 0, 0) < 0)
		panic("the VMM does not take frame %u", pfn);
	counters[COUNT_BALLOON]++;
	count(COUNT_GIVEN);
	return true;
}

/* The frame found last comes back first. */
static bool
take(void)
{
	static uint32_t hand;
	uint32_t i;

	for (i = 0; i < page_end; i++) {
		hand = hand ? hand - 1 : page_end - 1;
		if (pages[hand].use == PAGE_BALLOON)
			break;
	}
	if (i == page_end || hypercall(HC_BALLOON_TAKE, hand, 0, 0) < 0)
		return false;
	pv_back(hand);
	page_unref(hand);
	counters[COUNT_BALLOON]--;
	count(COUNT_TAKEN);
	return true;
}

static void
follow_target(void)
{
	int64_t target = hypercall(HC_BALLOON_TARGET, 0, 0, 0);

	if (target < 0)
		return;
	while ((int64_t)counters[COUNT_BALLOON] < target && give())
		;
	while ((int64_t)counters[COUNT_BALLOON] > target && take())
		;
}

static void
give_what_is_free(void)
{
	uint32_t n = 0;

	if (page_free_count <= 2 * reserve)
		return;
	while (page_free_count > reserve && give())
		n++;
	hypercall(HC_FREE_FRAMES, n, 0, 0);
}

void
balloon_poll(void)
{
	if (asked)
		follow_target();
	if (!self)
		return;
	give_what_is_free();
	if (page_free_count < reserve / 2)
		balloon_return();
}

bool
balloon_return(void)
{
	bool any = false;

	while (self && page_free_count < reserve && take())
		any = true;
	return any;
}
