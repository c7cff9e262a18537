/*
 * base/hash.c - state hashing on XXH3-128
 */
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

struct hash_stream {
	XXH3_state_t	*xxh;
};

static struct hash128
hash_from_xxh(XXH128_hash_t h)
{
	return (struct hash128){ h.low64, h.high64 };
}

struct hash_stream *
hash_stream_new(void)
{
	struct hash_stream *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	s->xxh = XXH3_createState();
	if (!s->xxh) {
		free(s);
		return NULL;
	}
	hash_stream_reset(s);
	return s;
}

void
hash_stream_free(struct hash_stream *s)
{
	if (!s)
		return;
	XXH3_freeState(s->xxh);
	free(s);
}

void
hash_stream_reset(struct hash_stream *s)
{
	XXH3_128bits_reset(s->xxh);
}

void
hash_stream_add(struct hash_stream *s, const void *p, size_t n)
{
	XXH3_128bits_update(s->xxh, p, n);
}

struct hash128
hash_stream_digest(struct hash_stream *s)
{
	return hash_from_xxh(XXH3_128bits_digest(s->xxh));
}

/* A page is all zero when its first byte is and each byte equals the next. */
static bool
hash_page_is_zero(const uint8_t *page)
{
	return page[0] == 0 && !memcmp(page, page + 1, PAGE_SIZE - 1);
}

struct hash128
hash_page(const uint8_t *page, uint32_t id)
{
	if (hash_page_is_zero(page))
		return (struct hash128){ 0, 0 };
	return hash_from_xxh(XXH3_128bits_withSeed(page, PAGE_SIZE, id));
}

void
hash_sum_add(struct hash128 *sum, struct hash128 h)
{
	sum->lo += h.lo;
	sum->hi += h.hi + (sum->lo < h.lo);
}

void
hash_sum_sub(struct hash128 *sum, struct hash128 h)
{
	bool borrow = sum->lo < h.lo;

	sum->lo -= h.lo;
	sum->hi -= h.hi + borrow;
}

uint64_t
hash_bytes(const void *p, size_t n)
{
	return XXH3_64bits(p, n);
}

void
hash_hex(struct hash128 h, char out[33])
{
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.hi,
	    (unsigned long long)h.lo);
}
