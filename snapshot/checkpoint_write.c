/*
 * snapshot/checkpoint_write.c - an epoch into its file
 *
 * The struct snapshots here saves nothing by itself: it lends its page sets and what
 * it knows about a machine's files.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/overlay.h"
#include "cpu/timing.h"
#include "mmu/physmem.h"
#include "snapshot/checkpoint_dir_priv.h"
#include "snapshot/container.h"

#define CHILD_NICE	5

/* --- what changed --- */

static void
page_changed(void *arg, uint32_t id)
{
	struct snapshots *s = arg;

	page_set_add(&s->ram.set, id);
}

static void
cluster_changed(void *arg, unsigned disk, uint64_t cluster)
{
	struct snapshots *s = arg;

	page_set_add(&s->disk[disk].set, cluster);
}

static void
collect(struct checkpoint_dir *d, const struct undo *u)
{
	const struct undo_changes fn = { page_changed, cluster_changed, d->s };

	changes_forget(d->s);
	undo_each_change(u, &fn);
}

/* --- sections --- */

static bool
put_info(const struct checkpoint_info *info, struct container_writer *out,
    struct snapshot_error *e)
{
	uint8_t buf[2 * sizeof(*info)];

	snap_encode(checkpoint_info_fields, info, buf);
	return container_put(out, SECTION_CHECKPOINT, CHECKPOINT_VERSION, buf,
	    snap_size(checkpoint_info_fields), e);
}

/* In pieces: a section has a limit. */
static bool
put_output(struct checkpoint_dir *d, struct container_writer *out, struct snapshot_error *e)
{
	size_t n = outbuf_save_size(d->how.out), at, part;
	uint8_t *buf = malloc(n);
	bool ok = buf;

	if (!buf)
		return snapshot_fail(e, "%s: out of memory", d->path);
	outbuf_save(d->how.out, buf);
	for (at = 0; ok && at < n; at += part) {
		part = n - at < CONTAINER_SECTION_MAX ? n - at : CONTAINER_SECTION_MAX;
		ok = container_put(out, SECTION_OUTPUT, OUTPUT_VERSION, buf + at, part, e);
	}
	free(buf);
	return ok;
}

static bool
put_texts(struct checkpoint_dir *d, struct container_writer *out, struct snapshot_error *e)
{
	return container_put(out, SECTION_CWD, CWD_VERSION, d->cwd, strlen(d->cwd), e) &&
	    container_put(out, SECTION_CONFIG, CONFIG_VERSION, d->config, strlen(d->config), e) &&
	    container_put(out, SECTION_FILES, FILES_VERSION, d->names, strlen(d->names), e);
}

static bool
put_all(struct checkpoint_dir *d, const struct checkpoint_info *info,
    struct container_writer *out, struct snapshot_error *e)
{
	const struct snapshot_job job = { .path = d->path, .incremental = !info->whole };

	if (!put_info(info, out, e))
		return false;
	if (info->whole && !put_texts(d, out, e))
		return false;
	return put_output(d, out, e) && snapshot_put_machine(d->s, &job, out, e);
}

static bool
write_file(struct checkpoint_dir *d, const struct checkpoint_info *info, const char *path,
    struct snapshot_error *e)
{
	struct container_writer *out = container_create(path, e);
	struct hash128 id;

	if (!out)
		return false;
	if (put_all(d, info, out, e))
		return container_finish(out, &id, e);
	container_abandon(out);
	return false;
}

/* --- what is not needed any more --- */

/* The whole one that the oldest checkpoint to be kept builds on. */
static uint64_t
oldest_needed(const struct checkpoint_dir *d)
{
	uint64_t newest = d->file[d->files - 1].number, first = 0;
	uint64_t least = newest > d->how.keep - 1 ? newest - (d->how.keep - 1) : 0;
	size_t i;

	for (i = 0; i < d->files && d->file[i].number <= least; i++)
		if (d->file[i].whole)
			first = d->file[i].number;
	return first;
}

static void
remove_old(struct checkpoint_dir *d)
{
	uint64_t first = oldest_needed(d);
	char *path;
	size_t n;

	for (n = 0; d->file[n].number < first; n++) {
		path = checkpoint_file_path(d, &d->file[n]);
		if (path)
			unlink(path);
		free(path);
	}
	d->files -= n;
	memmove(d->file, d->file + n, d->files * sizeof(*d->file));
}

