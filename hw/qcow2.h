/*
 * hw/qcow2.h - disk images in the format qcow2
 *
 * Read and written: versions 2 and 3 with clusters of 512 bytes to 2 MiB, compressed clusters
 * (zlib) and a backing device; encryption, external data files, extended L2
 * entries and features nobody knows are refused by name.  The format is
 * described in qemu's docs/interop/qcow2.
 *
 * Nothing in the file is believed; memory is bounded whatever it says.
 */
#ifndef HW_QCOW2_H
#define HW_QCOW2_H

#include "base/blockdev.h"

struct log;
struct qcow2;

/* Whether a file that begins so is one. */
bool	qcow2_magic(const void *p, size_t n);

/* NULL after one log_error() that names the file; unit as in blockfile_open(). */
struct qcow2 *qcow2_open(const char *path, bool readonly, unsigned unit, struct log *log);
/* Flushes. */
void	qcow2_close(struct qcow2 *q);
/* Valid until qcow2_close(). */
const struct blockdev *qcow2_dev(const struct qcow2 *q);
/* What the image says of its backing file; NULL: it has none, and no format. */
const char *qcow2_backing(const struct qcow2 *q);
const char *qcow2_backing_format(const struct qcow2 *q);
/* Before anything is read, if it has one.  Must outlive q. */
void	qcow2_set_backing(struct qcow2 *q, const struct blockdev *backing);

#endif
