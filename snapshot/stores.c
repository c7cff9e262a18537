/*
 * snapshot/stores.c - pages of a snapshot into memory and disks, and back
 */
#define _GNU_SOURCE		/* MADV_HUGEPAGE */
#include "snapshot/stores.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/overlay.h"
#include "mmu/physmem.h"
#include "snapshot/snapshots_priv.h"

static uint64_t
store_size(const struct store *st)
{
	if (st->pm)
		return physmem_pages(st->pm);
	return st->o ? overlay_clusters(st->o) : 0;
}

/* Pages that are kept come in slabs of so many: one huge page of the host.  The first
 * ones are smaller: most files change little, or all. */
#define KEPT_SLAB	512u
#define KEPT_FIRST	16u

bool
stores_init(struct stores *s, struct machine *m)
{
	struct store *st;
	unsigned i;
	bool ok;

	*s = (struct stores){ .chunk = chunk_new(), .packing = packing_new(0) };
	ok = s->chunk && s->packing;
	for (i = 0; i < STORES; i++) {
		st = &s->store[i];
		if (i)
			st->o = machine_overlay(m, i - 1);
		else
			st->pm = machine_memory(m);
		ok = ok && page_set_init(&st->seen, store_size(st)) &&
		    page_set_init(&st->done, store_size(st));
	}
	return ok;
}

void
stores_fini(struct stores *s)
{
	unsigned i;

	for (i = 0; i < STORES; i++) {
		page_set_fini(&s->store[i].seen);
		page_set_fini(&s->store[i].done);
	}
	while (s->kept_slabs)
		free(s->kept[--s->kept_slabs]);
	free(s->kept);
	free(s->undo);
	chunk_free(s->chunk);
	packing_free(s->packing);
}

struct store *
stores_find(struct stores *s, const char *section)
{
	char name[CONTAINER_NAME];
	unsigned unit;

	if (!strcmp(section, SECTION_RAM))
		return &s->store[0];
	if (strncmp(section, SECTION_DISK, sizeof(SECTION_DISK) - 1))
		return NULL;
	for (unit = 0; unit < MACHINE_DISKS; unit++) {
		snprintf(name, sizeof(name), SECTION_DISK "%u", unit);
		if (!strcmp(section, name))
			return &s->store[1 + unit];
	}
	return NULL;
}

/* --- first reading --- */

void
stores_begin_file(struct stores *s)
{
	unsigned i;

	for (i = 0; i < STORES; i++)
		page_set_clear(&s->store[i].seen);
}

bool
stores_check(struct stores *s, struct store *st, const struct container *c,
    const struct container_section *sec, struct snapshot_error *e)
{
	struct chunk *k = s->chunk;
	uint32_t i;

	if (sec->version != CHUNK_VERSION ||
	    !chunk_decode_numbers(k, sec->contents, sec->length, store_size(st)))
		return container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	for (i = 0; i < k->count; i++)
		if (!page_set_add(&st->seen, k->number[i]))
			return container_bad(c, sec->offset, e, "page %" PRIu64
			    " is there twice", k->number[i]);
	return true;
}

/* --- one page --- */

/* What is there: a page, or NULL for none.  buf is room for it. */
static const uint8_t *
store_get(struct store *st, uint64_t number, uint8_t *buf)
{
	if (st->o)
		return overlay_get(st->o, number, buf) ? buf : NULL;
	return physmem_blank(st->pm, (uint32_t)number) ? NULL :
	    physmem_host(st->pm, (uint32_t)number);
}

static int
store_put(struct store *st, uint64_t number, const uint8_t *page)
{
	if (st->o)
		return overlay_put(st->o, number, page);
	physmem_load_page(st->pm, (uint32_t)number, page);
	return 0;
}

static bool
more_slabs(struct stores *s)
{
	size_t pages = s->kept_slabs < 5 ? KEPT_FIRST << s->kept_slabs : KEPT_SLAB;
	size_t bytes = pages * PAGE_SIZE;
	uint8_t **more = realloc(s->kept, (s->kept_slabs + 1) * sizeof(*more)), *slab;

	if (!more)
		return false;
	s->kept = more;
	slab = aligned_alloc(pages == KEPT_SLAB ? bytes : PAGE_SIZE, bytes);
	if (!slab)
		return false;
	if (pages == KEPT_SLAB)
		(void)madvise(slab, bytes, MADV_HUGEPAGE);
	more[s->kept_slabs++] = slab;
	s->kept_next = slab;
	s->kept_left = pages;
	return true;
}

/* Room for one more page that is kept; NULL without memory. */
static uint8_t *
kept_page(struct stores *s)
{
	uint8_t *page;

	if (!s->kept_left && !more_slabs(s))
		return NULL;
	page = s->kept_next;
	s->kept_next += PAGE_SIZE;
	s->kept_left--;
	return page;
}

