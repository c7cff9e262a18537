/*
 * ui/net_stream.c - a cable to another process, as qemu's -netdev stream
 *
 * One peer at a time: who listens accepts the next one when the last is gone.
 * Frames that the guest sends while there is none, or faster than the peer reads,
 * are lost, as on a real line.
 */
#include "ui/net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/frame_codec.h"
#include "ui/listener.h"
#include "ui/options.h"

#define QUEUE_BYTES	(1u << 20)
/* With so much in the queue it does not wait for the next poll. */
#define SEND_BYTES	(1u << 16)
/* Frames taken in one poll. */
#define TAKE_FRAMES	1024u
#define CONNECT_MS	10000
/* The machine stands still meanwhile. */
#define RECONNECT_MS	250
/* Somebody who comes and goes without end is not worth a line each time. */
#define NOTES		16u

struct net_stream {
	struct net		*net;
	struct endpoint		at;
	char			name[NET_TEXT];
	struct listener		listener;	/* fd -1: the other end listens */
	int			fd;		/* -1: no peer */
	uint32_t		reconnect_ms;
	uint64_t		retry_at;	/* host time, ms */
	unsigned		notes;
	bool			told_slow;
	uint64_t		unheard;	/* sent to nobody */
	struct frame_reader	in;
	struct frame_queue	out;
};

static uint64_t
host_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static void
stream_note(struct net_stream *s, const char *what)
{
	if (s->notes == NOTES)
		return;
	s->notes++;
	fprintf(stderr, "ringlab: -nic stream %s: %s%s\n", s->name, what,
	    s->notes == NOTES ? "; no more will be said about this" : "");
}

/* --- peers --- */

static void
stream_begin(struct net_stream *s, int fd)
{
	s->fd = fd;
	s->told_slow = false;
	frame_reader_clear(&s->in);
	frame_queue_clear(&s->out);
}

static void
stream_lost(struct net_stream *s, const char *why)
{
	char text[NET_TEXT];

	close(s->fd);
	s->fd = -1;
	s->retry_at = host_ms() + s->reconnect_ms;
	snprintf(text, sizeof(text), "%s%s", why, s->listener.fd >= 0 ? "; waiting for another" :
	    s->reconnect_ms ? "; trying again" : "; the cable is loose now");
	stream_note(s, text);
}

static void
stream_accept(struct net_stream *s)
{
	int fd = listener_accept(&s->listener);

	if (fd >= 0)
		stream_begin(s, fd);
}

static void
stream_reconnect(struct net_stream *s)
{
	const char *why;
	int fd;

	if (!s->reconnect_ms || host_ms() < s->retry_at)
		return;
	fd = endpoint_connect(&s->at, RECONNECT_MS, &why);
	if (fd >= 0)
		stream_begin(s, fd);
	s->retry_at = host_ms() + s->reconnect_ms;
}

/* --- in --- */

static void
stream_bad(struct net_stream *s, size_t len)
{
	char text[NET_TEXT];

	snprintf(text, sizeof(text), "a frame of %zu bytes, which is none: disconnected", len);
	stream_lost(s, text);
}

/* Frames that are complete; true when there may be more. */
static bool
stream_frames(struct net_stream *s, unsigned *left)
{
	enum frame_result got = FRAME_NONE;
	const uint8_t *frame;
	size_t len = 0;

	while (*left && net_room(s->net)) {
		got = frame_reader_next(&s->in, &frame, &len);
		if (got != FRAME_WHOLE)
			break;
		net_arrived(s->net, frame, len);
		(*left)--;
	}
	if (got == FRAME_BAD)
		stream_bad(s, len);
	return got == FRAME_NONE && *left && net_room(s->net);
}

static bool
stream_read(struct net_stream *s)
{
	uint8_t *at;
	size_t room = frame_reader_room(&s->in, &at);
	ssize_t n = recv(s->fd, at, room, MSG_DONTWAIT);

	if (n > 0) {
		frame_reader_got(&s->in, (size_t)n);
		return true;
	}
	if (!n)
		stream_lost(s, "the other end is gone");
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		stream_lost(s, strerror(errno));
	return false;
}

