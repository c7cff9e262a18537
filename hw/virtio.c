/*
 * hw/virtio.c - virtio devices on PCI: registers, negotiation, interrupts
 *
 * References are to VirtIO 1.1.
 */
#include "hw/virtio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* 4.1.2 "PCI Device Discovery" */
#define VIRTIO_VENDOR	0x1af4u
#define VIRTIO_DEVICE	0x1040u

/* 4.1.4 "Virtio Structure PCI Capabilities" */
#define CAP_VENDOR	0x09u
#define CAP_COMMON	1u
#define CAP_NOTIFY	2u
#define CAP_ISR		3u
#define CAP_DEVICE	4u
#define CAP_PCI		5u
#define CAP_BYTES	16u
/* 4.1.4.9: what the window is on, and its data. */
#define WINDOW_BAR	4u
#define WINDOW_OFFSET	8u
#define WINDOW_LENGTH	12u
#define WINDOW_DATA	16u

/* Our order of things in configuration space and behind the BAR. */
#define AT_COMMON	0x40u
#define AT_ISR		0x50u
#define AT_DEVICE	0x60u
#define AT_NOTIFY	0x70u
#define AT_WINDOW	0x84u
#define PART_BYTES	0x1000u
#define PART_COMMON	0u
#define PART_ISR	1u
#define PART_DEVICE	2u
#define PART_NOTIFY	3u
#define NOTIFY_STEP	4u

/* 4.1.4.3 "Common configuration structure layout" */
#define C_DEVICE_SELECT	0x00u
#define C_DEVICE	0x04u
#define C_DRIVER_SELECT	0x08u
#define C_DRIVER	0x0cu
#define C_MSIX		0x10u
#define C_QUEUES	0x12u
#define C_STATUS	0x14u
#define C_GENERATION	0x15u
#define C_SELECT	0x16u
#define C_SIZE		0x18u
#define C_QUEUE_MSIX	0x1au
#define C_ENABLE	0x1cu
#define C_NOTIFY_OFF	0x1eu
#define C_DESC		0x20u
#define C_AVAIL		0x28u
#define C_USED		0x30u
#define C_BYTES		0x38u
#define NO_VECTOR	0xffffu

/* 4.1.4.5 "ISR status capability" */
#define ISR_QUEUE	1u
#define ISR_CONFIG	2u

#define CONFIG_MAX	64u

/* --- interrupts --- */

static void
virtio_interrupt(struct virtio *v, uint8_t what)
{
	v->isr |= what;
	pci_set_intx(&v->pci, v->isr != 0);
}

static uint8_t
virtio_read_isr(struct virtio *v)
{
	uint8_t isr = v->isr;

	v->isr = 0;
	pci_set_intx(&v->pci, false);
	return isr;
}

void
virtio_config_changed(struct virtio *v)
{
	v->generation++;
	if (v->status & VIRTIO_DRIVER_OK)
		virtio_interrupt(v, ISR_CONFIG);
}

void
virtio_broken(struct virtio *v, const char *why)
{
	if (v->status & VIRTIO_NEEDS_RESET)
		return;
	log_guest(v->log, v->ops->name, "%s: the driver made %s; it must reset the device",
	    v->ops->name, why);
	v->status |= VIRTIO_NEEDS_RESET;
	if (v->status & VIRTIO_DRIVER_OK)
		virtio_interrupt(v, ISR_CONFIG);
}

/* --- rings --- */

static struct vring_modes
virtio_modes(const struct virtio *v)
{
	return (struct vring_modes){
		.indirect = virtio_has(v, VIRTIO_F_INDIRECT),
		.event_idx = virtio_has(v, VIRTIO_F_EVENT_IDX),
	};
}

bool
virtio_live(const struct virtio *v, unsigned q)
{
	return (v->status & VIRTIO_DRIVER_OK) && !(v->status & VIRTIO_NEEDS_RESET) &&
	    v->q[q].enabled && pci_bus_master(&v->pci);
}

