/*
 * hw/blockimage.c - disk images of any format, with what they are based on
 */
#include "hw/blockimage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/filehash.h"
#include "base/log.h"
#include "hw/blockfile.h"
#include "hw/qcow2.h"

struct blockimage {
	char			*path, *real;	/* real: from anywhere */
	struct blockfile	*raw;		/* one of the two */
	struct qcow2		*qcow2;
	struct blockimage	*backing;
	bool			found;		/* the format is by contents */
	const struct blockimage	*over;		/* whose backing file it is */
	dev_t			device;		/* which file it is */
	ino_t			inode;
	struct log		*log;
};

static struct blockimage *open_image(const struct blockimage *over, const char *path,
	    const char *format, bool readonly, unsigned unit, struct log *log);

bool
blockimage_format(const char *name)
{
	return !strcmp(name, "raw") || !strcmp(name, "qcow2");
}

/* --- backing files --- */

static bool
refused(const struct blockimage *im, const char *name, const char *why)
{
	log_error(im->log, "%s: backing file %s: %s", im->path, name, why);
	return false;
}

/* qemu takes what is before a colon for a protocol. */
static const char *
file_of_name(const struct blockimage *im, const char *name)
{
	if (!strncmp(name, "file:", 5))
		return name + 5;
	if (name[strcspn(name, ":/")] != ':')
		return name;
	refused(im, name, "only files can be used");
	return NULL;
}

/* Relative names are from the image's directory; allocated. */
static char *
beside(const char *image, const char *name)
{
	const char *slash = *name == '/' ? NULL : strrchr(image, '/');
	size_t dir = slash ? (size_t)(slash - image) + 1 : 0;
	char *path = malloc(dir + strlen(name) + 1);

	if (path) {
		memcpy(path, image, dir);
		strcpy(path + dir, name);
	}
	return path;
}

static bool
check_chain(const struct blockimage *im, const char *path)
{
	const struct blockimage *i;
	unsigned depth = 1;
	struct stat st;

	if (stat(path, &st) < 0)
		return refused(im, path, strerror(errno));
	for (i = im; i; i = i->over, depth++)
		if (i->device == st.st_dev && i->inode == st.st_ino)
			return refused(im, path, "the image is based on itself");
	return depth < BLOCKIMAGE_DEPTH || refused(im, path, "too many backing files");
}

static bool
open_backing(struct blockimage *im)
{
	const char *name = qcow2_backing(im->qcow2), *format = qcow2_backing_format(im->qcow2);
	char *path;

	if (!name)
		return true;
	if (format && !blockimage_format(format))
		return refused(im, name, "its format is not supported, only raw and qcow2 are");
	name = file_of_name(im, name);
	path = name ? beside(im->path, name) : NULL;
	if (name && !path)
		return refused(im, name, strerror(ENOMEM));
	if (path && check_chain(im, path))
		im->backing = open_image(im, path, format, true, 1, im->log);
	free(path);
	if (im->backing)
		qcow2_set_backing(im->qcow2, blockimage_dev(im->backing));
	return im->backing;
}

/* --- opening --- */

/* What cannot be read is raw: opening says why. */
static bool
looks_qcow2(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t head[8];
	bool is = fd >= 0 && pread(fd, head, sizeof(head), 0) == sizeof(head) &&
	    qcow2_magic(head, sizeof(head));

	if (fd >= 0)
		close(fd);
	return is;
}

static bool
open_format(struct blockimage *im, const char *format, bool readonly, unsigned unit)
{
	bool qcow2 = format ? !strcmp(format, "qcow2") : looks_qcow2(im->path);
	struct stat st;

	im->found = !format;
	if (!qcow2) {
		im->raw = blockfile_open(im->path, readonly, !format, unit, im->log);
		return im->raw;
	}
	im->qcow2 = qcow2_open(im->path, readonly, unit, im->log);
	if (!im->qcow2)
		return false;
	if (stat(im->path, &st) == 0) {
		im->device = st.st_dev;
		im->inode = st.st_ino;
	}
	return open_backing(im);
}

