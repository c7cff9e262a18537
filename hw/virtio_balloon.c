/*
 * hw/virtio_balloon.c - virtio memory balloon
 *
 * References are to VirtIO 1.1.
 */
#include "hw/virtio_balloon.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bits.h"

/* 5.5.2 "Virtqueues" */
#define INFLATE		0u
#define DEFLATE		1u

/* 5.5.4 "Device configuration layout" */
#define CFG_PAGES	0u
#define CFG_ACTUAL	4u
#define CFG_BYTES	8u

/* 5.5.6: pages are of 4 KiB, and named by 32 bits.  A buffer has at most that
 * many; what comes behind is ignored. */
#define PAGE		4096u
#define NAME_BYTES	4u
#define NAMES_MAX	1024u

#define PAGE_CYCLES	((uint64_t)VCLOCK_HZ / 10000000)	/* 100 ns each */

struct virtio_balloon {
	struct virtio	v;
	/* State: */
	uint32_t	pages;		/* asked for */
	uint32_t	actual;
	bool		busy;		/* the next buffer of INFLATE is being worked on */
	struct vtimer	timer;
};

static struct virtio_balloon *
balloon_of(struct virtio *v)
{
	return (struct virtio_balloon *)v;
}

static uint32_t
names_of(const struct vring_chain *c)
{
	uint32_t n = c->read_bytes / NAME_BYTES;

	return n < NAMES_MAX ? n : NAMES_MAX;
}

/* A page that is no memory is nobody's loss. */
static void
clear_pages(struct virtio_balloon *b, const struct vring_chain *c)
{
	static const uint8_t zero[PAGE];
	uint32_t names = names_of(c), i;
	uint8_t name[NAME_BYTES];

	for (i = 0; i < names; i++) {
		if (!virtio_read(&b->v, c, i * NAME_BYTES, name, sizeof(name)))
			return;
		(void)!b->v.bus.write(b->v.bus.arg, (hpa_t)get_le32(name) * PAGE, zero, PAGE);
	}
}

static void
inflate_begin(struct virtio_balloon *b)
{
	struct vring_chain c;

	b->busy = virtio_peek(&b->v, INFLATE, &c);
	if (b->busy)
		vtimer_arm(b->v.clock, &b->timer,
		    vclock_now(b->v.clock) + (1 + names_of(&c)) * PAGE_CYCLES);
}

static void
balloon_timer(void *arg)
{
	struct virtio_balloon *b = arg;
	struct vring_chain c;

	b->busy = false;
	if (virtio_peek(&b->v, INFLATE, &c)) {
		virtio_take(&b->v, INFLATE);
		clear_pages(b, &c);
		virtio_give(&b->v, INFLATE, c.head, 0);
	}
	inflate_begin(b);
}

/* Pages that leave the balloon are the driver's again without further ado. */
static void
deflate(struct virtio_balloon *b)
{
	struct vring_chain c;
	unsigned n;

	for (n = 0; n < VRING_SEGS && virtio_peek(&b->v, DEFLATE, &c); n++) {
		virtio_take(&b->v, DEFLATE);
		if (!virtio_put(&b->v, DEFLATE, c.head, 0))
			return;
	}
	if (n)
		virtio_publish(&b->v, DEFLATE);
}

static void
balloon_notified(struct virtio *v, unsigned q)
{
	struct virtio_balloon *b = balloon_of(v);

	if (q == DEFLATE)
		deflate(b);
	else if (!b->busy)
		inflate_begin(b);
}

void
virtio_balloon_ask(struct virtio_balloon *b, uint32_t pages)
{
	if (pages == b->pages)
		return;
	b->pages = pages;
	virtio_config_changed(&b->v);
}

uint32_t
virtio_balloon_actual(const struct virtio_balloon *b)
{
	return b->actual;
}

/* --- the chip --- */

/* What is asked for stays asked for. */
static void
balloon_reset(struct virtio *v)
{
	struct virtio_balloon *b = balloon_of(v);

	b->actual = 0;
	b->busy = false;
	vtimer_disarm(v->clock, &b->timer);
}

static void
balloon_config(const struct virtio *v, uint8_t *config)
{
	const struct virtio_balloon *b = (const struct virtio_balloon *)v;

	put_le32(config + CFG_PAGES, b->pages);
	put_le32(config + CFG_ACTUAL, b->actual);
}

static void
balloon_config_write(struct virtio *v, uint32_t off, uint8_t byte)
{
	struct virtio_balloon *b = balloon_of(v);

	if (off >= CFG_ACTUAL)
		b->actual = (uint32_t)bits_put(b->actual, 8 * (off - CFG_ACTUAL), 8, byte);
}

static const struct virtio_ops balloon_ops = {
	.name = "virtio-balloon",
	.type = 5,
	.pci_class = 0x00ff00,
	.queues = 2,
	.queue_size = VRING_SEGS / 2,
	.config_bytes = CFG_BYTES,
	.notified = balloon_notified,
	.reset = balloon_reset,
	.config = balloon_config,
	.config_write = balloon_config_write,
};

static int
balloon_restored(void *dev)
{
	struct virtio_balloon *b = dev;

	return b->busy == vtimer_armed(&b->timer) ? virtio_restored(&b->v) : -EINVAL;
}

static const struct snap_field balloon_fields[] = {
	SNAP_STRUCT_1(struct virtio_balloon, v, virtio_fields),
	SNAP_U32(struct virtio_balloon, pages),
	SNAP_U32(struct virtio_balloon, actual),
	SNAP_BOOL(struct virtio_balloon, busy),
	SNAP_TIMER(struct virtio_balloon, timer),
	SNAP_END
};

const struct device_class virtio_balloon_class = {
	.name = "virtio-balloon",
	.version = 1,
	.reset = virtio_reset,
	.restored = balloon_restored,
	.free = virtio_free,
	.fields = balloon_fields,
};

struct pci_dev *
virtio_balloon_pci(struct virtio_balloon *b)
{
	return &b->v.pci;
}

struct virtio_balloon *
virtio_balloon_new(struct vclock *clock, const struct virtio_bus *bus, struct log *log)
{
	struct virtio_balloon *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	virtio_init(&b->v, &balloon_ops, clock, bus, 0, log);
	vtimer_init(&b->timer, balloon_timer, b);
	return b;
}
