/*
 * vmm/guest/page.c - who uses which frame
 *
 * Free frames are a ring through frame 0, which is never free.
 */
#include "vmm/guest/page.h"

#include "vmm/guest/balloon.h"
#include "vmm/guest/pv.h"

struct page *pages;
uint32_t page_end;
uint32_t page_free_count;

extern char image_end[];		/* guest.ld */

void
page_zero(uint32_t pfn)
{
	void *to = page_at(pfn);
	size_t n = PAGE_SIZE / 8;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(0L) : "memory");
}

void
page_copy(uint32_t to, uint32_t from)
{
	void *t = page_at(to);
	const void *f = page_at(from);
	size_t n = PAGE_SIZE / 8;

	__asm__ volatile("rep movsq" : "+D"(t), "+S"(f), "+c"(n) : : "memory");
}

static void
list_add(uint32_t pfn)
{
	struct page *p = &pages[pfn], *head = &pages[0];

	p->use = PAGE_FREE;
	p->refs = 0;
	p->what = 0;
	p->prev = 0;
	p->next = head->next;
	pages[head->next].prev = (uint16_t)pfn;
	head->next = (uint16_t)pfn;
	page_free_count++;
}

void
page_take(uint32_t pfn, enum page_use use)
{
	struct page *p = &pages[pfn];

	pages[p->prev].next = p->next;
	pages[p->next].prev = p->prev;
	page_free_count--;
	p->use = (uint8_t)use;
	p->refs = 1;
}

static uint64_t
whole_pages(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

void
page_init(uint64_t end)
{
	uint64_t at = (uint64_t)image_end - KERNEL_BASE, size, room;
	uint32_t first, i;

	if (end > RAM_MAX)
		end = RAM_MAX;
	page_end = (uint32_t)(end >> PAGE_SHIFT);
	size = whole_pages(page_end * sizeof(struct page));
	room = whole_pages(pv_room(page_end));
	first = (uint32_t)((at + size + room) >> PAGE_SHIFT);
	if (first + 64 > page_end)
		panic("%u KiB of memory are too little", page_end * 4);
	pages = (void *)(DIRECT_BASE + at);
	memset(pages, 0, size);
	for (i = IMAGE_PHYS >> PAGE_SHIFT; i < first; i++)
		pages[i] = (struct page){ .use = PAGE_KERNEL, .refs = 1 };
	for (i = (uint32_t)((at + size) >> PAGE_SHIFT); i < first; i++)
		pages[i].use = PAGE_PV;
	pv_init((void *)(DIRECT_BASE + at + size), page_end);
	for (i = page_end; i-- > first;)	/* the lowest is given first */
		list_add(i);
}

uint32_t
page_try(enum page_use use)
{
	uint32_t pfn;

	while (!pages[0].next)
		if (!balloon_return() && !reclaim())
			return 0;
	pfn = pages[0].next;
	page_take(pfn, use);
	return pfn;
}

uint32_t
page_alloc(enum page_use use)
{
	uint32_t pfn = page_try(use);

	if (!pfn)
		panic("out of memory");
	return pfn;
}

uint32_t
page_alloc_last(enum page_use use)
{
	uint32_t pfn = pages[0].prev;

	if (!pfn)
		return page_alloc(use);
	page_take(pfn, use);
	return pfn;
}

uint32_t
page_alloc_zero(enum page_use use)
{
	uint32_t pfn = page_alloc(use);

	page_zero(pfn);
	return pfn;
}

static bool
all_free(uint32_t first)
{
	uint32_t i;

	for (i = 0; i < LARGE_PAGES; i++)
		if (pages[first + i].use != PAGE_FREE)
			return false;
	return true;
}

uint32_t
page_alloc_large(enum page_use use)
{
	uint32_t first, i;

	for (first = LARGE_PAGES; first + LARGE_PAGES <= page_end; first += LARGE_PAGES)
		if (all_free(first)) {
			for (i = 0; i < LARGE_PAGES; i++)
				page_take(first + i, use);
			return first;
		}
	return 0;
}

void
page_ref(uint32_t pfn)
{
	pages[pfn].refs++;
}

void
page_unref(uint32_t pfn)
{
	if (--pages[pfn].refs == 0)
		list_add(pfn);
}
