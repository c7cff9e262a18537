/*
 * snapshot/snapshot_load.c - a file into a machine, all of it or nothing
 *
 * First the file and its parents are read from end to end: checksums, ids,
 * numbers of pages; the machine's own sections are kept.  Then the chips are
 * loaded, then memory, newest file first, so that each page is written once.
 * What was there before is kept until the end: a chip may refuse what it is
 * given, and packed pages can be found impossible only when they are unpacked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/timing.h"
#include "mmu/physmem.h"
#include "snapshot/chunk.h"
#include "snapshot/container.h"
#include "snapshot/snapshots_priv.h"

/* A page as it was. */
struct undo_page {
	uint64_t	number;
	uint8_t		*page;		/* NULL: no contents */
};

struct undo {
	struct undo_page	*entry;
	size_t			count, room;
};

struct loading {
	struct snapshots	*s;
	struct machine		*m;
	struct physmem		*pm;

	struct container	*file[SNAPSHOT_CHAIN_MAX + 1];	/* newest first */
	unsigned		files, now;
	struct snapshot_info	info;		/* of the file that is being read */
	struct hash128		id;		/* of the newest */
	uint32_t		depth;

	uint8_t			*states, *old_states;	/* all sections of the machine */
	bool			*have_state;
	bool			have_info, have_config;

	struct page_set		seen;		/* in one file */
	struct page_set		done;		/* written */
	struct chunk		*chunk;
	struct undo		undo;
};

/* --- sections of the machine, one behind the other --- */

static size_t
state_offset(const struct machine *m, unsigned i)
{
	size_t at = 0;

	while (i)
		at += machine_section(m, --i).size;
	return at;
}

static unsigned
state_index(const struct machine *m, const char *name)
{
	unsigned i;

	for (i = 0; i < machine_sections(m); i++)
		if (!strcmp(machine_section(m, i).name, name))
			break;
	return i;
}

static void
states_save(struct machine *m, uint8_t *states)
{
	unsigned i;

	for (i = 0; i < machine_sections(m); i++)
		machine_section_save(m, i, states + state_offset(m, i));
}

/* What refuses, or NULL. */
static const char *
states_load(struct machine *m, const uint8_t *states)
{
	unsigned i;

	machine_load_begin(m);
	for (i = 0; i < machine_sections(m); i++) {
		struct machine_section s = machine_section(m, i);

		if (machine_section_load(m, i, states + state_offset(m, i), s.size))
			return s.name;
	}
	return machine_load_end(m) ? "one of the chips" : NULL;
}

/* --- first reading --- */

static bool
check_info(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	struct container *c = l->file[l->now];

	if (l->have_info || sec->version != INFO_VERSION ||
	    !snapshot_info_decode(&l->info, sec->contents, sec->length))
		return container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	if (l->info.timing != TIMING_VERSION)
		return container_bad(c, sec->offset, e, "made with version %" PRIu32
		    " of the timing model, this is %u", l->info.timing, TIMING_VERSION);
	l->have_info = true;
	return true;
}

static bool
check_config(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	struct container *c = l->file[l->now];
	char *theirs = strndup((const char *)sec->contents, sec->length);
	char *ours = machine_describe(l->s->cfg);
	bool ok;

	if (!theirs || !ours)
		ok = snapshot_fail(e, "%s: out of memory", container_path(c));
	else if (l->have_config || sec->version != CONFIG_VERSION ||
	    strlen(theirs) != sec->length)
		ok = container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	else
		ok = snapshot_config_fits(container_path(c), theirs, ours, e);
	l->have_config = true;
	free(theirs);
	free(ours);
	return ok;
}

static bool
check_chunk(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	struct container *c = l->file[l->now];
	struct chunk *k = l->chunk;
	uint32_t i;

	if (sec->version != CHUNK_VERSION ||
	    !chunk_decode_numbers(k, sec->contents, sec->length, l->seen.size))
		return container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	for (i = 0; i < k->count; i++)
		if (!page_set_add(&l->seen, k->number[i]))
			return container_bad(c, sec->offset, e, "page %" PRIu64
			    " is there twice", k->number[i]);
	return true;
}

static bool
check_state(struct loading *l, unsigned i, const struct container_section *sec,
    struct snapshot_error *e)
{
	struct container *c = l->file[l->now];
	struct machine_section want = machine_section(l->m, i);

