/*
 * hw/hostfile.c - a file or block device of the host that holds an image
 */
#define _GNU_SOURCE	/* 64-bit offsets; flock */
#include "hw/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fs.h>

#include "base/log.h"

static int
hostfile_failed(const char *path, const char *what, struct log *log)
{
	int err = errno ? errno : EIO;

	log_error(log, "%s: cannot %s: %s", path, what, strerror(err));
	return -err;
}

int
hostfile_open(const char *path, bool readonly, struct log *log)
{
	/* O_NONBLOCK: opening a FIFO, which is refused later, must not hang. */
	int fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return hostfile_failed(path, readonly ? "open" : "open for writing", log);
	if (flock(fd, (readonly ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		log_error(log, "%s: in use by another program", path);
		close(fd);
		return -EBUSY;
	}
	return fd;
}

int
hostfile_size(int fd, const char *path, uint64_t *size, struct log *log)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return hostfile_failed(path, "stat", log);
	if (S_ISREG(st.st_mode)) {
		*size = (uint64_t)st.st_size;
		return 0;
	}
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(fd, BLKGETSIZE64, size) < 0)
			return hostfile_failed(path, "find the size of", log);
		return 0;
	}
	log_error(log, "%s: not a file or a block device", path);
	return -EINVAL;
}

const char *
hostfile_error(int fd, uint64_t size, int err)
{
	struct stat st;

	if (err == -EIO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size < size)
		return "the file has become shorter";
	return strerror(-err);
}
