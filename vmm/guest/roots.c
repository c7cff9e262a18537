/*
 * vmm/guest/roots.c - roots that the VMM should refuse, and one that it should take
 *
 * Direct paging only.  Each is asked for by hypercall as pv.c does, but what the VMM
 * says to it is the result.
 */
#include "vmm/guest/hypercall.h"
#include "vmm/guest/kernel.h"
#include "vmm/guest/pmap.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/pv.h"
#include "vmm/guest/reach.h"
#include "vmm/guest/sys.h"

#define SOME_SLOT	8		/* of a root, in the user's half */
#define VMM_SLOT	496
#define ALIEN		1		/* a frame of the first MiB */

static int64_t answer;
static uint64_t took;

static void
ask(enum vmm_hypercall what, uint64_t at, uint64_t level)
{
	uint64_t start = cycles();

	answer = hypercall(what, at, level, 0);
	took = cycles() - start;
}

static uint64_t
machine_address(uint32_t pfn)
{
	return (uint64_t)pv_machine(pfn) << PAGE_SHIFT;
}

/* The first frame behind one of ours that is not ours. */
static uint64_t
next_alien(void)
{
	uint64_t frame = 0;
	uint32_t i;

	for (i = 0; i < page_end; i++)
		if (pv_machine(i) && !pv_is_ours(pv_machine(i) + 1, page_end) &&
		    (!frame || pv_machine(i) + 1 < frame))
			frame = pv_machine(i) + 1;
	return frame;
}

/* A frame as pmap_new() fills it, and an entry more. */
static uint32_t
new_root(unsigned slot, uint64_t entry)
{
	uint32_t pfn = page_alloc_zero(PAGE_TABLE);
	pte_t *to = page_at(pfn);
	const pte_t *from = page_at(pmap_kernel);

	to[DIRECT_SLOT] = from[DIRECT_SLOT];
	to[KERNEL_SLOT] = from[KERNEL_SLOT];
	if (entry)
		to[slot] = entry;
	return pfn;
}

/* It is no table and may be written to again. */
static void
drop(uint32_t pfn)
{
	pv_untable(pfn, false);
	pmap_flush();
	page_unref(pfn);
}

static void
pin(unsigned slot, uint64_t entry)
{
	uint32_t pfn = new_root(slot, entry);

	pv_table(pfn, false);
	pmap_flush();
	ask(HC_MMU_PIN, machine_address(pfn), 4);
	if (answer >= 0)
		hypercall(HC_MMU_UNPIN, machine_address(pfn), 0, 0);
	drop(pfn);
}

static void
pin_writable(void)
{
	uint32_t pfn = new_root(0, 0);

	ask(HC_MMU_PIN, machine_address(pfn), 4);
	page_unref(pfn);
}

static void
load_unpinned(void)
{
	uint32_t pfn = new_root(0, 0);

	pv_table(pfn, false);
	pmap_flush();
	ask(HC_MMU_ROOT, machine_address(pfn), 0);
	pmap_invalidate_all(pmap_kernel);
	drop(pfn);
}

static void
load(bool again)
{
	uint32_t pfn = pmap_new();

	ask(HC_MMU_ROOT, machine_address(pfn), 0);
	if (again) {
		pmap_invalidate_all(pmap_kernel);
		ask(HC_MMU_ROOT, machine_address(pfn), 0);
	}
	pmap_invalidate_all(pmap_kernel);
	pmap_free(pfn);
}

static void
try(enum root_kind kind)
{
	const uint64_t flags = PTE_P | PTE_W | PTE_U;

	switch (kind) {
	case ROOT_ALIEN:
		ask(HC_MMU_ROOT, (uint64_t)ALIEN << PAGE_SHIFT, 0);
		break;
	case ROOT_UNOWNED:
		ask(HC_MMU_ROOT, next_alien() << PAGE_SHIFT, 0);
		break;
	case ROOT_WRITABLE:
		pin_writable();
		break;
	case ROOT_UNPINNED:
		load_unpinned();
		break;
	case ROOT_NAMES_ALIEN:
		pin(SOME_SLOT, (uint64_t)ALIEN << PAGE_SHIFT | flags);
		break;
	case ROOT_VMM_SLOT:
		pin(VMM_SLOT, machine_address(pmap_kernel) | flags);
		break;
	case ROOT_OFF_PAGE:
		ask(HC_MMU_ROOT, machine_address(current->space.root) + 8, 0);
		break;
	case ROOT_PIN:
		pin(0, 0);
		break;
	default:
		load(kind == ROOT_LOAD_AGAIN);
	}
}

uint64_t
root_try(uint64_t kind, uint64_t what)
{
	if (!hypercall_direct() || kind >= ROOT_KINDS)
		return (uint64_t)-1;
	if (what)
		return took;
	pmap_flush();
	try(kind);
	return answer < 0 ? (uint64_t)-answer : 0;
}
