/*
 * tests/fuzz/user.c - fuzz target: what is between a network card and libslirp
 *
 * The input is a list of doings, each a byte that says what, one that says how many
 * bytes follow, and these: frames of the guest, as they are or made whole around
 * their payload; answers to the connections of clients that come through hostfwd;
 * what such clients do; rules; time.  A peer on the card's side remembers ports and
 * sequence numbers, so that answers fit.  All happens in a network of this process
 * alone, or, where the host has none to give, with restrict=on.
 */
#define _GNU_SOURCE	/* unshare */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bits.h"
#include "ui/net.h"
#include "ui/options.h"

#define CLIENTS		4u
#define PORT		40007u		/* of the host, to the guest's 7 */
#define FRAME		1514u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int	LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__lsan_default_suppressions(void);

/* What ui/net.c is to a back end. */
struct net {
	uint64_t	now;
	uint64_t	frames;
	/* of the last TCP segment to the guest */
	uint16_t	peer_port, port;
	uint32_t	seq, ack;
	uint32_t	peer;
};

struct rig {
	struct net		net;
	struct net_ops		ops;
	void			*arg;
	int			client[CLIENTS];	/* -1: none */
};

static bool alone;

/* libslirp 4.7 leaves its TFTP sessions behind at the end; nobody else uses glib. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libglib";
}

/* --- what net_user.c wants from others --- */

uint64_t
net_now(const struct net *n)
{
	return n->now;
}

void
net_arrived(struct net *n, const uint8_t *f, size_t len)
{
	volatile uint8_t last;

	if (!len || len > MACHINE_FRAME_MAX)
		abort();
	last = f[len - 1];
	(void)last;
	n->frames++;
	if (len < 54 || f[12] != 8 || f[13] != 0 || f[23] != IPPROTO_TCP)
		return;
	n->peer = get_be32(f + 26);
	n->peer_port = (uint16_t)(f[34] << 8 | f[35]);
	n->port = (uint16_t)(f[36] << 8 | f[37]);
	n->ack = get_be32(f + 38) + ((f[47] & 3) != 0) + (uint32_t)(len - 54);
	n->seq = get_be32(f + 42);
}

bool
option_bad(const char *option, const char *value, const char *why)
{
	if (!option || !value || !why)
		abort();
	return false;
}

/* --- frames of the guest --- */

