/*
 * hw/vring.h - split virtqueues, the device's side
 *
 * Reference: VirtIO 1.1, 2.6 "Split Virtqueues".
 *
 * Everything a ring holds is the guest's to choose.  What cannot be ends the
 * ring: the functions return false, why says why, and the device asks to be
 * reset (2.1.1 "Driver Requirements: Device Status Field").  Work per call is
 * bounded by VRING_SEGS.
 */
#ifndef HW_VRING_H
#define HW_VRING_H

#include "base/snap.h"

#define VRING_SEGS	256u	/* longest ring, and longest chain */

/* The guest's memory.  False: some of it is no memory; then what was read is not
 * to be used.  Devices are never called. */
struct virtio_bus {
	bool	(*read)(void *arg, hpa_t at, void *buf, uint32_t n);
	bool	(*write)(void *arg, hpa_t at, const void *buf, uint32_t n);
	void	*arg;
};

struct vring {
	/* What the driver sets up. */
	uint64_t	desc, avail, used;
	uint16_t	size;		/* a power of two, at most VRING_SEGS */
	bool		enabled;
	/* Where the device is. */
	uint16_t	next_avail, next_used;
	uint16_t	told;		/* next_used at the last question for an interrupt */
	/* Not state: */
	const char	*why;		/* of the last failure */
};

/* What was negotiated. */
struct vring_modes {
	bool	indirect, event_idx;
};

struct vring_seg {
	uint64_t	at;
	uint32_t	len;
};

/* A buffer: segments to read, then segments to write. */
struct vring_chain {
	uint16_t		head;
	uint16_t		readable, segs;
	uint32_t		read_bytes, write_bytes;
	struct vring_seg	seg[VRING_SEGS];
};

/* Buffers that were made available and not taken. */
bool	vring_pending(struct vring *q, const struct virtio_bus *bus, uint16_t *n) MUST_CHECK;
/* The next buffer of a ring that has it, or the one that many behind it.  It
 * stays the next one until vring_take(). */
bool	vring_peek(struct vring *q, const struct virtio_bus *bus,
	    const struct vring_modes *m, unsigned behind, struct vring_chain *c) MUST_CHECK;
/* The buffer that begins at head. */
bool	vring_walk(struct vring *q, const struct virtio_bus *bus,
	    const struct vring_modes *m, uint16_t head, struct vring_chain *c) MUST_CHECK;
static inline void
vring_take(struct vring *q)
{
	q->next_avail++;
}
/* Hands a buffer back, with len bytes written; seen by the driver after
 * vring_publish(). */
bool	vring_give(struct vring *q, const struct virtio_bus *bus, uint16_t head,
	    uint32_t len) MUST_CHECK;
bool	vring_publish(struct vring *q, const struct virtio_bus *bus) MUST_CHECK;
/* After that: whether the driver wants to be interrupted. */
bool	vring_wants_interrupt(struct vring *q, const struct virtio_bus *bus,
	    const struct vring_modes *m, bool *wants) MUST_CHECK;
/* The ring is empty: the driver shall notify of the next buffer. */
bool	vring_ask_notify(struct vring *q, const struct virtio_bus *bus,
	    const struct vring_modes *m) MUST_CHECK;

/* n bytes at off of the readable, of the writable part; false also when the
 * part is shorter. */
bool	vring_read(const struct vring_chain *c, const struct virtio_bus *bus, uint32_t off,
	    void *buf, uint32_t n) MUST_CHECK;
bool	vring_write(const struct vring_chain *c, const struct virtio_bus *bus, uint32_t off,
	    const void *buf, uint32_t n) MUST_CHECK;

void	vring_reset(struct vring *q, uint16_t size);
/* Whether restored values can be. */
bool	vring_valid(const struct vring *q);

extern const struct snap_field vring_fields[];

#endif
