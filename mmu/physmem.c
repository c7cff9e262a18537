/*
 * mmu/physmem.c - memory with contents: pages, dirty lists, code, RAM hash
 *
 * Pages, their descriptions and hashes are anonymous mappings without reserve:
 * a machine costs what its guest touches, whatever its size.
 */
#include "mmu/physmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hostmem.h"
#include "mmu/mmu.h"
#include "mmu/physmem_priv.h"

/* The consumer of dirty pages that physmem_hash() is. */
#define PM_HASHER	0

static bool
pm_dirty_open(struct physmem *pm, unsigned c)
{
	struct pm_dirty *d = &pm->dirty[c];

	d->ids = hostmem_reserve((uint64_t)pm->room * sizeof(*d->ids));
	if (!d->ids)
		return false;
	d->open = true;
	d->count = 0;
	pm->dirty_mask |= PAGE_LISTED(c);
	return true;
}

static bool
pm_alloc(struct physmem *pm)
{
	pm->host = hostmem_reserve(pm->host_size);
	pm->meta = hostmem_reserve((uint64_t)pm->room * sizeof(*pm->meta));
	pm->hashes = hostmem_reserve((uint64_t)pm->room * sizeof(*pm->hashes));
	if (!pm->host || !pm->meta || !pm->hashes)
		return false;
	if (!pm_dirty_open(pm, PM_HASHER) || !pm_map_reserve(pm))
		return false;
	pm_flatten(pm);
	return true;
}

struct physmem *
physmem_new(uint64_t ram, uint64_t extra, struct log *l)
{
	uint64_t ram_pages = ram / PAGE_SIZE + (ram % PAGE_SIZE != 0);
	uint64_t extra_pages = extra / PAGE_SIZE + (extra % PAGE_SIZE != 0);
	struct physmem *pm = NULL;

	/* Ids are 32 bits wide and RAM_PAGE_NONE is none of them. */
	if (ram_pages < RAM_PAGE_NONE && extra_pages < RAM_PAGE_NONE - ram_pages)
		pm = calloc(1, sizeof(*pm));
	if (!pm) {
		log_error(l, "cannot make a machine with %llu bytes of memory",
		    (unsigned long long)ram);
		return NULL;
	}
	pm->log = l;
	pm->ram_pages = (uint32_t)ram_pages;
	pm->pages = pm->ram_pages;
	pm->room = (uint32_t)(ram_pages + extra_pages);
	pm->host_size = (uint64_t)pm->room * PAGE_SIZE;
	pm->epoch = 1;
	pm->a20_mask = ~(uint64_t)0;
	if (!pm->room || !pm_alloc(pm)) {
		log_error(l, "cannot reserve %llu MiB of host memory",
		    (unsigned long long)(pm->host_size >> 20));
		physmem_free(pm);
		return NULL;
	}
	return pm;
}

void
physmem_free(struct physmem *pm)
{
	unsigned c;

	if (!pm)
		return;
	for (c = 0; c < PM_CONSUMERS; c++)
		physmem_dirty_close(pm, (int)c);
	hostmem_release(pm->host, pm->host_size);
	hostmem_release(pm->meta, (uint64_t)pm->room * sizeof(*pm->meta));
	hostmem_release(pm->hashes, (uint64_t)pm->room * sizeof(*pm->hashes));
	free(pm->maps);
	free(pm->segs);
	free(pm->edges);
	free(pm);
}

uint64_t
physmem_ram_size(const struct physmem *pm)
{
	return (uint64_t)pm->ram_pages * PAGE_SIZE;
}

uint32_t
physmem_pages(const struct physmem *pm)
{
	return pm->pages;
}

uint8_t *
physmem_host(struct physmem *pm, uint32_t id)
{
	return pm->host + (uint64_t)id * PAGE_SIZE;
}

uint64_t
physmem_resident(struct physmem *pm)
{
	unsigned char core[4096];
	uint64_t at, n, i, pages = 0, step = (uint64_t)sizeof(core) * PAGE_SIZE;

	for (at = 0; at < pm->host_size; at += step) {
		n = pm->host_size - at < step ? pm->host_size - at : step;
		if (mincore(pm->host + at, n, core))
			continue;
		for (i = 0; i < (n + PAGE_SIZE - 1) / PAGE_SIZE; i++)
			pages += core[i] & 1;
	}
	return pages * PAGE_SIZE;
}

