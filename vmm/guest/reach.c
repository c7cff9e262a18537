/*
 * vmm/guest/reach.c - whether what is not ours can be reached
 *
 * An address space of its own has one page that is mapped to one frame after the
 * other, by numbers as entries have them: with direct paging machine frames, else
 * guest frames beyond our memory.  A word of each is read, changed and put back, so
 * that a VMM which does not prevent it lives to tell; only where the word is what
 * is planted in that very frame (abi.h) it stays changed.
 */
#include "vmm/guest/reach.h"

#include "vmm/guest/count.h"
#include "vmm/guest/hypercall.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/pv.h"

#define SECRETS_MAX	32

/* probe.S */
int	probe_touch(uint64_t at, uint64_t *was, uint64_t secret);
void	probe_resume(void);

static uint32_t secrets[SECRETS_MAX];
static unsigned planted;

static void
touch(uint64_t frame)
{
	uint64_t was, known = frame_pattern(frame, 0);

	if (!probe_touch(REACH_AT, &was, known))
		return;
	count(COUNT_REACHED);
	if (was == known)
		count(COUNT_SECRETS);
}

static void
try(uint32_t root, pte_t *at, uint64_t frame)
{
	count(COUNT_TRIED);
	if (!pv_try(at, frame << PAGE_SHIFT | PTE_P | PTE_W | PTE_NX)) {
		count(COUNT_REFUSED);
		return;
	}
	pmap_invalidate(root, REACH_AT);
	pmap_flush();
	touch(frame);
}

void
reach(uint64_t first, uint64_t end, uint64_t every)
{
	uint32_t root = pmap_new();
	pte_t *at = pmap_make(root, REACH_AT);
	uint64_t i;

	pmap_activate(root);
	trap_expect(EXC_PF, (uint64_t)probe_resume);
	for (i = first; i < end; i += every)
		if (!pv_is_ours(i, page_end))
			try(root, at, i);
	trap_expect(0, 0);
	pv_try(at, 0);
	pmap_activate(current->space.root);
	pmap_free(root);
}

/* ---- what we have to lose */

/* The number that entries of nobody but the VMM have for it. */
static uint64_t
machine_of(uint32_t pfn)
{
	return (uint64_t)hypercall(HC_P2M, pfn, 0, 0);
}

static void
plant(uint32_t pfn)
{
	uint64_t *p = page_at(pfn), machine = machine_of(pfn);
	unsigned i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		p[i] = frame_pattern(machine, i);
	secrets[planted++] = pfn;
}

static bool
is_lost(uint32_t pfn)
{
	const uint64_t *p = page_at(pfn);
	uint64_t machine = machine_of(pfn);
	unsigned i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		if (p[i] != frame_pattern(machine, i))
			return true;
	return false;
}

uint64_t
secret(uint64_t n)
{
	uint64_t lost = 0;
	unsigned i;

	if (!hypercall_present() || n > SECRETS_MAX - planted)
		return (uint64_t)-1;
	for (; n; n--)
		plant(page_alloc(PAGE_USER));
	for (i = 0; i < planted; i++)
		lost += is_lost(secrets[i]);
	return lost;
}
