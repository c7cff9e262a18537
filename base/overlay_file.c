/*
 * base/overlay_file.c - the overlay file of a run
 *
 * A cluster that is written again gets a new record in another slot; the higher
 * sequence number counts.  The slot it had is used again after the next flush:
 * until then the disk may not have the new record, and only then is what the
 * guest was promised still there whenever the program or the host dies.
 */
#define _GNU_SOURCE	/* fdatasync, flock */
#include "base/overlay_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* A guest that never flushes: 32 MiB given up are enough. */
#define RETIRED_MAX	8192u

struct slot_list {
	uint64_t	*slot;
	size_t		n, room;
};

struct overlay_file {
	struct log		*log;
	char			*path;		/* absolute */
	int			fd;
	struct overlay_header	h;
	uint64_t		slots;
	uint64_t		seq;
	uint64_t		live;		/* clusters that differ from images */
	struct slot_list	free, retired;
	unsigned		holds;
	int			flush_err;	/* of a flush nobody asked for */
	bool			torn;		/* a record may be incomplete */
	bool			complained;	/* a guest can fail without end */
};

/* Passes err on, with a message the first time. */
static int
file_failed(struct overlay_file *f, const char *what, int err)
{
	if (!f->complained)
		log_error(f->log, "%s: cannot %s: %s", f->path, what, strerror(-err));
	f->complained = true;
	return err;
}

/* Of a file that may not exist yet; NULL with errno set. */
static char *
absolute_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *dir, *real, *full = realpath(path, NULL);
	size_t n;

	if (full || errno != ENOENT)
		return full;
	dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	real = dir ? realpath(dir, NULL) : NULL;
	n = real ? strlen(real) + strlen(name) + 2 : 0;
	full = real ? malloc(n) : NULL;
	if (full)
		snprintf(full, n, "%s%s%s", real, real[1] ? "/" : "", name);
	free(dir);
	free(real);
	return full;
}

static char *
header_path(struct overlay_file *f, const char *path)
{
	char *full = absolute_path(path);

	if (!full) {
		log_error(f->log, "%s: %s", path, strerror(errno));
	} else if (!overlay_path_ok(full)) {
		log_error(f->log, "%s: an overlay cannot name this path", path);
		free(full);
		full = NULL;
	}
	return full;
}

/* --- creation --- */

static int
file_create(struct overlay_file *f)
{
	f->fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (f->fd < 0 && errno == EEXIST) {
		log_error(f->log, "%s: exists already; --commit writes an overlay to "
		    "its images", f->path);
		return -EEXIST;
	}
	if (f->fd < 0)
		return file_failed(f, "create", -errno);
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return file_failed(f, "lock", -errno);
	return 0;
}

static int
file_write_header(struct overlay_file *f)
{
	int err = overlay_header_write(f->fd, &f->h);

	if (err == -E2BIG)
		log_error(f->log, "%s: no room for more journals and snapshots", f->path);
	else if (err)
		file_failed(f, "write", err);
	return err;
}

