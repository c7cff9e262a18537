/*
 * base/fileio.c - reads and writes that are complete
 */
#define _GNU_SOURCE	/* pread, pwrite with 64-bit offsets */
#include "base/fileio.h"

#include <errno.h>
#include <unistd.h>

int
file_pread(int fd, void *buf, size_t n, uint64_t at)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = pread(fd, (char *)buf + done, n - done, (off_t)(at + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EIO;
		done += (size_t)got;
	}
	return 0;
}

/* at NULL: at the file's position. */
static int
write_all(int fd, const char *p, size_t n, const uint64_t *at)
{
	size_t done = 0;
	ssize_t put;

	while (done < n) {
		put = at ? pwrite(fd, p + done, n - done, (off_t)(*at + done)) :
		    write(fd, p + done, n - done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put ? -errno : -EIO;
		done += (size_t)put;
	}
	return 0;
}

int
file_pwrite(int fd, const void *buf, size_t n, uint64_t at)
{
	return write_all(fd, buf, n, &at);
}

int
file_write(int fd, const void *buf, size_t n)
{
	return write_all(fd, buf, n, NULL);
}