/* --- a whole one, beside the run --- */

/*
 * fork() gives a child all of the machine as it is now.  It dies with the run, and
 * does not keep the lock: whoever resumes the run must not wait for it.
 */
static void
child_main(struct checkpoint_dir *d, struct checkpoint_info info, const char *path)
{
	struct snapshot_error e;

	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, CHILD_NICE);
	close(d->lock);
	info.whole = 1;
	_exit(write_file(d, &info, path, &e) ? 0 : 1);
}

static void
child_start(struct checkpoint_dir *d)
{
	const struct checkpoint_file f = { d->info.number, true };
	char *path = checkpoint_file_path(d, &f);

	if (!path)
		return;
	snapshot_hold_disks(d->s, true);
	d->child = fork();
	if (!d->child)
		child_main(d, d->info, path);
	free(path);
	d->child_number = f.number;
	if (d->child > 0)
		return;
	d->child = 0;
	snapshot_hold_disks(d->s, false);
}

/* Without the whole one, another is tried, or the run writes it itself at last. */
static void
child_ended(struct checkpoint_dir *d, int status)
{
	d->child = 0;
	snapshot_hold_disks(d->s, false);
	if (!WIFEXITED(status) || WEXITSTATUS(status) ||
	    !checkpoint_list_add(d, d->child_number, true))
		return;
	d->parts = (unsigned)(d->info.number - d->child_number);
	remove_old(d);
}

static void
child_look(struct checkpoint_dir *d)
{
	int status;

	if (d->child && waitpid(d->child, &status, WNOHANG) == d->child)
		child_ended(d, status);
}

void
checkpoint_child_end(struct checkpoint_dir *d)
{
	int status;

	if (d->child && waitpid(d->child, &status, 0) == d->child)
		child_ended(d, status);
}

/* --- an epoch --- */

static bool
commit(void *arg, struct undo *u, uint64_t number, enum machine_end end)
{
	struct checkpoint_dir *d = arg;
	struct checkpoint_info *info = &d->info;
	struct checkpoint_file f = { number, undo_marks(u) < 2 || d->parts >= PARTS_MAX };
	char *path = checkpoint_file_path(d, &f);
	struct snapshot_error e = { "out of memory" };
	bool ok = path;

	info->timing = TIMING_VERSION;
	info->whole = f.whole;
	info->number = number;
	info->cycle = machine_cycles(d->how.m);
	info->outside = machine_outside(d->how.m);
	info->every = d->how.every;
	info->end = end;
	if (machine_exit_status(d->how.m))
		info->exit_status = machine_exit_status(d->how.m);
	collect(d, u);
	ok = ok && write_file(d, info, path, &e) && checkpoint_list_add(d, number, f.whole);
	free(path);
	if (!ok) {
		log_error(d->how.log, "checkpoint: %s; what the guest sent since the last one "
		    "does not leave", e.text);
		return false;
	}
	d->parts = f.whole ? 0 : d->parts + 1;
	if (f.whole || d->parts <= d->how.keep + 1)
		remove_old(d);
	child_look(d);
	if (d->parts >= PARTS_ENOUGH && !d->child)
		child_start(d);
	return true;
}

struct checkpoint_sink
checkpoint_dir_sink(struct checkpoint_dir *d)
{
	return (struct checkpoint_sink){ commit, d };
}

static bool
init_sets(struct checkpoint_dir *d)
{
	struct overlay *o;
	unsigned i;

	if (!page_set_init(&d->s->ram.set, physmem_pages(machine_memory(d->how.m))))
		return false;
	for (i = 0; i < MACHINE_DISKS; i++) {
		o = machine_overlay(d->how.m, i);
		if (o && !page_set_init(&d->s->disk[i].set, overlay_clusters(o)))
			return false;
	}
	return true;
}

bool
checkpoint_dir_attach(struct checkpoint_dir *d, const struct checkpoint_dir_config *how,
    struct snapshot_error *e)
{
	const struct snapshots_config none = { .compress = SNAPSHOT_PLAIN };

	d->how = *how;
	d->s = snapshots_new(how->m, how->cfg, &none);
	d->config = machine_describe(how->cfg);
	d->cwd = getcwd(NULL, 0);
	if (!d->s || !d->config || !d->cwd || !init_sets(d))
		return snapshot_fail(e, "%s: out of memory", d->path);
	d->names = snapshot_files(d->s, d->path, e);
	return d->names;
}