unsigned
virtio_available(const struct virtio *v, unsigned q)
{
	struct vring copy = v->q[q];
	uint16_t n;

	return virtio_live(v, q) && vring_pending(&copy, &v->bus, &n) ? n : 0;
}

bool
virtio_peek(struct virtio *v, unsigned q, struct vring_chain *c)
{
	struct vring_modes m = virtio_modes(v);
	struct vring *r = &v->q[q];
	uint16_t n;
	bool ok;

	if (!virtio_live(v, q))
		return false;
	ok = vring_pending(r, &v->bus, &n);
	if (ok && !n)
		ok = vring_ask_notify(r, &v->bus, &m);
	else if (ok)
		ok = vring_peek(r, &v->bus, &m, 0, c);
	if (!ok)
		virtio_broken(v, r->why);
	return ok && n;
}

bool
virtio_look(const struct virtio *v, unsigned q, unsigned behind, struct vring_chain *c)
{
	struct vring_modes m = virtio_modes(v);
	struct vring copy = v->q[q];

	return vring_peek(&copy, &v->bus, &m, behind, c);
}

void
virtio_take(struct virtio *v, unsigned q)
{
	vring_take(&v->q[q]);
}

bool
virtio_read(struct virtio *v, const struct vring_chain *c, uint32_t off, void *buf,
    uint32_t n)
{
	if (vring_read(c, &v->bus, off, buf, n))
		return true;
	virtio_broken(v, "a buffer that is too short or outside memory");
	return false;
}

bool
virtio_write(struct virtio *v, const struct vring_chain *c, uint32_t off, const void *buf,
    uint32_t n)
{
	if (vring_write(c, &v->bus, off, buf, n))
		return true;
	virtio_broken(v, "a buffer that is too short or outside memory");
	return false;
}

bool
virtio_put(struct virtio *v, unsigned q, uint16_t head, uint32_t len)
{
	if (!virtio_live(v, q))
		return false;
	if (vring_give(&v->q[q], &v->bus, head, len))
		return true;
	virtio_broken(v, v->q[q].why);
	return false;
}

void
virtio_publish(struct virtio *v, unsigned q)
{
	struct vring_modes m = virtio_modes(v);
	struct vring *r = &v->q[q];
	bool wants;

	if (!virtio_live(v, q))
		return;
	if (!vring_publish(r, &v->bus) || !vring_wants_interrupt(r, &v->bus, &m, &wants))
		virtio_broken(v, r->why);
	else if (wants)
		virtio_interrupt(v, ISR_QUEUE);
}

void
virtio_give(struct virtio *v, unsigned q, uint16_t head, uint32_t len)
{
	if (virtio_put(v, q, head, len))
		virtio_publish(v, q);
}

/* --- status and features --- */

/* What a driver's reset and the machine's have in common. */
static void
virtio_reset_device(struct virtio *v)
{
	unsigned i;

	v->accepted = 0;
	v->device_select = v->driver_select = 0;
	v->queue_select = 0;
	v->status = v->generation = v->isr = 0;
	for (i = 0; i < VIRTIO_QUEUES; i++)
		vring_reset(&v->q[i], v->ops->queue_size);
	v->ops->reset(v);
	pci_set_intx(&v->pci, false);
}

static void
virtio_notified(struct virtio *v, unsigned q)
{
	if (q < v->ops->queues && virtio_live(v, q))
		v->ops->notified(v, q);
}

/* 3.1 "Device Initialization": step 6 is refused by not keeping FEATURES_OK.  Of
 * the other bits the device's are not the driver's to clear. */
