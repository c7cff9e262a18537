/*
 * mmu/physmap.c - the bus map: mappings, their flattened form, A20
 *
 * Mappings overlap, the latest on top.  Any change flattens them into a sorted
 * array of disjoint segments that covers all addresses; look-ups see only that
 * array.  A board has some dozens of mappings and changes them rarely, so
 * flattening is quadratic and plain.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mmu/mmu.h"
#include "mmu/physmem.h"
#include "mmu/physmem_priv.h"

#define IO_ALIGN	16u

bool
pm_map_reserve(struct physmem *pm)
{
	unsigned n = pm->map_count + 1;
	struct pm_map *maps = realloc(pm->maps, n * sizeof(*maps));
	struct pm_seg *segs;
	hpa_t *edges;

	if (!maps)
		return false;
	pm->maps = maps;
	/* n mappings have 2n edges and cut the address space into 2n + 1. */
	segs = realloc(pm->segs, (2 * n + 1) * sizeof(*segs));
	if (!segs)
		return false;
	pm->segs = segs;
	edges = realloc(pm->edges, (2 * n + 1) * sizeof(*edges));
	if (!edges)
		return false;
	pm->edges = edges;
	return true;
}

/* Address of the last byte; mappings end at the top of the address space. */
static hpa_t
pm_map_last(const struct pm_map *map)
{
	hpa_t last = map->at + map->len - 1;

	return last < map->at ? ~(hpa_t)0 : last;
}

