/*
 * snapshot/chunk.c - packing pages
 */
#include "snapshot/chunk.h"

#include <string.h>
#include <zlib.h>

#include "base/bits.h"

#define CHUNK_NUMBERS	8u		/* offset of the first */

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
chunk_encode(const struct chunk *c, int level, uint8_t out[CHUNK_ROOM])
{
	size_t at = chunk_data_offset(c), size = chunk_data_size(c);
	uLongf packed = size;
	uint32_t kind = c->kind, i;

	for (i = 0; i < c->count; i++)
		put_le64(out + CHUNK_NUMBERS + 8 * i, c->number[i]);
	if (kind == CHUNK_ABSENT)
		size = 0;
	else if (kind == CHUNK_ZLIB &&
	    compress2(out + at, &packed, c->page[0], size, level) == Z_OK)
		size = packed;
	else {
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
chunk_decode_pages(struct chunk *c, const uint8_t *in, size_t n)
{
	size_t at = chunk_data_offset(c);
	uLongf size = chunk_data_size(c);
	uLong used = n - at;

	c->pages = c->kind == CHUNK_ZLIB ? c->page[0] : in + at;
	if (c->kind != CHUNK_ZLIB)
		return true;
	return uncompress2(c->page[0], &size, in + at, &used) == Z_OK &&
	    size == chunk_data_size(c) && used == n - at;
}
