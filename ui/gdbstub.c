/*
 * ui/gdbstub.c - the debugger's connection and its hold on the run
 */
#include "ui/gdbstub.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "snapshot/history.h"
#include "ui/gdb_priv.h"
#include "ui/listener.h"
#include "ui/options.h"

/* A debugger that takes no bytes for so long is gone. */
#define SEND_PATIENCE_MS	5000
/* How long a new debugger's first packet is waited for. */
#define GREETING_MS		10
/* What is read at once. */
#define READ_MAX		4096
/* How often leave() is asked. */
#define LOOK_MS			50

struct gdbstub {
	struct gdb	g;
	struct listener	listener;
	int		client;			/* -1: none */
	bool		lost;			/* the client is to be closed */
	bool		stop_asked;		/* machine_stop() is ours */
	bool		held;			/* it ran before this client came */
	bool		interrupted;		/* Ctrl-C came */
	struct gdbstub_host host;
};

/* --- the connection --- */

static void
client_send(void *arg, const void *buf, size_t n)
{
	struct gdbstub *s = arg;
	const char *p = buf;
	struct pollfd pfd = { s->client, POLLOUT, 0 };
	ssize_t done;

	while (n && !s->lost) {
		done = send(s->client, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			s->lost = poll(&pfd, 1, SEND_PATIENCE_MS) <= 0;
		} else if (errno != EINTR) {
			s->lost = true;
		}
	}
}

static void
client_packet(void *arg, char *payload, size_t n)
{
	struct gdbstub *s = arg;

	s->interrupted = false;
	/* Packets behind one that lets the machine run come too late. */
	if (!s->g.running && !s->g.killed)
		gdb_packet(&s->g, payload, n);
}

static void
client_interrupt(void *arg)
{
	struct gdbstub *s = arg;

	s->interrupted = true;
}

static void
client_accept(struct gdbstub *s)
{
	s->client = listener_accept(&s->listener);
	if (s->client < 0)
		return;
	s->lost = s->interrupted = false;
	gdb_open(&s->g);
}

static void
client_drop(struct gdbstub *s)
{
	close(s->client);
	s->client = -1;
	gdb_close(&s->g);
	if (s->held)
		s->g.running = true;
	s->held = false;
}

