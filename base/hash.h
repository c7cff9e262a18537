/*
 * base/hash.h - state hashing on XXH3-128 (xxHash)
 *
 * hash128 accumulates a canonical byte stream; page hashes are added modulo
 * 2^128 so that a RAM hash is a function of contents only.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/types.h"

struct hash128 { uint64_t lo, hi; };

struct hash_stream;			/* opaque, wraps XXH3 streaming state */

struct hash_stream *hash_stream_new(void);
void	hash_stream_free(struct hash_stream *s);
void	hash_stream_reset(struct hash_stream *s);
void	hash_stream_add(struct hash_stream *s, const void *p, size_t n);
struct hash128 hash_stream_digest(struct hash_stream *s);

/* XXH3_128bits_withSeed(page, 4096, id); an all-zero page counts 0. */
struct hash128 hash_page(const uint8_t *page, uint32_t id);
void	hash_sum_add(struct hash128 *sum, struct hash128 h);
void	hash_sum_sub(struct hash128 *sum, struct hash128 h);

/* XXH3_64bits: for "is it still the same?" within a run. */
uint64_t hash_bytes(const void *p, size_t n);

/* 32 lower-case hex digits and a NUL. */
void	hash_hex(struct hash128 h, char out[33]);

#endif
