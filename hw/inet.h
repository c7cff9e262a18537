/*
 * hw/inet.h - Internet checksums, for network cards
 */
#ifndef HW_INET_H
#define HW_INET_H

#include "base/types.h"

static inline uint16_t
inet_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void
inet_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t
inet_get32(const uint8_t *p)
{
	return (uint32_t)inet_get16(p) << 16 | inet_get16(p + 2);
}

static inline void
inet_put32(uint8_t *p, uint32_t v)
{
	inet_put16(p, v >> 16);
	inet_put16(p + 2, v);
}

/* sum and the 16-bit words of n < 64 K bytes, RFC 1071; not yet folded. */
uint32_t inet_sum(uint32_t sum, const uint8_t *p, size_t n);
/* Folded to 16 bits, not complemented. */
uint16_t inet_fold(uint32_t sum);

enum inet_sums { INET_NONE = 0, INET_IP = 1, INET_IP_BAD = 2, INET_L4 = 4, INET_L4_BAD = 8 };

/* Which checksums there are in a frame, and which of them are wrong. */
unsigned inet_check(const uint8_t *frame, size_t n);

#endif
