/*
 * hw/blockimage.h - disk images of any format, with what they are based on
 *
 * The one place that knows which formats there are.  A qcow2 image may name a
 * backing file, which may name another: all are opened, for reading and locked
 * against writers.
 */
#ifndef HW_BLOCKIMAGE_H
#define HW_BLOCKIMAGE_H

#include "base/overlay.h"

#define BLOCKIMAGE_DEPTH	32u	/* files of a chain */

struct blockimage;

/* Whether there is a format of this name ("raw", "qcow2"). */
bool	blockimage_format(const char *name);
/*
 * format NULL: by contents.  unit is the size of the drive's sectors, of which
 * the image must be a multiple: 512 or 2048.  NULL after one log_error() that
 * names the file.
 */
struct blockimage *blockimage_open(const char *path, const char *format, bool readonly,
	    unsigned unit, struct log *log);
/* Flushes. */
void	blockimage_close(struct blockimage *im);
/* Valid until blockimage_close(). */
const struct blockdev *blockimage_dev(const struct blockimage *im);
/* The i-th file of the chain, the image itself first; NULL after the last. */
const char *blockimage_file(const struct blockimage *im, unsigned i);
/* The name of that file's format, NULL likewise. */
const char *blockimage_format_of(const struct blockimage *im, unsigned i);
/* Of the contents of that file, -ENOENT after the last; 0 or -errno. */
int	blockimage_file_hash(const struct blockimage *im, unsigned i, struct hash128 *h,
	    uint64_t *size) MUST_CHECK;
/* Of the contents of all these files; of a single file its filehash().  0 or
 * -errno. */
int	blockimage_hash(const struct blockimage *im, struct hash128 *h) MUST_CHECK;
enum overlay_format blockimage_overlay_format(const struct blockimage *im);

/* For overlay_commit(). */
extern const struct overlay_opener blockimage_opener;

#endif
