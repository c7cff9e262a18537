/*
 * tests/checkpoint/ledger.c - a server that remembers what it said, and its client
 *
 * ledger server		TCP 7001: a client names its connection ("N\n") and then
 *				asks for records, each with a byte; UDP 7001: each
 *				datagram with a number is answered with a record; TCP
 *				7002: all records there ever were
 * ledger client PORT BYTES FILE PATIENCE [ADDRESS]	asks on 127.0.0.1 or there, PORT (TCP and UDP) and
 *				PORT + 1, until it has BYTES and FILE exists; then it compares
 *				what it saw with what the server remembers.  It connects again
 *				after so many milliseconds of silence
 *
 * A record is 64 bytes: T or U, connection, number, a token that depends on the time
 * and on everything before, a check of these.  A server that was taken back says
 * something else the second time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT		7001
#define RECORD		64u
#define BURST		64u		/* records that a byte asks for */
#define CLIENTS		16
#define UDP_EVERY_MS	4

static const char *server_address = "127.0.0.1";

struct records {
	char	*at;
	size_t	n, room;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
add(struct records *r, const char *record)
{
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 4096;
		r->at = realloc(r->at, r->room * RECORD);
		if (!r->at)
			die("realloc");
	}
	memcpy(r->at + r->n++ * RECORD, record, RECORD);
}

/* FNV-1a. */
static uint32_t
sum(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	while (n--)
		h = (h ^ (uint8_t)*p++) * 16777619u;
	return h;
}

static int
listen_at(int type, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int s = socket(AF_INET, type, 0), one = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (s < 0 || bind(s, (struct sockaddr *)&at, sizeof(at)) ||
	    (type == SOCK_STREAM && listen(s, 8)))
		die("listen");
	return s;
}

/* --- server --- */

static struct records ledger;
static uint64_t token;

static void
make_record(char out[RECORD], char kind, unsigned conn, unsigned number)
{
	size_t n;

	token = (token ^ now_ns()) * 0x9e3779b97f4a7c15u;
	token ^= token >> 29;
	memset(out, '.', RECORD);
	n = (size_t)snprintf(out, RECORD, "%c %u %u %016llx ", kind, conn, number,
	    (unsigned long long)token);
	out[n] = '.';
	snprintf(out + RECORD - 10, 10, " %08x", sum(out, RECORD - 10));
	out[RECORD - 1] = '\n';
	add(&ledger, out);
}

struct client {
	int		fd;
	unsigned	conn, number;
	int		named;
};

/* Blocking: who does not read is waited for. */
static int
send_all(int fd, const char *p, size_t n)
{
	ssize_t sent;

	for (; n; n -= (size_t)sent, p += sent) {
		sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return 0;
	}
	return 1;
}

static int
serve_byte(struct client *c, char byte)
{
	char burst[BURST][RECORD];
	unsigned i;

	token ^= (uint8_t)byte;
	if (!c->named) {
		if (byte == '\n')
			c->named = 1;
		else
			c->conn = c->conn * 10 + (unsigned)(byte - '0');
		return 1;
	}
	for (i = 0; i < BURST; i++)
		make_record(burst[i], 'T', c->conn, c->number++);
	return send_all(c->fd, burst[0], sizeof(burst));
}

static void
serve_client(struct client *c)
{
	char buf[64];
	ssize_t n = read(c->fd, buf, sizeof(buf)), i;

	for (i = 0; i < n; i++)
		if (!serve_byte(c, buf[i]))
			n = 0;
	if (n > 0)
		return;
	close(c->fd);
	c->fd = -1;
}

static void
serve_datagram(int s)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char buf[64] = "", record[RECORD];

	if (recvfrom(s, buf, sizeof(buf) - 1, 0, (struct sockaddr *)&from, &len) <= 0)
		return;
	make_record(record, 'U', 0, (unsigned)strtoul(buf, NULL, 10));
	sendto(s, record, RECORD, 0, (struct sockaddr *)&from, len);
}

static void
serve_ledger(int s)
{
	int fd = accept(s, NULL, NULL);

	if (fd < 0)
		return;
	(void)send_all(fd, ledger.at, ledger.n * RECORD);
	shutdown(fd, SHUT_WR);
	close(fd);
}

static void
accept_client(struct client *c, int s)
{
	int fd = accept(s, NULL, NULL), i;
	struct timeval slow = { 10, 0 };

	for (i = 0; i < CLIENTS; i++) {
		if (fd < 0 || c[i].fd >= 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slow, sizeof(slow));
		c[i] = (struct client){ .fd = fd };
		return;
	}
	close(fd);
}

static int
server(void)
{
	struct client c[CLIENTS];
	struct pollfd p[3 + CLIENTS];
	int i;

	p[0] = (struct pollfd){ listen_at(SOCK_STREAM, PORT), POLLIN, 0 };
	p[1] = (struct pollfd){ listen_at(SOCK_DGRAM, PORT), POLLIN, 0 };
	p[2] = (struct pollfd){ listen_at(SOCK_STREAM, PORT + 1), POLLIN, 0 };
	for (i = 0; i < CLIENTS; i++)
		c[i].fd = -1;
	printf("ledger: ready\n");
	fflush(stdout);
	for (;;) {
		for (i = 0; i < CLIENTS; i++)
			p[3 + i] = (struct pollfd){ c[i].fd, POLLIN, 0 };
		if (poll(p, 3 + CLIENTS, -1) < 0)
			die("poll");
		if (p[0].revents)
			accept_client(c, p[0].fd);
		if (p[1].revents)
			serve_datagram(p[1].fd);
		if (p[2].revents)
			serve_ledger(p[2].fd);
		for (i = 0; i < CLIENTS; i++)
			if (c[i].fd >= 0 && p[3 + i].revents)
				serve_client(&c[i]);
	}
}

