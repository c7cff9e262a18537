/*
 * snapshot/snapshot_load.c - a file into a machine, all of it or nothing
 *
 * First the file and its parents are read from end to end: checksums, ids,
 * numbers of pages; the machine's own sections are kept.  Then the chips are
 * loaded, one of which may refuse what it is given, then memory and disks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/timing.h"
#include "snapshot/container.h"
#include "snapshot/snapshots_priv.h"
#include "snapshot/stores.h"

struct loading {
	struct snapshots	*s;
	struct machine		*m;
	char			*description;
	struct stores		stores;

	struct container	*file[SNAPSHOT_CHAIN_MAX + 1];	/* newest first */
	unsigned		files, now;
	struct snapshot_info	info;		/* of the file that is being read */
	struct hash128		id[SNAPSHOT_CHAIN_MAX + 1];
	uint32_t		depth;

	uint8_t			*states, *old_states;	/* all sections of the machine */
	bool			*have_state;
	bool			have_info, have_config, have_files;
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

	for (i = 0; i < machine_sections(m); i++) {
		machine_section_save(m, i, states);
		states += machine_section(m, i).size;
	}
}

/* What refuses, or NULL. */
static const char *
states_load(struct machine *m, const uint8_t *states)
{
	unsigned i;

	machine_load_begin(m);
	for (i = 0; i < machine_sections(m); i++) {
		struct machine_section s = machine_section(m, i);

		if (machine_section_load(m, i, states, s.size))
			return s.name;
		states += s.size;
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

/* A section that is text: allocated, or NULL with *e. */
static char *
text_of(struct loading *l, const struct container_section *sec, uint32_t version,
    struct snapshot_error *e)
{
	struct container *c = l->file[l->now];
	char *text = strndup((const char *)sec->contents, sec->length);

	if (text && sec->version == version && strlen(text) == sec->length)
		return text;
	if (text)
		container_bad(c, sec->offset, e, "impossible section %s", sec->name);
	else
		snapshot_fail(e, "%s: out of memory", container_path(c));
	free(text);
	return NULL;
}

static bool
check_config(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	char *theirs = text_of(l, sec, CONFIG_VERSION, e);
	char why[300];
	bool ok = theirs;

	if (ok && machine_describe_diff(theirs, l->description, why, sizeof(why)))
		ok = snapshot_fail(e, "%s: made on another machine: %s",
		    container_path(l->file[l->now]), why);
	l->have_config = true;
	free(theirs);
	return ok;
}

/* Parents were made by the same run, or one that had loaded from it. */
static bool
check_files(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	char *theirs = text_of(l, sec, FILES_VERSION, e);
	bool ok = theirs;

	if (ok && !l->now)
		ok = snapshot_files_fit(l->s, container_path(l->file[l->now]), theirs, e);
	l->have_files = true;
	free(theirs);
	return ok;
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
	struct store *st = stores_find(&l->stores, sec->name);

	if (!strcmp(sec->name, SECTION_INFO))
		return check_info(l, sec, e);
	if (!strcmp(sec->name, SECTION_CONFIG))
		return check_config(l, sec, e);
	if (!strcmp(sec->name, SECTION_FILES))
		return check_files(l, sec, e);
	if (st)
		return stores_check(&l->stores, st, l->file[l->now], sec, e);
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

	if (!l->have_info || !l->have_config || !l->have_files)
		return snapshot_fail(e, "%s: no section %s", path, !l->have_info ?
		    SECTION_INFO : !l->have_config ? SECTION_CONFIG : SECTION_FILES);
	for (i = 0; !l->now && i < machine_sections(l->m); i++)
		if (!l->have_state[i] && !machine_section_default(l->m, i,
		    l->states + state_offset(l->m, i)))
			return snapshot_fail(e, "%s: no section %s", path,
			    machine_section(l->m, i).name);
	return true;
}

/* Opens, reads and checks one file; its id must be the one its child knows. */
static bool
check_file(struct loading *l, const char *path, struct snapshot_error *e)
{
	const struct snapshot_info child = l->info;
	struct hash128 *id = &l->id[l->files];

	l->now = l->files;
	l->file[l->files] = container_open(path, e);
	if (!l->file[l->files])
		return false;
	l->files++;
	l->have_info = l->have_config = l->have_files = false;
	stores_begin_file(&l->stores);
	if (!container_each(l->file[l->now], check_section, l, id, e) || !check_complete(l, e))
		return false;
	if (!l->now) {
		l->depth = l->info.depth;
		return true;
	}
	if (id->lo != child.parent[0] || id->hi != child.parent[1])
		return snapshot_fail(e, "%s: not the file that %s was made after", path,
		    container_path(l->file[l->now - 1]));
	if (l->info.depth + 1 != child.depth)
		return snapshot_fail(e, "%s: impossible number of parents", path);
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

/* --- second reading --- */

static bool
apply_section(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	struct loading *l = arg;
	struct store *st = stores_find(&l->stores, sec->name);

	return st ? stores_apply(&l->stores, st, l->file[l->now], sec, e) : true;
}

static bool
apply_pages(struct loading *l, struct snapshot_error *e)
{
	struct hash128 again;
	struct container *c;

	for (l->now = 0; l->now < l->files; l->now++) {
		c = l->file[l->now];
		if (!container_each(c, apply_section, l, &again, e))
			return false;
		if (again.lo != l->id[l->now].lo || again.hi != l->id[l->now].hi)
			return snapshot_fail(e, "%s: changed while it was read",
			    container_path(c));
	}
	return stores_apply_rest(&l->stores, l->file[0], e);
}

/* --- all of it --- */

static bool
loading_init(struct loading *l, struct snapshots *s)
{
	unsigned n = machine_sections(s->m);
	size_t size = state_offset(s->m, n);
	bool ok;

	*l = (struct loading){ .s = s, .m = s->m };
	ok = stores_init(&l->stores, s->m);
	l->description = machine_describe(s->cfg);
	l->states = malloc(size);
	l->old_states = malloc(size);
	l->have_state = calloc(n, sizeof(*l->have_state));
	return ok && l->description && l->states && l->old_states && l->have_state;
}

static void
loading_fini(struct loading *l)
{
	while (l->files)
		container_close(l->file[--l->files]);
	free(l->description);
	free(l->states);
	free(l->old_states);
	free(l->have_state);
	stores_fini(&l->stores);
}

/* What the machine was is possible: it cannot refuse that. */
static void
put_back(struct loading *l)
{
	const char *refused;

	if (!stores_put_back(&l->stores))
		log_error(l->s->cfg->log, "what was written to disks cannot be put back");
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
	else if (apply_pages(l, e))
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
		ok = check_chain(&l, path, e) && snapshot_freeze_disks(s, path, e) &&
		    apply(&l, e);
	if (ok)
		*base = (struct snapshot_base){ strdup(path), l.id[0], l.depth };
	loading_fini(&l);
	return ok;
}
