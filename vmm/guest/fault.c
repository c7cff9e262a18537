/*
 * vmm/guest/fault.c - page faults: which cause, and what is done about it
 *
 * A frame is allocated before the entry is looked at (again), because an
 * allocation may evict what the entry names.
 */
#include "vmm/guest/cache.h"
#include "vmm/guest/count.h"
#include "vmm/guest/space.h"
#include "vmm/guest/swap.h"

#define DATA		(PTE_U | PTE_NX)

extern const char programs[];		/* programs.S */

/* The page is written from now on: its frame is known by its address. */
static void
map_own(pte_t *at, uint32_t pfn, uint64_t va)
{
	pages[pfn].what = (uint32_t)(va >> PAGE_SHIFT);
	pmap_map(at, pfn, DATA | PTE_W);
}

void
space_enter(struct space *s, uint64_t va, uint32_t pfn)
{
	map_own(pmap_make(s->root, va), pfn, va);
}

static void
demand_zero(struct space *s, const struct area *a, uint64_t va)
{
	uint32_t pfn = a->last ? page_alloc_last(PAGE_USER) : page_alloc(PAGE_USER);

	page_zero(pfn);
	space_enter(s, va, pfn);
	count(COUNT_ZERO);
}

static void
program_page(struct space *s, const struct area *a, uint64_t va)
{
	const char *p = programs + (va - a->start);

	pmap_map(pmap_make(s->root, va), page_of_image(p), PTE_U);
	count(COUNT_CACHED);
}

static void
file_page(struct space *s, const struct area *a, uint64_t va)
{
	uint32_t block = a->block + (uint32_t)((va - a->start) >> PAGE_SHIFT);
	pte_t *at = pmap_make(s->root, va);
	bool was_there;

	pmap_map(at, cache_get(block, &was_there), DATA | PTE_COW);
	count(was_there ? COUNT_CACHED : COUNT_FILE_READ);
}

static void
swap_page_in(struct space *s, uint64_t va)
{
	uint32_t pfn = page_alloc(PAGE_USER);
	pte_t *at = pmap_find(s->root, va);
	uint32_t slot = PTE_SLOT(*at);

	swap_read(slot, pfn);
	map_own(at, pfn, va);
	swap_unref(slot);
	count(COUNT_SWAP_IN);
}

/* The last one who has the frame keeps it. */
static void
copy_on_write(uint64_t va, pte_t *at)
{
	uint32_t new, old = pmap_pfn(*at);

	count(COUNT_COPY);
	if (pages[old].refs == 1 && pages[old].use == PAGE_USER) {
		map_own(at, old, va);
		return;
	}
	page_ref(old);			/* stays while we look for another */
	new = page_alloc(PAGE_USER);
	page_copy(new, old);
	map_own(at, new, va);
	page_unref(old);
	page_unref(old);
}

static void
missing(struct space *s, const struct area *a, uint64_t va, uint64_t pte)
{
	if (pte)
		swap_page_in(s, va);
	else if (a->kind == AREA_ZERO)
		demand_zero(s, a, va);
	else if (a->kind == AREA_PROGRAMS)
		program_page(s, a, va);
	else
		file_page(s, a, va);
}

bool
space_fault(struct space *s, uint64_t va, bool write)
{
	const struct area *a = space_area(s, va);
	pte_t *at;
	uint64_t pte;

	if (!a || (write && a->kind == AREA_PROGRAMS))
		return false;
	va &= ~(uint64_t)(PAGE_SIZE - 1);
	at = pmap_find(s->root, va);
	pte = at ? *at : 0;
	if (!(pte & PTE_P)) {		/* no processor remembers that */
		missing(s, a, va, pte);
		pmap_flush();
		return true;
	}
	if (!write || (pte & PTE_W))
		return false;
	if (pte & PTE_COW) {
		copy_on_write(va, at);
	} else {
		pmap_store(at, pte | PTE_W);
		count(COUNT_PROTECTION);
	}
	pmap_invalidate(s->root, va);
	pmap_flush();
	return true;
}
