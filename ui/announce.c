/*
 * ui/announce.c - telling a network where a machine is now
 *
 * A gratuitous ARP (RFC 5227, section 3): a request for the machine's own address,
 * from it.  Where the address is not known it is a RARP request, which says nothing
 * but makes switches learn.
 */
#include "ui/announce.h"

#include <string.h>

#define SOURCE		6u
#define TYPE		12u
#define ARP_SENDER_IP	28u
#define IP_SOURCE	26u
#define ARP_END		42u
#define IP_END		34u

static bool
is_type(const uint8_t *frame, uint8_t high, uint8_t low)
{
	return frame[TYPE] == high && frame[TYPE + 1] == low;
}

void
announce_learn(const uint8_t *frame, size_t n, const uint8_t *mac, uint8_t *ip)
{
	static const uint8_t none[4];
	const uint8_t *said = NULL;

	if (n < IP_END || memcmp(frame + SOURCE, mac, 6))
		return;
	if (is_type(frame, 0x08, 0x00))
		said = frame + IP_SOURCE;
	else if (is_type(frame, 0x08, 0x06) && n >= ARP_END)
		said = frame + ARP_SENDER_IP;
	if (said && memcmp(said, none, sizeof(none)))
		memcpy(ip, said, 4);
}

void
announce_make(uint8_t *frame, const uint8_t *mac, const uint8_t *ip)
{
	static const uint8_t none[4], arp[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	bool known = memcmp(ip, none, sizeof(none));

	memset(frame, 0, ANNOUNCE_BYTES);
	memset(frame, 0xff, 6);
	memcpy(frame + SOURCE, mac, 6);
	frame[TYPE] = known ? 0x08 : 0x80;
	frame[TYPE + 1] = known ? 0x06 : 0x35;
	memcpy(frame + 14, arp, sizeof(arp));
	frame[21] = known ? 1 : 3;		/* request; RARP's request */
	memcpy(frame + 22, mac, 6);
	memcpy(frame + ARP_SENDER_IP, ip, 4);
	if (!known)
		memcpy(frame + 32, mac, 6);
	memcpy(frame + 38, ip, 4);
}
