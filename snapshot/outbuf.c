/*
 * snapshot/outbuf.c - what a guest has sent and nobody may see yet
 *
 * All that is held is one sequence of pieces: u8 port, u32 length, data.  Bytes that
 * follow each other on a port are one piece.  Its memory is reserved at the beginning
 * and costs nothing before it is used.
 */
#include "snapshot/outbuf.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define PIECE_HEAD	5u
#define NO_PIECE	SIZE_MAX
/* What comes after the buffer is full and before somebody can do anything about it:
 * one instruction, or a slice of several processors. */
#define ROOM_FACTOR	4u

#define ETH_HEAD	14u
#define VLAN_TAG	4u
#define IP_ICMP		1u
#define IP_TCP		6u
#define IP_UDP		17u
#define IP_ICMP6	58u
#define IP6_FRAGMENT	44u

struct port {
	struct outbuf		*b;
	uint8_t			number;
	bool			present, nic;
	struct machine_out	out;
	struct machine_nic	card;
	uint64_t		left, skip;
};

struct outbuf {
	enum outbuf_hold	hold;
	size_t			limit, room;
	uint8_t			*buf;
	size_t			used, most;
	size_t			last;		/* piece that bytes may be added to */
	bool			told;
	void			(*full)(void *arg);
	void			*full_arg;
	struct port		port[OUTBUF_PORTS];
	unsigned		ports;
	struct outbuf_counts	count[OUTBUF_CLASSES];
	uint64_t		early[OUTBUF_CLASSES];	/* since the last release */
};

/* --- classes --- */

