/*
 * base/bits.h - bit fields, little-endian access, exact scaling
 *
 * Everything here is inline and freestanding: chips that are compiled into
 * guest software use it too.
 */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <assert.h>
#include <string.h>

#include "base/types.h"

#define BIT(n)		((uint64_t)1 << (n))
/* Mask of n low bits, n in 0..64. */
#define LOW_BITS(n)	((n) >= 64 ? ~(uint64_t)0 : BIT((n) & 63) - 1)

static inline uint64_t
bits_get(uint64_t v, unsigned lo, unsigned n)
{
	return (v >> lo) & LOW_BITS(n);
}

static inline uint64_t
bits_put(uint64_t v, unsigned lo, unsigned n, uint64_t field)
{
	return (v & ~(LOW_BITS(n) << lo)) | ((field & LOW_BITS(n)) << lo);
}

/* Sign-extend the low n bits, n in 1..64. */
static inline int64_t
sign_extend(uint64_t v, unsigned n)
{
	return (int64_t)(v << (64 - n)) >> (64 - n);
}

#define GET_PUT(bits) \
static inline uint##bits##_t \
get_le##bits(const void *p) \
{ \
	uint##bits##_t v; \
	memcpy(&v, p, sizeof(v)); \
	return v; \
} \
static inline void \
put_le##bits(void *p, uint##bits##_t v) \
{ \
	memcpy(p, &v, sizeof(v)); \
}
GET_PUT(8)
GET_PUT(16)
GET_PUT(32)
GET_PUT(64)
#undef GET_PUT

/* Big-endian. */
#define GET_PUT(bits) \
static inline uint##bits##_t \
get_be##bits(const void *p) \
{ \
	return __builtin_bswap##bits(get_le##bits(p)); \
} \
static inline void \
put_be##bits(void *p, uint##bits##_t v) \
{ \
	put_le##bits(p, __builtin_bswap##bits(v)); \
}
GET_PUT(16)
GET_PUT(32)
GET_PUT(64)
#undef GET_PUT

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "the host must be little-endian");

/* Load or store size (1, 2, 4, 8) bytes, zero-extended. */
static inline uint64_t
get_le(const void *p, unsigned size)
{
	switch (size) {
	case 1: return get_le8(p);
	case 2: return get_le16(p);
	case 4: return get_le32(p);
	default: return get_le64(p);
	}
}

static inline void
put_le(void *p, unsigned size, uint64_t v)
{
	switch (size) {
	case 1: put_le8(p, (uint8_t)v); break;
	case 2: put_le16(p, (uint16_t)v); break;
	case 4: put_le32(p, (uint32_t)v); break;
	default: put_le64(p, v); break;
	}
}

/*
 * a * b / c with a 128-bit intermediate, rounded down.  c must not be 0 and
 * the quotient must fit 64 bits (chips scale cycle counts by frequencies, so
 * b / c is small).  Written with the processor's own instructions so that
 * freestanding code needs no compiler run-time library.
 */
static inline uint64_t
muldiv64(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t lo, hi, q, r;

	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b) : "cc");
	if (hi >= c)
		return ~(uint64_t)0;
	__asm__("divq %4" : "=a"(q), "=d"(r) : "a"(lo), "d"(hi), "rm"(c) : "cc");
	return q;
}

/* As muldiv64(), rounded up. */
static inline uint64_t
muldiv64_up(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t lo, hi, q, r;

	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b) : "cc");
	if (hi >= c)
		return ~(uint64_t)0;
	__asm__("divq %4" : "=a"(q), "=d"(r) : "a"(lo), "d"(hi), "rm"(c) : "cc");
	return q + (r != 0);
}

#endif
