/*
 * snapshot/checkpoint_write.c - epochs into their files
 */
#include <stdlib.h>
#include <unistd.h>

#include "snapshot/checkpoint_dir_priv.h"
#include "snapshot/container.h"

static bool
write_file(struct checkpoint_dir *d, const struct checkpoint_info *info, const char *path,
    struct snapshot_error *e)
{
	struct container_writer *out = container_create(path, e);
	struct hash128 id;

	if (!out)
		return false;
	if (epoch_writer_put(&d->writer, info, out, e))
		return container_finish(out, &id, e);
	container_abandon(out);
	return false;
}

/* --- a whole one, beside the run --- */

/* It does not keep the lock: whoever resumes the run must not wait for it. */
static bool
child_write(void *arg)
{
	struct checkpoint_dir *d = arg;
	const struct checkpoint_file f = { d->info.number, true, -1, 0 };
	char *path = checkpoint_file_path(d, &f);
	struct snapshot_error e;

	close(d->lock);
	d->info.whole = 1;
	return path && write_file(d, &d->info, path, &e);
}

static void
child_start(struct checkpoint_dir *d)
{
	d->child_number = d->info.number;
	(void)epoch_child_start(&d->writer, child_write, d);
}

/* Without the whole one, another is tried, or the run writes it itself at last. */
static void
child_look(struct checkpoint_dir *d, bool wait)
{
	if (epoch_child_look(&d->writer, wait) != EPOCH_CHILD_DONE ||
	    !checkpoint_list_add(d, &(struct checkpoint_file){ d->child_number, true, -1, 0 }))
		return;
	d->parts = (unsigned)(d->info.number - d->child_number);
	checkpoint_remove_old(d);
}

void
checkpoint_child_end(struct checkpoint_dir *d)
{
	child_look(d, true);
}

/* --- an epoch --- */

static bool
commit(void *arg, struct undo *u, uint64_t number, enum machine_end end)
{
	struct checkpoint_dir *d = arg;
	struct checkpoint_info *info = &d->info;
	struct checkpoint_file f = { number, undo_marks(u) < 2 || d->parts >= PARTS_MAX, -1,
		0 };
	char *path = checkpoint_file_path(d, &f);
	struct snapshot_error e = { "out of memory" };
	bool ok = path;

	checkpoint_info_fill(info, d->how.m, number, f.whole, end);
	info->every = d->how.every;
	epoch_writer_collect(&d->writer, u);
	ok = ok && write_file(d, info, path, &e) && checkpoint_list_add(d, &f);
	free(path);
	if (!ok) {
		log_error(d->how.log, "checkpoint: %s; what the guest sent since the last one "
		    "does not leave", e.text);
		return false;
	}
	d->parts = f.whole ? 0 : d->parts + 1;
	if (f.whole || d->parts <= d->how.keep + 1)
		checkpoint_remove_old(d);
	child_look(d, false);
	if (d->parts >= PARTS_ENOUGH && !d->writer.child)
		child_start(d);
	return true;
}

struct checkpoint_sink
checkpoint_dir_sink(struct checkpoint_dir *d)
{
	return (struct checkpoint_sink){ .commit = commit, .arg = d };
}

bool
checkpoint_dir_attach(struct checkpoint_dir *d, const struct checkpoint_dir_config *how,
    struct snapshot_error *e)
{
	d->how = *how;
	return epoch_writer_init(&d->writer, how->m, how->cfg, how->out, d->path, e);
}
