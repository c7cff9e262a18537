/*
 * snapshot/container_priv.h - the bytes around sections
 *
 * Everything is little-endian.  Checksums are the low half of XXH3-128.
 */
#ifndef SNAPSHOT_CONTAINER_PRIV_H
#define SNAPSHOT_CONTAINER_PRIV_H

#include "snapshot/container.h"

#define CONTAINER_MAGIC		"\x89RLS\r\n\x1a\n"
#define CONTAINER_VERSION	1u

/* The file: magic, u32 version, u32 0. */
#define FILE_MAGIC		0
#define FILE_VERSION		8
#define FILE_ZERO		12
#define FILE_HEADER		16u

/* A section: name, u32 version, u32 0, u64 length, u64 checksum of the contents,
 * u64 checksum of the header up to here. */
#define SECTION_VERSION		16
#define SECTION_ZERO		20
#define SECTION_LENGTH		24
#define SECTION_SUM		32
#define SECTION_HEADER_SUM	40
#define SECTION_HEADER		48u

/* Contents of the end: u64 length and u64[2] XXH3-128 of all before its header. */
#define END_NAME		"end"
#define END_LENGTH		0
#define END_HASH		8
#define END_CONTENTS		24u

/* The low half of XXH3-128, made with a stream for that. */
static inline uint64_t
container_sum(struct hash_stream *s, const void *p, size_t n)
{
	hash_stream_reset(s);
	hash_stream_add(s, p, n);
	return hash_stream_digest(s).lo;
}

#endif
