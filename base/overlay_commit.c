/*
 * base/overlay_commit.c - an overlay file is written to its images
 *
 * Everything is opened, locked and checked first.  Then the header says that
 * the images are no longer what they were; from there on a commit that is
 * interrupted is done again from the start, whatever the images' hashes are.
 */
#define _GNU_SOURCE	/* flock, fdatasync, block devices */
#include "base/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/overlay_priv.h"

struct commit {
	const char		*path;
	bool			force;
	FILE			*out;
	struct log		*log;
	int			fd;
	const struct overlay_opener *images;
	void			*image[OVERLAY_UNITS];
	struct overlay_scan	scan;
};

/* The disk that is being written. */
struct commit_disk {
	struct commit	*c;
	unsigned	unit;
};

/* --- checks --- */

static bool
open_locked(struct commit *c, const char *path, int *fd)
{
	/* O_NONBLOCK: opening a FIFO, which is refused later, must not hang. */
	*fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0) {
		log_error(c->log, "%s: cannot open for writing: %s", path, strerror(errno));
		return false;
	}
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		log_error(c->log, "%s: in use by another program", path);
		return false;
	}
	return true;
}

/* A file that cannot be looked for counts as there. */
static bool
user_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool
check_users(struct commit *c)
{
	const struct overlay_header *h = &c->scan.h;
	unsigned i, n = 0;

	for (i = 0; i < h->users; i++) {
		if (!user_exists(h->user[i]))
			continue;
		n++;
		if (c->force)
			fprintf(c->out, "can no longer be replayed or loaded: %s\n", h->user[i]);
		else
			log_error(c->log, "%s: needs the images as they are: %s", c->path,
			    h->user[i]);
	}
	if (n && !c->force)
		log_error(c->log, "%s: not committed; remove what needs the images, or "
		    "--force makes it useless", c->path);
	return !n || c->force;
}

static bool
check_size(struct commit *c, const struct overlay_disk *d, void *image)
{
	uint64_t size = c->images->dev(image)->sectors * BLOCKDEV_SECTOR;

	if (size == d->size)
		return true;
	log_error(c->log, "%s: is not the image it was: %" PRIu64 " bytes, not %" PRIu64,
	    d->image, size, d->size);
	return false;
}

static bool
check_hash(struct commit *c, const struct overlay_disk *d, void *image)
{
	char now[33], then[33];
	struct hash128 h;
	int err = c->images->hash(image, &h);

	if (err) {
		log_error(c->log, "%s: cannot read: %s", d->image, strerror(-err));
		return false;
	}
	if (h.lo == d->hash.lo && h.hi == d->hash.hi)
		return true;
	hash_hex(h, now);
	hash_hex(d->hash, then);
	log_error(c->log, "%s: is not the image it was: its contents have the hash %s, not %s",
	    d->image, now, then);
	return false;
}

/* Images nothing was written over may be gone. */
static bool
check_images(struct commit *c)
{
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++) {
		const struct overlay_disk *d = &c->scan.h.disk[i];

		if (!c->scan.written[i])
			continue;
		c->image[i] = c->images->open(d->image, d->format, c->log);
		if (!c->image[i] || !check_size(c, d, c->image[i]))
			return false;
		if (!(c->scan.h.flags & OVERLAY_COMMITTING) && !check_hash(c, d, c->image[i]))
			return false;
	}
	return true;
}

/* --- writing --- */

static int
commit_failed(struct commit *c, const char *path, int err)
{
	log_error(c->log, "%s: cannot write: %s; --commit %s goes on once it can", path,
	    strerror(-err), c->path);
	return err;
}

