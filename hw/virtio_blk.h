/*
 * hw/virtio_blk.h - virtio disk
 *
 * Reference: VirtIO 1.1, 5.2 "Block Device".
 *
 * One queue, requests one after the other, each complete after a virtual time that
 * depends on its kind and length and on whether the disk was idle: never on the
 * host.  What is asked for is read when its time comes, so a driver must leave
 * its buffers alone until it has them back, as the specification says.
 *
 * Not modelled: discard, several queues, zones, a write cache that can be turned
 * off.
 */
#ifndef HW_VIRTIO_BLK_H
#define HW_VIRTIO_BLK_H

#include "base/blockdev.h"
#include "hw/virtio.h"

#define VIRTIO_BLK_ID	20u	/* bytes of its serial number */

struct virtio_blk;

/* bd is copied; what its arg points to must outlive the disk.  NULL when out of
 * memory. */
struct virtio_blk *virtio_blk_new(struct vclock *clock, const struct virtio_bus *bus,
	    const struct blockdev *bd, const char *serial, struct log *log);
struct pci_dev *virtio_blk_pci(struct virtio_blk *b);

/* The dev of virtio_io is the same object. */
extern const struct device_class virtio_blk_class;

#endif
