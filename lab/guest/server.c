/*
 * lab/guest/server.c - a guest with a writable working set and something to say
 *
 * Writes to one of "set" pages, chosen at random, each "gap" cycles, for ever; between
 * writes it serves a bookshop with "stock" books, accounts and names over UDP and TCP,
 * and answers ARP and ping.  For each sale it prints a letter on COM1.  lab/server.h
 */
#include "lab/guest/guest.h"
#include "lab/guest/net.h"

#include "lab/server.h"

#define PAGES_AT	0x1000000u
#define PAGES_MAX	8192u
#define REPLIES		4096u
#define CLIENTS		16u

#define ETH		14u
#define IP		20u
#define UDP		8u
#define TCP		20u
#define PROTO_ICMP	1u
#define PROTO_TCP	6u
#define PROTO_UDP	17u
#define TCP_PSH_ACK	0x18u

void	guest_main(const uint32_t *mbi);

static const uint8_t mac[6] = SERVER_MAC;
static uint32_t stock, balance[CLIENTS];
static uint64_t reply_log[REPLIES];
static uint32_t name_log[REPLIES];
static uint32_t replies, names;

/* --- bytes --- */

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

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

static void
copy(uint8_t *to, const uint8_t *from, uint32_t n)
{
	while (n--)
		*to++ = *from++;
}

static void
swap(uint8_t *a, uint8_t *b, uint32_t n)
{
	for (; n--; a++, b++) {
		uint8_t was = *a;

		*a = *b;
		*b = was;
	}
}

/* RFC 1071 */
static uint32_t
sum(uint32_t s, const uint8_t *p, uint32_t n)
{
	for (; n > 1; n -= 2, p += 2)
		s += get16(p);
	return n ? s + (uint32_t)(*p << 8) : s;
}

static uint32_t
fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

/* --- frames --- */

/* Sums of IP and of what is in it; UDP goes without. */
static void
seal(uint8_t *ip, uint32_t n)
{
	uint8_t *l4 = ip + IP;
	uint32_t len = n - IP;

	put16(ip + 10, 0);
	put16(ip + 10, fold(sum(0, ip, IP)));
	if (ip[9] == PROTO_UDP)
		put16(l4 + 6, 0);
	if (ip[9] == PROTO_ICMP) {
		put16(l4 + 2, 0);
		put16(l4 + 2, fold(sum(0, l4, len)));
	}
	if (ip[9] == PROTO_TCP) {
		put16(l4 + 16, 0);
		put16(l4 + 16, fold(sum(sum(PROTO_TCP + len, ip + 12, 8), l4, len)));
	}
}

/* Back to where it came from. */
static void
send_back(uint8_t *f, uint32_t n)
{
	swap(f, f + 6, 6);
	copy(f + 6, mac, 6);
	swap(f + ETH + 12, f + ETH + 16, 4);
	seal(f + ETH, n - ETH);
	net_send(f, n);
}

static void
serve_arp(uint8_t *f, uint32_t n)
{
	uint8_t *a = f + ETH;

	if (n < ETH + 28 || get16(a + 6) != 1 || get32(a + 24) != SERVER_IP)
		return;
	put16(a + 6, 2);
	swap(a + 8, a + 18, 10);
	copy(a + 8, mac, 6);
	copy(f, f + 6, 6);
	copy(f + 6, mac, 6);
	net_send(f, n);
}

/* --- the shop --- */

static void
tell_outside(const struct msg *m)
{
	static const uint8_t outside[6] = { 2, 0, 0, 0, 0, 0x53 };
	uint8_t f[ETH + IP + UDP + sizeof(*m)] = { 0 };
	struct msg told = *m;
	uint32_t i;

	told.op = MSG_TOLD;
	told.number = names;
	copy(f, outside, 6);
	copy(f + 6, mac, 6);
	put16(f + 12, 0x0800);
	f[ETH] = 0x45;
	put16(f + ETH + 2, sizeof(f) - ETH);
	f[ETH + 8] = 64;
	f[ETH + 9] = PROTO_UDP;
	put32(f + ETH + 12, SERVER_IP);
	put32(f + ETH + 16, OUTSIDE_IP);
	put16(f + ETH + IP, OUTSIDE_PORT);
	put16(f + ETH + IP + 2, OUTSIDE_PORT);
	put16(f + ETH + IP + 4, UDP + sizeof(told));
	for (i = 0; i < sizeof(told); i++)
		f[ETH + IP + UDP + i] = ((const uint8_t *)&told)[i];
	seal(f + ETH, sizeof(f) - ETH);
	net_send(f, sizeof(f));
}

