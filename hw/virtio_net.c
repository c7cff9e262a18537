/*
 * hw/virtio_net.c - virtio network card
 *
 * References are to VirtIO 1.1.
 */
#include "hw/virtio_net.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/inet.h"

/* 5.1.2 "Virtqueues" */
#define RX		0u
#define TX		1u

/* 5.1.3 "Feature bits" */
#define F_CSUM		((uint64_t)1 << 0)
#define F_MAC		((uint64_t)1 << 5)
#define F_MRG_RXBUF	((uint64_t)1 << 15)
#define F_STATUS	((uint64_t)1 << 16)

/* 5.1.4 "Device configuration layout" */
#define CFG_MAC		0u
#define CFG_STATUS	6u
#define CFG_BYTES	8u
#define STATUS_LINK	1u

/* 5.1.6 "Device Operation": the header of each packet */
#define HEADER		12u
#define H_FLAGS		0u
#define H_CSUM_START	6u
#define H_CSUM_OFFSET	8u
#define H_BUFFERS	10u
#define NEEDS_CSUM	1u

/* What one access of the driver sends at most before the line is busy. */
#define PORTION_FRAMES	64u
#define PORTION_BYTES	0x10000u
#define LINE_CYCLES	8u		/* a byte at 1 Gb/s */

struct virtio_net {
	struct virtio		v;
	struct nic_cable	cable;
	uint8_t			mac[6];
	/* State: */
	bool			link;
	struct vtimer		tx_timer;	/* sends on */
};

static struct virtio_net *
net_of(struct virtio *v)
{
	return (struct virtio_net *)v;
}

/* --- out --- */

/* 5.1.6.2 "Packet Transmission": the sum of what is there already, the pseudo
 * header's, and all behind it. */
static void
tx_checksum(const uint8_t *header, uint8_t *frame, uint32_t n)
{
	uint32_t start = get_le16(header + H_CSUM_START);
	uint32_t at = start + get_le16(header + H_CSUM_OFFSET);
	uint16_t sum;

	if (!(header[H_FLAGS] & NEEDS_CSUM) || at + 2 > n || start > n)
		return;
	sum = (uint16_t)~inet_fold(inet_sum(0, frame + start, n - start));
	/* To UDP 0 means none; to the others both are the same number. */
	inet_put16(frame + at, sum ? sum : 0xffff);
}

/* Payload bytes; what is no frame is swallowed. */
static uint32_t
tx_frame(struct virtio_net *n, const struct vring_chain *c)
{
	uint8_t header[HEADER], frame[NIC_FRAME_MAX];
	uint32_t len = c->read_bytes - HEADER;

	if (!virtio_read(&n->v, c, 0, header, HEADER))
		return 0;
	if (len < NIC_FRAME_MIN || len > NIC_FRAME_MAX)
		return 0;
	if (!virtio_read(&n->v, c, HEADER, frame, len))
		return 0;
	tx_checksum(header, frame, len);
	n->cable.send(n->cable.arg, frame, len);
	return len;
}

static void
tx_run(struct virtio_net *n)
{
	uint32_t frames = 0, bytes = 0;
	struct vring_chain c;

	while (frames < PORTION_FRAMES && bytes < PORTION_BYTES &&
	    virtio_peek(&n->v, TX, &c)) {
		virtio_take(&n->v, TX);
		bytes += tx_frame(n, &c) + NIC_FRAME_PAD;
		frames++;
		if (!virtio_put(&n->v, TX, c.head, 0))
			return;
	}
	if (frames)
		virtio_publish(&n->v, TX);
	if (frames == PORTION_FRAMES || bytes >= PORTION_BYTES)
		vtimer_arm(n->v.clock, &n->tx_timer,
		    vclock_now(n->v.clock) + (uint64_t)LINE_CYCLES * bytes);
}

/* In a callback a timer still counts as armed. */
static void
tx_go_on(void *arg)
{
	struct virtio_net *n = arg;

	vtimer_disarm(n->v.clock, &n->tx_timer);
	tx_run(n);
}

static void
net_notified(struct virtio *v, unsigned q)
{
	if (q == TX && !vtimer_armed(&net_of(v)->tx_timer))
		tx_run(net_of(v));
}

/* --- in --- */

/*
 * How many buffers a packet of that many bytes takes; 0: more than there are now.
 * One that no number of buffers can hold counts as one, and is dropped.
 */
