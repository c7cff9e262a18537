/*
 * snapshot/undo.c - marks in a machine's run, and going back to them
 */
#include "snapshot/undo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/overlay.h"
#include "mmu/physmem.h"

#define STORES		(1 + MACHINE_DISKS)	/* RAM, then the disks */
#define SLAB_PAGES	64u

static_assert(PAGE_SIZE == OVERLAY_CLUSTER, "one size for both");

/* A page or cluster as it was at the mark; data NULL: blank, or as in the image. */
struct kept {
	uint64_t	number;
	uint8_t		*data;
};

struct kept_list {
	struct kept	*kept;
	size_t		n, room;
};

struct slab {
	struct slab	*next;
	uint8_t		page[SLAB_PAGES][PAGE_SIZE];
};

struct mark {
	uint64_t	cycle;
	uint8_t		*sections;
	struct kept_list list[STORES];		/* what was written after it */
	struct slab	*slabs;
	unsigned	used;			/* pages of the first slab */
	bool		hole;			/* no memory for something */
};

/* What a store's hook is called with. */
struct watch {
	struct undo	*u;
	unsigned	store;
	int		consumer;		/* -1: no such disk */
};

struct undo {
	struct machine	*m;
	size_t		section_bytes;
	struct watch	watch[STORES];
	struct mark	**mark;			/* oldest first */
	size_t		marks, room;
	struct mark	*spare;			/* one that was forgotten, with its memory */
	struct slab	*free_slabs;
	size_t		free_count;
	size_t		slabs;
};

/* --- keeping what is going to change --- */

static struct mark *
newest(const struct undo *u)
{
	return u->marks ? u->mark[u->marks - 1] : NULL;
}

static bool
slab_add(struct undo *u, struct mark *k)
{
	struct slab *s = u->free_slabs;

	if (s) {
		u->free_slabs = s->next;
		u->free_count--;
	} else {
		s = malloc(sizeof(*s));
		if (!s)
			return false;
		u->slabs++;
	}
	s->next = k->slabs;
	k->slabs = s;
	k->used = 0;
	return true;
}

static bool
list_room(struct kept_list *l)
{
	size_t room = l->room ? 2 * l->room : 64;
	struct kept *more;

	if (l->n < l->room)
		return true;
	more = realloc(l->kept, room * sizeof(*more));
	if (!more)
		return false;
	l->kept = more;
	l->room = room;
	return true;
}

static void
keep(const struct watch *w, uint64_t number, const uint8_t *data)
{
	struct mark *k = newest(w->u);
	struct kept_list *l;
	uint8_t *copy = NULL;

	if (!k || k->hole)
		return;
	l = &k->list[w->store];
	k->hole = !list_room(l);
	if (data && !k->hole && (!k->slabs || k->used == SLAB_PAGES))
		k->hole = !slab_add(w->u, k);
	if (k->hole)
		return;
	if (data) {
		copy = k->slabs->page[k->used++];
		memcpy(copy, data, PAGE_SIZE);
	}
	l->kept[l->n++] = (struct kept){ number, copy };
}

static void
keep_page(void *arg, uint32_t id, const uint8_t *page)
{
	keep(arg, id, page);
}

static void
keep_cluster(void *arg, uint64_t cluster, const uint8_t *data)
{
	keep(arg, cluster, data);
}

static void
ignore_page(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
}

static void
ignore_cluster(void *arg, uint64_t cluster)
{
	(void)arg;
	(void)cluster;
}

/* From here on first writes are told again. */
static void
begin_epoch(struct undo *u)
{
	unsigned s;

	physmem_dirty_take(machine_memory(u->m), u->watch[0].consumer, ignore_page, NULL);
	for (s = 1; s < STORES; s++)
		if (u->watch[s].consumer >= 0)
			overlay_dirty_take(machine_overlay(u->m, s - 1), u->watch[s].consumer,
			    ignore_cluster, NULL);
}

/* --- marks --- */