static void
virtio_set_status(struct virtio *v, uint8_t status)
{
	uint8_t was = v->status;
	unsigned i;

	if (!status) {
		virtio_reset_device(v);
		return;
	}
	if ((status & VIRTIO_FEATURES_OK) && !(was & VIRTIO_FEATURES_OK) &&
	    ((v->accepted & ~v->offered) || !virtio_has(v, VIRTIO_F_VERSION_1)))
		status &= (uint8_t)~VIRTIO_FEATURES_OK;
	v->status = (status & (uint8_t)~VIRTIO_NEEDS_RESET) | (was & VIRTIO_NEEDS_RESET);
	if (!(status & VIRTIO_FEATURES_OK))
		v->status &= (uint8_t)~VIRTIO_DRIVER_OK;
	if ((v->status & VIRTIO_DRIVER_OK) && !(was & VIRTIO_DRIVER_OK))
		for (i = 0; i < v->ops->queues; i++)
			virtio_notified(v, i);
}

/* Two halves of a 64-bit word. */
static uint32_t
half_of(uint64_t v, uint32_t select)
{
	return select < 2 ? (uint32_t)(v >> 32 * select) : 0;
}

static void
set_half(uint64_t *v, uint32_t select, uint32_t half)
{
	if (select < 2)
		*v = bits_put(*v, 32 * select, 32, half);
}

/* --- common configuration --- */

static struct vring *
virtio_selected(struct virtio *v)
{
	return v->queue_select < v->ops->queues ? &v->q[v->queue_select] : NULL;
}

static void
common_image(struct virtio *v, uint8_t *c)
{
	const struct vring *q = virtio_selected(v);

	memset(c, 0, C_BYTES);
	put_le32(c + C_DEVICE_SELECT, v->device_select);
	put_le32(c + C_DEVICE, half_of(v->offered, v->device_select));
	put_le32(c + C_DRIVER_SELECT, v->driver_select);
	put_le32(c + C_DRIVER, half_of(v->accepted, v->driver_select));
	put_le16(c + C_MSIX, NO_VECTOR);
	put_le16(c + C_QUEUES, (uint16_t)v->ops->queues);
	c[C_STATUS] = v->status;
	c[C_GENERATION] = v->generation;
	put_le16(c + C_SELECT, v->queue_select);
	put_le16(c + C_QUEUE_MSIX, NO_VECTOR);
	if (!q)
		return;
	put_le16(c + C_SIZE, q->size);
	put_le16(c + C_ENABLE, q->enabled);
	put_le16(c + C_NOTIFY_OFF, v->queue_select);
	put_le64(c + C_DESC, q->desc);
	put_le64(c + C_AVAIL, q->avail);
	put_le64(c + C_USED, q->used);
}

/* A ring stays as it is once the driver has enabled it; 4.1.4.3.2 has no way back
 * but a reset. */
static void
queue_write(struct virtio *v, uint32_t off, uint32_t val)
{
	struct vring *q = virtio_selected(v);
	uint32_t high = off >> 2 & 1;

	if (!q || q->enabled)
		return;
	switch (off & ~4u) {
	case C_DESC:
		set_half(&q->desc, high, val);
		break;
	case C_AVAIL:
		set_half(&q->avail, high, val);
		break;
	case C_USED:
		set_half(&q->used, high, val);
		break;
	default:
		break;
	}
}

static void
queue_size(struct virtio *v, uint16_t size)
{
	struct vring *q = virtio_selected(v);

	if (q && !q->enabled && size && size <= v->ops->queue_size && !(size & (size - 1)))
		q->size = size;
}

/* 2.6 "Split Virtqueues": alignments of 16, 2 and 4. */
static void
queue_enable(struct virtio *v, uint16_t val)
{
	struct vring *q = virtio_selected(v);

	if (!q || q->enabled || val != 1)
		return;
	if (q->desc % 16 || q->avail % 2 || q->used % 4) {
		virtio_broken(v, "a ring that is not aligned");
		return;
	}
	q->enabled = true;
}

