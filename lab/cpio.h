/*
 * lab/cpio.h - an initramfs, made in memory
 *
 * Linux, Documentation/driver-api/early-userspace/buffer-format.rst: "newc", not
 * compressed.  The same files give the same bytes.  Running out of memory is remembered.
 */
#ifndef LAB_CPIO_H
#define LAB_CPIO_H

#include "base/blob.h"

struct cpio {
	struct blob	data;		/* blob_fini() */
	unsigned	files;
};

void	cpio_file(struct cpio *c, const char *name, unsigned mode, const void *data, size_t n);
void	cpio_directory(struct cpio *c, const char *name);
/* Nothing comes after it. */
bool	cpio_end(struct cpio *c) MUST_CHECK;

#endif
