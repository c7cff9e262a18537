/*
 * tests/unit/virtio_rig.c - a driver for virtio chips on a bench
 */
#include "tests/unit/virtio_rig.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static bool
rig_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct virtio_rig *r = arg;

	if (at >= RIG_RAM || n > RIG_RAM - at)
		return false;
	memcpy(buf, r->ram + at, n);
	return true;
}

static bool
rig_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct virtio_rig *r = arg;

	if (at >= RIG_RAM || n > RIG_RAM - at)
		return false;
	memcpy(r->ram + at, buf, n);
	return true;
}

void
rig_init(struct virtio_rig *r)
{
	memset(r, 0, sizeof(*r));
	r->ram = calloc(1, RIG_RAM);
	ck_assert_ptr_nonnull(r->ram);
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->bus = (struct virtio_bus){ rig_read, rig_write, r };
}

void
rig_attach(struct virtio_rig *r, const struct device_class *class, void *dev)
{
	ck_assert_ptr_nonnull(dev);
	r->class = class;
	r->dev = dev;
	class->reset(dev);
}

void
rig_fini(struct virtio_rig *r)
{
	r->class->free(r->dev);
	evheap_fini(&r->h);
	free(r->ram);
}

uint32_t
rig_get(struct virtio_rig *r, uint32_t off, unsigned size)
{
	return (uint32_t)virtio_io.read(r->dev, off, size);
}

void
rig_put(struct virtio_rig *r, uint32_t off, uint32_t val, unsigned size)
{
	virtio_io.write(r->dev, off, val, size);
}

uint8_t
rig_status(struct virtio_rig *r)
{
	return (uint8_t)rig_get(r, 0x14, 1);
}

static void
rig_features(struct virtio_rig *r, uint64_t wanted)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		rig_put(r, 0x00, i, 4);
		rig_put(r, 0x08, i, 4);
		rig_put(r, 0x0c, rig_get(r, 0x04, 4) & (uint32_t)(wanted >> 32 * i), 4);
	}
}

static void
rig_queue(struct virtio_rig *r, unsigned q)
{
	rig_put(r, 0x16, q, 2);
	r->size[q] = (uint16_t)rig_get(r, 0x18, 2);
	rig_put(r, 0x20, RIG_RING(q), 4);
	rig_put(r, 0x24, 0, 4);
	rig_put(r, 0x28, RIG_AVAIL(q), 4);
	rig_put(r, 0x30, RIG_USED(q), 4);
	rig_put(r, 0x1c, 1, 2);
	memset(r->ram + RIG_RING(q), 0, 0x2000);
	r->next_desc[q] = r->seen[q] = 0;
}

void
rig_negotiate(struct virtio_rig *r, uint64_t features)
{
	unsigned q;

	pci_cfg_write(&((struct virtio *)r->dev)->pci, PCI_COMMAND, 2,
	    PCI_CMD_MEM | PCI_CMD_MASTER);
	rig_put(r, 0x14, 0, 1);
	rig_put(r, 0x14, 3, 1);
	rig_features(r, features);
	rig_put(r, 0x14, 11, 1);
	ck_assert_uint_eq(rig_status(r), 11);
	for (q = 0; q < rig_get(r, 0x12, 2); q++)
		rig_queue(r, q);
}

void
rig_start(struct virtio_rig *r, uint64_t features)
{
	rig_negotiate(r, features);
	rig_put(r, 0x14, 15, 1);
	ck_assert_uint_eq(rig_status(r), 15);
}

void
rig_desc(struct virtio_rig *r, hpa_t table, unsigned i, uint64_t at, uint32_t len,
    uint16_t flags, uint16_t next)
{
	uint8_t *d = r->ram + table + 16 * i;

	put_le64(d, at);
	put_le32(d + 8, len);
	put_le16(d + 12, flags);
	put_le16(d + 14, next);
}

void
rig_offer(struct virtio_rig *r, unsigned q, uint16_t head)
{
	uint8_t *a = r->ram + RIG_AVAIL(q);
	uint16_t idx = get_le16(a + 2);

	put_le16(a + 4 + 2 * (idx % r->size[q]), head);
	put_le16(a + 2, (uint16_t)(idx + 1));
}

void
rig_kick(struct virtio_rig *r, unsigned q)
{
	rig_put(r, RIG_NOTIFY + 4 * q, q, 2);
}

uint16_t
rig_add(struct virtio_rig *r, unsigned q, const struct rig_seg *s, unsigned n)
{
	uint16_t head = r->next_desc[q], i;

	for (i = 0; i < n; i++)
		rig_desc(r, RIG_RING(q), (head + i) % r->size[q], s[i].at, s[i].len,
		    (uint16_t)((i + 1u < n) | s[i].wr << 1),
		    (uint16_t)((head + i + 1) % r->size[q]));
	r->next_desc[q] = (uint16_t)((head + n) % r->size[q]);
	rig_offer(r, q, head);
	return head;
}

bool
rig_used(struct virtio_rig *r, unsigned q, uint32_t *id, uint32_t *len)
{
	const uint8_t *u = r->ram + RIG_USED(q);
	uint16_t i = r->seen[q];

	if (get_le16(u + 2) == i)
		return false;
	u += 4 + 8 * (i % r->size[q]);
	*id = get_le32(u);
	*len = get_le32(u + 4);
	r->seen[q]++;
	return true;
}
