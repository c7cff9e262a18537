/*
 * hw/vring.c - split virtqueues, the device's side
 *
 * References are to VirtIO 1.1.
 */
#include "hw/vring.h"

#include <string.h>

#include "base/bits.h"

/* 2.6.5 "The Virtqueue Descriptor Table" */
#define DESC_BYTES	16u
#define DESC_NEXT	1u
#define DESC_WRITE	2u
#define DESC_INDIRECT	4u

/* 2.6.6, 2.6.8: both rings begin with flags and index. */
#define RING_FLAGS	0u
#define RING_INDEX	2u
#define RING_ENTRIES	4u
#define AVAIL_BYTES	2u
#define USED_BYTES	8u
#define AVAIL_NO_INTERRUPT	1u

static bool
vring_bad(struct vring *q, const char *why)
{
	q->why = why;
	return false;
}

/* --- words of the rings --- */

static bool
ring_get16(struct vring *q, const struct virtio_bus *bus, hpa_t at, uint16_t *v)
{
	uint8_t buf[2];

	if (!bus->read(bus->arg, at, buf, sizeof(buf)))
		return vring_bad(q, "a ring outside memory");
	*v = get_le16(buf);
	return true;
}

static bool
ring_put16(struct vring *q, const struct virtio_bus *bus, hpa_t at, uint16_t v)
{
	uint8_t buf[2];

	put_le16(buf, v);
	return bus->write(bus->arg, at, buf, sizeof(buf)) ||
	    vring_bad(q, "a ring outside memory");
}

/* 2.6.7, 2.6.8: the words behind the entries, with VIRTIO_F_EVENT_IDX. */
static hpa_t
used_event(const struct vring *q)
{
	return q->avail + RING_ENTRIES + AVAIL_BYTES * q->size;
}

static hpa_t
avail_event(const struct vring *q)
{
	return q->used + RING_ENTRIES + USED_BYTES * q->size;
}

bool
vring_pending(struct vring *q, const struct virtio_bus *bus, uint16_t *n)
{
	uint16_t idx;

	if (!ring_get16(q, bus, q->avail + RING_INDEX, &idx))
		return false;
	*n = (uint16_t)(idx - q->next_avail);
	return *n <= q->size || vring_bad(q, "more buffers than the ring has");
}

/* --- chains --- */

struct desc {
	uint64_t	at;
	uint32_t	len;
	uint16_t	flags, next;
};

/* Where descriptors come from: the ring's table or an indirect one. */
struct desc_table {
	uint64_t	at;
	uint32_t	size;
	bool		indirect;
};

static bool
desc_get(struct vring *q, const struct virtio_bus *bus, const struct desc_table *t,
    uint32_t i, struct desc *d)
{
	uint8_t buf[DESC_BYTES];

	if (i >= t->size)
		return vring_bad(q, "a descriptor past the table's end");
	if (!bus->read(bus->arg, t->at + (uint64_t)DESC_BYTES * i, buf, sizeof(buf)))
		return vring_bad(q, "a descriptor outside memory");
	d->at = get_le64(buf);
	d->len = get_le32(buf + 8);
	d->flags = get_le16(buf + 12);
	d->next = get_le16(buf + 14);
	return true;
}

/* 2.6.5.3 "Indirect Descriptors" */
static bool
desc_enter(struct vring *q, const struct vring_modes *m, struct desc_table *t,
    const struct desc *d)
{
	if (!m->indirect || t->indirect || (d->flags & DESC_NEXT) || !d->len ||
	    d->len % DESC_BYTES)
		return vring_bad(q, "an indirect descriptor that cannot be");
	*t = (struct desc_table){ d->at, d->len / DESC_BYTES, true };
	return true;
}

static bool
chain_add(struct vring *q, struct vring_chain *c, const struct desc *d)
{
	bool wr = d->flags & DESC_WRITE;
	uint32_t *total = wr ? &c->write_bytes : &c->read_bytes;

	if (c->segs == VRING_SEGS)
		return vring_bad(q, "a chain without end");
	if (!wr && c->readable < c->segs)
		return vring_bad(q, "a readable descriptor behind a writable one");
	if (__builtin_add_overflow(*total, d->len, total))
		return vring_bad(q, "a chain of 4 GiB");
	c->seg[c->segs++] = (struct vring_seg){ d->at, d->len };
	c->readable = (uint16_t)(c->readable + !wr);
	return true;
}

bool
vring_walk(struct vring *q, const struct virtio_bus *bus, const struct vring_modes *m,
    uint16_t head, struct vring_chain *c)
{
	struct desc_table t = { q->desc, q->size, false };
	uint32_t next = head;
	struct desc d;

	c->head = head;
	c->readable = c->segs = 0;
	c->read_bytes = c->write_bytes = 0;
	do {
		if (!desc_get(q, bus, &t, next, &d))
			return false;
		next = d.next;
		if (d.flags & DESC_INDIRECT) {
			if (!desc_enter(q, m, &t, &d))
				return false;
			next = 0;
			d.flags = DESC_NEXT;
		} else if (!chain_add(q, c, &d)) {
			return false;
		}
	} while (d.flags & DESC_NEXT);
	return true;
}

