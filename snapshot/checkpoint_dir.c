/*
 * snapshot/checkpoint_dir.c - a directory of checkpoints: its files and its lock
 */
#include "snapshot/checkpoint_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpu/timing.h"
#include "snapshot/checkpoint_dir_priv.h"
#include "snapshot/container.h"

/* --- names --- */

char *
checkpoint_file_path(const struct checkpoint_dir *d, const struct checkpoint_file *f)
{
	char name[64];

	snprintf(name, sizeof(name), "%016llx", (unsigned long long)f->number);
	return snapshot_join(d->path, name, f->whole ? WHOLE_SUFFIX : PART_SUFFIX);
}

struct container *
checkpoint_file_open(const struct checkpoint_dir *d, const struct checkpoint_file *f,
    struct snapshot_error *e)
{
	char *path = checkpoint_file_path(d, f);
	struct container *c = NULL;

	if (!path)
		snapshot_fail(e, "%s: out of memory", d->path);
	else if (f->fd >= 0)
		c = container_open_fd(f->fd, path, e);
	else
		c = container_open(path, e);
	free(path);
	return c;
}

static bool
parse_name(const char *name, struct checkpoint_file *f)
{
	char *end;

	*f = (struct checkpoint_file){ .fd = -1 };
	if (strspn(name, "0123456789abcdef") != NUMBER_DIGITS)
		return false;
	f->number = strtoull(name, &end, 16);
	f->whole = !strcmp(end, WHOLE_SUFFIX);
	return f->whole || !strcmp(end, PART_SUFFIX);
}

bool
checkpoint_list_add(struct checkpoint_dir *d, const struct checkpoint_file *f)
{
	size_t room = d->room ? 2 * d->room : 64, i = d->files;
	struct checkpoint_file *more;

	if (d->files == d->room) {
		more = realloc(d->file, room * sizeof(*more));
		if (!more)
			return false;
		d->file = more;
		d->room = room;
	}
	while (i && (d->file[i - 1].number > f->number ||
	    (d->file[i - 1].number == f->number && d->file[i - 1].whole)))
		i--;
	memmove(d->file + i + 1, d->file + i, (d->files - i) * sizeof(*d->file));
	d->file[i] = *f;
	d->files++;
	d->bytes += f->size;
	return true;
}

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
remove_file(struct checkpoint_dir *d, const struct checkpoint_file *f)
{
	char *path = f->fd < 0 ? checkpoint_file_path(d, f) : NULL;

	d->bytes -= f->size;
	if (path)
		unlink(path);
	else if (f->fd >= 0)
		close(f->fd);
	free(path);
}

void
checkpoint_remove_old(struct checkpoint_dir *d)
{
	uint64_t first = oldest_needed(d);
	size_t n;

	for (n = 0; d->file[n].number < first; n++)
		remove_file(d, &d->file[n]);
	d->files -= n;
	memmove(d->file, d->file + n, d->files * sizeof(*d->file));
}

/* What a killed run was writing; nobody else does now. */
static bool
remove_leftover(const struct checkpoint_dir *d, const char *name)
{
	const char *suffix = name + strspn(name, "0123456789abcdef");
	char *path;

	if (strncmp(suffix, PART_SUFFIX ".tmp.", sizeof(PART_SUFFIX ".tmp.") - 1) &&
	    strncmp(suffix, WHOLE_SUFFIX ".tmp.", sizeof(WHOLE_SUFFIX ".tmp.") - 1))
		return false;
	path = snapshot_join(d->path, name, "");
	if (path)
		unlink(path);
	free(path);
	return true;
}

/* Files of other names are none of ours. */
static bool
list_files(struct checkpoint_dir *d, struct snapshot_error *e)
{
	struct checkpoint_file f;
	struct dirent *entry;
	DIR *dir = opendir(d->path);
	bool ok = true;

	if (!dir)
		return snapshot_fail(e, "%s: %s", d->path, strerror(errno));
	while (ok && (entry = readdir(dir)))
		if (!remove_leftover(d, entry->d_name) && parse_name(entry->d_name, &f))
			ok = checkpoint_list_add(d, &f);
	closedir(dir);
	return ok || snapshot_fail(e, "%s: out of memory", d->path);
}

/* --- the lock --- */