/* At most READ_MAX bytes. */
static void
client_read_some(struct gdbstub *s, size_t most)
{
	uint8_t buf[READ_MAX];
	ssize_t n = read(s->client, buf, most);

	if (n > 0)
		gdb_link_feed(&s->g.link, buf, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		s->lost = true;
	if (s->lost)
		client_drop(s);
}

static void
client_read(struct gdbstub *s)
{
	client_read_some(s, READ_MAX);
}

/* Something to do on the sockets within ms milliseconds? */
static bool
waiting(const struct gdbstub *s, int ms)
{
	struct pollfd pfd = { gdbstub_fd(s), POLLIN, 0 };

	return poll(&pfd, 1, ms) > 0;
}

/* --- beside the running machine --- */

/* Only a packet or a debugger's Ctrl-C stops the machine: what else comes
 * (acknowledgements, somebody who tries all ports) is read and forgotten, but no
 * byte that came since: the packet behind an acknowledgement would be lost. */
static bool
worth_stopping(struct gdbstub *s)
{
	uint8_t buf[READ_MAX];
	ssize_t n = recv(s->client, buf, sizeof(buf), MSG_PEEK);

	if (n > 0 && (memchr(buf, '$', (size_t)n) ||
	    (s->g.attached && memchr(buf, 0x03, (size_t)n))))
		return true;
	client_read_some(s, n > 0 ? (size_t)n : sizeof(buf));
	return false;
}

void
gdbstub_poll(struct gdbstub *s, struct machine *m)
{
	unsigned i;

	if (!s)
		return;
	/* One that left, the next, and what it says first: gdb does not wait long. */
	for (i = 0; i < 3 && !s->stop_asked && waiting(s, i ? GREETING_MS : 0); i++) {
		if (s->client < 0) {
			client_accept(s);
		} else if (worth_stopping(s)) {
			s->stop_asked = true;
			machine_stop(m);
		}
	}
}

bool
gdbstub_attended(const struct gdbstub *s)
{
	return s && s->client >= 0 && s->g.attached;
}

bool
gdbstub_asks(const struct gdbstub *s)
{
	return s && s->stop_asked;
}

bool
gdbstub_holds(const struct gdbstub *s)
{
	return gdbstub_attended(s) && !s->g.running;
}

int
gdbstub_fd(const struct gdbstub *s)
{
	if (!s)
		return -1;
	return s->client >= 0 ? s->client : s->listener.fd;
}

bool
gdbstub_killed(const struct gdbstub *s)
{
	return s && s->g.killed;
}

/* --- while it stands still --- */

static void
tell_interrupted(struct gdbstub *s)
{
	gdb_note_stop(&s->g, GDB_INTERRUPTED, 0);
	s->interrupted = false;
	s->g.running = false;
	gdb_tell_stop(&s->g);
}

/* The machine was stopped because the client wants something. */
static void
hear(struct gdbstub *s)
{
	bool attached = s->g.attached;

	s->stop_asked = false;
	if (s->client < 0 || !waiting(s, 0))
		return;
	gdb_note_stop(&s->g, GDB_SIGNALLED, 0);
	s->g.running = false;
	s->held = true;
	client_read(s);
	if (s->client >= 0 && attached && s->interrupted && !s->g.running)
		tell_interrupted(s);
}

/* Serves the debugger until the machine may run; false: it will not. */
static bool
stand_still(struct gdbstub *s)
{
	while (!s->g.running && !s->g.killed) {
		if (s->client >= 0 && s->lost) {
			client_drop(s);
			continue;
		}
		if (s->host.leave(s->host.arg))
			return false;
		if (!waiting(s, LOOK_MS))
			continue;
		if (s->client >= 0)
			client_read(s);
		else
			client_accept(s);
		/* Ctrl-C right behind the packet that lets it run. */
		if (s->g.running && s->interrupted)
			tell_interrupted(s);
	}
	return !s->g.killed;
}

/* From inside of gdb_go_back(): Ctrl-C, or the client is gone. */
static bool
client_calls(void *arg)
{
	struct gdbstub *s = arg;

	while (s->client >= 0 && !s->interrupted && waiting(s, 0))
		client_read(s);
	return s->client < 0 || s->interrupted;
}

static void
tell_stop(struct gdbstub *s, enum gdb_stop why, unsigned cpu)
{
	gdb_note_stop(&s->g, why, cpu);
	s->g.running = false;
	gdb_tell_stop(&s->g);
}

static void
go_back(struct gdbstub *s)
{
	enum gdb_stop why;

	gdb_settle(&s->g);
	why = gdb_go_back(&s->g);
	s->g.reverse = REVERSE_NOT;
	s->interrupted = false;
	if (s->client >= 0)
		tell_stop(s, why, 0);
}

/* As machine_run(); *at_end: it came from the past, and known ground ends here. */
static enum machine_end
run_forward(struct gdbstub *s, struct machine *m, bool *at_end)
{
	struct history *h = s->g.attached ? s->g.history : NULL;
	bool past = h && history_in_past(h);
	enum machine_end end;

	if (past)
		history_stop_at_live(h, true);
	end = s->host.run(s->host.arg, m);
	h = s->g.history;	/* another one after a rollback */
	if (past && h)
		history_stop_at_live(h, false);
	*at_end = past && end == END_STOPPED && !(h && history_in_past(h));
	return end;
}

static void
begin_run(struct gdbstub *s)
{
	s->held = false;
	if (s->g.resumed)
		s->host.resumed(s->host.arg);
	s->g.resumed = false;
	gdb_settle(&s->g);
	if (s->g.attached)
		gdb_arm(&s->g);
	else
		gdb_disarm(&s->g);
}

enum machine_end
gdbstub_run(struct gdbstub *s, struct machine *m)
{
	enum machine_end end;
	bool at_end;

	s->g.m = m;
	for (;;) {
		if (!stand_still(s))
			return END_STOPPED;
		if (s->g.reverse) {
			go_back(s);
			continue;
		}
		begin_run(s);
		end = run_forward(s, m, &at_end);
		if (end == END_STOPPED && s->stop_asked)
			hear(s);
		else if (at_end)
			tell_stop(s, GDB_END, 0);
		else if (end == END_DEBUG)
			tell_stop(s, s->g.stop, s->g.stop_cpu);
		else
			return end;
	}
}

void
gdbstub_exit(struct gdbstub *s, int status)
{
	const uint8_t code = (uint8_t)status;

	if (!gdbstub_attended(s) || s->g.killed)
		return;
	gdb_begin(&s->g.link);
	gdb_put(&s->g.link, "W");
	gdb_put_hex(&s->g.link, &code, 1);
	gdb_end(&s->g.link);
}

/* --- life --- */

struct gdbstub *
gdbstub_new(const char *where, const struct gdbstub_host *host, struct monitor *monitor)
{
	struct gdbstub *s = calloc(1, sizeof(*s));

	if (!s) {
		option_bad("-gdb", where, "out of memory");
		return NULL;
	}
	s->client = -1;
	s->host = *host;
	s->g.monitor = monitor;
	s->g.running = true;
	s->g.link.send = client_send;
	s->g.link.packet = client_packet;
	s->g.link.interrupt = client_interrupt;
	s->g.link.arg = s;
	if (listener_open(&s->listener, "-gdb", where))
		return s;
	gdbstub_free(s);
	return NULL;
}

void
gdbstub_set_history(struct gdbstub *s, struct history *h)
{
	if (!s)
		return;
	s->g.history = h;
	s->g.interrupted = client_calls;
	s->g.interrupted_arg = s;
}

void
gdbstub_free(struct gdbstub *s)
{
	if (!s)
		return;
	if (s->client >= 0)
		close(s->client);
	listener_close(&s->listener);
	free(s);
}
