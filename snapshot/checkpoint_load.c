/*
 * snapshot/checkpoint_load.c - a run goes on where its directory says
 *
 * As with snapshots (snapshot/snapshot_load.c): all files are read and checked before
 * anything is changed.  The newest file must be right: what the guest sent in its
 * epoch may have left, so an older one would contradict it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/checkpoint_dir_priv.h"
#include "snapshot/container.h"
#include "snapshot/stores.h"

struct loading {
	struct checkpoint_dir	*d;
	struct snapshots	*s;
	struct machine		*m;
	struct stores		stores;
	struct container	**file;		/* newest first */
	struct hash128		*id;
	size_t			files, now;
	struct checkpoint_info	info;		/* of the file that is being read */
	bool			have_info, have_config, have_files;
	uint8_t			*states;
	bool			*have_state;
	uint8_t			*output;
	size_t			output_bytes;
	char			*description;
};

/* --- sections --- */

static size_t
state_offset(const struct machine *m, unsigned i)
{
	size_t at = 0;

	while (i)
		at += machine_section(m, --i).size;
	return at;
}

static bool
impossible(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	return container_bad(l->file[l->now], sec->offset, e, "impossible section %s", sec->name);
}

static bool
check_info(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	const struct checkpoint_info *newest = &l->d->info;

	if (l->have_info || sec->version != CHECKPOINT_VERSION ||
	    !checkpoint_info_decode(&l->info, sec->contents, sec->length))
		return impossible(l, sec, e);
	l->have_info = true;
	if (memcmp(l->info.run, newest->run, sizeof(newest->run)))
		return container_bad(l->file[l->now], sec->offset, e, "of another run");
	if (l->info.number != newest->number - l->now)
		return container_bad(l->file[l->now], sec->offset, e,
		    "epoch %" PRIu64 " under a wrong name", l->info.number);
	return true;
}

static char *
text_of(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	char *text = strndup((const char *)sec->contents, sec->length);

	if (text && strlen(text) == sec->length && sec->version == CONFIG_VERSION)
		return text;
	if (text)
		impossible(l, sec, e);
	else
		snapshot_fail(e, "%s: out of memory", l->d->path);
	free(text);
	return NULL;
}

static bool
check_config(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	char *theirs = text_of(l, sec, e), why[300];
	bool ok = theirs;

	if (ok && machine_describe_diff(theirs, l->description, why, sizeof(why)))
		ok = container_bad(l->file[l->now], sec->offset, e, "made on another machine: %s",
		    why);
	l->have_config = true;
	free(theirs);
	return ok;
}

static bool
check_files(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	char *theirs = text_of(l, sec, e);
	bool ok = theirs && snapshot_files_fit(l->s, container_path(l->file[l->now]), theirs, e);

	l->have_files = true;
	free(theirs);
	return ok;
}

static bool
check_output(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	uint8_t *more;

	if (sec->version != OUTPUT_VERSION)
		return impossible(l, sec, e);
	if (l->now)
		return true;		/* it has left */
	more = realloc(l->output, l->output_bytes + sec->length + 1);
	if (!more)
		return snapshot_fail(e, "%s: out of memory", l->d->path);
	l->output = more;
	memcpy(l->output + l->output_bytes, sec->contents, sec->length);
	l->output_bytes += sec->length;
	return true;
}

static bool
check_state(struct loading *l, const struct container_section *sec, struct snapshot_error *e)
{
	struct machine_section want;
	unsigned i, n = machine_sections(l->m);

	for (i = 0; i < n && strcmp(machine_section(l->m, i).name, sec->name); i++)
		;
	if (i == n)
		return container_bad(l->file[l->now], sec->offset, e, "unknown section %s",
		    sec->name);
	want = machine_section(l->m, i);
	if (sec->version != want.version || sec->length != want.size)
		return impossible(l, sec, e);
	if (l->now)
		return true;		/* only the newest counts */
	if (l->have_state[i])
		return impossible(l, sec, e);
	l->have_state[i] = true;
	memcpy(l->states + state_offset(l->m, i), sec->contents, sec->length);
	return true;
}

static bool
check_section(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	struct loading *l = arg;
	struct store *st = stores_find(&l->stores, sec->name);

	if (!strcmp(sec->name, SECTION_CHECKPOINT))
		return check_info(l, sec, e);
	if (!l->have_info)
		return impossible(l, sec, e);
	if (!strcmp(sec->name, SECTION_CONFIG))
		return check_config(l, sec, e);
	if (!strcmp(sec->name, SECTION_FILES))
		return check_files(l, sec, e);
	if (!strcmp(sec->name, SECTION_CWD))
		return true;
	if (!strcmp(sec->name, SECTION_OUTPUT))
		return check_output(l, sec, e);
	if (st)
		return stores_check(&l->stores, st, l->file[l->now], sec, e);
	return check_state(l, sec, e);
}

/* --- files --- */

static bool
check_complete(struct loading *l, struct snapshot_error *e)
{
	const char *path = container_path(l->file[l->now]);
	unsigned i;

	if (!l->have_info || (l->info.whole && (!l->have_config || !l->have_files)))
		return snapshot_fail(e, "%s: it does not say what it is", path);
	for (i = 0; !l->now && i < machine_sections(l->m); i++)
		if (!l->have_state[i])
			return snapshot_fail(e, "%s: no section %s", path,
			    machine_section(l->m, i).name);
	return true;
}

static bool
check_file(struct loading *l, const struct checkpoint_file *f, struct snapshot_error *e)
{
	l->now = l->files;
	l->file[l->now] = checkpoint_file_open(l->d, f, e);
	if (!l->file[l->now])
		return false;
	l->files++;
	l->have_info = l->have_config = l->have_files = false;
	stores_begin_file(&l->stores);
	return container_each(l->file[l->now], check_section, l, &l->id[l->now], e) &&
	    check_complete(l, e);
}