static bool
take_lock(struct checkpoint_dir *d, struct snapshot_error *e)
{
	char *path = snapshot_join(d->path, "lock", "");

	d->used = path && access(path, F_OK) == 0;
	if (path)
		d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	free(path);
	if (d->lock < 0)
		return snapshot_fail(e, "%s: cannot lock it: %s", d->path, strerror(errno));
	if (flock(d->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return snapshot_fail(e, "%s: another run uses it", d->path);
}

/* --- the newest --- */

static bool
check_timing(const struct container *c, const struct checkpoint_info *info,
    struct snapshot_error *e)
{
	return info->timing == TIMING_VERSION || snapshot_fail(e, "%s: made with version %u of the "
	    "timing model, this is %u", container_path(c), info->timing, TIMING_VERSION);
}

static bool
read_newest(struct checkpoint_dir *d, struct snapshot_error *e)
{
	struct container *c;
	bool ok;

	if (!d->files)
		return snapshot_fail(e, "%s: there is no checkpoint in it", d->path);
	c = checkpoint_file_open(d, &d->file[d->files - 1], e);
	ok = c && epoch_file_info(c, &d->info, e) && check_timing(c, &d->info, e);
	container_close(c);
	return ok;
}

const struct checkpoint_info *
checkpoint_dir_info(const struct checkpoint_dir *d)
{
	return &d->info;
}

const char *
checkpoint_dir_path(const struct checkpoint_dir *d)
{
	return d->path;
}

bool
checkpoint_dir_used(const struct checkpoint_dir *d)
{
	return d->used;
}

/* --- life --- */

static struct checkpoint_dir *
dir_new(const char *path, struct snapshot_error *e)
{
	struct checkpoint_dir *d = calloc(1, sizeof(*d));

	if (!d || !(d->path = realpath(path, NULL))) {
		snapshot_fail(e, "%s: %s", path, strerror(errno));
		free(d);
		return NULL;
	}
	d->lock = -1;
	if (take_lock(d, e) && list_files(d, e))
		return d;
	checkpoint_dir_free(d);
	return NULL;
}

struct checkpoint_dir *
checkpoint_dir_create(const char *path, struct snapshot_error *e)
{
	struct checkpoint_dir *d;

	if (mkdir(path, 0777) != 0 && errno != EEXIST) {
		snapshot_fail(e, "%s: %s", path, strerror(errno));
		return NULL;
	}
	d = dir_new(path, e);
	if (!d)
		return NULL;
	if (d->files)
		snapshot_fail(e, "%s: has checkpoints: --resume %s goes on with them", path, path);
	else if (checkpoint_info_name(&d->info, e))
		return d;
	checkpoint_dir_free(d);
	return NULL;
}

struct checkpoint_dir *
checkpoint_dir_open(const char *path, struct snapshot_error *e)
{
	struct stat st;
	struct checkpoint_dir *d;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		snapshot_fail(e, "%s: no directory of checkpoints", path);
		return NULL;
	}
	d = dir_new(path, e);
	if (d && read_newest(d, e))
		return d;
	checkpoint_dir_free(d);
	return NULL;
}

/* --- in memory --- */

struct checkpoint_dir *
checkpoint_dir_in_memory(const char *name, struct snapshot_error *e)
{
	struct checkpoint_dir *d = calloc(1, sizeof(*d));

	if (d && (d->path = strdup(name))) {
		d->lock = -1;
		d->how.keep = 1;
		return d;
	}
	snapshot_fail(e, "%s: out of memory", name);
	free(d);
	return NULL;
}

static bool
pass(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	(void)arg;
	(void)sec;
	(void)e;
	return true;
}

/* The next epoch, or a whole one of an epoch that is there. */
static bool
check_place(const struct checkpoint_dir *d, const struct container *c,
    const struct checkpoint_info *info, struct snapshot_error *e)
{
	const char *what = container_path(c);

	if (!d->files)
		return info->whole || snapshot_fail(e, "%s: it builds on what is not there", what);
	if (memcmp(info->run, d->info.run, sizeof(info->run)))
		return snapshot_fail(e, "%s: of another run", what);
	if (info->number == d->info.number + 1)
		return true;
	return (info->whole && info->number <= d->info.number &&
	    info->number >= d->file[0].number) ||
	    snapshot_fail(e, "%s: out of order", what);
}

static bool
check_added(struct checkpoint_dir *d, struct container *c, struct checkpoint_info *info,
    struct snapshot_error *e)
{
	struct hash128 id;

	return container_each(c, pass, NULL, &id, e) && epoch_file_info(c, info, e) &&
	    check_timing(c, info, e) && check_place(d, c, info, e);
}

static uint64_t
file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

bool
checkpoint_dir_add(struct checkpoint_dir *d, int fd, struct snapshot_error *e)
{
	struct container *c = container_open_fd(fd, d->path, e);
	struct checkpoint_info info;
	bool ok = c && check_added(d, c, &info, e);

	container_close(c);
	if (ok && !checkpoint_list_add(d, &(struct checkpoint_file){ info.number, info.whole, fd,
	    file_size(fd) }))
		ok = snapshot_fail(e, "%s: out of memory", d->path);
	if (!ok) {
		close(fd);
		return false;
	}
	if (d->files == 1 || info.number > d->info.number)
		d->info = info;
	checkpoint_remove_old(d);
	return true;
}

bool
checkpoint_dir_empty(const struct checkpoint_dir *d)
{
	return !d->files;
}

uint64_t
checkpoint_dir_bytes(const struct checkpoint_dir *d)
{
	return d->bytes;
}

/* --- the end --- */

void
checkpoint_dir_free(struct checkpoint_dir *d)
{
	size_t i;

	if (!d)
		return;
	checkpoint_child_end(d);
	for (i = 0; i < d->files; i++)
		if (d->file[i].fd >= 0)
			close(d->file[i].fd);
	if (d->lock >= 0)
		close(d->lock);
	epoch_writer_fini(&d->writer);
	free(d->file);
	free(d->path);
	free(d);
}
