/*
 * snapshot/chunk.h - some 4 KiB pages of memory or clusters of a disk, packed
 *
 * Contents of a section "ram" or "diskN": u32 kind, u32 count, u64 number[count]
 * in ascending order, then the pages: nothing, as they are, or one zlib stream.
 */
#ifndef SNAPSHOT_CHUNK_H
#define SNAPSHOT_CHUNK_H

#include "snapshot/packing.h"

#define CHUNK_PAGES	256u
#define CHUNK_VERSION	1u

/* ABSENT: zeros, or what the image has. */
enum chunk_kind { CHUNK_ABSENT, CHUNK_PLAIN, CHUNK_ZLIB };

struct chunk {
	uint32_t	kind, count;
	uint64_t	number[CHUNK_PAGES];
	/* Where the pages are: below, or in what was decoded. */
	const uint8_t	*pages;
	uint8_t		(*page)[PAGE_SIZE];	/* CHUNK_PAGES, or NULL */
};

/* Bytes that any chunk fits into. */
#define CHUNK_ROOM	(8 + sizeof(((struct chunk *)0)->number) + \
			    (size_t)CHUNK_PAGES * PAGE_SIZE)

/* NULL: no memory.  Pages to be packed, and packed ones, need room: a megabyte. */
struct chunk *chunk_new(void);
bool	chunk_make_room(struct chunk *c) MUST_CHECK;
void	chunk_free(struct chunk *c);

/* Returns the size.  CHUNK_ZLIB becomes CHUNK_PLAIN where it would not help; only
 * it needs p. */
size_t	chunk_encode(const struct chunk *c, struct packing *p, uint8_t out[CHUNK_ROOM]);
/* Everything but the pages: kind, count, sizes, numbers below limit. */
bool	chunk_decode_numbers(struct chunk *c, const uint8_t *in, size_t n,
	    uint64_t limit) MUST_CHECK;
/* After that, of the same bytes, which must stay as long as c->pages is used.  A packed
 * one must have room. */
bool	chunk_decode_pages(struct chunk *c, struct packing *p, const uint8_t *in,
	    size_t n) MUST_CHECK;

#endif
