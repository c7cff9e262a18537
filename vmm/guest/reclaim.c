/*
 * vmm/guest/reclaim.c - which frame is given up when there is none
 *
 * victim=clock (the default): a hand goes round all frames.  One that was
 * accessed since the hand came by last gets another turn; the others are
 * evicted.  victim=fifo does not look, victim=random takes any, each as likely,
 * and does not look either.
 *
 * A frame's page is at one address in all spaces (space.h), so its entries are
 * found without a list of them.
 */
#include "vmm/guest/cache.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/random.h"
#include "vmm/guest/swap.h"

static uint32_t hand;
static bool clock, anywhere;
static uint64_t seed = 1;

void
reclaim_init(void)
{
	anywhere = option_is("victim", "random");
	clock = !anywhere && !option_is("victim", "fifo");
	seed = option("seed", 1);
}

/* The entry of this space for the frame, or NULL. */
static pte_t *
entry_in(const struct proc *p, uint32_t pfn)
{
	pte_t *at;

	if (!p->space.root)
		return NULL;
	at = pmap_find(p->space.root, (uint64_t)pages[pfn].what << PAGE_SHIFT);
	if (!at || !(*at & PTE_P) || (*at & PTE_LARGE) || pmap_pfn(*at) != pfn)
		return NULL;
	return at;
}

static uint64_t
address(uint32_t pfn)
{
	return (uint64_t)pages[pfn].what << PAGE_SHIFT;
}

/* Somebody accessed it; that is forgotten. */
static bool
was_accessed(uint32_t pfn)
{
	struct proc *p;
	bool accessed = false;

	for (p = procs; p < procs + PROCS; p++) {
		pte_t *at = entry_in(p, pfn);

		if (!at || !(*at & PTE_A))
			continue;
		accessed = true;
		pmap_store(at, *at & ~(uint64_t)PTE_A);
		pmap_invalidate(p->space.root, address(pfn));
	}
	pmap_flush();
	return accessed;
}

static unsigned
users(uint32_t pfn)
{
	const struct proc *p;
	unsigned n = 0;

	for (p = procs; p < procs + PROCS; p++)
		n += entry_in(p, pfn) != NULL;
	return n;
}

bool
reclaim_page(uint32_t pfn)
{
	struct proc *p;
	uint32_t slot;

	/* Large, or in the middle of something */
	if (users(pfn) != pages[pfn].refs || !swap_write(pfn, &slot))
		return false;
	page_ref(pfn);
	for (p = procs; p < procs + PROCS; p++) {
		pte_t *at = entry_in(p, pfn);

		if (!at)
			continue;
		pmap_store(at, PTE_SWAP(slot));
		pmap_invalidate(p->space.root, address(pfn));
		swap_ref(slot);
		page_unref(pfn);
	}
	pmap_flush();
	page_unref(pfn);
	return true;
}

static bool
give_up(uint32_t pfn)
{
	switch (pages[pfn].use) {
	case PAGE_USER:
		return (!clock || !was_accessed(pfn)) && reclaim_page(pfn);
	case PAGE_FILE:
		if (pages[pfn].refs != 1)
			return false;
		cache_drop(pfn);
		return true;
	default:
		return false;
	}
}

/* To go on from a frame that cannot be given up would mostly end at the first one
 * behind the kernel's. */
static bool
reclaim_any(void)
{
	uint32_t tries;

	for (tries = 0; tries < 16 * page_end; tries++)
		if (give_up((uint32_t)(random_next(&seed) % page_end)))
			return true;
	return false;
}

bool
reclaim(void)
{
	uint32_t tries;

	pmap_flush();			/* entries are read */
	if (anywhere && reclaim_any())
		return true;
	for (tries = 0; tries < 3 * page_end; tries++) {
		if (++hand >= page_end)
			hand = 0;
		if (give_up(hand))
			return true;
	}
	return false;
}