/* 4.1.3.1: fields are written whole; the 64-bit ones in halves. */
static void
common_write(struct virtio *v, uint32_t off, uint32_t val, unsigned size)
{
	switch (off << 4 | size) {
	case C_DEVICE_SELECT << 4 | 4:
		v->device_select = val;
		break;
	case C_DRIVER_SELECT << 4 | 4:
		v->driver_select = val;
		break;
	case C_DRIVER << 4 | 4:
		if (!(v->status & VIRTIO_FEATURES_OK))
			set_half(&v->accepted, v->driver_select, val);
		break;
	case C_STATUS << 4 | 1:
		virtio_set_status(v, (uint8_t)val);
		break;
	case C_SELECT << 4 | 2:
		v->queue_select = (uint16_t)val;
		break;
	case C_SIZE << 4 | 2:
		queue_size(v, (uint16_t)val);
		break;
	case C_ENABLE << 4 | 2:
		queue_enable(v, (uint16_t)val);
		break;
	default:
		if (size == 4)
			queue_write(v, off, val);
		break;
	}
}

/* --- behind the BAR --- */

static uint64_t
virtio_bar_read(void *dev, uint32_t off, unsigned size)
{
	uint8_t image[CONFIG_MAX] = { 0 };
	struct virtio *v = dev;
	uint32_t in = off % PART_BYTES;

	switch (off / PART_BYTES) {
	case PART_COMMON:
		common_image(v, image);
		break;
	case PART_ISR:
		return in == 0 ? virtio_read_isr(v) : 0;
	case PART_DEVICE:
		v->ops->config(v, image);
		break;
	default:
		return 0;
	}
	return in + size <= sizeof(image) ? get_le(image + in, size) : 0;
}

static void
config_write(struct virtio *v, uint32_t off, uint64_t val, unsigned size)
{
	unsigned i;

	for (i = 0; v->ops->config_write && i < size; i++)
		if (off + i < v->ops->config_bytes)
			v->ops->config_write(v, off + i, (uint8_t)(val >> 8 * i));
}

static void
virtio_bar_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct virtio *v = dev;
	uint32_t in = off % PART_BYTES;

	switch (off / PART_BYTES) {
	case PART_COMMON:
		common_write(v, in, (uint32_t)val, size);
		break;
	case PART_DEVICE:
		config_write(v, in, val, size);
		break;
	case PART_NOTIFY:
		if (in % NOTIFY_STEP == 0)
			virtio_notified(v, in / NOTIFY_STEP);
		break;
	default:
		break;
	}
}

const struct io_ops virtio_io = {
	.read = virtio_bar_read,
	.write = virtio_bar_write,
	.sizes = 1 | 2 | 4,
};

/* --- 4.1.4.9: the BAR through configuration space, for firmware --- */

static bool
window_on(const struct virtio *v, uint32_t *off, unsigned *size)
{
	const uint8_t *w = v->pci.cfg + AT_WINDOW;

	*off = get_le32(w + WINDOW_OFFSET);
	*size = get_le32(w + WINDOW_LENGTH);
	return w[WINDOW_BAR] == VIRTIO_BAR && (*size == 1 || *size == 2 || *size == 4) &&
	    *off < VIRTIO_BAR_BYTES && *off % *size == 0;
}

static bool
window_touched(uint32_t off, unsigned size)
{
	return off < AT_WINDOW + WINDOW_DATA + 4 && off + size > AT_WINDOW + WINDOW_DATA;
}

static void
window_read(void *arg, uint32_t off, unsigned size)
{
	struct virtio *v = arg;
	unsigned n;
	uint32_t at;

	if (window_touched(off, size) && window_on(v, &at, &n))
		put_le32(v->pci.cfg + AT_WINDOW + WINDOW_DATA,
		    (uint32_t)virtio_bar_read(v, at, n));
}

static void
window_written(void *arg, uint32_t off, unsigned size)
{
	struct virtio *v = arg;
	unsigned n;
	uint32_t at;

	if (size <= 4 && window_touched(off, size) && window_on(v, &at, &n))
		virtio_bar_write(v, at, get_le(v->pci.cfg + AT_WINDOW + WINDOW_DATA, n), n);
}

/* --- the chip --- */

void
virtio_reset(void *dev)
{
	struct virtio *v = dev;

	pci_dev_reset(&v->pci);
	virtio_reset_device(v);
}

