/*
 * hw/virtio_console.c - virtio console
 *
 * References are to VirtIO 1.1.
 */
#include "hw/virtio_console.h"

#include <stdlib.h>

#include "base/bits.h"

/* 5.3.2 "Virtqueues" */
#define RX		0u
#define TX		1u

/* 5.3.3 "Feature bits" */
#define F_EMERG_WRITE	((uint64_t)1 << 2)

/* 5.3.4 "Device configuration layout" */
#define CFG_PORTS	4u
#define CFG_EMERG	8u
#define CFG_BYTES	12u

#define PORTION		4096u		/* bytes sent at a time */
#define PIECE		256u
#define BYTE_CYCLES	10u

struct virtio_console {
	struct virtio	v;
	void		(*byte)(void *arg, uint8_t byte);
	void		*arg;
	/* State: */
	uint32_t	sent;		/* of the next buffer of TX */
	struct vtimer	timer;		/* sends on */
};

static struct virtio_console *
console_of(struct virtio *v)
{
	return (struct virtio_console *)v;
}

/* --- out --- */

/* Up to budget bytes of a buffer; how many, 0 also when it cannot be read. */
static uint32_t
tx_bytes(struct virtio_console *c, const struct vring_chain *ch, uint32_t budget)
{
	uint32_t left = ch->read_bytes > c->sent ? ch->read_bytes - c->sent : 0, n, i;
	uint8_t buf[PIECE];

	n = left < budget ? left : budget;
	n = n < PIECE ? n : PIECE;
	if (!virtio_read(&c->v, ch, c->sent, buf, n))
		return 0;
	for (i = 0; i < n; i++)
		c->byte(c->arg, buf[i]);
	c->sent += n;
	return n;
}

/* A buffer of no bytes costs one, too. */
static void
tx_run(struct virtio_console *c)
{
	uint32_t budget = PORTION, n;
	struct vring_chain ch;
	bool any = false;

	while (budget && virtio_peek(&c->v, TX, &ch)) {
		n = tx_bytes(c, &ch, budget);
		budget -= n ? n : 1;
		if (c->sent < ch.read_bytes)
			continue;
		c->sent = 0;
		virtio_take(&c->v, TX);
		if (!virtio_put(&c->v, TX, ch.head, 0))
			return;
		any = true;
	}
	if (any)
		virtio_publish(&c->v, TX);
	if (!budget)
		vtimer_arm(c->v.clock, &c->timer,
		    vclock_now(c->v.clock) + PORTION * BYTE_CYCLES);
}

/* In a callback a timer still counts as armed. */
static void
tx_go_on(void *arg)
{
	struct virtio_console *c = arg;

	vtimer_disarm(c->v.clock, &c->timer);
	tx_run(c);
}

static void
console_notified(struct virtio *v, unsigned q)
{
	struct virtio_console *c = console_of(v);

	if (q == TX && !vtimer_armed(&c->timer))
		tx_run(c);
}

/* 5.3.6.3: for a kernel that has no queues yet, or any more. */
static void
console_config_write(struct virtio *v, uint32_t off, uint8_t byte)
{
	struct virtio_console *c = console_of(v);

	if (off == CFG_EMERG)
		c->byte(c->arg, byte);
}

/* --- in --- */

size_t
virtio_console_receive(struct virtio_console *c, const uint8_t *p, size_t n)
{
	struct vring_chain ch;
	uint32_t len;

	/* Not virtio_peek(): the next byte asks again, the driver need not notify. */
	if (!virtio_available(&c->v, RX) || !virtio_peek(&c->v, RX, &ch))
		return 0;
	len = n < ch.write_bytes ? (uint32_t)n : ch.write_bytes;
	virtio_take(&c->v, RX);
	if (!virtio_write(&c->v, &ch, 0, p, len))
		return 0;
	virtio_give(&c->v, RX, ch.head, len);
	return len;
}

/* --- the chip --- */

static void
console_reset(struct virtio *v)
{
	struct virtio_console *c = console_of(v);

	c->sent = 0;
	vtimer_disarm(v->clock, &c->timer);
}

static void
console_config(const struct virtio *v, uint8_t *config)
{
	(void)v;
	put_le32(config + CFG_PORTS, 1);
}

static const struct virtio_ops console_ops = {
	.name = "virtio-console",
	.type = 3,
	.pci_class = 0x078000,
	.queues = 2,
	.queue_size = VRING_SEGS / 2,
	.config_bytes = CFG_BYTES,
	.notified = console_notified,
	.reset = console_reset,
	.config = console_config,
	.config_write = console_config_write,
};

static int
console_restored(void *dev)
{
	return virtio_restored(dev);
}

static const struct snap_field console_fields[] = {
	SNAP_STRUCT_1(struct virtio_console, v, virtio_fields),
	SNAP_U32(struct virtio_console, sent),
	SNAP_TIMER(struct virtio_console, timer),
	SNAP_END
};

const struct device_class virtio_console_class = {
	.name = "virtio-console",
	.version = 1,
	.reset = virtio_reset,
	.restored = console_restored,
	.free = virtio_free,
	.fields = console_fields,
};

struct pci_dev *
virtio_console_pci(struct virtio_console *c)
{
	return &c->v.pci;
}

struct virtio_console *
virtio_console_new(struct vclock *clock, const struct virtio_bus *bus,
    void (*byte)(void *arg, uint8_t byte), void *arg, struct log *log)
{
	struct virtio_console *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->byte = byte;
	c->arg = arg;
	virtio_init(&c->v, &console_ops, clock, bus, F_EMERG_WRITE, log);
	vtimer_init(&c->timer, tx_go_on, c);
	return c;
}
