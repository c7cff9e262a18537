/*
 * hw/virtio_balloon.h - virtio memory balloon
 *
 * Reference: VirtIO 1.1, 5.5 "Traditional Memory Balloon Device".
 *
 * Pages the driver puts into the balloon become zero, one buffer's after the
 * other's in virtual time: such pages cost nothing in snapshots and hashes.  It
 * may take them back and find nothing in them.
 *
 * Not modelled: statistics, hints of free pages, page reporting.
 */
#ifndef HW_VIRTIO_BALLOON_H
#define HW_VIRTIO_BALLOON_H

#include "hw/virtio.h"

struct virtio_balloon;

/* NULL when out of memory. */
struct virtio_balloon *virtio_balloon_new(struct vclock *clock, const struct virtio_bus *bus,
	    struct log *log);
struct pci_dev *virtio_balloon_pci(struct virtio_balloon *b);
/* Of 4 KiB: how many the driver is asked to give, and says it has given. */
void	virtio_balloon_ask(struct virtio_balloon *b, uint32_t pages);
uint32_t virtio_balloon_actual(const struct virtio_balloon *b);

/* The dev of virtio_io is the same object. */
extern const struct device_class virtio_balloon_class;

#endif
