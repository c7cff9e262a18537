/*
 * ui/net.c - what the machine's network cards are plugged into
 */
#include "ui/net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "ui/options.h"

/* Frames that wait for a card, before others are thrown away as a switch would. */
#define QUEUE_FRAMES	1024u
#define NS_PER_S	1000000000u

struct waiting {
	uint8_t	*data;
	size_t	n;
};

struct net {
	struct net_ops	ops;
	void		*arg;
	struct machine	*m;		/* NULL before the first poll */
	enum machine_source source;
	struct waiting	queue[QUEUE_FRAMES];
	unsigned	head, count;
	FILE		*pcap;
	const char	*pcap_name;
};

uint64_t
net_now(const struct net *n)
{
	return n->m ? machine_cycles(n->m) : 0;
}

/* --- pcap: draft-ietf-opsawg-pcap, with nanoseconds --- */

#define PCAP_MAGIC	0xa1b23c4du
#define PCAP_ETHERNET	1u

static bool
pcap_open(struct net *n, const char *path)
{
	uint8_t h[24] = { 0 };

	if (!path)
		return true;
	n->pcap_name = path;
	n->pcap = fopen(path, "w");
	if (!n->pcap)
		return option_bad("-nic pcap", path, strerror(errno));
	put_le32(h, PCAP_MAGIC);
	put_le16(h + 4, 2);
	put_le16(h + 6, 4);
	put_le32(h + 16, MACHINE_FRAME_MAX);
	put_le32(h + 20, PCAP_ETHERNET);
	fwrite(h, sizeof(h), 1, n->pcap);
	return true;
}

static void
pcap_frame(struct net *n, const uint8_t *frame, size_t len)
{
	uint64_t now = net_now(n);
	uint8_t h[16];

	if (!n->pcap)
		return;
	put_le32(h, (uint32_t)(now / NS_PER_S));
	put_le32(h + 4, (uint32_t)(now % NS_PER_S));
	put_le32(h + 8, (uint32_t)len);
	put_le32(h + 12, (uint32_t)len);
	fwrite(h, sizeof(h), 1, n->pcap);
	fwrite(frame, len, 1, n->pcap);
}

static void
pcap_close(struct net *n)
{
	bool ok;

	if (!n->pcap)
		return;
	ok = !ferror(n->pcap);
	if (fclose(n->pcap) != 0 || !ok)
		option_bad("-nic pcap", n->pcap_name, "cannot write");
	n->pcap = NULL;
}

/* --- in --- */

static void
net_queue(struct net *n, const void *data, size_t len)
{
	struct waiting *w = &n->queue[(n->head + n->count) % QUEUE_FRAMES];

	if (n->count == QUEUE_FRAMES || !(w->data = malloc(len)))
		return;
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
		if (w->n > 1)
			pcap_frame(n, w->data, w->n);
		net_drop_first(n);
		machine_poll_soon(n->m);
	}
	if (n->count)
		machine_poll_soon(n->m);
}

void
net_poll(struct net *n, struct machine *m)
{
	n->m = m;
	if (n->ops.poll)
		n->ops.poll(n->arg);
	net_deliver(n);
}

unsigned
net_fds(struct net *n, struct pollfd *p, unsigned room)
{
	return n->ops.fds ? n->ops.fds(n->arg, p, room) : 0;
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

	pcap_frame(n, frame, len);
	n->ops.send(n->arg, frame, len);
	if (n->m)
		machine_poll_soon(n->m);
}

/* --- from beginning to end --- */

struct net *
net_new(const struct net_options *o, struct machine_nic *nic, unsigned i)
{
	struct net *n = calloc(1, sizeof(*n));
	bool ok;

	if (!n) {
		fprintf(stderr, "ringlab: out of memory\n");
		return NULL;
	}
	n->source = INPUT_NET0 + i;
	ok = pcap_open(n, o->pcap);
	if (ok)
		ok = net_user_open(n, o, &n->ops, &n->arg);
	if (!ok) {
		net_free(n);
		return NULL;
	}
	nic->out = net_out;
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
	pcap_close(n);
	free(n);
}
