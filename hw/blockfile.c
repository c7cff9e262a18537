/*
 * hw/blockfile.c - raw disk images and the copy-on-write layer of -snapshot
 */
#define _GNU_SOURCE	/* pread, pwrite with 64-bit offsets; flock */
#include "hw/blockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fs.h>

#include "base/log.h"

struct blockfile {
	struct blockdev	dev;
	struct log	*log;
	char		*path;
	int		fd;
	bool		complained;	/* a guest can fail without end */
};

/* -errno, with a message the first time. */
static int
blockfile_failed(struct blockfile *f, const char *what)
{
	int err = errno ? errno : EIO;

	if (!f->complained)
		log_error(f->log, "%s: cannot %s: %s", f->path, what,
		    strerror(err));
	f->complained = true;
	return -err;
}

static int
blockfile_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct blockfile *f = arg;
	size_t left = (size_t)n * BLOCKDEV_SECTOR, done = 0;
	off_t at = (off_t)(lba * BLOCKDEV_SECTOR);
	ssize_t got;

	while (done < left) {
		got = pread(f->fd, (char *)buf + done, left - done,
		    at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;	/* the file has become shorter */
		if (got <= 0)
			return blockfile_failed(f, "read");
		done += (size_t)got;
	}
	return 0;
}

static int
blockfile_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct blockfile *f = arg;
	size_t left = (size_t)n * BLOCKDEV_SECTOR, done = 0;
	off_t at = (off_t)(lba * BLOCKDEV_SECTOR);
	ssize_t put;

	while (done < left) {
		put = pwrite(f->fd, (const char *)buf + done, left - done,
		    at + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return blockfile_failed(f, "write");
		done += (size_t)put;
	}
	return 0;
}

static int
blockfile_flush(void *arg)
{
	struct blockfile *f = arg;

	if (f->dev.readonly || fdatasync(f->fd) == 0)
		return 0;
	return blockfile_failed(f, "flush");
}

static int
blockfile_size(struct blockfile *f, uint64_t *size)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return blockfile_failed(f, "stat");
	if (S_ISREG(st.st_mode)) {
		*size = (uint64_t)st.st_size;
		return 0;
	}
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(f->fd, BLKGETSIZE64, size) < 0)
			return blockfile_failed(f, "find the size of");
		return 0;
	}
	log_error(f->log, "%s: not a file or a block device", f->path);
	return -EINVAL;
}

static int
blockfile_check_size(struct blockfile *f, unsigned unit)
{
	uint64_t size;
	int err;

	err = blockfile_size(f, &size);
	if (err)
		return err;
	if (size == 0) {
		log_error(f->log, "%s: the image is empty", f->path);
		return -EINVAL;
	}
	if (size % unit) {
		log_error(f->log,
		    "%s: size %llu is not a multiple of %u bytes (truncated?)",
		    f->path, (unsigned long long)size, unit);
		return -EINVAL;
	}
	f->dev.sectors = size / BLOCKDEV_SECTOR;
	return 0;
}

/* A file that describes an image in another format is no raw image. */
static int
blockfile_check_format(struct blockfile *f)
{
	static const struct {
		const char	*name;
		off_t		at;
		const char	*magic;
	} other[] = {
		{ "qcow", 0, "QFI\xfb" }, { "VMDK", 0, "KDMV" },
		{ "VDI", 64, "\x7f\x10\xda\xbe" }, { "VHD", 0, "conectix" },
		{ "VHDX", 0, "vhdxfile" },
	};
	char is[8];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		size_t n = strlen(other[i].magic);

		if (pread(f->fd, is, n, other[i].at) != (ssize_t)n ||
		    memcmp(is, other[i].magic, n) != 0)
			continue;
		log_error(f->log, "%s: a %s image; only raw ones can be used "
		    "(\"qemu-img convert -O raw\" makes them)", f->path,
		    other[i].name);
		return -EINVAL;
	}
	return 0;
}