static struct blockimage *
open_image(const struct blockimage *over, const char *path, const char *format,
    bool readonly, unsigned unit, struct log *log)
{
	struct blockimage *im = calloc(1, sizeof(*im));

	if (im) {
		im->path = strdup(path);
		im->real = realpath(path, NULL);
	}
	if (!im || !im->path) {
		log_error(log, "%s: out of memory", path);
		free(im);
		return NULL;
	}
	im->over = over;
	im->log = log;
	if (open_format(im, format, readonly, unit))
		return im;
	blockimage_close(im);
	return NULL;
}

struct blockimage *
blockimage_open(const char *path, const char *format, bool readonly, unsigned unit,
    struct log *log)
{
	return open_image(NULL, path, format, readonly, unit, log);
}

void
blockimage_close(struct blockimage *im)
{
	if (!im)
		return;
	qcow2_close(im->qcow2);
	blockfile_close(im->raw);
	blockimage_close(im->backing);
	free(im->path);
	free(im->real);
	free(im);
}

/* --- use --- */

const struct blockdev *
blockimage_dev(const struct blockimage *im)
{
	return im->qcow2 ? qcow2_dev(im->qcow2) : blockfile_dev(im->raw);
}

static const struct blockimage *
chain_at(const struct blockimage *im, unsigned i)
{
	while (im && i--)
		im = im->backing;
	return im;
}

const char *
blockimage_file(const struct blockimage *im, unsigned i)
{
	im = chain_at(im, i);
	return im ? im->path : NULL;
}

const char *
blockimage_format_of(const struct blockimage *im, unsigned i)
{
	im = chain_at(im, i);
	if (!im)
		return NULL;
	return im->qcow2 ? "qcow2" : "raw";
}

/* The program may be in another directory now than when it was opened. */
static int
hash_one(const struct blockimage *im, struct hash128 *h, uint64_t *size)
{
	return filehash(im->real ? im->real : im->path, h, size);
}

int
blockimage_file_hash(const struct blockimage *im, unsigned i, struct hash128 *h, uint64_t *size)
{
	im = chain_at(im, i);
	return im ? hash_one(im, h, size) : -ENOENT;
}

int
blockimage_hash(const struct blockimage *im, struct hash128 *h)
{
	uint8_t all[BLOCKIMAGE_DEPTH * 24];
	const struct blockimage *i;
	struct hash128 one;
	uint64_t size;
	size_t n = 0;
	int err;

	for (i = im; i; i = i->backing, n += 24) {
		err = hash_one(i, &one, &size);
		if (err)
			return err;
		put_le64(all + n, one.lo);
		put_le64(all + n + 8, one.hi);
		put_le64(all + n + 16, size);
	}
	*h = im->backing ? filehash_bytes(all, n) : one;
	return 0;
}

enum overlay_format
blockimage_overlay_format(const struct blockimage *im)
{
	if (im->qcow2)
		return OVERLAY_QCOW2;
	return im->found ? OVERLAY_FOUND_RAW : OVERLAY_RAW;
}

/* --- for overlay_commit() --- */

static void *
opener_open(const char *path, enum overlay_format format, struct log *log)
{
	static const char *const name[OVERLAY_FORMATS] = { NULL, "raw", "qcow2" };

	return blockimage_open(path, name[format], false, BLOCKDEV_SECTOR, log);
}

static const struct blockdev *
opener_dev(void *image)
{
	return blockimage_dev(image);
}

static int
opener_hash(void *image, struct hash128 *h)
{
	return blockimage_hash(image, h);
}

static void
opener_close(void *image)
{
	blockimage_close(image);
}

const struct overlay_opener blockimage_opener = {
	opener_open, opener_dev, opener_hash, opener_close
};
