/*
 * snapshot/changes.c - which pages and clusters changed since the last file
 *
 * What a consumer has told stays in the set until a file holds it: a save that
 * fails loses nothing.  A new consumer's list is empty: the file that is about
 * to be written, or was just loaded, has everything so far.
 */
#include "base/overlay.h"
#include "mmu/physmem.h"
#include "snapshot/snapshots_priv.h"

static void
page_changed(void *arg, uint32_t id)
{
	page_set_add(arg, id);
}

static void
cluster_changed(void *arg, uint64_t cluster)
{
	page_set_add(arg, cluster);
}

static void
collect_ram(struct snapshot_changes *c, struct physmem *pm)
{
	if (c->on) {
		physmem_dirty_take(pm, c->consumer, page_changed, &c->set);
		return;
	}
	c->consumer = physmem_dirty_open(pm);
	if (c->consumer < 0)
		return;
	c->on = page_set_init(&c->set, physmem_pages(pm));
	if (!c->on)
		physmem_dirty_close(pm, c->consumer);
}

static void
collect_disk(struct snapshot_changes *c, struct overlay *o)
{
	if (c->on) {
		overlay_dirty_take(o, c->consumer, cluster_changed, &c->set);
		return;
	}
	c->consumer = overlay_dirty_open(o);
	if (c->consumer < 0)
		return;
	c->on = page_set_init(&c->set, overlay_clusters(o));
	if (!c->on)
		overlay_dirty_close(o, c->consumer);
}

void
changes_collect(struct snapshots *s)
{
	unsigned i;

	if (!s->how.incremental)
		return;
	collect_ram(&s->ram, machine_memory(s->m));
	for (i = 0; i < MACHINE_DISKS; i++)
		if (machine_overlay(s->m, i))
			collect_disk(&s->disk[i], machine_overlay(s->m, i));
}

bool
changes_known(const struct snapshots *s)
{
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++)
		if (machine_overlay(s->m, i) && !s->disk[i].on)
			return false;
	return s->ram.on;
}

void
changes_forget(struct snapshots *s)
{
	unsigned i;

	page_set_clear(&s->ram.set);
	for (i = 0; i < MACHINE_DISKS; i++)
		page_set_clear(&s->disk[i].set);
}

void
changes_stop(struct snapshots *s)
{
	unsigned i;

	if (s->ram.on)
		physmem_dirty_close(machine_memory(s->m), s->ram.consumer);
	page_set_fini(&s->ram.set);
	for (i = 0; i < MACHINE_DISKS; i++) {
		if (s->disk[i].on)
			overlay_dirty_close(machine_overlay(s->m, i), s->disk[i].consumer);
		page_set_fini(&s->disk[i].set);
	}
}
