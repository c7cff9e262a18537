/*
 * hw/hostfile.h - a file or block device of the host that holds an image
 *
 * Opened, locked (shared for reading, exclusive for writing) and measured; one
 * log_error() that names the file when that fails.
 */
#ifndef HW_HOSTFILE_H
#define HW_HOSTFILE_H

#include "base/types.h"

struct log;

/* A descriptor, or -errno after a message. */
int	hostfile_open(const char *path, bool readonly, struct log *log) MUST_CHECK;
/* 0, or -errno after a message. */
int	hostfile_size(int fd, const char *path, uint64_t *size, struct log *log) MUST_CHECK;
/* What -errno err of a transfer is to a person; size as it was when opened. */
const char *hostfile_error(int fd, uint64_t size, int err);

#endif
