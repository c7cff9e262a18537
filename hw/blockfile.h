/*
 * hw/blockfile.h - raw disk images
 *
 * The one place where disks meet the host's files.  An image opened for writing
 * is locked against a second writer.
 */
#ifndef HW_BLOCKFILE_H
#define HW_BLOCKFILE_H

#include "base/blockdev.h"

struct log;
struct blockfile;

/* NULL after one log_error() that names the file.  unit is the size of the
 * drive's sectors, of which the image must be a multiple: 512 or 2048. */
struct blockfile *blockfile_open(const char *path, bool readonly, unsigned unit,
	    struct log *log);
void	blockfile_close(struct blockfile *f);
/* Valid until blockfile_close(). */
const struct blockdev *blockfile_dev(const struct blockfile *f);

#endif
