/*
 * ui/hub_main.c - the program "ringlab hub": a segment and its sockets
 */
#include "ui/hub_main.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netdb.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ui/hub.h"
#include "ui/listener.h"
#include "ui/pcap.h"

#define FIXED_FDS	2u		/* signals, the listener */

struct client {
	int		fd;		/* -1: gone */
	unsigned	number;
	struct hub_port	*port;
	bool		told_slow;
};

struct server {
	struct hub	*hub;
	struct pcap	*pcap;
	struct listener	listener;
	int		signals;
	struct client	*client;
	struct pollfd	*fd;		/* FIXED_FDS and one for each client */
	unsigned	clients, room, number;
	bool		full;		/* no more file descriptors for now */
	bool		told_full;
};

static int
complain(const char *what, const char *why)
{
	fprintf(stderr, "ringlab: hub %s: %s\n", what, why);
	return 1;
}

static void
server_heard(void *arg, const uint8_t *frame, size_t n)
{
	struct server *s = arg;
	struct timespec t;

	if (!s->pcap)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	pcap_frame(s->pcap, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec, frame, n);
}

/* --- clients --- */

static bool
server_grow(struct server *s)
{
	unsigned room = s->room ? 2 * s->room : 8;
	void *clients = realloc(s->client, room * sizeof(*s->client));
	void *fds;

	if (!clients)
		return false;
	s->client = clients;
	fds = realloc(s->fd, (room + FIXED_FDS) * sizeof(*s->fd));
	if (!fds)
		return false;
	s->fd = fds;
	s->room = room;
	return true;
}

static void
client_drop(struct server *s, struct client *c, const char *why)
{
	uint64_t lost = hub_dropped(c->port);

	if (why || lost)
		fprintf(stderr, "ringlab: hub: client %u: %s; it missed %" PRIu64 " frames\n",
		    c->number, why ? why : "left", lost);
	close(c->fd);
	c->fd = -1;
	hub_leave(s->hub, c->port);
	s->full = false;
}

static void
client_bad(struct server *s, struct client *c, size_t len)
{
	char text[80];

	snprintf(text, sizeof(text), "a frame of %zu bytes, which is none: disconnected", len);
	client_drop(s, c, text);
}

static void
client_read(struct server *s, struct client *c)
{
	uint8_t *at;
	size_t len, room = hub_room(c->port, &at);
	ssize_t n = recv(c->fd, at, room, 0);

	if (n > 0) {
		if (!hub_got(s->hub, c->port, (size_t)n, &len))
			client_bad(s, c, len);
	} else if (!n || errno == ECONNRESET) {
		client_drop(s, c, NULL);
	} else if (errno != EAGAIN && errno != EINTR) {
		client_drop(s, c, strerror(errno));
	}
}

static void
client_write(struct server *s, struct client *c)
{
	const uint8_t *p;
	ssize_t sent;
	size_t n;

	while (c->fd >= 0 && (n = hub_bytes(c->port, &p))) {
		sent = send(c->fd, p, n, MSG_NOSIGNAL);
		if (sent > 0)
			hub_sent(c->port, (size_t)sent);
		else if (errno == EAGAIN)
			break;
		else if (errno == EPIPE || errno == ECONNRESET)
			client_drop(s, c, NULL);
		else if (errno != EINTR)
			client_drop(s, c, strerror(errno));
	}
	if (c->fd < 0 || c->told_slow || !hub_dropped(c->port))
		return;
	c->told_slow = true;
	fprintf(stderr, "ringlab: hub: client %u does not keep up: it misses frames\n", c->number);
}

static void
server_accept(struct server *s)
{
	struct hub_port *port = NULL;
	int fd = listener_accept(&s->listener);

	if (fd >= 0 && (s->clients < s->room || server_grow(s)))
		port = hub_join(s->hub);
	if (port) {
		s->client[s->clients++] = (struct client){ fd, ++s->number, port, false };
		return;
	}
	if (fd >= 0)
		close(fd);
	else if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
		return;			/* whoever it was has left already */
	s->full = true;
	if (!s->told_full)
		fprintf(stderr, "ringlab: hub: no more clients than %u: %s\n", s->clients,
		    fd >= 0 ? "out of memory" : strerror(errno));
	s->told_full = true;
}

static void
server_forget_gone(struct server *s)
{
	unsigned i, left = 0;

	for (i = 0; i < s->clients; i++)
		if (s->client[i].fd >= 0)
			s->client[left++] = s->client[i];
	s->clients = left;
}

/* --- one round --- */

static void
server_list_fds(struct server *s)
{
	const uint8_t *p;
	unsigned i;

	s->fd[0] = (struct pollfd){ s->signals, POLLIN, 0 };
	s->fd[1] = (struct pollfd){ s->full ? -1 : s->listener.fd, POLLIN, 0 };
	for (i = 0; i < s->clients; i++) {
		const struct client *c = &s->client[i];
		short out = hub_bytes(c->port, &p) ? POLLOUT : 0;

		s->fd[FIXED_FDS + i] = (struct pollfd){ c->fd, (short)(POLLIN | out), 0 };
	}
}

