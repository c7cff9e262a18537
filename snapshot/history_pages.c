/*
 * snapshot/history_pages.c - the stores of a history, and the machine's pages and
 * clusters they are about
 */
#include "base/overlay.h"
#include "mmu/physmem.h"
#include "snapshot/history_priv.h"

#define RAM_STORE	0
#define FIRST_DISK	1	/* HIST_STORES - 1 of them */

static_assert(HIST_PAGE == OVERLAY_CLUSTER && HIST_PAGE == PAGE_SIZE, "one size for all");

static struct overlay *
disk_of(const struct history *h, unsigned s)
{
	return machine_overlay(h->m, s - FIRST_DISK);
}

/* --- what changed --- */

static void
list_page(void *arg, uint32_t id)
{
	hist_store_list(arg, id);
}

static void
list_cluster(void *arg, uint64_t cluster)
{
	hist_store_list(arg, cluster);
}

void
hist_list_dirty(struct history *h)
{
	unsigned s;

	physmem_dirty_take(machine_memory(h->m), h->consumer[RAM_STORE], list_page,
	    &h->store[RAM_STORE]);
	for (s = FIRST_DISK; s < HIST_STORES; s++)
		if (h->consumer[s] >= 0)
			overlay_dirty_take(disk_of(h, s), h->consumer[s], list_cluster,
			    &h->store[s]);
}

/* --- into a checkpoint --- */

static bool
note_pages(struct history *h, struct hist_checkpoint *c, struct hist_checkpoint *next)
{
	struct hist_store *s = &h->store[RAM_STORE];
	struct physmem *pm = machine_memory(h->m);
	uint64_t i;

	for (i = 0; i < s->count; i++)
		if (!hist_store_note(s, c, next, s->ids[i],
		    physmem_host(pm, (uint32_t)s->ids[i])))
			return false;
	return true;
}

/* A cluster that is not in the overlay never was before. */
static bool
note_clusters(struct hist_store *s, struct overlay *o, struct hist_checkpoint *c,
    struct hist_checkpoint *next)
{
	uint8_t data[OVERLAY_CLUSTER];
	uint64_t i;

	for (i = 0; i < s->count; i++)
		if (overlay_get(o, s->ids[i], data) &&
		    !hist_store_note(s, c, next, s->ids[i], data))
			return false;
	return true;
}

bool
hist_note(struct history *h, struct hist_checkpoint *c, struct hist_checkpoint *next)
{
	bool ok = note_pages(h, c, next);
	unsigned s;

	for (s = FIRST_DISK; ok && s < HIST_STORES; s++)
		if (h->consumer[s] >= 0)
			ok = note_clusters(&h->store[s], disk_of(h, s), c, next);
	return ok;
}

/* --- out of a checkpoint --- */

static void
load_pages(struct history *h, const struct hist_checkpoint *c)
{
	struct hist_store *s = &h->store[RAM_STORE];
	struct physmem *pm = machine_memory(h->m);
	uint8_t page[HIST_PAGE];
	uint64_t i;

	for (i = 0; i < s->count; i++)
		physmem_load_page(pm, (uint32_t)s->ids[i],
		    hist_store_get(s, c, s->ids[i], page) ? page : NULL);
}

static bool
load_clusters(struct hist_store *s, struct overlay *o, const struct hist_checkpoint *c)
{
	uint8_t data[OVERLAY_CLUSTER];
	bool ok = true;
	uint64_t i;

	for (i = 0; i < s->count; i++)
		if (overlay_put(o, s->ids[i],
		    hist_store_get(s, c, s->ids[i], data) ? data : NULL))
			ok = false;
	return ok;
}

/* A disk that takes no more (the overlay has said why) ends going back. */
void
hist_load(struct history *h, const struct hist_checkpoint *c)
{
	unsigned s;

	load_pages(h, c);
	for (s = FIRST_DISK; s < HIST_STORES; s++)
		if (h->consumer[s] >= 0 && !load_clusters(&h->store[s], disk_of(h, s), c))
			h->broken = true;
}

/* --- life --- */

static bool
open_memory(struct history *h)
{
	struct physmem *pm = machine_memory(h->m);
	uint32_t id;

	h->consumer[RAM_STORE] = physmem_dirty_open(pm);
	if (h->consumer[RAM_STORE] < 0 ||
	    !hist_store_init(&h->store[RAM_STORE], physmem_pages(pm), false))
		return false;
	for (id = 0; id < physmem_pages(pm); id++)
		if (!physmem_blank(pm, id))
			hist_store_list(&h->store[RAM_STORE], id);
	return true;
}

static bool
open_disk(struct history *h, unsigned s)
{
	struct overlay *o = disk_of(h, s);

	if (!o)
		return true;
	h->consumer[s] = overlay_dirty_open(o);
	if (h->consumer[s] < 0 || !hist_store_init(&h->store[s], overlay_clusters(o), true))
		return false;
	overlay_each(o, list_cluster, &h->store[s]);
	return true;
}

bool
hist_open(struct history *h)
{
	unsigned s;
	bool ok;

	for (s = 0; s < HIST_STORES; s++)
		h->store[s].which = s;
	ok = open_memory(h);
	for (s = FIRST_DISK; ok && s < HIST_STORES; s++)
		ok = open_disk(h, s);
	return ok;
}

void
hist_close(struct history *h)
{
	unsigned s;

	if (h->consumer[RAM_STORE] >= 0)
		physmem_dirty_close(machine_memory(h->m), h->consumer[RAM_STORE]);
	for (s = FIRST_DISK; s < HIST_STORES; s++)
		if (h->consumer[s] >= 0)
			overlay_dirty_close(disk_of(h, s), h->consumer[s]);
	for (s = 0; s < HIST_STORES; s++)
		hist_store_fini(&h->store[s]);
}