int
virtio_restored(struct virtio *v)
{
	unsigned i;

	for (i = 0; i < VIRTIO_QUEUES; i++)
		if (!vring_valid(&v->q[i]) || v->q[i].size > v->ops->queue_size)
			return -EINVAL;
	pci_dev_restored(&v->pci);
	pci_set_intx(&v->pci, v->isr != 0);
	return 0;
}

void
virtio_free(void *dev)
{
	struct virtio *v = dev;

	if (v)
		pci_dev_fini(&v->pci);
	free(v);
}

const struct snap_field virtio_fields[] = {
	SNAP_STRUCT_1(struct virtio, pci, pci_dev_fields),
	SNAP_U64(struct virtio, accepted),
	SNAP_U32(struct virtio, device_select),
	SNAP_U32(struct virtio, driver_select),
	SNAP_U16(struct virtio, queue_select),
	SNAP_U8(struct virtio, status),
	SNAP_U8(struct virtio, generation),
	SNAP_U8(struct virtio, isr),
	SNAP_STRUCTS(struct virtio, q, vring_fields),
	SNAP_END
};

static void
virtio_capability(struct pci_dev *d, uint32_t at, unsigned len, uint8_t type,
    uint32_t part)
{
	pci_cap_add(d, CAP_VENDOR, at, len);
	pci_cfg_init(d, at + 2, 1, len, 0);
	pci_cfg_init(d, at + 3, 1, type, 0);
	pci_cfg_init(d, at + 4, 1, VIRTIO_BAR, 0);
	pci_cfg_init(d, at + 8, 4, part * PART_BYTES, 0);
	pci_cfg_init(d, at + 12, 4, PART_BYTES, 0);
}

/* The list ends up with the first of them first. */
static void
virtio_capabilities(struct pci_dev *d)
{
	virtio_capability(d, AT_WINDOW, CAP_BYTES + 4, CAP_PCI, 0);
	pci_cfg_init(d, AT_WINDOW + WINDOW_BAR, 1, 0, 0xff);
	pci_cfg_init(d, AT_WINDOW + WINDOW_OFFSET, 4, 0, 0xffffffff);
	pci_cfg_init(d, AT_WINDOW + WINDOW_LENGTH, 4, 0, 0xffffffff);
	pci_cfg_init(d, AT_WINDOW + WINDOW_DATA, 4, 0, 0xffffffff);
	virtio_capability(d, AT_NOTIFY, CAP_BYTES + 4, CAP_NOTIFY, PART_NOTIFY);
	pci_cfg_init(d, AT_NOTIFY + CAP_BYTES, 4, NOTIFY_STEP, 0);
	virtio_capability(d, AT_DEVICE, CAP_BYTES, CAP_DEVICE, PART_DEVICE);
	virtio_capability(d, AT_ISR, CAP_BYTES, CAP_ISR, PART_ISR);
	virtio_capability(d, AT_COMMON, CAP_BYTES, CAP_COMMON, PART_COMMON);
}

void
virtio_init(struct virtio *v, const struct virtio_ops *ops, struct vclock *clock,
    const struct virtio_bus *bus, uint64_t features, struct log *log)
{
	struct pci_dev *d = &v->pci;

	v->ops = ops;
	v->clock = clock;
	v->bus = *bus;
	v->log = log;
	v->offered = features | VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1;
	pci_dev_init(d, ops->name, VIRTIO_VENDOR, (uint16_t)(VIRTIO_DEVICE + ops->type),
	    ops->pci_class, 1);
	pci_cfg_init(d, PCI_SUBSYS_VENDOR, 2, VIRTIO_VENDOR, 0);
	pci_cfg_init(d, PCI_SUBSYS_ID, 2, 0x1100, 0);
	pci_cfg_init(d, PCI_INT_PIN, 1, 1, 0);
	pci_bar_regs(d, VIRTIO_BAR, 0, VIRTIO_BAR_BYTES, &virtio_io, v);
	virtio_capabilities(d);
	d->reading = window_read;
	d->written = window_written;
	d->arg = v;
}
