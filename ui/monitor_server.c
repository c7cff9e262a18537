/*
 * ui/monitor_server.c - the monitor on a socket, or on plain standard input and
 * output
 */
#include "ui/monitor_server.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/listener.h"
#include "ui/monitor_client.h"
#include "ui/options.h"

/* For the last words to a client that is slow to take them. */
#define FAREWELL_MS	2000

struct connection {
	int			in, out;	/* -1: none; equal for a socket */
	bool			answers;	/* a person or peer, no file */
	struct monitor_client	client;
};

struct monitor_server {
	struct monitor		*mon;
	struct listener		listener;
	struct connection	connection[MONITOR_CLIENTS];
};

/* --- connections --- */

static struct connection *
unused(struct monitor_server *s)
{
	unsigned i;

	for (i = 0; i < MONITOR_CLIENTS; i++)
		if (s->connection[i].in < 0)
			return &s->connection[i];
	return NULL;
}

static void
begin(struct monitor_server *s, struct connection *c, int in, int out)
{
	struct stat st;

	c->in = in;
	c->out = out;
	c->answers = !fstat(in, &st) && S_ISSOCK(st.st_mode);
	monitor_client_init(&c->client, s->mon, true);
}

static bool
ready(int fd, short events, int ms)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, ms) > 0;
}

static void
take(struct connection *c)
{
	uint8_t buf[MONITOR_LINE];
	size_t room = sizeof(c->client.in) - c->client.in_len;
	ssize_t n;

	if (!monitor_client_has_room(&c->client) || !ready(c->in, POLLIN, 0))
		return;
	n = read(c->in, buf, room);
	if (n > 0)
		(void)monitor_client_feed(&c->client, buf, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		monitor_client_eof(&c->client);
}

/* So much fits into a pipe that is ready, without waiting: pipe(7). */
static void
give(struct connection *c, int ms)
{
	const char *p;
	size_t n;
	ssize_t done;

	while (p = monitor_client_answer(&c->client, &n), n && ready(c->out, POLLOUT, ms)) {
		done = write(c->out, p, n < PIPE_BUF ? n : PIPE_BUF);
		if (done > 0)
			monitor_client_taken(&c->client, (size_t)done);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			monitor_client_lost(&c->client);
	}
}

/* ms: how long it may take to write what was answered. */
static void
end(struct connection *c, int ms)
{
	if (c->in != c->out)
		monitor_client_bye(&c->client);
	give(c, ms);
	if (c->in == c->out) {
		/* A child that saves a snapshot may have a copy. */
		(void)shutdown(c->in, SHUT_RDWR);
		close(c->in);
	}
	c->in = c->out = -1;
	monitor_client_fini(&c->client);
}

/* --- all of them --- */

unsigned
monitor_server_fds(const struct monitor_server *s, struct pollfd *p)
{
	const struct connection *c;
	unsigned i, n = 0, used = 0;

	for (i = 0; i < MONITOR_CLIENTS; i++) {
		c = &s->connection[i];
		if (c->in < 0)
			continue;
		used++;
		if (monitor_client_has_room(&c->client))
			p[n++] = (struct pollfd){ c->in, POLLIN, 0 };
		if (c->client.out_len)
			p[n++] = (struct pollfd){ c->out, POLLOUT, 0 };
	}
	if (s->listener.fd >= 0 && used < MONITOR_CLIENTS)
		p[n++] = (struct pollfd){ s->listener.fd, POLLIN, 0 };
	return n;
}

void
monitor_server_poll(struct monitor_server *s)
{
	struct connection *c = s->listener.fd >= 0 ? unused(s) : NULL;
	unsigned i;
	int fd;

	if (c && (fd = listener_accept(&s->listener)) >= 0)
		begin(s, c, fd, fd);
	for (i = 0; i < MONITOR_CLIENTS; i++) {
		c = &s->connection[i];
		if (c->in < 0)
			continue;
		take(c);
		give(c, 0);
		/* One that does not read any more is heard to the end. */
		if (monitor_client_done(&c->client) || c->client.overrun)
			end(c, 0);
	}
}

bool
monitor_server_pending(const struct monitor_server *s)
{
	unsigned i;

	for (i = 0; i < MONITOR_CLIENTS; i++)
		if (s->connection[i].in >= 0 && monitor_client_pending(&s->connection[i].client))
			return true;
	return false;
}

void
monitor_server_serve(struct monitor_server *s)
{
	struct connection *c;
	unsigned i;

	for (i = 0; i < MONITOR_CLIENTS; i++) {
		c = &s->connection[i];
		if (c->in >= 0 && monitor_client_pending(&c->client)) {
			monitor_client_serve(&c->client);
			give(c, 0);
		}
	}
}

bool
monitor_server_attended(const struct monitor_server *s)
{
	const struct connection *c;
	unsigned i;

	for (i = 0; i < MONITOR_CLIENTS; i++) {
		c = &s->connection[i];
		if (c->in >= 0 && c->answers && !c->client.eof)
			return true;
	}
	return false;
}

/* --- life --- */

struct monitor_server *
monitor_server_new(const char *where, struct monitor *mon)
{
	struct monitor_server *s = calloc(1, sizeof(*s));
	unsigned i;

	if (!s) {
		option_bad("-monitor", where, "out of memory");
		return NULL;
	}
	s->mon = mon;
	s->listener.fd = -1;
	for (i = 0; i < MONITOR_CLIENTS; i++)
		s->connection[i].in = s->connection[i].out = -1;
	if (!strcmp(where, "stdio")) {
		begin(s, &s->connection[0], STDIN_FILENO, STDOUT_FILENO);
	} else if (!listener_open(&s->listener, "-monitor", where)) {
		free(s);
		return NULL;
	}
	return s;
}

void
monitor_server_free(struct monitor_server *s)
{
	unsigned i;

	if (!s)
		return;
	for (i = 0; i < MONITOR_CLIENTS; i++) {
		if (s->connection[i].in < 0)
			continue;
		end(&s->connection[i], s->connection[i].in == s->connection[i].out ?
		    FAREWELL_MS : -1);
	}
	listener_close(&s->listener);
	free(s);
}