static int
pm_edge_order(const void *a, const void *b)
{
	hpa_t x = *(const hpa_t *)a, y = *(const hpa_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorted addresses at which a mapping begins or has just ended, and 0. */
static unsigned
pm_edges(struct physmem *pm)
{
	unsigned i, n = 0, kept = 1;
	hpa_t last;

	pm->edges[n++] = 0;
	for (i = 0; i < pm->map_count; i++) {
		if (!pm->maps[i].used || !pm->maps[i].enabled)
			continue;
		pm->edges[n++] = pm->maps[i].at;
		last = pm_map_last(&pm->maps[i]);
		if (last != ~(hpa_t)0)
			pm->edges[n++] = last + 1;
	}
	qsort(pm->edges, n, sizeof(*pm->edges), pm_edge_order);
	for (i = 1; i < n; i++) {
		if (pm->edges[i] != pm->edges[kept - 1])
			pm->edges[kept++] = pm->edges[i];
	}
	return kept;
}

static const struct pm_map *
pm_topmost(const struct physmem *pm, hpa_t hpa)
{
	const struct pm_map *map, *top = NULL;
	unsigned i;

	for (i = 0; i < pm->map_count; i++) {
		map = &pm->maps[i];
		if (map->used && map->enabled && hpa >= map->at &&
		    hpa <= pm_map_last(map) && (!top || map->seq > top->seq))
			top = map;
	}
	return top;
}

/* The part of a RAM mapping that begins off bytes into it. */
static void
pm_seg_ram(struct physmem *pm, struct pm_seg *s, const struct pm_map *map,
    uint64_t off)
{
	uint32_t page = (uint32_t)(off / PAGE_SIZE);

	s->rd_id = s->wr_id = RAM_PAGE_NONE;
	if (map->rd_id != RAM_PAGE_NONE) {
		s->rd_id = map->rd_id + page;
		s->rd = physmem_host(pm, s->rd_id) + off % PAGE_SIZE;
	}
	if (map->wr_id != RAM_PAGE_NONE &&
	    !(pm->meta[map->wr_id].flags & PAGE_ROM)) {
		s->wr_id = map->wr_id + page;
		s->wr = physmem_host(pm, s->wr_id) + off % PAGE_SIZE;
	}
}

static void
pm_seg_make(struct physmem *pm, struct pm_seg *s, const struct pm_map *map,
    hpa_t first, hpa_t last)
{
	*s = (struct pm_seg){
		.first = first, .last = last,
		.rd_id = RAM_PAGE_NONE, .wr_id = RAM_PAGE_NONE,
	};
	if (!map)
		return;
	s->name = map->name;
	if (!map->io) {
		pm_seg_ram(pm, s, map, first - map->at);
		return;
	}
	s->ops = map->ops;
	s->dev = map->dev;
	s->dev_off = (uint32_t)(first - map->at);
	s->count = &pm->maps[map - pm->maps].count;
}

void
pm_flatten(struct physmem *pm)
{
	const struct pm_map *map, *before = NULL;
	unsigned i, n = pm_edges(pm), count = 0;
	hpa_t last;

	for (i = 0; i < n; i++) {
		last = i + 1 < n ? pm->edges[i + 1] - 1 : ~(hpa_t)0;
		map = pm_topmost(pm, pm->edges[i]);
		if (count && map == before)
			pm->segs[count - 1].last = last;
		else
			pm_seg_make(pm, &pm->segs[count++], map, pm->edges[i], last);
		before = map;
	}
	pm->seg_count = count;
	for (i = 0; i < PM_SEG_CACHE; i++)
		pm->seg_cache[i] = pm->segs;
}

const struct pm_seg *
pm_seg_search(struct physmem *pm, hpa_t hpa)
{
	unsigned lo = 0, hi = pm->seg_count - 1, mid;

	while (lo < hi) {
		mid = (lo + hi + 1) / 2;
		if (pm->segs[mid].first <= hpa)
			lo = mid;
		else
			hi = mid - 1;
	}
	pm->seg_cache[hpa >> 30 & (PM_SEG_CACHE - 1)] = &pm->segs[lo];
	return &pm->segs[lo];
}

static void
pm_tell_mmus(struct physmem *pm)
{
	unsigned i;

	for (i = 0; i < pm->mmu_count; i++)
		mmu_map_changed(pm->mmus[i]);
}

static void
pm_changed(struct physmem *pm)
{
	pm_flatten(pm);
	pm_tell_mmus(pm);
}

/* Handles are never given twice: a stale one must not hit a new mapping. */
static int
pm_map_add(struct physmem *pm, const struct pm_map *map)
{
	if (pm->map_count >= UINT16_MAX / 2 - 1 || !map->len)
		return 0;
	if (!pm_map_reserve(pm)) {
		pm_flatten(pm);		/* some of it may have moved */
		return 0;
	}
	pm->maps[pm->map_count] = *map;
	pm->maps[pm->map_count].used = true;
	pm->maps[pm->map_count].enabled = true;
	pm->maps[pm->map_count].seq = pm->map_seq++;
	pm->map_count++;
	pm_changed(pm);
	return (int)pm->map_count;
}

/* Both targets lie inside the memory there is. */
static bool
pm_ids_fit(const struct physmem *pm, uint32_t id, uint64_t len)
{
	return id == RAM_PAGE_NONE || (id < pm->pages &&
	    (len + PAGE_SIZE - 1) / PAGE_SIZE <= pm->pages - id);
}

int
physmem_map_ram(struct physmem *pm, hpa_t at, uint64_t len, uint32_t rd_id,
    uint32_t wr_id)
{
	struct pm_map map = {
		.at = at & PAGE_MASK, .len = len & PAGE_MASK,
		.rd_id = rd_id, .wr_id = wr_id, .name = "memory",
	};

	if (!pm_ids_fit(pm, rd_id, len) || !pm_ids_fit(pm, wr_id, len))
		return 0;
	return pm_map_add(pm, &map);
}

int
physmem_map_io(struct physmem *pm, hpa_t at, uint64_t len,
    const struct io_ops *ops, void *dev, const char *name)
{
	struct pm_map map = {
		.at = at & ~(hpa_t)(IO_ALIGN - 1),
		.len = len & ~(uint64_t)(IO_ALIGN - 1),
		.io = true, .ops = ops, .dev = dev, .name = name,
	};

	return pm_map_add(pm, &map);
}

static struct pm_map *
pm_map_of(struct physmem *pm, int handle)
{
	if (handle <= 0 || (unsigned)handle > pm->map_count ||
	    !pm->maps[handle - 1].used)
		return NULL;
	return &pm->maps[handle - 1];
}

void
physmem_unmap(struct physmem *pm, int handle)
{
	struct pm_map *map = pm_map_of(pm, handle);

	if (!map)
		return;
	map->used = false;
	pm_changed(pm);
}

void
physmem_remap(struct physmem *pm, int handle, hpa_t at, bool enabled)
{
	struct pm_map *map = pm_map_of(pm, handle);

	if (!map)
		return;
	at &= ~(hpa_t)((map->io ? IO_ALIGN : PAGE_SIZE) - 1);
	if (map->enabled == enabled && (map->at == at || !enabled)) {
		map->at = at;
		return;
	}
	map->at = at;
	map->enabled = enabled;
	pm_changed(pm);
}

void
physmem_retarget(struct physmem *pm, int handle, uint32_t rd_id, uint32_t wr_id)
{
	struct pm_map *map = pm_map_of(pm, handle);

	if (!map || map->io || !pm_ids_fit(pm, rd_id, map->len) ||
	    !pm_ids_fit(pm, wr_id, map->len))
		return;
	if (map->rd_id == rd_id && map->wr_id == wr_id)
		return;
	map->rd_id = rd_id;
	map->wr_id = wr_id;
	pm_changed(pm);
}

void
physmem_set_a20(struct physmem *pm, bool open)
{
	uint64_t mask = open ? ~(uint64_t)0 : ~BIT(20);

	if (mask == pm->a20_mask)
		return;
	pm->a20_mask = mask;
	pm_tell_mmus(pm);
}

bool
physmem_a20(const struct physmem *pm)
{
	return pm->a20_mask == ~(uint64_t)0;
}

void
physmem_lookup(struct physmem *pm, hpa_t hpa, struct phys_page *out)
{
	hpa_t page = hpa & pm->a20_mask & PAGE_MASK;
	const struct pm_seg *s = pm_seg_at(pm, page);
	uint64_t off = page - s->first;
	uint32_t n = (uint32_t)((off + s->first % PAGE_SIZE) / PAGE_SIZE);

	*out = (struct phys_page){ .rd_id = RAM_PAGE_NONE, .wr_id = RAM_PAGE_NONE };
	if (unlikely(s->last - page < PAGE_SIZE - 1))
		return;
	if (s->rd) {
		out->rd = s->rd + off;
		out->rd_id = s->rd_id + n;
	}
	if (s->wr) {
		out->wr = s->wr + off;
		out->wr_id = s->wr_id + n;
	}
	out->ops = s->ops;
	out->dev = s->dev;
	out->dev_off = s->ops ? s->dev_off + (uint32_t)off : 0;
}

static void
pm_describe(const struct pm_seg *s, char *buf, size_t n)
{
	char ids[64] = "";

	if (s->rd_id != RAM_PAGE_NONE || s->wr_id != RAM_PAGE_NONE)
		snprintf(ids, sizeof(ids), " read page 0x%x%s", s->rd_id,
		    s->wr_id == s->rd_id ? ", writable" :
		    s->wr_id == RAM_PAGE_NONE ? ", read-only" :
		    ", writes elsewhere");
	snprintf(buf, n, "%016llx-%016llx %s%s", (unsigned long long)s->first,
	    (unsigned long long)s->last, s->name ? s->name : "nothing", ids);
}

void
physmem_print(struct physmem *pm, void (*line)(void *arg, const char *s), void *arg)
{
	char text[160];
	unsigned i;

	for (i = 0; i < pm->seg_count; i++) {
		pm_describe(&pm->segs[i], text, sizeof(text));
		line(arg, text);
	}
}

void
physmem_each_count(const struct physmem *pm,
    void (*fn)(void *arg, const char *name, const struct io_count *c), void *arg)
{
	unsigned i;

	for (i = 0; i < pm->map_count; i++)
		if (pm->maps[i].used && pm->maps[i].io && pm->maps[i].name)
			fn(arg, pm->maps[i].name, &pm->maps[i].count);
}