/* Keeps what a store has at number; page NULL: it has nothing. */
static bool
undo_keep(struct stores *s, struct store *st, uint64_t number, const uint8_t *page)
{
	size_t room = s->undo_room * 2 + 64;
	struct undo_page *u;

	if (s->undo_count == s->undo_room) {
		u = realloc(s->undo, room * sizeof(*u));
		if (!u)
			return false;
		s->undo = u;
		s->undo_room = room;
	}
	u = &s->undo[s->undo_count];
	*u = (struct undo_page){ st, number, page ? kept_page(s) : NULL };
	if (page && !u->page)
		return false;
	if (page)
		memcpy(u->page, page, PAGE_SIZE);
	s->undo_count++;
	return true;
}

/* What went before goes again: an overlay has the room. */
bool
stores_put_back(struct stores *s)
{
	struct undo_page *u;
	bool ok = true;
	size_t i;

	for (i = 0; i < s->undo_count; i++) {
		u = &s->undo[i];
		ok = store_put(u->store, u->number, u->page) == 0 && ok;
	}
	return ok;
}

static bool
is_zero(const uint8_t *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE_SIZE - 1);
}

/* Memory without contents is zero, a cluster without is the image's. */
static bool
is_there(const struct store *st, const uint8_t *page, const uint8_t *old)
{
	if (page && old)
		return !memcmp(page, old, PAGE_SIZE);
	return page == old || (st->pm && is_zero(page ? page : old));
}

/* page NULL: zeros, or what the image has. */
static bool
apply_page(struct stores *s, struct store *st, const struct container *c,
    uint64_t number, const uint8_t *page, struct snapshot_error *e)
{
	uint8_t buf[PAGE_SIZE];
	const uint8_t *old = store_get(st, number, buf);
	int err;

	if (is_there(st, page, old))
		return true;
	if (!undo_keep(s, st, number, old))
		return snapshot_fail(e, "%s: out of memory", container_path(c));
	err = store_put(st, number, page);
	if (err)
		return snapshot_fail(e, "%s: cannot write to a disk: %s",
		    container_path(c), strerror(-err));
	return true;
}

/* --- second reading --- */

static bool
chunk_is_done(const struct chunk *k, const struct page_set *done)
{
	uint32_t i;

	for (i = 0; i < k->count; i++)
		if (!page_set_has(done, k->number[i]))
			return false;
	return true;
}

/* Runs of pages that will all be written. */
static void
expect_pages(const struct store *st, const struct chunk *k)
{
	uint32_t i, n;

	if (!st->pm || k->kind == CHUNK_ABSENT)
		return;
	for (i = 0; i < k->count; i += n) {
		for (n = 0; i + n < k->count && k->number[i + n] == k->number[i] + n &&
		    !page_set_has(&st->done, k->number[i + n]); n++)
			;
		physmem_expect(st->pm, (uint32_t)k->number[i], n);
		n += !n;
	}
}

bool
stores_apply(struct stores *s, struct store *st, const struct container *c,
    const struct container_section *sec, struct snapshot_error *e)
{
	struct chunk *k = s->chunk;
	uint32_t i;

	if (!chunk_decode_numbers(k, sec->contents, sec->length, store_size(st)))
		return container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	if (chunk_is_done(k, &st->done))
		return true;
	if (k->kind == CHUNK_ZLIB && !chunk_make_room(k))
		return snapshot_fail(e, "%s: out of memory", container_path(c));
	if (!chunk_decode_pages(k, s->packing, sec->contents, sec->length))
		return container_bad(c, sec->offset, e, "pages cannot be unpacked");
	expect_pages(st, k);
	for (i = 0; i < k->count; i++)
		if (page_set_add(&st->done, k->number[i]) &&
		    !apply_page(s, st, c, k->number[i],
			k->kind == CHUNK_ABSENT ? NULL : k->pages + i * PAGE_SIZE, e))
			return false;
	return true;
}

static void
list_cluster(void *arg, uint64_t cluster)
{
	page_set_add(arg, cluster);
}

/* Everything that is there now, into st->seen. */
static void
list_pages(struct store *st)
{
	uint64_t n;

	page_set_clear(&st->seen);
	if (st->o)
		overlay_each(st->o, list_cluster, &st->seen);
	for (n = 0; st->pm && n < st->seen.size; n++)
		if (!physmem_blank(st->pm, (uint32_t)n))
			page_set_add(&st->seen, n);
}

bool
stores_apply_rest(struct stores *s, const struct container *c, struct snapshot_error *e)
{
	const struct page_set *had;
	struct store *st;
	uint64_t n;

	for (st = s->store; st < s->store + STORES; st++) {
		list_pages(st);
		had = &st->seen;
		for (n = page_set_next(had, 0); n < had->size; n = page_set_next(had, n + 1))
			if (!page_set_has(&st->done, n) && !apply_page(s, st, c, n, NULL, e))
				return false;
	}
	return true;
}