struct page_meta *
physmem_meta(struct physmem *pm, uint32_t id)
{
	return &pm->meta[id];
}

uint32_t
physmem_alloc_extra(struct physmem *pm, uint64_t len, bool rom)
{
	uint64_t n = len / PAGE_SIZE + (len % PAGE_SIZE != 0);
	uint32_t first = pm->pages, id;

	if (!n || n > pm->room - pm->pages)
		return RAM_PAGE_NONE;
	pm->pages += (uint32_t)n;
	for (id = first; rom && id < pm->pages; id++) {
		/* Whoever fills a ROM writes to the host page directly; listing
		 * the page here brings the contents into the hash. */
		pm->meta[id].flags |= PAGE_ROM;
		pm_mark(pm, id);
	}
	return first;
}

/* Dirty pages. */

void
pm_mark_slow(struct physmem *pm, uint32_t id)
{
	struct page_meta *meta = &pm->meta[id];
	const uint8_t *page = meta->epoch ? physmem_host(pm, id) : NULL;
	struct pm_dirty *d;
	unsigned c;

	meta->epoch = pm->epoch;
	if ((meta->flags & pm->dirty_mask) == pm->dirty_mask)
		return;
	for (c = 0; c < PM_CONSUMERS; c++) {
		d = &pm->dirty[c];
		if (!d->open || (meta->flags & PAGE_LISTED(c)))
			continue;
		d->ids[d->count++] = id;
		if (d->before)
			d->before(d->before_arg, id, page);
	}
	meta->flags |= pm->dirty_mask;
}

/* From here on the first write to each page is seen again. */
static void
pm_new_epoch(struct physmem *pm)
{
	unsigned i;

	pm->epoch++;
	for (i = 0; i < pm->mmu_count; i++)
		mmu_fast_drop_writes(pm->mmus[i], RAM_PAGE_NONE);
}

/* Pages written in the present epoch would not be listed when written again. */
int
physmem_dirty_open(struct physmem *pm)
{
	unsigned c;

	for (c = 0; c < PM_CONSUMERS && pm->dirty[c].open; c++)
		;
	if (c == PM_CONSUMERS || !pm_dirty_open(pm, c))
		return -1;
	pm_new_epoch(pm);
	return (int)c;
}

void
physmem_dirty_close(struct physmem *pm, int consumer)
{
	struct pm_dirty *d = &pm->dirty[consumer];
	uint32_t i;

	if (!d->open)
		return;
	for (i = 0; i < d->count; i++)
		pm->meta[d->ids[i]].flags &= ~PAGE_LISTED(consumer);
	hostmem_release(d->ids, (uint64_t)pm->room * sizeof(*d->ids));
	*d = (struct pm_dirty){ .open = false };
	pm->dirty_mask &= ~PAGE_LISTED(consumer);
}

void
physmem_dirty_before(struct physmem *pm, int consumer,
    void (*fn)(void *arg, uint32_t id, const uint8_t *page), void *arg)
{
	pm->dirty[consumer].before = fn;
	pm->dirty[consumer].before_arg = arg;
}

void
physmem_dirty_take(struct physmem *pm, int consumer,
    void (*fn)(void *arg, uint32_t id), void *arg)
{
	struct pm_dirty *d = &pm->dirty[consumer];
	uint32_t i, n = d->count;

	pm_new_epoch(pm);
	d->count = 0;
	for (i = 0; i < n; i++)
		pm->meta[d->ids[i]].flags &= ~PAGE_LISTED(consumer);
	for (i = 0; i < n; i++)
		fn(arg, d->ids[i]);
}

/* Decoded code. */

void
physmem_set_code_hook(struct physmem *pm,
    void (*fn)(void *arg, uint32_t id, uint32_t off, uint32_t len), void *arg)
{
	pm->code_hook = fn;
	pm->code_hook_arg = arg;
}

void
physmem_add_code(struct physmem *pm, uint32_t id, uint64_t granules)
{
	struct page_meta *meta = &pm->meta[id];
	unsigned i;

	meta->code |= granules;
	if (!(meta->flags & PAGE_WFAST))
		return;
	meta->flags &= ~PAGE_WFAST;
	for (i = 0; i < pm->mmu_count; i++)
		mmu_fast_drop_writes(pm->mmus[i], id);
}

