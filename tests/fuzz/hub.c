/*
 * tests/fuzz/hub.c - fuzz target: peers on a segment that send anything
 *
 * The input is a list of doings of eight peers: the first byte of each says who and
 * what (join, leave, send, read), the second how many bytes.  What comes out at a
 * port must be frames again, none longer than was sent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/frame_codec.h"
#include "ui/hub.h"

#define PEERS	8u

struct peer {
	struct hub_port		*port;
	struct frame_reader	heard;
};

struct segment {
	struct hub	*hub;
	struct peer	*peer;
	uint64_t	frames;
};

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count(void *arg, const uint8_t *frame, size_t n)
{
	struct segment *s = arg;
	volatile uint8_t last = frame[n - 1];

	(void)last;
	if (!n || n > FRAME_MAX)
		abort();
	s->frames++;
}

static void
join(struct segment *s, struct peer *p)
{
	if (p->port)
		return;
	p->port = hub_join(s->hub);
	if (!p->port)
		abort();
	frame_reader_clear(&p->heard);
}

static void
leave(struct segment *s, struct peer *p)
{
	if (p->port)
		hub_leave(s->hub, p->port);
	p->port = NULL;
}

/* A frame with a true length, or bytes as they are. */
static void
speak(struct segment *s, struct peer *p, const uint8_t *data, size_t n, bool framed)
{
	const uint8_t header[FRAME_HEADER] = { 0, 0, (uint8_t)(n >> 8), (uint8_t)n };
	size_t room, len, more = framed ? FRAME_HEADER : 0;
	uint8_t *at;

	if (!p->port)
		return;
	room = hub_room(p->port, &at);
	if (!room)
		abort();
	if (room < n + more)
		return;
	memcpy(at, header, more);
	memcpy(at + more, data, n);
	if (hub_got(s->hub, p->port, n + more, &len))
		return;
	if (len && len <= FRAME_MAX)
		abort();
	leave(s, p);
}

static void
listen(struct peer *p, size_t n)
{
	const uint8_t *bytes, *frame;
	enum frame_result got;
	uint8_t *at;
	size_t have, room;

	if (!p->port)
		return;
	have = hub_bytes(p->port, &bytes);
	room = frame_reader_room(&p->heard, &at);
	n = n < have ? n : have;
	n = n < room ? n : room;
	memcpy(at, bytes, n);
	frame_reader_got(&p->heard, n);
	hub_sent(p->port, n);
	while ((got = frame_reader_next(&p->heard, &frame, &n)) == FRAME_WHOLE)
		;
	if (got == FRAME_BAD)
		abort();
}

static void
act(struct segment *s, unsigned what, const uint8_t *data, size_t n)
{
	struct peer *p = &s->peer[what % PEERS];
	unsigned i;

	switch (what / PEERS % 6) {
	case 0:
		join(s, p);
		break;
	case 1:
		leave(s, p);
		break;
	case 2:
		listen(p, 300 * n);
		break;
	case 3:		/* many */
		for (i = 0; i < 300; i++)
			speak(s, p, data, n, true);
		break;
	default:
		speak(s, p, data, n, what / PEERS % 6 == 4);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment s = { .peer = calloc(PEERS, sizeof(struct peer)) };
	size_t n;

	s.hub = hub_new(count, &s);
	if (!s.hub || !s.peer)
		abort();
	while (size >= 2) {
		n = data[1] < size - 2 ? data[1] : size - 2;
		act(&s, data[0], data + 2, n);
		data += 2 + n;
		size -= 2 + n;
	}
	if (hub_totals(s.hub)->frames != s.frames)
		abort();
	hub_free(s.hub);
	free(s.peer);
	return 0;
}