/* The file of an epoch, the whole one if there are two; NULL. */
static const struct checkpoint_file *
find_file(const struct checkpoint_dir *d, uint64_t number)
{
	size_t i = d->files;

	while (i && d->file[i - 1].number > number)
		i--;
	return i && d->file[i - 1].number == number ? &d->file[i - 1] : NULL;
}

static bool
check_all(struct loading *l, struct snapshot_error *e)
{
	const struct checkpoint_file *f;
	uint64_t number = l->d->file[l->d->files - 1].number;

	do {
		f = find_file(l->d, number);
		if (!f)
			return snapshot_fail(e, "%s: the checkpoint of epoch %" PRIu64
			    " is not there, and later ones build on it", l->d->path, number);
		if (l->files > PARTS_MAX)
			return snapshot_fail(e, "%s: too many checkpoints that build on "
			    "each other", l->d->path);
		if (!check_file(l, f, e))
			return false;
		number--;
	} while (!l->info.whole);
	return true;
}

/* --- into the machine --- */

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

	for (l->now = 0; l->now < l->files; l->now++) {
		if (!container_each(l->file[l->now], apply_section, l, &again, e))
			return false;
		if (again.lo != l->id[l->now].lo || again.hi != l->id[l->now].hi)
			return snapshot_fail(e, "%s: changed while it was read",
			    container_path(l->file[l->now]));
	}
	return stores_apply_rest(&l->stores, l->file[0], e);
}

static bool
apply_states(struct loading *l, struct snapshot_error *e)
{
	const uint8_t *at = l->states;
	struct machine_section sec;
	unsigned i;

	machine_load_begin(l->m);
	for (i = 0; i < machine_sections(l->m); i++) {
		sec = machine_section(l->m, i);
		if (machine_section_load(l->m, i, at, sec.size))
			return snapshot_fail(e, "%s: impossible values for %s",
			    container_path(l->file[0]), sec.name);
		at += sec.size;
	}
	return machine_load_end(l->m) == 0 || snapshot_fail(e, "%s: impossible values for one of "
	    "the chips", container_path(l->file[0]));
}

/* --- all of it --- */

static bool
loading_init(struct loading *l, struct checkpoint_dir *d, struct machine *m,
    const struct machine_config *cfg)
{
	const struct snapshots_config none = { .compress = SNAPSHOT_PLAIN };
	unsigned n = machine_sections(m);
	bool ok;

	*l = (struct loading){ .d = d, .m = m };
	ok = stores_init(&l->stores, m);
	l->s = snapshots_new(m, cfg, &none);
	l->description = machine_describe(cfg);
	l->states = malloc(state_offset(m, n));
	l->have_state = calloc(n, sizeof(*l->have_state));
	l->file = calloc(PARTS_MAX + 2, sizeof(struct container *));
	l->id = calloc(PARTS_MAX + 2, sizeof(*l->id));
	return ok && l->s && l->description && l->states && l->have_state && l->file && l->id;
}

static void
loading_fini(struct loading *l)
{
	while (l->files)
		container_close(l->file[--l->files]);
	free(l->file);
	free(l->id);
	free(l->description);
	free(l->states);
	free(l->have_state);
	free(l->output);
	snapshots_free(l->s);
	stores_fini(&l->stores);
}

/* A machine that was only half loaded is of no use: there is no run to go on with. */
bool
checkpoint_dir_load(struct checkpoint_dir *d, struct machine *m,
    const struct machine_config *cfg, struct outbuf *out, struct snapshot_error *e)
{
	struct loading l;
	bool ok;

	if (!loading_init(&l, d, m, cfg))
		ok = snapshot_fail(e, "%s: out of memory", d->path);
	else
		ok = check_all(&l, e) && apply_states(&l, e) && apply_pages(&l, e);
	if (ok && !outbuf_load(out, l.output, l.output_bytes))
		ok = snapshot_fail(e, "%s: impossible output", d->path);
	loading_fini(&l);
	return ok;
}

/* --- what machine --- */

struct texts {
	char	*config, *cwd;
};

static bool
take_text(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	struct texts *t = arg;
	char **to = !strcmp(sec->name, SECTION_CONFIG) ? &t->config :
	    !strcmp(sec->name, SECTION_CWD) ? &t->cwd : NULL;

	(void)e;
	if (!to)
		return true;
	free(*to);
	*to = strndup((const char *)sec->contents, sec->length);
	return true;
}

static const struct checkpoint_file *
newest_whole(const struct checkpoint_dir *d)
{
	size_t i = d->files;

	while (i && !d->file[i - 1].whole)
		i--;
	return i ? &d->file[i - 1] : NULL;
}

char *
checkpoint_dir_config(struct checkpoint_dir *d, char **cwd, struct snapshot_error *e)
{
	const struct checkpoint_file *f = newest_whole(d);
	struct container *c = f ? checkpoint_file_open(d, f, e) : NULL;
	struct texts t = { NULL, NULL };
	struct hash128 id;
	bool ok;

	if (!f)
		snapshot_fail(e, "%s: no whole checkpoint is in it", d->path);
	ok = c && container_each(c, take_text, &t, &id, e);
	if (ok && (!t.config || !t.cwd))
		ok = snapshot_fail(e, "%s: it does not say what machine it is of",
		    container_path(c));
	container_close(c);
	if (ok) {
		*cwd = t.cwd;
		return t.config;
	}
	free(t.config);
	free(t.cwd);
	return NULL;
}