static void
mark_empty(struct undo *u, struct mark *k)
{
	struct slab *s;
	unsigned i;

	while ((s = k->slabs)) {
		k->slabs = s->next;
		s->next = u->free_slabs;
		u->free_slabs = s;
		u->free_count++;
	}
	for (i = 0; i < STORES; i++)
		k->list[i].n = 0;
	k->hole = false;
	k->used = 0;
}

static void
mark_free(struct mark *k)
{
	unsigned i;

	if (!k)
		return;
	for (i = 0; i < STORES; i++)
		free(k->list[i].kept);
	free(k->sections);
	free(k);
}

/* Memory of a burst is not kept for ever: half of what is of no use now goes. */
static void
trim_slabs(struct undo *u)
{
	size_t keep = u->slabs / 2 + 1;
	struct slab *s;

	while (u->free_count > keep) {
		s = u->free_slabs;
		u->free_slabs = s->next;
		u->free_count--;
		u->slabs--;
		free(s);
	}
}

static void
forget(struct undo *u, struct mark *k)
{
	mark_empty(u, k);
	trim_slabs(u);
	mark_free(u->spare);
	u->spare = k;
}

static struct mark *
mark_new(struct undo *u)
{
	struct mark *k = u->spare;

	u->spare = NULL;
	if (k)
		return k;
	k = calloc(1, sizeof(*k));
	if (k && !(k->sections = malloc(u->section_bytes))) {
		free(k);
		return NULL;
	}
	return k;
}

static bool
marks_room(struct undo *u)
{
	size_t room = u->room ? 2 * u->room : 8;
	struct mark **more;

	if (u->marks < u->room)
		return true;
	more = realloc(u->mark, room * sizeof(struct mark *));
	if (!more)
		return false;
	u->mark = more;
	u->room = room;
	return true;
}

static void
save_sections(struct undo *u, uint8_t *out)
{
	unsigned i;

	for (i = 0; i < machine_sections(u->m); i++) {
		machine_section_save(u->m, i, out);
		out += machine_section(u->m, i).size;
	}
}

static bool
load_sections(struct undo *u, const uint8_t *in)
{
	struct machine_section s;
	unsigned i;

	machine_load_begin(u->m);
	for (i = 0; i < machine_sections(u->m); i++) {
		s = machine_section(u->m, i);
		if (machine_section_load(u->m, i, in, s.size))
			return false;
		in += s.size;
	}
	return true;
}

bool
undo_mark(struct undo *u)
{
	struct mark *k = marks_room(u) ? mark_new(u) : NULL;

	if (!k)
		return false;
	k->cycle = machine_cycles(u->m);
	save_sections(u, k->sections);
	u->mark[u->marks++] = k;
	begin_epoch(u);
	return true;
}

size_t
undo_marks(const struct undo *u)
{
	return u->marks;
}

uint64_t
undo_cycle(const struct undo *u, size_t mark)
{
	return u->mark[mark]->cycle;
}

void
undo_forget_oldest(struct undo *u)
{
	struct mark *k = u->mark[0];

	u->marks--;
	memmove(u->mark, u->mark + 1, u->marks * sizeof(struct mark *));
	forget(u, k);
}

void
undo_forget_all(struct undo *u)
{
	while (u->marks)
		undo_forget_oldest(u);
}

/* --- going back --- */

static bool
put_back(struct undo *u, const struct mark *k)
{
	struct physmem *pm = machine_memory(u->m);
	bool ok = true;
	unsigned s;
	size_t i;

	for (i = 0; i < k->list[0].n; i++)
		physmem_load_page(pm, (uint32_t)k->list[0].kept[i].number,
		    k->list[0].kept[i].data);
	for (s = 1; s < STORES; s++)
		for (i = 0; i < k->list[s].n; i++)
			if (overlay_put(machine_overlay(u->m, s - 1), k->list[s].kept[i].number,
			    k->list[s].kept[i].data))
				ok = false;
	return ok;
}

