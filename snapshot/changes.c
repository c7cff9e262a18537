/*
 * snapshot/changes.c - which pages and clusters changed since the last file
 *
 * What a consumer has told stays in the set until a file holds it: a save that
 * fails loses nothing.
 */
#include "mmu/physmem.h"
#include "snapshot/snapshots_priv.h"

static void
page_changed(void *arg, uint32_t id)
{
	page_set_add(arg, id);
}

/* A new consumer's list is empty: the file that is about to be written has all. */
static void
ram_open(struct snapshots *s)
{
	struct physmem *pm = machine_memory(s->m);
	struct snapshot_changes *c = &s->ram;

	c->consumer = physmem_dirty_open(pm);
	if (c->consumer < 0)
		return;
	c->on = page_set_init(&c->set, physmem_pages(pm));
	if (!c->on)
		physmem_dirty_close(pm, c->consumer);
}

void
changes_collect(struct snapshots *s)
{
	if (!s->how.incremental)
		return;
	if (s->ram.on)
		physmem_dirty_take(machine_memory(s->m), s->ram.consumer, page_changed,
		    &s->ram.set);
	else
		ram_open(s);
}

void
changes_forget(struct snapshots *s)
{
	page_set_clear(&s->ram.set);
}

void
changes_stop(struct snapshots *s)
{
	if (s->ram.on)
		physmem_dirty_close(machine_memory(s->m), s->ram.consumer);
	page_set_fini(&s->ram.set);
	s->ram.on = false;
}
