/*
 * hw/virtio_net.h - virtio network card
 *
 * Reference: VirtIO 1.1, 5.1 "Network Device".
 *
 * The line has no length: what is sent has arrived, at once; large amounts are
 * sent in portions, at the speed of a gigabit line.  The card fills in checksums
 * for the driver.
 *
 * Not modelled: the control queue (the card is promiscuous, as the specification
 * allows without it), segmentation, several pairs of queues.
 */
#ifndef HW_VIRTIO_NET_H
#define HW_VIRTIO_NET_H

#include "hw/nic.h"
#include "hw/virtio.h"

struct virtio_net;

/* Of cable only send is used; memory is bus's.  NULL when out of memory. */
struct virtio_net *virtio_net_new(struct vclock *clock, const struct virtio_bus *bus,
	    const struct nic_cable *cable, const uint8_t mac[6], struct log *log);
struct pci_dev *virtio_net_pci(struct virtio_net *n);

/* The dev of virtio_io is the same object. */
extern const struct device_class virtio_net_class;
extern const struct nic_class virtio_net_nic;

#endif