/* --- out --- */

static void
stream_flush(struct net_stream *s)
{
	const uint8_t *p;
	ssize_t sent;
	size_t n;

	while (s->fd >= 0 && (n = frame_queue_bytes(&s->out, &p))) {
		sent = send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			frame_queue_sent(&s->out, (size_t)sent);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			stream_lost(s, strerror(errno));
	}
}

static void
stream_send(void *arg, const uint8_t *frame, size_t n)
{
	struct net_stream *s = arg;

	if (s->fd < 0) {
		s->unheard++;
		return;
	}
	if (!frame_queue_put(&s->out, frame, n) && !s->told_slow) {
		s->told_slow = true;
		stream_note(s, "the other end does not keep up: frames are lost");
	}
	if (s->out.len >= SEND_BYTES)
		stream_flush(s);
}

/* --- for ui/net.c --- */

static void
stream_push(void *arg)
{
	stream_flush(arg);
}

static void
stream_poll(void *arg)
{
	struct net_stream *s = arg;
	unsigned left = TAKE_FRAMES;

	if (s->fd < 0 && s->listener.fd >= 0)
		stream_accept(s);
	else if (s->fd < 0)
		stream_reconnect(s);
	stream_flush(s);
	while (s->fd >= 0 && stream_frames(s, &left))
		if (!stream_read(s))
			break;
}

/* What is of no use now must not wake anybody. */
static unsigned
stream_fds(void *arg, struct pollfd *p, unsigned room)
{
	const struct net_stream *s = arg;
	short want = (short)((net_room(s->net) ? POLLIN : 0) | (s->out.len ? POLLOUT : 0));

	if (!room)
		return 0;
	if (s->fd < 0 && s->listener.fd < 0)
		return 0;
	*p = s->fd < 0 ? (struct pollfd){ s->listener.fd, POLLIN, 0 } :
	    (struct pollfd){ want ? s->fd : -1, want, 0 };
	return 1;
}

/* Whoever is there may say something at any time. */
static bool
stream_attended(void *arg)
{
	const struct net_stream *s = arg;

	return s->fd >= 0;
}

static void
stream_describe(void *arg, char *buf, size_t n)
{
	const struct net_stream *s = arg;

	snprintf(buf, n, "stream %s %s, %s, %llu not heard", s->listener.fd >= 0 ? "at" : "to",
	    s->name, s->fd >= 0 ? "connected" : "nobody there",
	    (unsigned long long)(s->unheard + s->out.dropped));
}

static void
stream_free(void *arg)
{
	struct net_stream *s = arg;

	stream_flush(s);
	if (s->fd >= 0)
		close(s->fd);
	if (s->listener.fd >= 0)
		listener_close(&s->listener);
	frame_queue_fini(&s->out);
	free(s);
}

static const char *
stream_start(struct net_stream *s, bool server)
{
	const char *why;

	if (server)
		return listener_open_at(&s->listener, &s->at);
	s->fd = endpoint_connect(&s->at, CONNECT_MS, &why);
	return s->fd < 0 ? why : NULL;
}

bool
net_stream_open(struct net *n, const struct net_options *o, struct net_ops *ops, void **arg)
{
	struct net_stream *s = calloc(1, sizeof(*s));
	const char *why;

	if (!s)
		return option_bad("-nic", "stream", strerror(ENOMEM));
	*ops = (struct net_ops){ .send = stream_send, .flush = stream_push, .fds = stream_fds,
		.poll = stream_poll, .attended = stream_attended,
		.describe = stream_describe, .free = stream_free };
	*arg = s;
	s->net = n;
	s->at = o->at;
	s->reconnect_ms = o->reconnect_ms;
	s->fd = s->listener.fd = -1;
	endpoint_print(&s->at, s->name, sizeof(s->name));
	why = frame_queue_init(&s->out, QUEUE_BYTES) ? stream_start(s, o->server) :
	    strerror(ENOMEM);
	return !why || option_bad("-nic stream", s->name, why);
}
