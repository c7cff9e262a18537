/*
 * snapshot/snapshots.c - saving and loading, and what the last file was
 */
#include "snapshot/snapshots.h"

#include <stdio.h>
#include <string.h>

#include "cpu/timing.h"
#include "snapshot/snapshots_priv.h"

#include "config.h"

#define PACK_LEVEL	1

struct snapshots *
snapshots_new(struct machine *m, const struct machine_config *cfg,
    const struct snapshots_config *how)
{
	struct snapshots *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->m = m;
	s->cfg = cfg;
	s->how = *how;
	s->dir = strdup(how->dir ? how->dir : ".");
	s->pipe = -1;
	if (s->dir)
		return s;
	free(s);
	return NULL;
}

void
snapshots_free(struct snapshots *s)
{
	if (!s)
		return;
	snapshot_wait_until_idle(s);
	changes_stop(s);
	free(s->base.path);
	free(s->dir);
	free(s);
}

/* --- what is to be saved --- */

static bool
can_be_incremental(const struct snapshots *s, const char *path)
{
	return changes_known(s) && s->base.path && s->base.depth < SNAPSHOT_CHAIN_MAX &&
	    !snapshot_same_file(path, s->base.path) &&
	    snapshot_chain_is_there(s->base.path, s->base.id);
}

static struct snapshot_job
make_job(struct snapshots *s, const char *path)
{
	struct machine_position at = machine_position_now(s->m);
	struct snapshot_job job = { .path = path };
	struct snapshot_info *info = &job.info;

	job.level = s->how.compress == SNAPSHOT_ZLIB ? PACK_LEVEL : 0;
	*info = (struct snapshot_info){ .timing = TIMING_VERSION, .timeline = at.timeline,
		.slice = at.slice, .cycle = at.cycle, .vcpu = at.vcpu };
	snprintf(info->program, sizeof(info->program), "ringlab %s", RINGLAB_VERSION);
	snapshot_name_of(path, info->name, sizeof(info->name));
	job.incremental = can_be_incremental(s, path) && snapshot_name_parent(path,
	    s->base.path, info->parent_file, sizeof(info->parent_file));
	if (job.incremental) {
		info->depth = s->base.depth + 1;
		info->parent[0] = s->base.id.lo;
		info->parent[1] = s->base.id.hi;
	} else {
		info->parent_file[0] = '\0';
	}
	return job;
}

static void
set_base(struct snapshots *s, char *path, struct hash128 id, uint32_t depth)
{
	free(s->base.path);
	s->base = (struct snapshot_base){ path, id, depth };
}

/* What changes from the moment of the save on is not in the set yet. */
static void
saved(struct snapshots *s, char *path, struct hash128 id, uint32_t depth)
{
	set_base(s, path, id, depth);
	changes_forget(s);
}

void
snapshot_save_ended(struct snapshots *s, const struct snapshot_report *r)
{
	char *path = s->saving;
	char text[sizeof(r->error.text) + 16];

	s->saving = NULL;
	snprintf(text, sizeof(text), r->ok ? "%s: saved" : "%s",
	    r->ok ? path : r->error.text);
	if (r->ok)
		saved(s, path, r->id, s->saving_depth);
	else
		free(path);
	if (s->how.done)
		s->how.done(s->how.arg, r->ok, text);
}

/* --- saving --- */

void
snapshot_wait_until_idle(struct snapshots *s)
{
	while (snapshots_busy(s))
		snapshots_wait(s);
}

static bool
save_failed(struct snapshots *s)
{
	free(s->saving);
	s->saving = NULL;
	return false;
}

/* s->saving is set. */
static bool
save_prepare(struct snapshots *s, const char *name, struct snapshot_job *job,
    struct snapshot_error *e)
{
	snapshot_wait_until_idle(s);
	s->saving = snapshot_path_of(s, name, e);
	if (!s->saving)
		return false;
	if (snapshot_is_parent(s->saving, e) || !snapshot_freeze_disks(s, s->saving, e))
		return save_failed(s);
	changes_collect(s);
	*job = make_job(s, s->saving);
	s->saving_depth = job->info.depth;
	return true;
}

bool
snapshots_save(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	struct snapshot_job job;

	if (!save_prepare(s, name, &job, e))
		return false;
	return snapshot_start_child(s, &job, e) || save_failed(s);
}

bool
snapshots_save_now(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	struct snapshot_job job;
	struct hash128 id;

	if (!save_prepare(s, name, &job, e))
		return false;
	if (!snapshot_write(s, &job, &id, e))
		return save_failed(s);
	saved(s, s->saving, id, job.info.depth);
	s->saving = NULL;
	return true;
}

bool
snapshots_load(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	struct snapshot_base base;
	char *path;
	bool ok;

	snapshot_wait_until_idle(s);
	path = snapshot_path_of(s, name, e);
	if (!path)
		return false;
	ok = snapshot_read(s, path, &base, e);
	free(path);
	if (!ok)
		return false;
	set_base(s, base.path, base.id, base.depth);
	changes_collect(s);
	changes_forget(s);
	return true;
}
