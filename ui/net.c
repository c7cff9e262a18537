/*
 * ui/net.c - what the machine's network cards are plugged into
 */
#include "ui/net.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/announce.h"
#include "ui/options.h"
#include "ui/pcap.h"

/* Frames that wait for a card, before others are thrown away as a switch would. */
#define QUEUE_FRAMES	1024u

struct waiting {
	uint8_t	*data;
	size_t	n;
};

struct net {
	struct net_ops	ops;
	void		*arg;
	struct machine	*m;		/* NULL before the first poll */
	enum machine_source source;
	char		id[64];
	uint8_t		mac[6];
	enum machine_nic_model model;
	struct waiting	queue[QUEUE_FRAMES];
	unsigned	head, count;
	struct pcap	*pcap;
	uint8_t		ip[4];		/* of the machine, once it was heard of */
	uint64_t	frames_in, bytes_in, frames_out, bytes_out;
	uint64_t	dropped;	/* for want of room in the queue */
};

uint64_t
net_now(const struct net *n)
{
	return n->m ? machine_outside(n->m) : 0;
}

/* --- in --- */

static void
net_queue(struct net *n, const void *data, size_t len)
{
	struct waiting *w = &n->queue[(n->head + n->count) % QUEUE_FRAMES];

	if (n->count == QUEUE_FRAMES || !(w->data = malloc(len))) {
		n->dropped++;
		return;
	}
	memcpy(w->data, data, len);
	w->n = len;
	n->count++;
}

/* A tagged frame may be a little longer than what the other side calls a frame. */
void
net_arrived(struct net *n, const uint8_t *frame, size_t len)
{
	if (len >= MACHINE_FRAME_MIN && len <= MACHINE_FRAME_MAX)
		net_queue(n, frame, len);
	else
		n->dropped++;
}

unsigned
net_room(const struct net *n)
{
	return QUEUE_FRAMES - n->count;
}

void
net_link(struct net *n, bool up)
{
	uint8_t byte = up;

	net_queue(n, &byte, 1);
}

static void
net_drop_first(struct net *n)
{
	free(n->queue[n->head].data);
	n->head = (n->head + 1) % QUEUE_FRAMES;
	n->count--;
}

/* What the card does not take now waits. */
static void
net_deliver(struct net *n)
{
	while (n->count) {
		const struct waiting *w = &n->queue[n->head];

		if (!machine_input(n->m, n->source, w->data, w->n))
			break;
		net_drop_first(n);
		machine_poll_soon(n->m);
	}
	if (n->count)
		machine_poll_soon(n->m);
}

/* The card took it, now or when this was recorded. */
static void
net_in(void *arg, const uint8_t *frame, size_t len)
{
	struct net *n = arg;

	n->frames_in++;
	n->bytes_in += len;
	pcap_frame(n->pcap, net_now(n), frame, len);
}

void
net_poll(struct net *n, struct machine *m)
{
	n->m = m;
	if (n->ops.poll)
		n->ops.poll(n->arg);
	net_deliver(n);
}

/* --- a machine that is elsewhere --- */

void
net_silence(struct net *n)
{
	if (n->ops.poll)
		n->ops.poll(n->arg);
	for (; n->count; net_drop_first(n))
		announce_learn(n->queue[n->head].data, n->queue[n->head].n, n->mac, n->ip);
}

void
net_announce(struct net *n)
{
	uint8_t frame[ANNOUNCE_BYTES];

	announce_make(frame, n->mac, n->ip);
	if (n->ops.send)
		n->ops.send(n->arg, frame, sizeof(frame));
	net_flush(n);
}

unsigned
net_fds(struct net *n, struct pollfd *p, unsigned room)
{
	return n->ops.fds ? n->ops.fds(n->arg, p, room) : 0;
}

void
net_flush(struct net *n)
{
	if (n->ops.flush)
		n->ops.flush(n->arg);
}

bool
net_attended(const struct net *n)
{
	return n->ops.attended && n->ops.attended(n->arg);
}

/* --- out --- */

/* In the middle of an instruction: nothing may reach the machine from here. */
static void
net_out(void *arg, const uint8_t *frame, size_t len)
{
	struct net *n = arg;

	n->frames_out++;
	n->bytes_out += len;
	pcap_frame(n->pcap, net_now(n), frame, len);
	if (!n->ops.send)
		return;
	n->ops.send(n->arg, frame, len);
	if (n->m)
		machine_poll_soon(n->m);
}

/* --- for people --- */

const char *
net_id(const struct net *n)
{
	return n->id;
}

bool
net_forwards(const struct net *n)
{
	return n->ops.forward;
}

const char *
net_forward(struct net *n, const char *rule, bool add)
{
	if (!n->ops.forward)
		return "only a network of the kind user forwards ports";
	return n->ops.forward(n->arg, rule, add);
}

void
net_describe(struct net *n, void (*line)(void *arg, const char *text), void *arg)
{
	const char *model = n->model == NIC_E1000 ? "e1000" : "virtio";
	char what[NET_TEXT] = "no back end", text[2 * NET_TEXT];
	const uint8_t *a = n->mac;

	if (n->ops.describe)
		n->ops.describe(n->arg, what, sizeof(what));
	snprintf(text, sizeof(text), "%s: model=%s,macaddr=%02x:%02x:%02x:%02x:%02x:%02x, %s",
	    n->id, model, a[0], a[1], a[2], a[3], a[4], a[5], what);
	line(arg, text);
	snprintf(text, sizeof(text), "  in %" PRIu64 " frames, %" PRIu64 " bytes, %" PRIu64
	    " dropped, %u waiting; out %" PRIu64 " frames, %" PRIu64 " bytes", n->frames_in,
	    n->bytes_in, n->dropped, n->count, n->frames_out, n->bytes_out);
	line(arg, text);
}

/* --- from beginning to end --- */

static bool
net_open(struct net *n, const struct net_options *o)
{
	if (o->pcap && !(n->pcap = pcap_open("-nic pcap", o->pcap)))
		return false;
	switch (o->kind) {
	case NET_USER:
		return net_user_open(n, o, &n->ops, &n->arg);
	case NET_STREAM:
		return net_stream_open(n, o, &n->ops, &n->arg);
	default:
		return true;
	}
}

struct net *
net_new(const struct net_options *o, struct machine_nic *nic, unsigned i)
{
	struct net *n = calloc(1, sizeof(*n));

	if (!n) {
		fprintf(stderr, "ringlab: out of memory\n");
		return NULL;
	}
	n->source = INPUT_NET0 + i;
	n->model = nic->model;
	memcpy(n->mac, nic->mac, sizeof(n->mac));
	if (o->id)
		snprintf(n->id, sizeof(n->id), "%s", o->id);
	else
		snprintf(n->id, sizeof(n->id), "nic%u", i);
	if (!net_open(n, o)) {
		net_free(n);
		return NULL;
	}
	nic->out = net_out;
	nic->in = net_in;
	nic->arg = n;
	return n;
}

void
net_free(struct net *n)
{
	if (!n)
		return;
	if (n->ops.free)
		n->ops.free(n->arg);
	while (n->count)
		net_drop_first(n);
	(void)pcap_close(n->pcap);
	free(n);
}
