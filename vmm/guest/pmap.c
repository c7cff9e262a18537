/*
 * vmm/guest/pmap.c - page tables
 */
#include "vmm/guest/pmap.h"

#include "vmm/guest/count.h"
#include "vmm/guest/pv.h"

#define ENTRIES		512
#define TABLE_FLAGS	(PTE_P | PTE_W | PTE_U)
#define ADDRESS		0x000ffffffffff000

uint32_t pmap_kernel;
extern const char image_end[];		/* guest.ld */

static uint32_t active;
static enum page_use table_use = PAGE_KERNEL_TABLE;

static unsigned
slot_of(uint64_t va, unsigned level)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & (ENTRIES - 1);
}

uint32_t
pmap_pfn(uint64_t pte)
{
	return pv_frame((uint32_t)((pte & ADDRESS) >> PAGE_SHIFT));
}

void
pmap_map(pte_t *at, uint32_t pfn, uint64_t flags)
{
	pv_store(at, (uint64_t)pv_machine(pfn) << PAGE_SHIFT | flags | PTE_P);
}

void
pmap_store(pte_t *at, uint64_t pte)
{
	pv_store(at, pte);
}

void
pmap_flush(void)
{
	pv_flush();
}

/* The table below an entry; made if there is none and make says so. */
static pte_t *
below(pte_t *entry, bool make)
{
	uint32_t table;

	if (*entry & PTE_P)
		return page_at(pmap_pfn(*entry));
	if (!make)
		return NULL;
	table = page_alloc_zero(table_use);
	pv_table(table, false);
	pmap_map(entry, table, TABLE_FLAGS);
	pv_flush();
	return page_at(table);
}

static pte_t *
walk(uint32_t root, uint64_t va, unsigned leaf, bool make)
{
	pte_t *table = page_at(root);
	unsigned level;

	for (level = 4; level > leaf; level--) {
		pte_t *entry = &table[slot_of(va, level)];

		if (level == 2 && (*entry & PTE_LARGE))
			return entry;
		table = below(entry, make);
		if (!table)
			return NULL;
	}
	return &table[slot_of(va, leaf)];
}

pte_t *
pmap_find(uint32_t root, uint64_t va)
{
	return walk(root, va, 1, false);
}

pte_t *
pmap_make(uint32_t root, uint64_t va)
{
	return walk(root, va, 1, true);
}

pte_t *
pmap_make_large(uint32_t root, uint64_t va)
{
	return walk(root, va, 2, true);
}

static bool
is_active(uint32_t root)
{
	return root == active || root == pmap_kernel;
}

void
pmap_invalidate(uint32_t root, uint64_t va)
{
	if (is_active(root))
		pv_invlpg(va);
}

static void
load(uint32_t root)
{
	count(COUNT_ROOTS);
	pv_root(root);
}

void
pmap_invalidate_all(uint32_t root)
{
	if (is_active(root))
		load(active);
}

void
pmap_activate(uint32_t root)
{
	if (root == active)
		return;
	active = root;
	load(root);
}

void
pmap_leave(uint32_t root)
{
	if (root == active)
		pmap_activate(pmap_kernel);
}

/* ---- roots */

/* Frames 0 to end: small pages where they must be, else large ones, and then
 * perhaps some more. */
static void
map_kernel(uint64_t base, uint32_t end)
{
	uint32_t pfn;

	for (pfn = 0; pfn < end; pfn += pv_small_pages() ? 1 : LARGE_PAGES) {
		uint64_t va = base + ((uint64_t)pfn << PAGE_SHIFT);

		if (!pv_small_pages())
			pmap_map(pmap_make_large(pmap_kernel, va), pfn, PTE_W | PTE_LARGE);
		else if (pv_machine(pfn))
			pmap_map(pmap_make(pmap_kernel, va), pfn, PTE_W);
	}
}

void
pmap_init(void)
{
	pmap_kernel = page_alloc_zero(PAGE_KERNEL_TABLE);
	active = pmap_kernel;
	map_kernel(DIRECT_BASE, page_end);
	map_kernel(KERNEL_BASE, page_of_image(image_end));
	pv_root(pmap_kernel);
	table_use = PAGE_TABLE;
}

uint32_t
pmap_new(void)
{
	uint32_t root = page_alloc_zero(PAGE_TABLE);
	pte_t *to = page_at(root);
	const pte_t *from = page_at(pmap_kernel);

	to[DIRECT_SLOT] = from[DIRECT_SLOT];
	to[KERNEL_SLOT] = from[KERNEL_SLOT];
	pv_table(root, true);
	return root;
}

static void
free_table(uint32_t pfn, bool root)
{
	pv_untable(pfn, root);
	page_unref(pfn);
}

/* The tables below this one, which is of the level. */
static void
free_below(uint32_t table, unsigned level, unsigned end)
{
	pte_t *entry = page_at(table);
	unsigned i;

	for (i = 0; i < end; i++) {
		uint32_t pfn;

		if (!(entry[i] & PTE_P))
			continue;
		pfn = pmap_pfn(entry[i]);
		if (level > 2)
			free_below(pfn, level - 1, ENTRIES);
		pv_store(&entry[i], 0);
		free_table(pfn, false);
	}
}

void
pmap_free(uint32_t root)
{
	pmap_leave(root);
	free_below(root, 4, DIRECT_SLOT);
	free_table(root, true);
	pmap_flush();
}
