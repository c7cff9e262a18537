/*
 * hw/inet.c - Internet checksums, for network cards
 */
#include "hw/inet.h"

#include "base/bits.h"

#define ETHER_HEADER	14u
#define ETHER_TYPE	12u
#define TYPE_IP		0x0800
#define TYPE_IP6	0x86dd
#define PROTO_TCP	6
#define PROTO_UDP	17

uint32_t
inet_sum(uint32_t sum, const uint8_t *p, size_t n)
{
	uint64_t s = 0;
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		s += get_le32(p + i);
	for (; i + 2 <= n; i += 2)
		s += get_le16(p + i);
	if (i < n)
		s += p[i];
	s = (s & 0xffffffff) + (s >> 32);
	s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32);
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	/* The sum does not depend on the order of bytes but for this: RFC 1071, 2 (B). */
	return sum + (uint32_t)((s & 0xff) << 8 | s >> 8);
}

uint16_t
inet_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* Checksum of TCP or UDP in p, n bytes, with the addresses of the pseudo header. */
static unsigned
check_l4(uint8_t proto, const uint8_t *addresses, size_t address_bytes, const uint8_t *p,
    size_t n)
{
	uint32_t sum = proto + (uint32_t)n;

	if ((proto != PROTO_TCP || n < 20) && (proto != PROTO_UDP || n < 8))
		return INET_NONE;
	if (proto == PROTO_UDP && !inet_get16(p + 6))
		return INET_NONE;	/* the sender made none */
	sum = inet_sum(sum, addresses, address_bytes);
	return inet_fold(inet_sum(sum, p, n)) == 0xffff ? INET_L4 : INET_L4 | INET_L4_BAD;
}

static unsigned
check_ip4(const uint8_t *p, size_t n)
{
	size_t header = (size_t)(p[0] & 15) * 4, total;
	unsigned r = INET_IP;

	if (n < 20 || p[0] >> 4 != 4 || header < 20 || header > n)
		return INET_NONE;
	total = inet_get16(p + 2);
	if (inet_fold(inet_sum(0, p, header)) != 0xffff)
		return r | INET_IP_BAD;
	/* Fragments have only part of what is summed. */
	if (total < header || total > n || (inet_get16(p + 6) & 0x3fff))
		return r;
	return r | check_l4(p[9], p + 12, 8, p + header, total - header);
}

static unsigned
check_ip6(const uint8_t *p, size_t n)
{
	size_t total = n < 40 ? 0 : inet_get16(p + 4);

	if (n < 40 || p[0] >> 4 != 6 || total > n - 40)
		return INET_NONE;
	return check_l4(p[6], p + 8, 32, p + 40, total);
}

unsigned
inet_check(const uint8_t *frame, size_t n)
{
	if (n <= ETHER_HEADER)
		return INET_NONE;
	switch (inet_get16(frame + ETHER_TYPE)) {
	case TYPE_IP:	return check_ip4(frame + ETHER_HEADER, n - ETHER_HEADER);
	case TYPE_IP6:	return check_ip6(frame + ETHER_HEADER, n - ETHER_HEADER);
	default:	return INET_NONE;
	}
}