static unsigned
big_endian(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static enum outbuf_class
class_of_protocol(unsigned protocol)
{
	switch (protocol) {
	case IP_ICMP:
	case IP_ICMP6:
		return OUTBUF_ICMP;
	case IP_TCP:
		return OUTBUF_TCP;
	case IP_UDP:
		return OUTBUF_UDP;
	default:
		return OUTBUF_OTHER;
	}
}

/* Behind extension headers (RFC 8200, section 4), of which a frame has few. */
static enum outbuf_class
class_of_ipv6(const uint8_t *p, size_t n)
{
	unsigned next, i, was;
	size_t at = 40;

	if (n < at)
		return OUTBUF_OTHER;
	next = p[6];
	for (i = 0; i < 8 && (next == 0 || next == 43 || next == IP6_FRAGMENT || next == 60); i++) {
		if (n < at + 8)
			return OUTBUF_OTHER;
		was = next;
		next = p[at];
		at += was == IP6_FRAGMENT ? 8 : 8 + (size_t)p[at + 1] * 8;
	}
	return class_of_protocol(next);
}

enum outbuf_class
outbuf_class_of(const uint8_t *frame, size_t n)
{
	size_t at = ETH_HEAD;
	unsigned type;

	if (n < at)
		return OUTBUF_OTHER;
	type = big_endian(frame + 12);
	if (type == 0x8100 && n >= at + VLAN_TAG) {
		type = big_endian(frame + 16);
		at += VLAN_TAG;
	}
	switch (type) {
	case 0x0806:
		return OUTBUF_ARP;
	case 0x0800:
		return n < at + 20 ? OUTBUF_OTHER : class_of_protocol(frame[at + 9]);
	case 0x86dd:
		return class_of_ipv6(frame + at, n - at);
	default:
		return OUTBUF_OTHER;
	}
}

const char *
outbuf_class_name(enum outbuf_class class)
{
	static const char *const name[OUTBUF_CLASSES] = {
		"arp", "icmp", "udp", "tcp", "other", "serial"
	};

	return name[class];
}

/* --- pieces --- */

static void
deliver(struct port *p, const uint8_t *data, size_t n)
{
	size_t i;

	p->left += p->nic ? 0 : n;
	if (p->nic && p->card.out)
		p->card.out(p->card.arg, data, n);
	for (i = 0; !p->nic && p->out.byte && i < n; i++)
		p->out.byte(p->out.arg, data[i]);
}

static void
check_full(struct outbuf *b)
{
	if (b->used > b->most)
		b->most = b->used;
	if (b->used <= b->limit || b->told)
		return;
	b->told = true;
	if (b->full)
		b->full(b->full_arg);
}

/* False: there is no room. */
static bool
put_piece(struct outbuf *b, struct port *p, const uint8_t *data, size_t n)
{
	uint8_t *to = b->buf + b->used;

	if (b->room - b->used < PIECE_HEAD + n)
		return false;
	to[0] = p->number;
	put_le32(to + 1, (uint32_t)n);
	memcpy(to + PIECE_HEAD, data, n);
	b->last = p->nic ? NO_PIECE : b->used;
	b->used += PIECE_HEAD + n;
	return true;
}

static bool
add_byte(struct outbuf *b, uint8_t byte)
{
	uint8_t *piece = b->buf + b->last;

	if (b->used == b->room)
		return false;
	put_le32(piece + 1, get_le32(piece + 1) + 1);
	b->buf[b->used++] = byte;
	return true;
}

static void
sent_early(struct port *p, enum outbuf_class class, const uint8_t *data, size_t n)
{
	p->b->count[class].early++;
	p->b->early[class]++;
	deliver(p, data, n);
}

static void
held(struct outbuf *b, enum outbuf_class class, bool ok)
{
	if (ok)
		b->count[class].held++;
	else
		b->count[class].overflowed++;
	check_full(b);
}

/* --- what the machine calls --- */

static void
port_byte(void *arg, uint8_t byte)
{
	struct port *p = arg;
	struct outbuf *b = p->b;

	if (b->hold != OUTBUF_ALL)
		sent_early(p, OUTBUF_SERIAL, &byte, 1);
	else if (b->last != NO_PIECE && b->buf[b->last] == p->number)
		held(b, OUTBUF_SERIAL, add_byte(b, byte));
	else
		held(b, OUTBUF_SERIAL, put_piece(b, p, &byte, 1));
}

static void
port_frame(void *arg, const uint8_t *frame, size_t n)
{
	struct port *p = arg;
	enum outbuf_class class = outbuf_class_of(frame, n);
	enum outbuf_hold hold = p->b->hold;

	if (hold == OUTBUF_NOTHING || (hold == OUTBUF_TCP_ONLY && class != OUTBUF_TCP))
		sent_early(p, class, frame, n);
	else
		held(p->b, class, put_piece(p->b, p, frame, n));
}

static void
port_in(void *arg, const uint8_t *frame, size_t n)
{
	const struct port *p = arg;

	p->card.in(p->card.arg, frame, n);
}

/* A number is used up also for one that is not there. */
static struct port *
port_new(struct outbuf *b, bool present)
{
	struct port *p = b->ports < OUTBUF_PORTS ? &b->port[b->ports] : NULL;

	if (p)
		*p = (struct port){ .b = b, .number = (uint8_t)b->ports++, .present = present };
	return present ? p : NULL;
}

int
outbuf_take_bytes(struct outbuf *b, struct machine_out *out)
{
	struct port *p = port_new(b, out->present);

	if (!p)
		return -1;
	p->out = *out;
	out->byte = port_byte;
	out->arg = p;
	return p->number;
}

int
outbuf_take_nic(struct outbuf *b, struct machine_nic *nic)
{
	struct port *p = port_new(b, nic->present);

	if (!p)
		return -1;
	p->nic = true;
	p->card = *nic;
	nic->out = port_frame;
	nic->in = nic->in ? port_in : NULL;
	nic->arg = p;
	return p->number;
}

/* --- the end of waiting --- */

static enum outbuf_class
class_of_piece(const struct port *p, const uint8_t *data, size_t n)
{
	return p->nic ? outbuf_class_of(data, n) : OUTBUF_SERIAL;
}

static void
forget_all(struct outbuf *b)
{
	b->used = 0;
	b->last = NO_PIECE;
	b->told = false;
}

static void
release_piece(struct outbuf *b, struct port *p, const uint8_t *data, size_t n)
{
	size_t skip = p->skip < n ? (size_t)p->skip : n;

	b->count[class_of_piece(p, data, n)].released += p->nic ? 1 : n;
	if (p->nic) {
		deliver(p, data, n);
		return;
	}
	p->skip -= skip;
	p->left += skip;
	deliver(p, data + skip, n - skip);
}

/* Who gets a frame may answer at once, but the answer waits: nothing is held now. */
void
outbuf_release(struct outbuf *b)
{
	size_t at, n;

	for (at = 0; at < b->used; at += PIECE_HEAD + n) {
		n = get_le32(b->buf + at + 1);
		release_piece(b, &b->port[b->buf[at]], b->buf + at + PIECE_HEAD, n);
	}
	forget_all(b);
	memset(b->early, 0, sizeof(b->early));
}

void
outbuf_drop(struct outbuf *b)
{
	const struct port *p;
	size_t at, n;
	unsigned i;

	for (at = 0; at < b->used; at += PIECE_HEAD + n) {
		n = get_le32(b->buf + at + 1);
		p = &b->port[b->buf[at]];
		b->count[class_of_piece(p, b->buf + at + PIECE_HEAD, n)].dropped +=
		    p->nic ? 1 : n;
	}
	forget_all(b);
	for (i = 0; i < OUTBUF_CLASSES; i++) {
		b->count[i].retracted += b->early[i];
		b->early[i] = 0;
	}
}

/* --- asked --- */

size_t
outbuf_held(const struct outbuf *b)
{
	return b->used;
}

size_t
outbuf_most(const struct outbuf *b)
{
	return b->most;
}

void
outbuf_count(const struct outbuf *b, enum outbuf_class class, struct outbuf_counts *c)
{
	*c = b->count[class];
}

/* --- for files --- */

size_t
outbuf_save_size(const struct outbuf *b)
{
	return OUTBUF_STATE + b->used;
}

void
outbuf_save(const struct outbuf *b, uint8_t *to)
{
	unsigned i;

	for (i = 0; i < OUTBUF_PORTS; i++)
		put_le64(to + 8 * i, b->port[i].left);
	memcpy(to + OUTBUF_STATE, b->buf, b->used);
}

static bool
pieces_valid(const struct outbuf *b, const uint8_t *p, size_t n)
{
	size_t at = 0, len;

	while (at < n) {
		if (n - at < PIECE_HEAD || p[at] >= b->ports || !b->port[p[at]].present)
			return false;
		len = get_le32(p + at + 1);
		if (!len || len > n - at - PIECE_HEAD)
			return false;
		if (b->port[p[at]].nic && len > MACHINE_FRAME_MAX)
			return false;
		at += PIECE_HEAD + len;
	}
	return true;
}

bool
outbuf_load(struct outbuf *b, const uint8_t *from, size_t n)
{
	unsigned i;

	forget_all(b);
	if (n < OUTBUF_STATE || n - OUTBUF_STATE > b->room ||
	    !pieces_valid(b, from + OUTBUF_STATE, n - OUTBUF_STATE))
		return false;
	for (i = 0; i < OUTBUF_PORTS; i++)
		b->port[i].left = get_le64(from + 8 * i);
	b->used = n - OUTBUF_STATE;
	memcpy(b->buf, from + OUTBUF_STATE, b->used);
	return true;
}

uint64_t
outbuf_left(const struct outbuf *b, int port)
{
	return b->port[port].left;
}

void
outbuf_set_left(struct outbuf *b, int port, uint64_t n)
{
	b->port[port].left = n;
}

uint64_t
outbuf_waiting(const struct outbuf *b, int port)
{
	uint64_t bytes = 0;
	size_t at, n;

	for (at = 0; at < b->used; at += PIECE_HEAD + n) {
		n = get_le32(b->buf + at + 1);
		if (b->buf[at] == port)
			bytes += n;
	}
	return bytes;
}

void
outbuf_skip(struct outbuf *b, int port, uint64_t n)
{
	b->port[port].skip = n;
}

/* --- life --- */

struct outbuf *
outbuf_new(enum outbuf_hold hold, size_t limit)
{
	struct outbuf *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->hold = hold;
	b->limit = limit;
	b->room = limit * ROOM_FACTOR;
	b->last = NO_PIECE;
	b->buf = malloc(b->room);
	if (b->buf)
		return b;
	free(b);
	return NULL;
}

void
outbuf_on_full(struct outbuf *b, void (*full)(void *arg), void *arg)
{
	b->full = full;
	b->full_arg = arg;
}

void
outbuf_free(struct outbuf *b)
{
	if (!b)
		return;
	free(b->buf);
	free(b);
}
