/*
 * snapshot/container_priv.h - the bytes around sections
 *
 * Everything is little-endian.  Checksums are XXH3-128: low, then high half.
 */
#ifndef SNAPSHOT_CONTAINER_PRIV_H
#define SNAPSHOT_CONTAINER_PRIV_H

#include "base/bits.h"
#include "snapshot/container.h"

#define CONTAINER_MAGIC		"\x89RLS\r\n\x1a\n"
#define CONTAINER_VERSION	1u

/* The file: magic, u32 version, u32 0. */
#define FILE_MAGIC		0
#define FILE_VERSION		8
#define FILE_ZERO		12
#define FILE_HEADER		16u

/* A section: name, u32 version, u32 0, u64 length, u64[2] checksum of the
 * contents, u64[2] checksum of the header up to here. */
#define SECTION_VERSION		16
#define SECTION_ZERO		20
#define SECTION_LENGTH		24
#define SECTION_SUM		32
#define SECTION_HEADER_SUM	48
#define SECTION_HEADER		64u

/* Contents of the end: u64 length of all before its header; u64[2] checksum of the
 * headers of the file and of all sections before it, one behind the other. */
#define END_NAME		"end"
#define END_LENGTH		0
#define END_HASH		8
#define END_CONTENTS		24u

static inline struct hash128
container_sum(struct hash_stream *s, const void *p, size_t n)
{
	hash_stream_reset(s);
	hash_stream_add(s, p, n);
	return hash_stream_digest(s);
}

static inline void
container_put_sum(uint8_t *out, struct hash128 sum)
{
	put_le64(out, sum.lo);
	put_le64(out + 8, sum.hi);
}

static inline struct hash128
container_get_sum(const uint8_t *in)
{
	return (struct hash128){ get_le64(in), get_le64(in + 8) };
}

static inline bool
container_sums_equal(struct hash128 a, struct hash128 b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

#endif
