/*
 * hw/blockfile.h - raw disk images, and a throw-away layer over any disk
 *
 * The one place where disks meet the host's files.  An image opened for writing
 * is locked against a second writer.
 */
#ifndef HW_BLOCKFILE_H
#define HW_BLOCKFILE_H

#include "base/blockdev.h"

struct log;
struct blockfile;
struct blockcow;

/* NULL after one log_error() that names the file.  unit is the size of the
 * drive's sectors, of which the image must be a multiple: 512 or 2048. */
struct blockfile *blockfile_open(const char *path, bool readonly, unsigned unit,
	    struct log *log);
void	blockfile_close(struct blockfile *f);
/* Valid until blockfile_close(). */
const struct blockdev *blockfile_dev(const struct blockfile *f);

/* Reads fall through to base until a sector is written; writes stay in memory
 * and are lost with the layer.  NULL when memory is short. */
struct blockcow *blockcow_new(const struct blockdev *base, struct log *log);
void	blockcow_free(struct blockcow *c);
const struct blockdev *blockcow_dev(const struct blockcow *c);

#endif
