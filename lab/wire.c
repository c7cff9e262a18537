/*
 * lab/wire.c - frames between a lab's clients and lab/guest/server.c
 */
#include "lab/wire.h"

#include <string.h>

#define ETH		14u
#define IP		20u
#define UDP		8u
#define TCP		20u
#define PROTO_ICMP	1u
#define PROTO_TCP	6u
#define PROTO_UDP	17u
#define CLIENT_IP	0x0a00000au
#define CLIENT_PORT	7000u

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* RFC 1071 */
static uint32_t
sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (; n > 1; n -= 2, p += 2)
		s += (uint32_t)p[0] << 8 | p[1];
	return n ? s + ((uint32_t)*p << 8) : s;
}

static void
put_sum(uint8_t *at, uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	put16(at, ~s);
}

static void
put_addresses(uint8_t *f, unsigned client, unsigned type)
{
	static const uint8_t server[6] = SERVER_MAC;

	memcpy(f, server, 6);
	memcpy(f + 6, (const uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)(10 + client) }, 6);
	put16(f + 12, type);
}

/* RFC 826: who has the server's address? */
static size_t
make_arp(uint8_t *f, unsigned client)
{
	uint8_t *a = f + ETH;

	put_addresses(f, client, 0x0806);
	memset(f, 0xff, 6);
	put16(a, 1);
	put16(a + 2, 0x0800);
	a[4] = 6;
	a[5] = 4;
	put16(a + 6, 1);
	memcpy(a + 8, f + 6, 6);
	put32(a + 14, CLIENT_IP + client);
	put32(a + 24, SERVER_IP);
	return 60;
}

static void
make_ip(uint8_t *f, unsigned client, unsigned protocol, size_t n)
{
	uint8_t *ip = f + ETH;

	put_addresses(f, client, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(n - ETH));
	ip[8] = 64;
	ip[9] = (uint8_t)protocol;
	put32(ip + 12, CLIENT_IP + client);
	put32(ip + 16, SERVER_IP);
	put_sum(ip + 10, sum(0, ip, IP));
}

/* RFC 792 */
static size_t
make_ping(uint8_t *f, unsigned client)
{
	uint8_t *echo = f + ETH + IP;

	make_ip(f, client, PROTO_ICMP, 60);
	echo[0] = 8;
	put_sum(echo + 2, sum(0, echo, 60 - ETH - IP));
	return 60;
}

static size_t
make_udp(uint8_t *f, unsigned client, const struct msg *m)
{
	size_t n = ETH + IP + UDP + sizeof(*m);
	uint8_t *u = f + ETH + IP;

	make_ip(f, client, PROTO_UDP, n);
	put16(u, CLIENT_PORT);
	put16(u + 2, SERVER_PORT);
	put16(u + 4, UDP + sizeof(*m));
	memcpy(u + UDP, m, sizeof(*m));
	return n;
}

/* Each segment has one message, so the serial says where the connection is. */
static size_t
make_tcp(uint8_t *f, unsigned client, const struct msg *m)
{
	size_t n = ETH + IP + TCP + sizeof(*m);
	uint8_t *t = f + ETH + IP;

	make_ip(f, client, PROTO_TCP, n);
	put16(t, CLIENT_PORT);
	put16(t + 2, SERVER_PORT);
	put32(t + 4, m->serial * (uint32_t)sizeof(*m));
	put32(t + 8, m->serial * (uint32_t)sizeof(*m));
	t[12] = 0x50;
	t[13] = 0x18;
	put16(t + 14, 0xffff);
	memcpy(t + TCP, m, sizeof(*m));
	put_sum(t + 16, sum(sum(PROTO_TCP + TCP + sizeof(*m), f + ETH + 12, 8), t,
	    TCP + sizeof(*m)));
	return n;
}

size_t
wire_make(uint8_t f[WIRE_FRAME], enum wire_kind kind, unsigned client, const struct msg *m)
{
	memset(f, 0, WIRE_FRAME);
	switch (kind) {
	case WIRE_ARP: return make_arp(f, client);
	case WIRE_PING: return make_ping(f, client);
	case WIRE_UDP: return make_udp(f, client, m);
	default: return make_tcp(f, client, m);
	}
}

bool
wire_read(const uint8_t *f, size_t n, struct msg *m)
{
	size_t head;

	if (n < ETH + IP || f[12] != 8 || f[13] || f[ETH] != 0x45)
		return false;
	if (f[ETH + 9] != PROTO_TCP && f[ETH + 9] != PROTO_UDP)
		return false;
	head = ETH + IP + (f[ETH + 9] == PROTO_TCP ? TCP : UDP);
	if (n < head + sizeof(*m))
		return false;
	memcpy(m, f + head, sizeof(*m));
	return m->magic == MSG_MAGIC;
}
