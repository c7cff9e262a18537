/*
 * vmm/guest/space.c - areas, and the entries below them
 */
#include "vmm/guest/space.h"

#include "vmm/guest/pv.h"
#include "vmm/guest/swap.h"

#define FEW		32		/* pages; more: all is invalidated */

void
space_init(struct space *s)
{
	memset(s, 0, sizeof(*s));
	s->root = pmap_new();
}

void
space_free(struct space *s)
{
	pmap_leave(s->root);		/* so that nothing need be invalidated */
	space_empty(s);
	pmap_free(s->root);
	s->root = 0;
}

struct area *
space_area(struct space *s, uint64_t va)
{
	struct area *a;

	for (a = s->areas; a < s->areas + AREAS; a++)
		if (a->kind && va >= a->start && va < a->end)
			return a;
	return NULL;
}

/* All pages of the range are in one area, which is returned. */
static struct area *
area_of(struct space *s, uint64_t start, uint64_t pages)
{
	struct area *a = space_area(s, start);

	if (!a || !pages || start % PAGE_SIZE ||
	    pages > (a->end - start) >> PAGE_SHIFT)
		return NULL;
	return a;
}

static void
forget_frame(uint32_t pfn)
{
	if (pages[pfn].use != PAGE_KERNEL)	/* the programs' pages stay */
		page_unref(pfn);
}

static void
forget_large(pte_t *at)
{
	uint32_t pfn = pmap_pfn(*at), i;

	for (i = 0; i < LARGE_PAGES; i++)
		page_unref(pfn + i);
}

/* What the entry names is not used by it any more. */
static void
forget(pte_t *at)
{
	uint64_t pte = *at;

	if (!pte)
		return;
	pmap_store(at, 0);
	if (!(pte & PTE_P)) {
		swap_unref(PTE_SLOT(pte));
		return;
	}
	if (pte & PTE_LARGE)
		forget_large(&pte);
	else
		forget_frame(pmap_pfn(pte));
}

/* Until invalidate() the frames are free but can be reached. */
static void
forget_range(struct space *s, const struct area *a, uint64_t start, uint64_t end)
{
	uint64_t va;

	for (va = start; va < end; va += a->large ? LARGE_SIZE : PAGE_SIZE) {
		pte_t *at = pmap_find(s->root, va);

		if (at)
			forget(at);
	}
}

/* The entries were changed: a few are invalidated one by one. */
static void
invalidate(struct space *s, uint64_t start, uint64_t end)
{
	if (end - start > FEW * PAGE_SIZE)
		pmap_invalidate_all(s->root);
	else
		for (; start < end; start += PAGE_SIZE)
			pmap_invalidate(s->root, start);
	pmap_flush();
}

static void
forget_area(struct space *s, struct area *a)
{
	forget_range(s, a, a->start, a->end);
	invalidate(s, a->start, a->end);
	a->kind = AREA_NONE;
}

void
space_empty(struct space *s)
{
	struct area *a;

	for (a = s->areas; a < s->areas + AREAS; a++)
		if (a->kind) {
			forget_range(s, a, a->start, a->end);
			a->kind = AREA_NONE;
		}
	pmap_invalidate_all(s->root);
	pmap_flush();
}

static bool
map_large(struct space *s, const struct area *a)
{
	uint64_t va;
	uint32_t pfn, i;

	if (!pv_large_pages())
		return false;
	for (va = a->start; va < a->end; va += LARGE_SIZE) {
		pfn = page_alloc_large(PAGE_USER);
		if (!pfn)
			return false;
		for (i = 0; i < LARGE_PAGES; i++)
			page_zero(pfn + i);
		pmap_map(pmap_make_large(s->root, va), pfn,
		    PTE_U | PTE_W | PTE_LARGE | PTE_NX);
	}
	return true;
}

static bool
is_free(struct space *s, uint64_t start, uint64_t end)
{
	const struct area *a;

	for (a = s->areas; a < s->areas + AREAS; a++)
		if (a->kind && start < a->end && a->start < end)
			return false;
	return true;
}

bool
space_map(struct space *s, struct area area)
{
	uint64_t size = area.large ? LARGE_SIZE : PAGE_SIZE;
	struct area *a;

	if (area.start % size || area.end % size || area.start >= area.end ||
	    area.start < USER_TEXT || area.end > USER_END ||
	    !is_free(s, area.start, area.end))
		return false;
	for (a = s->areas; a < s->areas + AREAS; a++)
		if (!a->kind) {
			*a = area;
			if (!area.large || map_large(s, a))
				return true;
			forget_area(s, a);
			return false;
		}
	return false;
}

