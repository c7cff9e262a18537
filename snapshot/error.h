/*
 * snapshot/error.h - why a file could not be written or read, for a person
 */
#ifndef SNAPSHOT_ERROR_H
#define SNAPSHOT_ERROR_H

#include "base/types.h"

struct snapshot_error {
	char	text[512];	/* names file, offset and reason */
};

/* Fills *e, which may be NULL; false, so that callers can return it. */
bool	snapshot_fail(struct snapshot_error *e, const char *fmt, ...) PRINTF(2, 3);

#endif
