/*
 * snapshot/chunk.c - packing pages
 */
#include "snapshot/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define CHUNK_NUMBERS	8u		/* offset of the first */

struct chunk *
chunk_new(void)
{
	return calloc(1, sizeof(struct chunk));
}

bool
chunk_make_room(struct chunk *c)
{
	if (!c->page)
		c->page = malloc((size_t)CHUNK_PAGES * PAGE_SIZE);
	return c->page;
}

void
chunk_free(struct chunk *c)
{
	if (c)
		free(c->page);
	free(c);
}

static size_t
chunk_data_offset(const struct chunk *c)
{
	return CHUNK_NUMBERS + (size_t)c->count * 8;
}

static size_t
chunk_data_size(const struct chunk *c)
{
	return (size_t)c->count * PAGE_SIZE;
}

size_t
chunk_encode(const struct chunk *c, struct packing *p, uint8_t out[CHUNK_ROOM])
{
	size_t at = chunk_data_offset(c), size = chunk_data_size(c), packed = 0;
	uint32_t kind = c->kind, i;

	for (i = 0; i < c->count; i++)
		put_le64(out + CHUNK_NUMBERS + 8 * i, c->number[i]);
	if (kind == CHUNK_ZLIB)
		packed = packing_pack(p, c->page[0], size, out + at, size);
	if (kind == CHUNK_ABSENT) {
		size = 0;
	} else if (packed) {
		size = packed;
	} else {
		kind = CHUNK_PLAIN;
		memcpy(out + at, c->page[0], size);
	}
	put_le32(out, kind);
	put_le32(out + 4, c->count);
	return at + size;
}

bool
chunk_decode_numbers(struct chunk *c, const uint8_t *in, size_t n, uint64_t limit)
{
	size_t at;
	uint32_t i;

	if (n < CHUNK_NUMBERS)
		return false;
	c->kind = get_le32(in);
	c->count = get_le32(in + 4);
	if (c->kind > CHUNK_ZLIB || !c->count || c->count > CHUNK_PAGES)
		return false;
	at = chunk_data_offset(c);
	if (n < at || (c->kind == CHUNK_ABSENT && n != at) ||
	    (c->kind == CHUNK_PLAIN && n != at + chunk_data_size(c)))
		return false;
	for (i = 0; i < c->count; i++) {
		c->number[i] = get_le64(in + CHUNK_NUMBERS + 8 * i);
		if (c->number[i] >= limit || (i && c->number[i] <= c->number[i - 1]))
			return false;
	}
	return true;
}

bool
chunk_decode_pages(struct chunk *c, struct packing *p, const uint8_t *in, size_t n)
{
	size_t at = chunk_data_offset(c);

	c->pages = c->kind == CHUNK_ZLIB ? c->page[0] : in + at;
	return c->kind != CHUNK_ZLIB ||
	    packing_unpack(p, in + at, n - at, c->page[0], chunk_data_size(c));
}
