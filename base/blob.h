/*
 * base/blob.h - a growing byte buffer, for what is built piece by piece
 *
 * A failed allocation is remembered (oom) and later calls do nothing, so that
 * builders check once at the end.  All integers are little-endian.
 */
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include "base/types.h"

struct blob {
	uint8_t		*p;
	uint32_t	len;
	uint32_t	room;
	bool		oom;
};

void	blob_fini(struct blob *b);
/* size 1, 2, 4 or 8. */
void	blob_int(struct blob *b, unsigned size, uint64_t v);
void	blob_bytes(struct blob *b, const void *p, uint32_t n);
void	blob_zero(struct blob *b, uint32_t n);
/* n characters of s, padded with pad when s is shorter. */
void	blob_text(struct blob *b, const char *s, uint32_t n, char pad);
/* Zeros up to a multiple of align. */
void	blob_align(struct blob *b, uint32_t align);
/* Changes bytes that exist. */
void	blob_set(struct blob *b, uint32_t off, unsigned size, uint64_t v);
/* Inserts n zero bytes at off. */
void	blob_insert(struct blob *b, uint32_t off, uint32_t n);
/* What makes the n bytes from off sum to 0 modulo 256. */
uint8_t	blob_checksum(const struct blob *b, uint32_t off, uint32_t n);

#endif
