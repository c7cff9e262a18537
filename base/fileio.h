/*
 * base/fileio.h - reads and writes that are complete
 *
 * Interrupted calls are taken up again.  0, or -errno; -EIO when the file ends
 * before n bytes are read, or takes no more.
 */
#ifndef BASE_FILEIO_H
#define BASE_FILEIO_H

#include "base/types.h"

int	file_pread(int fd, void *buf, size_t n, uint64_t at) MUST_CHECK;
int	file_pwrite(int fd, const void *buf, size_t n, uint64_t at) MUST_CHECK;
/* At the file's position. */
int	file_write(int fd, const void *buf, size_t n) MUST_CHECK;

#endif
