/*
 * hw/blockfile.c - raw disk images
 */
#define _GNU_SOURCE	/* pread, pwrite with 64-bit offsets */
#include "hw/blockfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/log.h"
#include "hw/hostfile.h"

struct blockfile {
	struct blockdev	dev;
	struct log	*log;
	char		*path;
	int		fd;
	uint64_t	size;
	bool		probed;		/* raw because of its contents */
	bool		complained;	/* a guest can fail without end */
};

/* What marks a file that describes an image in another format. */
static const struct {
	const char	*name;
	uint64_t	at;
	const char	*magic;
} other_format[] = {
	{ "qcow2", 0, "QFI\xfb" }, { "VMDK", 0, "KDMV" },
	{ "VDI", 64, "\x7f\x10\xda\xbe" }, { "VHD", 0, "conectix" },
	{ "VHDX", 0, "vhdxfile" },
};

/* The name of the format a first sector is of; NULL: raw, as it seems. */
static const char *
blockfile_format_of(const uint8_t sector[BLOCKDEV_SECTOR])
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(other_format); i++)
		if (!memcmp(sector + other_format[i].at, other_format[i].magic,
		    strlen(other_format[i].magic)))
			return other_format[i].name;
	return NULL;
}

/* -errno, with a message the first time. */
static int
blockfile_failed(struct blockfile *f, const char *what)
{
	int err = errno ? errno : EIO;

	if (!f->complained)
		log_error(f->log, "%s: cannot %s: %s", f->path, what,
		    hostfile_error(f->fd, f->size, -err));
	f->complained = true;
	return -err;
}

static int
blockfile_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct blockfile *f = arg;
	uint64_t at = lba * BLOCKDEV_SECTOR, left = f->size - at;
	size_t bytes = (size_t)n * BLOCKDEV_SECTOR, there = bytes < left ? bytes : left;
	int err = file_pread(f->fd, buf, there, at);

	memset((char *)buf + there, 0, bytes - there);
	errno = -err;
	return err ? blockfile_failed(f, "read") : 0;
}

/*
 * A guest that writes the beginning of, say, a qcow2 image to its disk would
 * have that taken for one at the next start, and so read any file of the host
 * that it names as backing file.
 */
static int
blockfile_no_format(struct blockfile *f, const char *name)
{
	if (!f->complained)
		log_error(f->log, "%s: the guest may not make it look like a %s image; "
		    "-drive file=%s,format=raw allows it", f->path, name, f->path);
	f->complained = true;
	return -EPERM;
}

static int
blockfile_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct blockfile *f = arg;
	int err;

	if (f->probed && lba == 0 && n && blockfile_format_of(buf))
		return blockfile_no_format(f, blockfile_format_of(buf));
	err = file_pwrite(f->fd, buf, (size_t)n * BLOCKDEV_SECTOR, lba * BLOCKDEV_SECTOR);

	errno = -err;
	return err ? blockfile_failed(f, "write") : 0;
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
blockfile_check_size(struct blockfile *f, unsigned unit)
{
	uint64_t size;
	int err;

	err = hostfile_size(f->fd, f->path, &size, f->log);
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
	f->size = size;
	f->dev.sectors = (size + BLOCKDEV_SECTOR - 1) / BLOCKDEV_SECTOR;
	return 0;
}

/* An image in another format is no raw image. */
static int
blockfile_check_format(struct blockfile *f)
{
	uint8_t sector[BLOCKDEV_SECTOR] = { 0 };
	const char *name = NULL;

	if (pread(f->fd, sector, sizeof(sector), 0) > 0)
		name = blockfile_format_of(sector);
	if (!name)
		return 0;
	log_error(f->log, "%s: a %s image; only raw and qcow2 ones can be used "
	    "(\"qemu-img convert -O qcow2\" makes them, format=raw takes any file as it is)",
	    f->path, name);
	return -EINVAL;
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
blockfile_open(const char *path, bool readonly, bool probed, unsigned unit,
    struct log *log)
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
	f->dev.readonly = readonly;
	f->probed = probed;
	f->fd = hostfile_open(path, readonly, log);
	if (f->fd < 0 || (probed && blockfile_check_format(f)) ||
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