static void
print(char c)
{
	while (!(inb(0x3fd) & 0x20))
		;
	outb(0x3f8, (uint8_t)c);
}

static void
dump(void)
{
	uint32_t i;

	for (i = 0; i < replies && i < REPLIES; i++)
		lab_value(SERVER_KEY_REPLY, reply_log[i]);
	for (i = 0; i < names && i < REPLIES; i++)
		lab_value(SERVER_KEY_NAME, name_log[i]);
	lab_mark(LAB_MARK_END);
}

static void
buy(struct msg *m)
{
	m->answer = stock > 0;
	if (m->answer) {
		stock--;
		print('s');
	}
	m->number = stock;
}

static void
pay(struct msg *m)
{
	uint32_t *b = &balance[m->client % CLIENTS];

	*b += m->number;
	m->answer = 1;
	m->number = *b;
}

/* 0: there is no answer. */
static int
serve_msg(struct msg *m)
{
	if (m->magic != MSG_MAGIC)
		return 0;
	switch (m->op) {
	case MSG_BUY:
		buy(m);
		break;
	case MSG_PAY:
		pay(m);
		break;
	case MSG_UPDATE:
		name_log[names++ % REPLIES] = m->serial;
		tell_outside(m);
		return 0;
	case MSG_DUMP:
		dump();
		return 0;
	default:
		return 0;
	}
	reply_log[replies++ % REPLIES] = (uint64_t)m->op << 56 | (uint64_t)(m->client & 0xff) << 48 |
	    (uint64_t)(m->serial & 0xffff) << 32 | (m->number & 0x7fffffff) << 1 | m->answer;
	return 1;
}

/* RFC 9293, 3.10.7.4, of an established connection, without what can be lost. */
static void
turn_tcp(uint8_t *t, uint32_t len)
{
	uint32_t seq = get32(t + 4), ack = get32(t + 8);

	swap(t, t + 2, 2);
	put32(t + 4, ack);
	put32(t + 8, seq + len);
	t[13] = TCP_PSH_ACK;
}

static void
serve_ip(uint8_t *f, uint32_t n)
{
	uint8_t *l4 = f + ETH + IP;
	uint32_t head = f[ETH + 9] == PROTO_TCP ? TCP : UDP;
	struct msg *m = (struct msg *)(l4 + head);

	if (f[ETH + 9] == PROTO_ICMP && n >= ETH + IP + 8 && l4[0] == 8) {
		l4[0] = 0;
		send_back(f, n);
		return;
	}
	if (n < ETH + IP + head + sizeof(*m) || get16(l4 + 2) != SERVER_PORT)
		return;
	if (f[ETH + 9] != PROTO_TCP && f[ETH + 9] != PROTO_UDP)
		return;
	if (!serve_msg(m))
		return;
	if (head == TCP)
		turn_tcp(l4, sizeof(*m));
	else
		swap(l4, l4 + 2, 2);
	send_back(f, ETH + IP + head + sizeof(*m));
}

static void
serve(void)
{
	uint32_t n;
	uint8_t *f = net_next(&n);

	if (!f)
		return;
	if (n >= ETH + IP && get16(f + 12) == 0x0800 && f[ETH] == 0x45)
		serve_ip(f, n);
	else if (n >= ETH && get16(f + 12) == 0x0806)
		serve_arp(f, n);
	net_done();
}

/* --- work --- */

static void
work(uint32_t set, uint32_t gap)
{
	uint32_t random = 2463534242u, page, i = 0;
	uint64_t next = now();

	for (;;) {
		do
			serve();
		while (now() < next);
		next += gap;
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		if (!set)
			continue;
		page = (uint32_t)((uint64_t)(random * 2654435761u) * set >> 32);
		*(volatile uint32_t *)(PAGES_AT + page * 4096 + (i & 0x3ff) * 4) = random;
		i++;
	}
}

void
guest_main(const uint32_t *mbi)
{
	const char *line = boot_line(mbi);
	uint32_t set = arg_number(line, "set", 1024), gap = arg_number(line, "gap", 20000);

	stock = arg_number(line, "stock", 1);
	if (!net_start())
		return;
	lab_mark(LAB_MARK_START);
	work(set < PAGES_MAX ? set : PAGES_MAX, gap ? gap : 1);
}
