/*
 * tests/unit/virtio_rig.h - a driver for virtio chips on a bench
 *
 * Memory of 1 MiB: queue q has its rings at RIG_RING(q), buffers are at
 * RIG_BUFFERS and above.  Descriptors are used from the first on and never again.
 */
#ifndef TESTS_UNIT_VIRTIO_RIG_H
#define TESTS_UNIT_VIRTIO_RIG_H

#include "base/bits.h"
#include "base/evheap.h"
#include "hw/virtio.h"
#include "tests/unit/chip_rig.h"

#define RIG_RAM		0x100000u
#define RIG_RING(q)	(0x2000u * (1 + (q)))
#define RIG_AVAIL(q)	(RIG_RING(q) + 0x1000u)
#define RIG_USED(q)	(RIG_RING(q) + 0x1400u)
#define RIG_BUFFERS	0x20000u

#define RIG_COMMON	0x0000u
#define RIG_ISR		0x1000u
#define RIG_CONFIG	0x2000u
#define RIG_NOTIFY	0x3000u

#define RIG_ALL		(~(uint64_t)0)	/* every feature offered */

struct virtio_rig {
	struct evheap			h;
	struct virtio_bus		bus;
	uint8_t				*ram;
	const struct device_class	*class;
	void				*dev;	/* the chip, begins with a struct virtio */
	uint16_t			size[VIRTIO_QUEUES];
	uint16_t			next_desc[VIRTIO_QUEUES];
	uint16_t			seen[VIRTIO_QUEUES];	/* used ring */
};

struct rig_seg {
	uint64_t	at;
	uint32_t	len;
	bool		wr;
};

/* Before the chip is made with r->h.clock and r->bus. */
void	rig_init(struct virtio_rig *r);
/* After it; resets it. */
void	rig_attach(struct virtio_rig *r, const struct device_class *class, void *dev);
void	rig_fini(struct virtio_rig *r);

uint32_t rig_get(struct virtio_rig *r, uint32_t off, unsigned size);
void	rig_put(struct virtio_rig *r, uint32_t off, uint32_t val, unsigned size);
uint8_t	rig_status(struct virtio_rig *r);
/* From reset to DRIVER_OK with those of the offered features that are wanted. */
void	rig_start(struct virtio_rig *r, uint64_t features);
/* Without the last step. */
void	rig_negotiate(struct virtio_rig *r, uint64_t features);

void	rig_desc(struct virtio_rig *r, hpa_t table, unsigned i, uint64_t at, uint32_t len,
	    uint16_t flags, uint16_t next);
/* Makes head available, without a word to the chip. */
void	rig_offer(struct virtio_rig *r, unsigned q, uint16_t head);
void	rig_kick(struct virtio_rig *r, unsigned q);
/* A chain of n segments, offered: its head. */
uint16_t rig_add(struct virtio_rig *r, unsigned q, const struct rig_seg *s, unsigned n);
/* The next used buffer, if there is one. */
bool	rig_used(struct virtio_rig *r, unsigned q, uint32_t *id, uint32_t *len);

#endif
