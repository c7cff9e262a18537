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

const struct snap_field checkpoint_info_fields[] = {
	SNAP_U32(struct checkpoint_info, timing),
	SNAP_U32(struct checkpoint_info, whole),
	SNAP_ARRAY(struct checkpoint_info, run),
	SNAP_U64(struct checkpoint_info, number),
	SNAP_U64(struct checkpoint_info, cycle),
	SNAP_U64(struct checkpoint_info, outside),
	SNAP_U64(struct checkpoint_info, every),
	SNAP_U32(struct checkpoint_info, end),
	SNAP_U32(struct checkpoint_info, exit_status),
	SNAP_END
};

bool
checkpoint_info_decode(struct checkpoint_info *info, const uint8_t *in, size_t n)
{
	memset(info, 0, sizeof(*info));
	return snap_decode(checkpoint_info_fields, info, in, n) && info->whole <= 1 &&
	    info->end <= END_HOST_ERROR;
}

/* --- names --- */

char *
checkpoint_file_path(const struct checkpoint_dir *d, const struct checkpoint_file *f)
{
	char name[64];

	snprintf(name, sizeof(name), "%016llx", (unsigned long long)f->number);
	return snapshot_join(d->path, name, f->whole ? WHOLE_SUFFIX : PART_SUFFIX);
}

static bool
parse_name(const char *name, struct checkpoint_file *f)
{
	char *end;

	if (strspn(name, "0123456789abcdef") != NUMBER_DIGITS)
		return false;
	f->number = strtoull(name, &end, 16);
	f->whole = !strcmp(end, WHOLE_SUFFIX);
	return f->whole || !strcmp(end, PART_SUFFIX);
}

bool
checkpoint_list_add(struct checkpoint_dir *d, uint64_t number, bool whole)
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
	while (i && (d->file[i - 1].number > number ||
	    (d->file[i - 1].number == number && d->file[i - 1].whole)))
		i--;
	memmove(d->file + i + 1, d->file + i, (d->files - i) * sizeof(*d->file));
	d->file[i] = (struct checkpoint_file){ number, whole };
	d->files++;
	return true;
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
			ok = checkpoint_list_add(d, f.number, f.whole);
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
read_first(const char *path, struct checkpoint_info *info, struct snapshot_error *e)
{
	struct container *c = container_open(path, e);
	struct container_section sec;
	bool ok;

	if (!c)
		return false;
	ok = container_first(c, &sec, e);
	if (ok && (strcmp(sec.name, SECTION_CHECKPOINT) || sec.version != CHECKPOINT_VERSION ||
	    !checkpoint_info_decode(info, sec.contents, sec.length)))
		ok = container_bad(c, sec.offset, e, "this is no checkpoint");
	container_close(c);
	return ok;
}

static bool
read_newest(struct checkpoint_dir *d, struct snapshot_error *e)
{
	char *path;
	bool ok;

	if (!d->files)
		return snapshot_fail(e, "%s: there is no checkpoint in it", d->path);
	path = checkpoint_file_path(d, &d->file[d->files - 1]);
	ok = path ? read_first(path, &d->info, e) :
	    snapshot_fail(e, "%s: out of memory", d->path);
	if (ok && d->info.timing != TIMING_VERSION)
		ok = snapshot_fail(e, "%s: made with version %u of the timing model, this is %u",
		    path, d->info.timing, TIMING_VERSION);
	free(path);
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

/* 128 bits that no other run has. */
static bool
name_run(struct checkpoint_dir *d, struct snapshot_error *e)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && read(fd, d->info.run, sizeof(d->info.run)) ==
	    (ssize_t)sizeof(d->info.run);

	if (fd >= 0)
		close(fd);
	return ok || snapshot_fail(e, "/dev/urandom: %s", strerror(errno));
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
	else if (name_run(d, e))
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

void
checkpoint_dir_free(struct checkpoint_dir *d)
{
	if (!d)
		return;
	checkpoint_child_end(d);
	if (d->lock >= 0)
		close(d->lock);
	snapshots_free(d->s);
	free(d->file);
	free(d->config);
	free(d->names);
	free(d->cwd);
	free(d->path);
	free(d);
}