	if (sec->version != want.version)
		return container_bad(c, sec->offset, e, "section %s has version %" PRIu32
		    ", this program knows %" PRIu32, sec->name, sec->version, want.version);
	if (sec->length != want.size)
		return container_bad(c, sec->offset, e, "section %s has %zu bytes, not %zu",
		    sec->name, sec->length, want.size);
	if (l->now)
		return true;		/* of a parent only the pages count */
	if (l->have_state[i])
		return container_bad(c, sec->offset, e, "section %s is there twice", sec->name);
	l->have_state[i] = true;
	memcpy(l->states + state_offset(l->m, i), sec->contents, sec->length);
	return true;
}

static bool
check_section(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	struct loading *l = arg;
	unsigned i = state_index(l->m, sec->name);

	if (!strcmp(sec->name, SECTION_INFO))
		return check_info(l, sec, e);
	if (!strcmp(sec->name, SECTION_CONFIG))
		return check_config(l, sec, e);
	if (!strcmp(sec->name, SECTION_RAM))
		return check_chunk(l, sec, e);
	if (i < machine_sections(l->m))
		return check_state(l, i, sec, e);
	log_warn(l->s->cfg->log, "%s: unknown section %s is ignored",
	    container_path(l->file[l->now]), sec->name);
	return true;
}

static bool
check_complete(struct loading *l, struct snapshot_error *e)
{
	const char *path = container_path(l->file[l->now]);
	unsigned i;

	if (!l->have_info || !l->have_config)
		return snapshot_fail(e, "%s: no section %s", path,
		    l->have_info ? SECTION_CONFIG : SECTION_INFO);
	for (i = 0; !l->now && i < machine_sections(l->m); i++)
		if (!l->have_state[i])
			return snapshot_fail(e, "%s: no section %s", path,
			    machine_section(l->m, i).name);
	return true;
}

/* Opens, reads and checks one file; its id must be the one its child knows. */
static bool
check_file(struct loading *l, const char *path, struct snapshot_error *e)
{
	const struct snapshot_info child = l->info;
	struct hash128 id;

	l->now = l->files;
	l->file[l->files] = container_open(path, e);
	if (!l->file[l->files])
		return false;
	l->files++;
	l->have_info = l->have_config = false;
	page_set_clear(&l->seen);
	if (!container_each(l->file[l->now], check_section, l, &id, e) || !check_complete(l, e))
		return false;
	if (!l->now) {
		l->id = id;
		l->depth = l->info.depth;
	} else if (id.lo != child.parent[0] || id.hi != child.parent[1]) {
		return snapshot_fail(e, "%s: not the file that %s was made after", path,
		    container_path(l->file[l->now - 1]));
	} else if (l->info.depth + 1 != child.depth) {
		return snapshot_fail(e, "%s: impossible number of parents", path);
	}
	return true;
}

static bool
check_chain(struct loading *l, const char *path, struct snapshot_error *e)
{
	char *parent;
	bool ok;

	if (!check_file(l, path, e))
		return false;
	if (l->info.depth > SNAPSHOT_CHAIN_MAX)
		return snapshot_fail(e, "%s: too many parents", path);
	while (l->info.depth) {
		parent = snapshot_parent_path(container_path(l->file[l->now]),
		    l->info.parent_file);
		ok = parent && check_file(l, parent, e);
		if (!parent)
			snapshot_fail(e, "%s: out of memory", path);
		free(parent);
		if (!ok)
			return false;
	}
	return true;
}

/* --- second reading: memory --- */

static bool
undo_keep(struct undo *u, uint64_t number, const uint8_t *page)
{
	struct undo_page *more;

	if (u->count == u->room) {
		more = realloc(u->entry, (u->room * 2 + 64) * sizeof(*more));
		if (!more)
			return false;
		u->entry = more;
		u->room = u->room * 2 + 64;
	}
	more = &u->entry[u->count];
	*more = (struct undo_page){ number, page ? malloc(PAGE_SIZE) : NULL };
	if (page && !more->page)
		return false;
	if (page)
		memcpy(more->page, page, PAGE_SIZE);
	u->count++;
	return true;
}

static void
undo_free(struct undo *u)
{
	while (u->count)
		free(u->entry[--u->count].page);
	free(u->entry);
}

static void
undo_ram(struct loading *l)
{
	size_t i;

	for (i = 0; i < l->undo.count; i++)
		physmem_load_page(l->pm, (uint32_t)l->undo.entry[i].number,
		    l->undo.entry[i].page);
}