static int
write_cluster(void *arg, uint64_t cluster, struct overlay_cluster *k)
{
	const struct commit_disk *cd = arg;
	const struct overlay_disk *d = &cd->c->scan.h.disk[cd->unit];
	const struct blockdev *dev = cd->c->images->dev(cd->c->image[cd->unit]);
	uint64_t left = dev->sectors - cluster * OVERLAY_SECTORS;
	uint8_t buf[OVERLAY_RECORD];
	struct overlay_record r;
	int err;

	if (!(k->flags & CLUSTER_WRITTEN))
		return 0;
	err = overlay_record_read(cd->c->fd, k->slot, buf, &r);
	if (err) {
		log_error(cd->c->log, "%s: at offset %" PRIu64 ": cannot read: %s",
		    cd->c->path, overlay_record_at(k->slot), strerror(-err));
		return err;
	}
	err = dev->write(dev->arg, cluster * OVERLAY_SECTORS,
	    left < OVERLAY_SECTORS ? (uint32_t)left : OVERLAY_SECTORS, r.data);
	return err ? commit_failed(cd->c, d->image, err) : 0;
}

static bool
commit_disk(struct commit *c, unsigned unit)
{
	struct commit_disk cd = { c, unit };
	const struct blockdev *dev = c->images->dev(c->image[unit]);
	const char *image = c->scan.h.disk[unit].image;
	int err;

	if (overlay_index_each(&c->scan.index[unit], write_cluster, &cd))
		return false;
	err = dev->flush(dev->arg);
	if (err) {
		commit_failed(c, image, err);
		return false;
	}
	fprintf(c->out, "%s: %" PRIu64 " clusters of 4 KiB written\n", image,
	    c->scan.written[unit]);
	return true;
}

static bool
commit_begin(struct commit *c)
{
	int err;

	if (c->scan.h.flags & OVERLAY_COMMITTING)
		return true;
	c->scan.h.flags |= OVERLAY_COMMITTING;
	err = overlay_header_write(c->fd, &c->scan.h);
	if (err)
		commit_failed(c, c->path, err);
	return !err;
}

/* Gone for good: the images may change once this has returned. */
static bool
commit_remove(struct commit *c)
{
	const char *slash = strrchr(c->path, '/');
	char *dir = slash ? strndup(c->path, (size_t)(slash - c->path) + 1) : strdup(".");
	int fd;

	if (unlink(c->path) < 0) {
		log_error(c->log, "%s: committed, but cannot remove it: %s; remove it before "
		    "the images are used", c->path, strerror(errno));
		free(dir);
		return false;
	}
	fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		(void)!fsync(fd);
		close(fd);
	}
	free(dir);
	return true;
}

static bool
commit_write(struct commit *c)
{
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++)
		if (c->scan.written[i] && !commit_disk(c, i))
			return false;
	return commit_remove(c);
}

/* --- all of it --- */

static void
tell_incomplete(const struct commit *c)
{
	const struct overlay_scan *s = &c->scan;

	if (s->incomplete)
		log_warn(c->log, "%s: from a run that died: %" PRIu64 " incomplete records, "
		    "the first at offset %" PRIu64 ", are left out", c->path, s->incomplete,
		    s->first_incomplete);
}

static bool
commit_run(struct commit *c)
{
	if (!open_locked(c, c->path, &c->fd) ||
	    overlay_scan(&c->scan, c->fd, c->path, c->log))
		return false;
	tell_incomplete(c);
	if (c->scan.h.flags & OVERLAY_COMMITTING)
		fprintf(c->out, "%s: a commit was interrupted; doing it again\n", c->path);
	else if (!check_users(c))
		return false;
	return check_images(c) && commit_begin(c) && commit_write(c);
}

bool
overlay_commit(const char *path, bool force, const struct overlay_opener *images,
    FILE *out, struct log *log)
{
	struct commit *c = calloc(1, sizeof(*c));
	unsigned i;
	bool ok;

	if (!c) {
		log_error(log, "%s: out of memory", path);
		return false;
	}
	c->path = path;
	c->force = force;
	c->out = out;
	c->log = log;
	c->fd = -1;
	c->images = images;
	ok = commit_run(c);
	overlay_scan_fini(&c->scan);
	for (i = 0; i < OVERLAY_UNITS; i++)
		if (c->image[i])
			images->close(c->image[i]);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return ok;
}