/* Only if the name is still ours. */
static void
file_remove(struct overlay_file *f)
{
	struct stat ours, named;

	if (fstat(f->fd, &ours) == 0 && lstat(f->path, &named) == 0 &&
	    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
		unlink(f->path);
}

static void
file_free(struct overlay_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	overlay_header_fini(&f->h);
	free(f->free.slot);
	free(f->retired.slot);
	free(f->path);
	free(f);
}

struct overlay_file *
overlay_file_new(const char *path, struct log *log)
{
	struct overlay_file *f = calloc(1, sizeof(*f));

	if (!f) {
		log_error(log, "%s: out of memory", path);
		return NULL;
	}
	f->log = log;
	f->fd = -1;
	f->path = header_path(f, path);
	if (!f->path || file_create(f)) {
		file_free(f);
		return NULL;
	}
	if (file_write_header(f)) {
		file_remove(f);
		file_free(f);
		return NULL;
	}
	return f;
}

int
overlay_file_add_disk(struct overlay_file *f, unsigned unit, const struct overlay_image *im)
{
	struct overlay_disk *d = &f->h.disk[unit];
	int err;

	*d = (struct overlay_disk){ .present = true, .image = header_path(f, im->path),
		.format = (uint8_t)im->format, .size = im->size, .hash = im->hash };
	err = d->image ? file_write_header(f) : -EINVAL;
	if (err) {
		free(d->image);
		memset(d, 0, sizeof(*d));
	}
	return err;
}

int
overlay_file_add_user(struct overlay_file *f, const char *path)
{
	char *full = header_path(f, path);
	unsigned i;
	int err;

	if (!full)
		return -EINVAL;
	for (i = 0; i < f->h.users; i++) {
		if (!strcmp(f->h.user[i], full)) {
			free(full);
			return 0;
		}
	}
	err = overlay_header_add_user(&f->h, full);
	if (err) {
		log_error(f->log, "%s: out of memory", f->path);
		return err;
	}
	err = file_write_header(f);
	if (err)
		free(f->h.user[--f->h.users]);
	return err;
}

/* --- slots --- */

/* A slot that cannot be remembered is lost to this run, and no harm done. */
static void
slot_push(struct slot_list *l, uint64_t slot)
{
	size_t room = l->room ? l->room * 2 : 64;
	uint64_t *more;

	if (l->n == l->room) {
		more = realloc(l->slot, room * sizeof(*more));
		if (!more)
			return;
		l->slot = more;
		l->room = room;
	}
	l->slot[l->n++] = slot;
}

static void
slots_reuse(struct overlay_file *f)
{
	while (f->retired.n)
		slot_push(&f->free, f->retired.slot[--f->retired.n]);
}

static int
file_sync(struct overlay_file *f)
{
	if (fdatasync(f->fd) < 0)
		return file_failed(f, "flush", -errno);
	if (!f->holds)
		slots_reuse(f);
	return 0;
}

/* The kernel tells of an error once: keep it for the guest's own flush. */
static void
slot_retire(struct overlay_file *f, uint64_t slot)
{
	slot_push(&f->retired, slot);
	if (f->retired.n >= RETIRED_MAX && !f->holds && !f->flush_err)
		f->flush_err = file_sync(f);
}

int
overlay_file_flush(struct overlay_file *f)
{
	int err = f->flush_err;

	f->flush_err = 0;
	return err ? err : file_sync(f);
}

void
overlay_file_hold(struct overlay_file *f, bool hold)
{
	f->holds += hold ? 1 : -1u;
}

/* --- records --- */

static void
count_cluster(struct overlay_file *f, const struct overlay_cluster *c, bool written)
{
	bool was = c->flags & CLUSTER_WRITTEN;

	if (written && !was)
		f->live++;
	else if (!written && was)
		f->live--;
}

/* A slot in which nothing was completed is the next one's again. */
int
overlay_file_write(struct overlay_file *f, unsigned unit, uint64_t cluster,
    struct overlay_cluster *c, const uint8_t *data)
{
	struct overlay_record r = { f->seq + 1, cluster, unit,
		data ? 0 : RECORD_AS_IMAGE, data };
	uint64_t slot = f->free.n ? f->free.slot[f->free.n - 1] : f->slots;
	uint8_t buf[OVERLAY_RECORD];
	int err;

	overlay_record_encode(&r, buf);
	err = file_pwrite(f->fd, buf, sizeof(buf), overlay_record_at(slot));
	if (err) {
		f->torn = true;
		return file_failed(f, "write", err);
	}
	f->seq++;
	if (slot == f->slots)
		f->slots++;
	else
		f->free.n--;
	if (c->flags & CLUSTER_SLOT)
		slot_retire(f, c->slot);
	count_cluster(f, c, data != NULL);
	c->slot = slot;
	c->seq = r.seq;
	c->flags |= CLUSTER_SLOT;
	return 0;
}

int
overlay_file_read(struct overlay_file *f, unsigned unit, uint64_t cluster,
    const struct overlay_cluster *c, uint8_t out[OVERLAY_CLUSTER])
{
	uint8_t buf[OVERLAY_RECORD];
	struct overlay_record r;
	int err;

	err = overlay_record_read(f->fd, c->slot, buf, &r);
	if (!err && (r.seq != c->seq || r.cluster != cluster || r.unit != unit))
		err = -EBADMSG;
	if (err)
		return file_failed(f, "read", err);
	memcpy(out, r.data, OVERLAY_CLUSTER);
	return 0;
}

/* --- the end --- */

/* With a record that may be incomplete the file stays as a crash leaves it. */
static void
file_finish(struct overlay_file *f)
{
	if (file_sync(f) || f->torn)
		return;
	f->h.flags |= OVERLAY_CLOSED;
	f->h.slots = f->slots;
	(void)!file_write_header(f);
}

void
overlay_file_close(struct overlay_file *f)
{
	if (!f)
		return;
	if (f->live)
		file_finish(f);
	else
		file_remove(f);
	file_free(f);
}

bool
overlay_file_used(const struct overlay_file *f)
{
	return f->live != 0;
}

const char *
overlay_file_path(const struct overlay_file *f)
{
	return f->path;
}