static unsigned
rx_buffers(const struct virtio_net *n, uint32_t bytes)
{
	unsigned there = virtio_available(&n->v, RX), i;
	bool merge = virtio_has(&n->v, F_MRG_RXBUF);
	struct vring_chain c;
	uint64_t room = 0;

	for (i = 0; i < there; i++) {
		if (!virtio_look(&n->v, RX, i, &c))
			return 1;
		room += c.write_bytes;
		if (!merge || room >= bytes)
			return i + 1;
	}
	return there == n->v.q[RX].size;
}

static bool
net_can_receive(const void *nic, size_t len)
{
	const struct virtio_net *n = nic;

	/* Nobody listens: it is gone. */
	if (!virtio_live(&n->v, RX))
		return true;
	return rx_buffers(n, (uint32_t)len + HEADER);
}

/* 5.1.6.4 "Processing of Incoming Packets": used together, or not at all. */
static void
rx_store(struct virtio_net *n, const uint8_t *packet, uint32_t left, unsigned buffers)
{
	struct vring_chain c;
	uint32_t len;

	while (buffers-- && virtio_peek(&n->v, RX, &c)) {
		len = left < c.write_bytes ? left : c.write_bytes;
		if (!buffers && len < left)
			return;		/* too small for it */
		virtio_take(&n->v, RX);
		if (!virtio_write(&n->v, &c, 0, packet, len) ||
		    !virtio_put(&n->v, RX, c.head, len))
			return;
		packet += len;
		left -= len;
	}
	virtio_publish(&n->v, RX);
}

static void
net_receive(void *nic, const uint8_t *frame, size_t len)
{
	uint8_t packet[HEADER + NIC_FRAME_MAX] = { 0 };
	struct virtio_net *n = nic;
	unsigned buffers;

	if (!virtio_live(&n->v, RX) || len > NIC_FRAME_MAX)
		return;
	buffers = rx_buffers(n, (uint32_t)len + HEADER);
	put_le16(packet + H_BUFFERS, (uint16_t)buffers);
	memcpy(packet + HEADER, frame, len);
	rx_store(n, packet, (uint32_t)len + HEADER, buffers);
}

/* --- the cable --- */

static void
net_set_link(void *nic, bool up)
{
	struct virtio_net *n = nic;

	if (n->link == up)
		return;
	n->link = up;
	virtio_config_changed(&n->v);
}

/* --- the chip --- */

/* The cable stays where it is. */
static void
net_reset(struct virtio *v)
{
	vtimer_disarm(v->clock, &net_of(v)->tx_timer);
}

static void
net_config(const struct virtio *v, uint8_t *config)
{
	const struct virtio_net *n = (const struct virtio_net *)v;

	memcpy(config + CFG_MAC, n->mac, sizeof(n->mac));
	put_le16(config + CFG_STATUS, n->link ? STATUS_LINK : 0);
}

static const struct virtio_ops net_ops = {
	.name = "virtio-net",
	.type = 1,
	.pci_class = 0x020000,
	.queues = 2,
	.queue_size = VRING_SEGS,
	.config_bytes = CFG_BYTES,
	.notified = net_notified,
	.reset = net_reset,
	.config = net_config,
};

static int
net_restored(void *dev)
{
	return virtio_restored(dev);
}

static const struct snap_field net_fields[] = {
	SNAP_STRUCT_1(struct virtio_net, v, virtio_fields),
	SNAP_BOOL(struct virtio_net, link),
	SNAP_TIMER(struct virtio_net, tx_timer),
	SNAP_END
};

const struct device_class virtio_net_class = {
	.name = "virtio-net",
	.version = 1,
	.reset = virtio_reset,
	.restored = net_restored,
	.free = virtio_free,
	.fields = net_fields,
};

const struct nic_class virtio_net_nic = {
	.can_receive = net_can_receive,
	.receive = net_receive,
	.set_link = net_set_link,
};

struct pci_dev *
virtio_net_pci(struct virtio_net *n)
{
	return &n->v.pci;
}

struct virtio_net *
virtio_net_new(struct vclock *clock, const struct virtio_bus *bus,
    const struct nic_cable *cable, const uint8_t mac[6], struct log *log)
{
	struct virtio_net *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->cable = *cable;
	n->link = true;
	memcpy(n->mac, mac, sizeof(n->mac));
	virtio_init(&n->v, &net_ops, clock, bus, F_CSUM | F_MAC | F_MRG_RXBUF | F_STATUS, log);
	vtimer_init(&n->tx_timer, tx_go_on, n);
	return n;
}