/* Granules touched by [off, off + len), len > 0, inside a page. */
static uint64_t
pm_granules(uint32_t off, uint32_t len)
{
	unsigned lo = off / 64, hi = (off + len - 1) / 64;

	return LOW_BITS(hi - lo + 1) << lo;
}

void
phys_touched(struct physmem *pm, uint32_t id, uint32_t off, uint32_t len)
{
	pm_mark(pm, id);
	if (unlikely(pm->meta[id].code) && len && pm->code_hook &&
	    (pm->meta[id].code & pm_granules(off, len)))
		pm->code_hook(pm->code_hook_arg, id, off, len);
}

/* MMUs. */

int
physmem_attach(struct physmem *pm, struct mmu *m)
{
	unsigned i;

	for (i = 0; i < pm->mmu_count; i++) {
		if (pm->mmus[i] == m)
			return 0;
	}
	if (pm->mmu_count == PM_MAX_MMUS)
		return -1;
	pm->mmus[pm->mmu_count++] = m;
	return 0;
}

void
physmem_detach(struct physmem *pm, struct mmu *m)
{
	unsigned i;

	for (i = 0; i < pm->mmu_count; i++) {
		if (pm->mmus[i] == m) {
			pm->mmus[i] = pm->mmus[--pm->mmu_count];
			return;
		}
	}
}

/* Snapshots. */

bool
physmem_blank(const struct physmem *pm, uint32_t id)
{
	return !pm->meta[id].epoch;
}

/* Only a hint: whatever madvise() refuses is taken page by page. */
void
physmem_expect(struct physmem *pm, uint32_t id, uint32_t n)
{
#ifdef MADV_POPULATE_WRITE
	uint32_t end = id + n, first;

	while (id < end) {
		for (; id < end && !physmem_blank(pm, id); id++)
			;
		for (first = id; id < end && physmem_blank(pm, id); id++)
			;
		if (id - first > 1)
			madvise(physmem_host(pm, first), (size_t)(id - first) * PAGE_SIZE,
			    MADV_POPULATE_WRITE);
	}
#else
	(void)pm;
	(void)id;
	(void)n;
#endif
}

void
physmem_load_page(struct physmem *pm, uint32_t id, const uint8_t *page)
{
	static const uint8_t zeros[PAGE_SIZE];
	uint8_t *host = physmem_host(pm, id);

	if (!page && physmem_blank(pm, id))
		return;
	page = page ? page : zeros;
	/* A blank page has no host memory to be compared with. */
	if (!physmem_blank(pm, id) && !memcmp(host, page, PAGE_SIZE))
		return;
	phys_touched(pm, id, 0, PAGE_SIZE);
	memcpy(host, page, PAGE_SIZE);
}

/* RAM hash. */

static unsigned
pm_part_of(const struct physmem *pm, uint32_t id)
{
	return (unsigned)((uint64_t)id * PHYSMEM_PARTS / pm->room);
}

static void
pm_rehash(void *arg, uint32_t id)
{
	struct physmem *pm = arg;
	struct physmem_part *part = &pm->part[pm_part_of(pm, id)];
	struct hash128 h = hash_page(physmem_host(pm, id), id);
	uint64_t change = h.lo - pm->hashes[id].lo;

	hash_sum_sub(&pm->sum, pm->hashes[id]);
	hash_sum_add(&pm->sum, h);
	part->sum += change;
	part->weighted += change * ((uint64_t)id + 1);
	pm->hashes[id] = h;
}

struct hash128
physmem_hash(struct physmem *pm)
{
	physmem_dirty_take(pm, PM_HASHER, pm_rehash, pm);
	return pm->sum;
}

void
physmem_hash_parts(struct physmem *pm, struct physmem_part out[PHYSMEM_PARTS])
{
	physmem_hash(pm);
	memcpy(out, pm->part, sizeof(pm->part));
}

uint32_t
physmem_part_page(const struct physmem *pm, unsigned i, const struct physmem_part *a,
    const struct physmem_part *b, uint32_t *first)
{
	uint64_t sum = a->sum - b->sum, weighted = a->weighted - b->weighted;
	uint32_t id = (uint32_t)(((uint64_t)i * pm->room + PHYSMEM_PARTS - 1) / PHYSMEM_PARTS);

	for (*first = id; id < pm->room && pm_part_of(pm, id) == i; id++)
		if (sum * ((uint64_t)id + 1) == weighted)
			return id;
	return RAM_PAGE_NONE;
}