static uint16_t
sum(const uint8_t *p, size_t n, uint32_t s)
{
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	if (n & 1)
		s += (uint32_t)p[n - 1] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void
send_frame(struct rig *r, const uint8_t *f, size_t n)
{
	r->ops.send(r->arg, f, n);
}

/* Ethernet and IPv4 around n bytes at f + 34; offset of its check sum, 0: none. */
static void
send_ip(struct rig *r, uint8_t *f, size_t n, uint32_t to, uint8_t protocol, size_t check)
{
	static const uint8_t router[6] = { 0x52, 0x55, 10, 0, 2, 2 };
	static const uint8_t self[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	uint32_t pseudo;

	memcpy(f, router, 6);
	memcpy(f + 6, self, 6);
	put_be16(f + 12, 0x0800);
	memset(f + 14, 0, 20);
	f[14] = 0x45;
	put_be16(f + 16, (uint16_t)(20 + n));
	f[22] = 64;
	f[23] = protocol;
	put_be32(f + 26, 0x0a00020f);
	put_be32(f + 30, to);
	put_be16(f + 24, sum(f + 14, 20, 0));
	if (check) {
		pseudo = 0x0a00 + 0x020f + (to >> 16) + (to & 0xffff) + protocol + (uint32_t)n;
		put_be16(f + 34 + check, 0);
		put_be16(f + 34 + check, sum(f + 34, n, protocol == IPPROTO_ICMP ? 0 : pseudo));
	}
	send_frame(r, f, 34 + n);
}

/* Router, name server, and addresses nobody has. */
static uint32_t
address(uint8_t which)
{
	return 0x0a000200 | (which & 7);
}

static void
udp(struct rig *r, const uint8_t *p, size_t n)
{
	static const uint16_t port[] = { 53, 67, 69, 7, 40007 };
	uint8_t f[FRAME + 64];

	if (n < 3)
		return;
	put_be16(f + 34, p[0] & 8 ? 68 : 1024u + p[1]);
	put_be16(f + 36, port[p[2] % ARRAY_SIZE(port)]);
	put_be16(f + 38, (uint16_t)(8 + n - 3));
	memset(f + 40, 0, 2);
	memcpy(f + 42, p + 3, n - 3);
	send_ip(r, f, 8 + n - 3, address(p[0]), IPPROTO_UDP, 6);
}

static void
icmp(struct rig *r, const uint8_t *p, size_t n)
{
	uint8_t f[FRAME + 64];

	if (n < 5)
		return;
	memcpy(f + 34, p + 1, n - 1);
	send_ip(r, f, n - 1, address(p[0]), IPPROTO_ICMP, 2);
}

/* Of the connection that was heard of last, or one of its own; numbers near. */
static void
tcp(struct rig *r, const uint8_t *p, size_t n)
{
	const struct net *net = &r->net;
	bool own = p[0] & 0x80;
	uint8_t f[FRAME + 64];

	if (n < 6)
		return;
	put_be16(f + 34, own ? 2000u + (p[1] & 3) : net->port);
	put_be16(f + 36, own ? (p[2] & 1 ? PORT : p[2]) : net->peer_port);
	put_be32(f + 38, net->seq + (uint32_t)(int8_t)p[3]);
	put_be32(f + 42, net->ack + (uint32_t)(int8_t)p[4]);
	f[46] = p[0] & 0x40 ? (uint8_t)(p[1] & 0xf0) : 0x50;
	f[47] = p[5];
	put_be16(f + 48, p[0] & 0x20 ? p[1] : 0x2000);
	memset(f + 50, 0, 4);
	memcpy(f + 54, p + 6, n - 6);
	send_ip(r, f, 20 + n - 6, own ? address(p[0]) : net->peer, IPPROTO_TCP, 16);
}

/* The guest says who it is: without that libslirp sends nothing to it. */
static void
arp(struct rig *r)
{
	uint8_t f[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 6,
		0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 10, 0, 2, 15,
		0, 0, 0, 0, 0, 0, 10, 0, 2, 2 };

	send_frame(r, f, sizeof(f));
}

/* --- clients that come through hostfwd --- */

static void
client_connect(struct rig *r, unsigned i)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (r->client[i] >= 0)
		return;
	r->client[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->client[i] >= 0)
		(void)!connect(r->client[i], (struct sockaddr *)&to, sizeof(to));
}

static void
client_close(struct rig *r, unsigned i, bool reset)
{
	struct linger now = { 1, 0 };

	if (r->client[i] < 0)
		return;
	if (reset)
		setsockopt(r->client[i], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(r->client[i]);
	r->client[i] = -1;
}

static void
client(struct rig *r, const uint8_t *p, size_t n)
{
	unsigned i = p[0] % CLIENTS, times = p[0] & 0x80 ? 300 : 1;
	uint8_t heard[2048];

	switch (p[0] / CLIENTS % 6) {
	case 0:
		client_connect(r, i);
		break;
	case 1:
	case 2:
		while (times--)
			(void)!send(r->client[i], p + 1, n - 1,
			    MSG_DONTWAIT | MSG_NOSIGNAL | (p[0] & 0x40 ? MSG_OOB : 0));
		break;
	case 3:
		(void)!recv(r->client[i], heard, sizeof(heard), MSG_DONTWAIT);
		break;
	case 4:
		shutdown(r->client[i], SHUT_WR);
		break;
	default:
		client_close(r, i, p[0] & 0x40);
		break;
	}
}

/* A rule of hostfwd_add or hostfwd_remove: text, or the one that clients use. */
static void
rule(struct rig *r, const uint8_t *p, size_t n)
{
	char text[256];

	if (p[0] & 2)
		snprintf(text, sizeof(text), "tcp:127.0.0.1:%u%s", PORT, p[0] & 1 ? "-:7" : "");
	else
		snprintf(text, sizeof(text), "%.*s", (int)(n - 1), (const char *)p + 1);
	if (alone || p[0] & 2)
		r->ops.forward(r->arg, text, p[0] & 1);
}

/* --- from beginning to end --- */

static void
poll_now(struct rig *r)
{
	struct pollfd p[NET_FDS];

	if (r->ops.fds(r->arg, p, NET_FDS) > NET_FDS)
		abort();
	r->ops.attended(r->arg);
	r->ops.poll(r->arg);
}

static void
act(struct rig *r, unsigned what, const uint8_t *p, size_t n)
{
	char text[NET_TEXT];

	switch (what % 12) {
	case 0:
		send_frame(r, p, n);
		break;
	case 1:
	case 2:
		tcp(r, p, n);
		break;
	case 3:
		udp(r, p, n);
		break;
	case 4:
		icmp(r, p, n);
		break;
	case 5:
	case 6:
		client(r, p, n);
		break;
	case 7:
		rule(r, p, n);
		break;
	case 8:
		r->net.now += (uint64_t)1000000 << (p[0] & 15);
		break;
	case 9:
		arp(r);
		break;
	default:
		break;
	}
	poll_now(r);
	if (r->ops.describe)
		r->ops.describe(r->arg, text, sizeof(text));
}

/* A network of its own; the loopback device is down at first. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int s;

	(void)argc;
	(void)argv;
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 0;
	s = socket(AF_INET, SOCK_DGRAM, 0);
	alone = s >= 0 && ioctl(s, SIOCSIFFLAGS, &lo) == 0;
	if (s >= 0)
		close(s);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_options o = { .kind = NET_USER, .restricted = !alone, .tftp = "/usr/include",
		.forward = { "tcp:127.0.0.1:40007-:7" }, .forwards = 1 };
	struct rig r = { .client = { -1, -1, -1, -1 } };
	unsigned i;
	size_t n;

	o.restricted |= size && data[0] & 1;
	r.net.now = 1000000000;
	if (net_user_open(&r.net, &o, &r.ops, &r.arg)) {
		arp(&r);
		while (size >= 3) {
			n = data[1] < size - 2 ? data[1] : size - 2;
			if (n)
				act(&r, data[0], data + 2, n);
			data += 2 + n;
			size -= 2 + n;
		}
	}
	for (i = 0; i < CLIENTS; i++)
		client_close(&r, i, true);
	if (r.ops.free)
		r.ops.free(r.arg);
	return 0;
}