/* --- client --- */

struct asker {
	int		port, tcp, udp;
	unsigned	conn, asked, expected;	/* the latter: number of the next record */
	unsigned	broken;			/* connections, and records that are none */
	int		begun;
	char		part[RECORD];
	size_t		have;
	uint64_t	heard, next_udp;
	struct records	seen;
};

static int
connect_to(int type, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int s = socket(AF_INET, type, 0);

	to.sin_addr.s_addr = inet_addr(server_address);
	if (s >= 0 && connect(s, (struct sockaddr *)&to, sizeof(to)) == 0)
		return s;
	close(s);
	return -1;
}

static int
is_record(const char *r)
{
	char check[16];

	snprintf(check, sizeof(check), " %08x\n", sum(r, RECORD - 10));
	return !memcmp(r + RECORD - 10, check, 10);
}

static void
connect_again(struct asker *a)
{
	char name[32];

	if (a->tcp >= 0) {
		close(a->tcp);
		a->broken++;
	}
	a->have = a->expected = 0;
	a->heard = now_ns();
	a->tcp = connect_to(SOCK_STREAM, a->port);
	snprintf(name, sizeof(name), "%u\n++++++++", ++a->conn);
	if (a->tcp >= 0 && !send_all(a->tcp, name, strlen(name)))
		a->heard = 0;
}

/* One at a time, in order, without a gap. */
static void
take_record(struct asker *a)
{
	unsigned conn, number;

	if (!is_record(a->part) || sscanf(a->part, "T %u %u", &conn, &number) != 2 ||
	    conn != a->conn || number != a->expected) {
		printf("ledger: connection %u, record %u is %.63s\n", a->conn, a->expected,
		    a->part);
		connect_again(a);
		return;
	}
	add(&a->seen, a->part);
	if (!a->begun) {
		a->begun = 1;
		printf("begun\n");
		fflush(stdout);
	}
	a->expected++;
	if (a->expected % BURST == 0 && !send_all(a->tcp, "+", 1))
		connect_again(a);
}

static void
read_tcp(struct asker *a)
{
	ssize_t n = read(a->tcp, a->part + a->have, RECORD - a->have);

	if (n <= 0) {
		connect_again(a);
		return;
	}
	a->heard = now_ns();
	a->have += (size_t)n;
	if (a->have < RECORD)
		return;
	a->have = 0;
	take_record(a);
}

static void
read_udp(struct asker *a)
{
	char r[RECORD];

	if (recv(a->udp, r, RECORD, MSG_DONTWAIT) == RECORD && is_record(r))
		add(&a->seen, r);
}

static void
ask_udp(struct asker *a)
{
	char text[16];

	if (now_ns() < a->next_udp)
		return;
	a->next_udp = now_ns() + UDP_EVERY_MS * 1000000u;
	snprintf(text, sizeof(text), "%u", ++a->asked);
	(void)send(a->udp, text, strlen(text), 0);
}

static void
fetch_ledger(struct asker *a, struct records *all)
{
	char r[RECORD];
	size_t have = 0;
	ssize_t n;
	int s, tries;

	for (tries = 0; (s = connect_to(SOCK_STREAM, a->port + 1)) < 0 && tries < 10; tries++)
		sleep(1);
	if (s < 0)
		die("the ledger");
	while ((n = read(s, r + have, RECORD - have)) > 0) {
		have += (size_t)n;
		if (have < RECORD)
			continue;
		have = 0;
		add(all, r);
	}
	close(s);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, RECORD);
}

static void
count(const struct records *seen, const struct records *all, char kind)
{
	size_t i, n = 0, wrong = 0;

	for (i = 0; i < seen->n; i++) {
		const char *r = seen->at + i * RECORD;

		if (*r != kind)
			continue;
		n++;
		wrong += !bsearch(r, all->at, all->n, RECORD, compare);
	}
	printf("%s seen %zu contradicted %zu\n", kind == 'T' ? "tcp" : "udp", n, wrong);
}

static int
client(int port, size_t bytes, const char *enough, unsigned patience_ms)
{
	struct asker a = { .port = port, .tcp = -1, .udp = connect_to(SOCK_DGRAM, port) };
	struct records all = { NULL, 0, 0 };
	struct pollfd p[2];

	connect_again(&a);
	while (a.seen.n * RECORD < bytes || access(enough, F_OK)) {
		p[0] = (struct pollfd){ a.tcp, POLLIN, 0 };
		p[1] = (struct pollfd){ a.udp, POLLIN, 0 };
		poll(p, 2, UDP_EVERY_MS);
		if (p[0].revents)
			read_tcp(&a);
		if (p[1].revents)
			read_udp(&a);
		ask_udp(&a);
		if (now_ns() > a.heard + patience_ms * 1000000ull)
			connect_again(&a);
	}
	/* What is said from here on nobody hears. */
	close(a.tcp);
	close(a.udp);
	sleep(1);
	fetch_ledger(&a, &all);
	qsort(all.at, all.n, RECORD, compare);
	count(&a.seen, &all, 'T');
	count(&a.seen, &all, 'U');
	printf("bytes %zu connections %u broken %u\n", a.seen.n * RECORD, a.conn, a.broken);
	return 0;
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !strcmp(argv[1], "server"))
		return server();
	if (argc == 7)
		server_address = argv[6];
	if ((argc == 6 || argc == 7) && !strcmp(argv[1], "client"))
		return client(atoi(argv[2]), strtoul(argv[3], NULL, 10), argv[4],
		    (unsigned)atoi(argv[5]));
	return 1;
}
