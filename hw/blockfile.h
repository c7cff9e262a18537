/*
 * hw/blockfile.h - raw disk images
 *
 * An image opened for writing is locked against a second writer.
 */
#ifndef HW_BLOCKFILE_H
#define HW_BLOCKFILE_H

#include "base/blockdev.h"

struct log;
struct blockfile;

/* NULL after one log_error() that names the file.  probed: nobody has said that
 * it is raw, so files that look like something else are refused, and writes that
 * would make it so.  unit is the size of the drive's sectors, of which the image
 * must be a multiple: 512, 2048, or 1; what the last sector lacks is zeros. */
struct blockfile *blockfile_open(const char *path, bool readonly, bool probed,
	    unsigned unit, struct log *log);
void	blockfile_close(struct blockfile *f);
/* Valid until blockfile_close(). */
const struct blockdev *blockfile_dev(const struct blockfile *f);

#endif