static int
blockfile_open_fd(struct blockfile *f)
{
	/* O_NONBLOCK: opening a FIFO, which is refused later, must not hang. */
	f->fd = open(f->path, (f->dev.readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC |
	    O_NONBLOCK);
	if (f->fd < 0)
		return blockfile_failed(f, f->dev.readonly ? "open" :
		    "open for writing");
	if (flock(f->fd, (f->dev.readonly ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0 &&
	    errno == EWOULDBLOCK) {
		log_error(f->log, "%s: in use by another program", f->path);
		return -EBUSY;
	}
	return 0;
}

void
blockfile_close(struct blockfile *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f);
}

struct blockfile *
blockfile_open(const char *path, bool readonly, unsigned unit, struct log *log)
{
	struct blockfile *f = calloc(1, sizeof(*f));

	if (f)
		f->path = strdup(path);
	if (!f || !f->path) {
		log_error(log, "%s: out of memory", path);
		free(f);
		return NULL;
	}
	f->log = log;
	f->fd = -1;
	f->dev.readonly = readonly;
	if (blockfile_open_fd(f) || blockfile_check_format(f) ||
	    blockfile_check_size(f, unit)) {
		blockfile_close(f);
		return NULL;
	}
	f->dev.read = blockfile_read;
	f->dev.write = blockfile_write;
	f->dev.flush = blockfile_flush;
	f->dev.arg = f;
	return f;
}

const struct blockdev *
blockfile_dev(const struct blockfile *f)
{
	return &f->dev;
}

/* Copy on write */

#define COW_CLUSTER	8u		/* sectors: 4 KiB */
#define COW_FIRST_ROOM	1024u		/* slots; always a power of two */

/* Clusters by number, in an open-addressed table of pointers. */
struct cow_cluster {
	uint64_t	number;
	uint8_t		data[COW_CLUSTER * BLOCKDEV_SECTOR];
};

struct blockcow {
	struct blockdev		dev;
	struct blockdev		base;
	struct log		*log;
	struct cow_cluster	**slot;
	uint64_t		room;
	uint64_t		count;
};

static uint64_t
cow_hash(uint64_t number)
{
	return number * 0x9e3779b97f4a7c15u >> 20;
}

/* Where number is, or where it would go. */
static struct cow_cluster **
cow_find(struct cow_cluster **slot, uint64_t room, uint64_t number)
{
	uint64_t i = cow_hash(number) & (room - 1);

	while (slot[i] && slot[i]->number != number)
		i = (i + 1) & (room - 1);
	return &slot[i];
}

static int
cow_grow(struct blockcow *c)
{
	uint64_t room = c->room * 2, i;
	struct cow_cluster **slot = calloc(room, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (i = 0; i < c->room; i++) {
		if (c->slot[i])
			*cow_find(slot, room, c->slot[i]->number) = c->slot[i];
	}
	free(c->slot);
	c->slot = slot;
	c->room = room;
	return 0;
}

/* The last cluster may reach past the end of the disk. */
static uint32_t
cow_present(const struct blockcow *c, uint64_t number)
{
	uint64_t left = c->dev.sectors - number * COW_CLUSTER;

	return left < COW_CLUSTER ? (uint32_t)left : COW_CLUSTER;
}

/* The private copy of a cluster, made when there is none. */
static int
cow_get(struct blockcow *c, uint64_t number, struct cow_cluster **found)
{
	struct cow_cluster *k;
	int err;

	*found = *cow_find(c->slot, c->room, number);
	if (*found)
		return 0;
	if (c->count >= c->room / 2 && cow_grow(c))
		return -ENOMEM;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->number = number;
	err = c->base.read(c->base.arg, number * COW_CLUSTER,
	    cow_present(c, number), k->data);
	if (err) {
		free(k);
		return err;
	}
	*cow_find(c->slot, c->room, number) = k;
	c->count++;
	*found = k;
	return 0;
}

/* The part of [lba, lba + n) that lies in lba's cluster. */
static uint32_t
cow_part(uint64_t lba, uint32_t n)
{
	uint32_t room = COW_CLUSTER - (uint32_t)(lba % COW_CLUSTER);

	return n < room ? n : room;
}

static int
blockcow_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct blockcow *c = arg;
	struct cow_cluster *k;
	uint8_t *p = buf;
	uint32_t part;
	int err;

	while (n) {
		part = cow_part(lba, n);
		k = *cow_find(c->slot, c->room, lba / COW_CLUSTER);
		if (k) {
			memcpy(p, k->data + lba % COW_CLUSTER * BLOCKDEV_SECTOR,
			    part * BLOCKDEV_SECTOR);
		} else {
			err = c->base.read(c->base.arg, lba, part, p);
			if (err)
				return err;
		}
		lba += part;
		n -= part;
		p += part * BLOCKDEV_SECTOR;
	}
	return 0;
}

static int
blockcow_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct blockcow *c = arg;
	const uint8_t *p = buf;
	struct cow_cluster *k;
	uint32_t part;
	int err;

	while (n) {
		part = cow_part(lba, n);
		err = cow_get(c, lba / COW_CLUSTER, &k);
		if (err == -ENOMEM)
			log_error(c->log, "out of memory for disk writes");
		if (err)
			return err;
		memcpy(k->data + lba % COW_CLUSTER * BLOCKDEV_SECTOR, p,
		    part * BLOCKDEV_SECTOR);
		lba += part;
		n -= part;
		p += part * BLOCKDEV_SECTOR;
	}
	return 0;
}

static int
blockcow_flush(void *arg)
{
	(void)arg;	/* nothing here outlives the program */
	return 0;
}

void
blockcow_free(struct blockcow *c)
{
	uint64_t i;

	if (!c)
		return;
	for (i = 0; i < c->room; i++)
		free(c->slot[i]);
	free(c->slot);
	free(c);
}

struct blockcow *
blockcow_new(const struct blockdev *base, struct log *log)
{
	struct blockcow *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->slot = calloc(COW_FIRST_ROOM, sizeof(*c->slot));
	if (!c->slot) {
		free(c);
		return NULL;
	}
	c->room = COW_FIRST_ROOM;
	c->base = *base;
	c->log = log;
	c->dev.sectors = base->sectors;
	c->dev.read = blockcow_read;
	c->dev.write = blockcow_write;
	c->dev.flush = blockcow_flush;
	c->dev.arg = c;
	return c;
}

const struct blockdev *
blockcow_dev(const struct blockcow *c)
{
	return &c->dev;
}