/* False when it is to end. */
static bool
server_round(struct server *s)
{
	unsigned i;

	server_list_fds(s);
	if (poll(s->fd, FIXED_FDS + s->clients, -1) < 0)
		return errno == EINTR;
	if (s->fd[0].revents)
		return false;
	for (i = 0; i < s->clients; i++)
		if (s->fd[FIXED_FDS + i].revents & (POLLIN | POLLHUP | POLLERR))
			client_read(s, &s->client[i]);
	for (i = 0; i < s->clients; i++)
		if (s->client[i].fd >= 0)
			client_write(s, &s->client[i]);
	server_forget_gone(s);
	if (s->fd[1].revents)
		server_accept(s);
	return true;
}

/* --- from beginning to end --- */

/* Port 0 means any: the one it became is what others have to know. */
static void
server_tell(const struct server *s, const char *where)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (!s->listener.path[0] &&
	    !getsockname(s->listener.fd, (struct sockaddr *)&a, &len) &&
	    !getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV))
		printf("hub at host %s port %s\n", host, port);
	else
		printf("hub at %s\n", where);
	fflush(stdout);
}

static int
server_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
server_open(struct server *s, const struct endpoint *at, const char *where, const char *pcap)
{
	const char *why;

	s->listener.fd = -1;
	s->hub = hub_new(server_heard, s);
	if (!s->hub || !server_grow(s))
		return complain(where, strerror(ENOMEM));
	if (pcap && !(s->pcap = pcap_open("hub --pcap", pcap)))
		return 1;
	s->signals = server_signals();
	if (s->signals < 0)
		return complain(where, strerror(errno));
	why = listener_open_at(&s->listener, at);
	return why ? complain(where, why) : 0;
}

static int
server_close(struct server *s)
{
	bool ok = pcap_close(s->pcap);
	unsigned i;

	for (i = 0; i < s->clients; i++)
		close(s->client[i].fd);
	if (s->listener.fd >= 0)
		listener_close(&s->listener);
	hub_free(s->hub);
	free(s->client);
	free(s->fd);
	return ok ? 0 : 1;
}

static int
server_run(const struct endpoint *at, const char *where, const char *pcap)
{
	struct server s = { .signals = -1 };
	const struct hub_totals *t;
	int status = server_open(&s, at, where, pcap);

	if (!status) {
		server_tell(&s, where);
		while (server_round(&s))
			;
		t = hub_totals(s.hub);
		printf("hub: %" PRIu64 " clients, %" PRIu64 " frames, %" PRIu64 " bytes, %" PRIu64
		    " dropped\n", t->ports, t->frames, t->bytes, t->dropped);
	}
	return server_close(&s) || status || fflush(stdout) ? 1 : 0;
}

/* --- command line --- */

static int
usage(FILE *out)
{
	fprintf(out, "usage: ringlab hub [--pcap FILE] ADDR\n"
	    "An Ethernet segment for ringlab's -nic stream and qemu's -netdev stream: what one\n"
	    "says, all others hear.  ADDR is unix:PATH, HOST:PORT, or PORT of this host alone;\n"
	    "port 0 is any that is free.  Ends at SIGINT or SIGTERM.\n"
	    "  --pcap FILE  write all frames there\n");
	return out == stdout ? 0 : 1;
}

/* ADDR, which is cut; NULL, or what is wrong with it. */
static const char *
parse_address(struct endpoint *e, char *addr)
{
	if (!strncmp(addr, "unix:", 5) || !strncmp(addr, "tcp:", 4))
		return endpoint_parse(e, addr);
	if (strchr(addr, ':'))
		return endpoint_parse_tcp(e, addr);
	*e = (struct endpoint){ .port = addr };
	return *addr && !addr[strspn(addr, "0123456789")] ? NULL :
	    "not unix:PATH, HOST:PORT or PORT";
}

int
hub_main(int argc, char **argv)
{
	const char *pcap = NULL;
	char *addr = NULL, *where;
	struct endpoint at;
	const char *why;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return usage(stdout);
		if (!strncmp(argv[i], "--pcap=", 7))
			pcap = argv[i] + 7;
		else if (!strcmp(argv[i], "--pcap") && i + 1 < argc)
			pcap = argv[++i];
		else if (argv[i][0] == '-' || addr)
			return complain(argv[i], "not understood; see ringlab hub --help");
		else
			addr = argv[i];
	}
	if (!addr)
		return complain("", "needs an address; see ringlab hub --help");
	where = strdup(addr);
	why = where ? parse_address(&at, addr) : strerror(ENOMEM);
	i = why ? complain(where ? where : addr, why) : server_run(&at, where, pcap);
	free(where);
	return i;
}
