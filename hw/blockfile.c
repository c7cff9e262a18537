/*
 * hw/blockfile.c - raw disk images
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

#include "base/fileio.h"
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
	int err = file_pread(f->fd, buf, (size_t)n * BLOCKDEV_SECTOR, lba * BLOCKDEV_SECTOR);

	errno = -err;
	return err ? blockfile_failed(f, "read") : 0;
}

static int
blockfile_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct blockfile *f = arg;
	int err = file_pwrite(f->fd, buf, (size_t)n * BLOCKDEV_SECTOR, lba * BLOCKDEV_SECTOR);

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