/* page NULL: zeros. */
static bool
apply_page(struct loading *l, uint32_t id, const uint8_t *page)
{
	bool blank = physmem_blank(l->pm, id);
	const uint8_t *host = physmem_host(l->pm, id);

	if (blank ? !page : page && !memcmp(host, page, PAGE_SIZE))
		return true;
	if (!undo_keep(&l->undo, id, blank ? NULL : host))
		return false;
	physmem_load_page(l->pm, id, page);
	return true;
}

static bool
chunk_is_done(const struct chunk *k, const struct page_set *done)
{
	uint32_t i;

	for (i = 0; i < k->count; i++)
		if (!page_set_has(done, k->number[i]))
			return false;
	return true;
}

static bool
apply_chunk(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	struct container *c = l->file[l->now];
	struct chunk *k = l->chunk;
	uint32_t i;

	if (!chunk_decode_numbers(k, sec->contents, sec->length, l->done.size))
		return container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	if (chunk_is_done(k, &l->done))
		return true;
	if (!chunk_decode_pages(k, sec->contents, sec->length))
		return container_bad(c, sec->offset, e, "pages cannot be unpacked");
	for (i = 0; i < k->count; i++)
		if (page_set_add(&l->done, k->number[i]) &&
		    !apply_page(l, (uint32_t)k->number[i],
			k->kind == CHUNK_ABSENT ? NULL : k->page[i]))
			return snapshot_fail(e, "%s: out of memory", container_path(c));
	return true;
}

static bool
apply_section(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	return strcmp(sec->name, SECTION_RAM) ? true : apply_chunk(arg, sec, e);
}

static bool
apply_memory(struct loading *l, struct snapshot_error *e)
{
	uint32_t id, n = physmem_pages(l->pm);
	struct hash128 again;

	for (l->now = 0; l->now < l->files; l->now++)
		if (!container_each(l->file[l->now], apply_section, l, &again, e))
			return false;
	for (id = 0; id < n; id++)
		if (!page_set_has(&l->done, id) && !apply_page(l, id, NULL))
			return snapshot_fail(e, "%s: out of memory", container_path(l->file[0]));
	return true;
}

/* --- all of it --- */

static bool
loading_init(struct loading *l, struct snapshots *s)
{
	unsigned n = machine_sections(s->m);
	size_t size = state_offset(s->m, n);

	*l = (struct loading){ .s = s, .m = s->m, .pm = machine_memory(s->m) };
	l->states = malloc(size);
	l->old_states = malloc(size);
	l->have_state = calloc(n, sizeof(*l->have_state));
	l->chunk = malloc(sizeof(*l->chunk));
	return l->states && l->old_states && l->have_state && l->chunk &&
	    page_set_init(&l->seen, physmem_pages(l->pm)) &&
	    page_set_init(&l->done, physmem_pages(l->pm));
}

static void
loading_fini(struct loading *l)
{
	while (l->files)
		container_close(l->file[--l->files]);
	free(l->states);
	free(l->old_states);
	free(l->have_state);
	free(l->chunk);
	page_set_fini(&l->seen);
	page_set_fini(&l->done);
	undo_free(&l->undo);
}

/* What the machine was is possible: it cannot refuse that. */
static void
put_back(struct loading *l)
{
	const char *refused;

	undo_ram(l);
	refused = states_load(l->m, l->old_states);
	if (refused)
		log_error(l->s->cfg->log, "the machine refuses its own state: %s", refused);
}

static bool
apply(struct loading *l, struct snapshot_error *e)
{
	const char *refused;

	states_save(l->m, l->old_states);
	refused = states_load(l->m, l->states);
	if (refused)
		snapshot_fail(e, "%s: impossible values for %s",
		    container_path(l->file[0]), refused);
	else if (apply_memory(l, e))
		return true;
	put_back(l);
	return false;
}

bool
snapshot_read(struct snapshots *s, const char *path, struct snapshot_base *base,
    struct snapshot_error *e)
{
	struct loading l;
	bool ok;

	if (!loading_init(&l, s))
		ok = snapshot_fail(e, "%s: out of memory", path);
	else
		ok = check_chain(&l, path, e) && apply(&l, e);
	if (ok)
		*base = (struct snapshot_base){ strdup(path), l.id, l.depth };
	loading_fini(&l);
	return ok;
}
