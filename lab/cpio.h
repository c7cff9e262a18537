/*
 * lab/cpio.h - an initramfs, made in memory
 *
 * Linux, Documentation/driver-api/early-userspace/buffer-format.rst: "newc", not
 * compressed.  The same files give the same bytes.  Running out of memory is remembered.
 */
#ifndef LAB_CPIO_H
#define LAB_CPIO_H

#include "base/types.h"

struct cpio {
	uint8_t		*data;		/* free() */
	size_t		n, room;
	unsigned	files;
	bool		failed;
};

void	cpio_file(struct cpio *c, const char *name, unsigned mode, const void *data, size_t n);
void	cpio_directory(struct cpio *c, const char *name);
/* Nothing comes after it. */
bool	cpio_end(struct cpio *c) MUST_CHECK;

#endif
