/*
 * base/filehash.h - what a file holds, as one number
 *
 * XXH3-128 over the contents.  Disk images are large and rarely change: results
 * are kept in $XDG_CACHE_HOME/ringlab/hashes (or ~/.cache/...) by device, inode,
 * size and modification time, and used again while all four are the same.  A
 * cache that cannot be read or written is no error.
 */
#ifndef BASE_FILEHASH_H
#define BASE_FILEHASH_H

#include "base/hash.h"

/* 0, or -errno when the file cannot be read.  size may be NULL. */
int	filehash(const char *path, struct hash128 *h, uint64_t *size) MUST_CHECK;
/* Of bytes in memory. */
struct hash128 filehash_bytes(const void *p, size_t n);

#endif
