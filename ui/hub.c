/*
 * ui/hub.c - an Ethernet segment: what one says, all others hear
 */
#include "ui/hub.h"

#include <stdlib.h>

#include "base/frame_codec.h"

#define QUEUE_BYTES	(1u << 20)

struct hub_port {
	struct frame_reader	in;
	struct frame_queue	out;
};

struct hub {
	struct hub_port		**port;
	unsigned		ports, room;
	struct hub_totals	totals;
	void			(*heard)(void *arg, const uint8_t *frame, size_t n);
	void			*arg;
};

/* --- from beginning to end --- */

struct hub *
hub_new(void (*heard)(void *arg, const uint8_t *frame, size_t n), void *arg)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->heard = heard;
	h->arg = arg;
	return h;
}

static void
port_free(struct hub_port *p)
{
	frame_queue_fini(&p->out);
	free(p);
}

void
hub_free(struct hub *h)
{
	if (!h)
		return;
	while (h->ports)
		port_free(h->port[--h->ports]);
	free(h->port);
	free(h);
}

const struct hub_totals *
hub_totals(const struct hub *h)
{
	return &h->totals;
}

/* --- ports --- */

static bool
hub_grow(struct hub *h)
{
	unsigned room = h->room ? 2 * h->room : 8;
	void *more = realloc(h->port, room * sizeof(*h->port));

	if (!more)
		return false;
	h->port = more;
	h->room = room;
	return true;
}

struct hub_port *
hub_join(struct hub *h)
{
	struct hub_port *p;

	if (h->ports == h->room && !hub_grow(h))
		return NULL;
	p = malloc(sizeof(*p));
	if (!p)
		return NULL;
	frame_reader_clear(&p->in);
	if (!frame_queue_init(&p->out, QUEUE_BYTES)) {
		free(p);
		return NULL;
	}
	h->port[h->ports++] = p;
	h->totals.ports++;
	return p;
}

void
hub_leave(struct hub *h, struct hub_port *p)
{
	unsigned i;

	for (i = 0; i < h->ports; i++)
		if (h->port[i] == p)
			break;
	if (i == h->ports)
		return;
	h->port[i] = h->port[--h->ports];
	port_free(p);
}

/* --- frames --- */

static void
hub_pass(struct hub *h, const struct hub_port *from, const uint8_t *frame, size_t n)
{
	unsigned i;

	h->totals.frames++;
	h->totals.bytes += n;
	if (h->heard)
		h->heard(h->arg, frame, n);
	for (i = 0; i < h->ports; i++)
		if (h->port[i] != from && !frame_queue_put(&h->port[i]->out, frame, n))
			h->totals.dropped++;
}

size_t
hub_room(struct hub_port *p, uint8_t **at)
{
	return frame_reader_room(&p->in, at);
}

bool
hub_got(struct hub *h, struct hub_port *p, size_t n, size_t *len)
{
	enum frame_result got;
	const uint8_t *frame;

	frame_reader_got(&p->in, n);
	while ((got = frame_reader_next(&p->in, &frame, len)) == FRAME_WHOLE)
		hub_pass(h, p, frame, *len);
	return got != FRAME_BAD;
}

size_t
hub_bytes(const struct hub_port *p, const uint8_t **at)
{
	return frame_queue_bytes(&p->out, at);
}

void
hub_sent(struct hub_port *p, size_t n)
{
	frame_queue_sent(&p->out, n);
}

uint64_t
hub_dropped(const struct hub_port *p)
{
	return p->out.dropped;
}