bool
vring_peek(struct vring *q, const struct virtio_bus *bus, const struct vring_modes *m,
    unsigned behind, struct vring_chain *c)
{
	uint32_t slot = (q->next_avail + behind) & (q->size - 1u);
	uint16_t head;

	return ring_get16(q, bus, q->avail + RING_ENTRIES + AVAIL_BYTES * slot, &head) &&
	    vring_walk(q, bus, m, head, c);
}

/* --- handing back --- */

bool
vring_give(struct vring *q, const struct virtio_bus *bus, uint16_t head, uint32_t len)
{
	uint32_t slot = q->next_used & (q->size - 1u);
	uint8_t buf[USED_BYTES];

	put_le32(buf, head);
	put_le32(buf + 4, len);
	if (!bus->write(bus->arg, q->used + RING_ENTRIES + USED_BYTES * slot, buf,
	    sizeof(buf)))
		return vring_bad(q, "a ring outside memory");
	q->next_used++;
	return true;
}

bool
vring_publish(struct vring *q, const struct virtio_bus *bus)
{
	return ring_put16(q, bus, q->used + RING_INDEX, q->next_used);
}

/* 2.6.7.2 "Device Requirements: Used Buffer Notification Suppression" */
bool
vring_wants_interrupt(struct vring *q, const struct virtio_bus *bus,
    const struct vring_modes *m, bool *wants)
{
	uint16_t old = q->told, v;

	q->told = q->next_used;
	if (!m->event_idx) {
		if (!ring_get16(q, bus, q->avail + RING_FLAGS, &v))
			return false;
		*wants = q->next_used != old && !(v & AVAIL_NO_INTERRUPT);
		return true;
	}
	if (!ring_get16(q, bus, used_event(q), &v))
		return false;
	/* Whether the index stepped over v. */
	*wants = (uint16_t)(q->next_used - v - 1) < (uint16_t)(q->next_used - old);
	return true;
}

bool
vring_ask_notify(struct vring *q, const struct virtio_bus *bus, const struct vring_modes *m)
{
	return !m->event_idx || ring_put16(q, bus, avail_event(q), q->next_avail);
}

/* --- contents --- */

/* Where in the buffers of [*s, end) offset *off is, and how many of n bytes lie
 * there in one piece; 0: they end before.  Moves to what follows. */
static uint32_t
next_piece(const struct vring_seg **s, const struct vring_seg *end, uint32_t *off,
    uint32_t n, hpa_t *at)
{
	uint32_t len;

	while (*s < end && *off >= (*s)->len)
		*off -= (*s)++->len;
	if (*s == end)
		return 0;
	*at = (*s)->at + *off;
	len = (*s)->len - *off < n ? (*s)->len - *off : n;
	*off += len;
	return len;
}

bool
vring_read(const struct vring_chain *c, const struct virtio_bus *bus, uint32_t off,
    void *buf, uint32_t n)
{
	const struct vring_seg *s = c->seg, *end = c->seg + c->readable;
	uint8_t *p = buf;
	uint32_t len;
	hpa_t at;

	for (; n && (len = next_piece(&s, end, &off, n, &at)); p += len, n -= len)
		if (!bus->read(bus->arg, at, p, len))
			return false;
	return !n;
}

bool
vring_write(const struct vring_chain *c, const struct virtio_bus *bus, uint32_t off,
    const void *buf, uint32_t n)
{
	const struct vring_seg *s = c->seg + c->readable, *end = c->seg + c->segs;
	const uint8_t *p = buf;
	uint32_t len;
	hpa_t at;

	for (; n && (len = next_piece(&s, end, &off, n, &at)); p += len, n -= len)
		if (!bus->write(bus->arg, at, p, len))
			return false;
	return !n;
}

/* --- state --- */

void
vring_reset(struct vring *q, uint16_t size)
{
	*q = (struct vring){ .size = size };
}

bool
vring_valid(const struct vring *q)
{
	return q->size && q->size <= VRING_SEGS && !(q->size & (q->size - 1));
}

const struct snap_field vring_fields[] = {
	SNAP_U64(struct vring, desc),
	SNAP_U64(struct vring, avail),
	SNAP_U64(struct vring, used),
	SNAP_U16(struct vring, size),
	SNAP_BOOL(struct vring, enabled),
	SNAP_U16(struct vring, next_avail),
	SNAP_U16(struct vring, next_used),
	SNAP_U16(struct vring, told),
	SNAP_END
};