static void
drop_newest(struct undo *u)
{
	u->marks--;
	forget(u, u->mark[u->marks]);
}

/* Pages are put back while the hook is off: what they hold now is of no use. */
bool
undo_back(struct undo *u, size_t mark)
{
	struct mark *k = u->mark[mark];
	bool ok = true;
	size_t i;

	for (i = mark; i < u->marks; i++)
		if (u->mark[i]->hole)
			return false;
	for (i = mark; i < u->marks; i++)
		u->mark[i]->hole = true;
	for (i = u->marks; i-- > mark;)
		ok = put_back(u, u->mark[i]) && ok;
	while (u->marks > mark + 1)
		drop_newest(u);
	ok = load_sections(u, k->sections) && machine_load_end(u->m) == 0 && ok;
	begin_epoch(u);
	mark_empty(u, k);
	return ok;
}

/* --- asked --- */

void
undo_each_change(const struct undo *u, const struct undo_changes *fn)
{
	const struct mark *k = u->marks > 1 ? u->mark[u->marks - 2] : NULL;
	unsigned s;
	size_t i;

	if (!k)
		return;
	for (i = 0; i < k->list[0].n; i++)
		fn->page(fn->arg, (uint32_t)k->list[0].kept[i].number);
	for (s = 1; s < STORES; s++)
		for (i = 0; i < k->list[s].n; i++)
			fn->cluster(fn->arg, s - 1, k->list[s].kept[i].number);
}

uint64_t
undo_changed(const struct undo *u)
{
	const struct mark *k = u->marks > 1 ? u->mark[u->marks - 2] : NULL;
	uint64_t n = 0;
	unsigned s;

	for (s = 0; k && s < STORES; s++)
		n += k->list[s].n;
	return n;
}

const uint8_t *
undo_sections(const struct undo *u)
{
	return newest(u)->sections;
}

size_t
undo_bytes(const struct undo *u)
{
	return u->slabs * sizeof(struct slab);
}

/* --- life --- */

static bool
watch_disk(struct undo *u, unsigned s)
{
	struct overlay *o = machine_overlay(u->m, s - 1);

	if (!o)
		return true;
	u->watch[s].consumer = overlay_dirty_open(o);
	if (u->watch[s].consumer < 0)
		return false;
	overlay_dirty_before(o, u->watch[s].consumer, keep_cluster, &u->watch[s]);
	return true;
}

static bool
watch_all(struct undo *u)
{
	struct physmem *pm = machine_memory(u->m);
	unsigned s;

	for (s = 0; s < STORES; s++)
		u->watch[s] = (struct watch){ u, s, -1 };
	u->watch[0].consumer = physmem_dirty_open(pm);
	if (u->watch[0].consumer < 0)
		return false;
	physmem_dirty_before(pm, u->watch[0].consumer, keep_page, &u->watch[0]);
	for (s = 1; s < STORES; s++)
		if (!watch_disk(u, s))
			return false;
	return true;
}

struct undo *
undo_new(struct machine *m)
{
	struct undo *u = calloc(1, sizeof(*u));
	unsigned i;

	if (!u)
		return NULL;
	u->m = m;
	for (i = 0; i < machine_sections(m); i++)
		u->section_bytes += machine_section(m, i).size;
	if (!watch_all(u)) {
		undo_free(u);
		return NULL;
	}
	return u;
}

void
undo_free(struct undo *u)
{
	struct slab *s;
	unsigned i;

	if (!u)
		return;
	if (u->watch[0].consumer >= 0)
		physmem_dirty_close(machine_memory(u->m), u->watch[0].consumer);
	for (i = 1; i < STORES; i++)
		if (u->watch[i].consumer >= 0)
			overlay_dirty_close(machine_overlay(u->m, i - 1), u->watch[i].consumer);
	undo_forget_all(u);
	mark_free(u->spare);
	while ((s = u->free_slabs)) {
		u->free_slabs = s->next;
		free(s);
	}
	free(u->mark);
	free(u);
}