bool
space_map_now(struct space *s, uint64_t start)
{
	struct area *a = space_area(s, start);
	uint64_t va;

	if (!a || a->kind != AREA_ZERO || a->large)
		return false;
	for (va = a->start; va < a->end; va += PAGE_SIZE)
		space_enter(s, va, a->last ? page_alloc_last(PAGE_USER) :
		    page_alloc(PAGE_USER));
	pmap_flush();
	return true;
}

bool
space_unmap(struct space *s, uint64_t start, uint64_t pages)
{
	struct area *a = area_of(s, start, pages);

	if (!a || a->start != start || a->end != start + (pages << PAGE_SHIFT))
		return false;
	forget_area(s, a);
	return true;
}

bool
space_discard(struct space *s, uint64_t start, uint64_t pages)
{
	struct area *a = area_of(s, start, pages);
	uint64_t end = start + (pages << PAGE_SHIFT);

	if (!a || a->large)
		return false;
	forget_range(s, a, start, end);
	invalidate(s, start, end);
	return true;
}

bool
space_page_out(struct space *s, uint64_t start, uint64_t n)
{
	struct area *a = area_of(s, start, n);
	uint64_t va, end = start + (n << PAGE_SHIFT);

	if (!a || a->kind != AREA_ZERO || a->large)
		return false;
	for (va = start; va < end; va += PAGE_SIZE) {
		pte_t *at = pmap_find(s->root, va);

		if (at && (*at & PTE_P) && !reclaim_page(pmap_pfn(*at)))
			return false;
	}
	return true;
}

/* change() is called for each entry of the range that is present. */
static bool
each_entry(struct space *s, uint64_t start, uint64_t n, void (*change)(pte_t *at))
{
	struct area *a = area_of(s, start, n);
	uint64_t va, end = start + (n << PAGE_SHIFT);

	if (!a || a->large)
		return false;
	for (va = start; va < end; va += PAGE_SIZE) {
		pte_t *at = pmap_find(s->root, va);

		if (at && (*at & PTE_P))
			change(at);
	}
	invalidate(s, start, end);
	return true;
}

static void
write_protect(pte_t *at)
{
	pmap_store(at, *at & ~(uint64_t)PTE_W);
}

/* The same frame at the same place: only the store and what it costs. */
static void
write_anew(pte_t *at)
{
	pmap_store(at, *at & ~(uint64_t)(PTE_A | PTE_D));
}

bool
space_protect(struct space *s, uint64_t start, uint64_t pages)
{
	return each_entry(s, start, pages, write_protect);
}

bool
space_remap(struct space *s, uint64_t start, uint64_t pages)
{
	return each_entry(s, start, pages, write_anew);
}

/* ---- fork */

/* Both may read the frame; who writes gets a copy (fault.c). */
static void
share_frame(pte_t *old, pte_t *new)
{
	uint64_t pte = *old, flags = PTE_U | PTE_COW | PTE_NX;
	uint32_t pfn = pmap_pfn(pte);

	page_ref(pfn);
	if ((pte & PTE_W) || !(pte & PTE_COW))
		pmap_map(old, pfn, flags | (pte & (PTE_A | PTE_D)));
	pmap_map(new, pfn, flags);
}

static void
share_entry(struct space *to, struct space *from, uint64_t va)
{
	pte_t *old = pmap_find(from->root, va), *new;

	if (!old || !*old)
		return;
	new = pmap_make(to->root, va);	/* may evict: *old is read after it */
	if (*old & PTE_P)
		share_frame(old, new);
	else {
		swap_ref(PTE_SLOT(*old));
		pmap_store(new, *old);
	}
}

/* What is in the image or a file is found again, so only zero areas and what
 * was written are copied.  Large areas stay behind. */
void
space_fork(struct space *to, struct space *from)
{
	unsigned i;
	uint64_t va;

	space_init(to);
	for (i = 0; i < AREAS; i++) {
		const struct area *a = &from->areas[i];

		if (!a->kind || a->large)
			continue;
		to->areas[i] = *a;
		if (a->kind == AREA_PROGRAMS)
			continue;
		for (va = a->start; va < a->end; va += PAGE_SIZE)
			share_entry(to, from, va);
	}
	pmap_invalidate_all(from->root);
	pmap_flush();
}
