/*
 * hw/virtio_console.h - virtio console
 *
 * Reference: VirtIO 1.1, 5.3 "Console Device".
 *
 * One port.  What the driver sends leaves in portions; what comes in waits outside
 * while the driver has no buffer for it.
 *
 * Not modelled: several ports and their control queues, the size of the screen.
 */
#ifndef HW_VIRTIO_CONSOLE_H
#define HW_VIRTIO_CONSOLE_H

#include "hw/virtio.h"

struct virtio_console;

/* byte() takes what the driver sends.  NULL when out of memory. */
struct virtio_console *virtio_console_new(struct vclock *clock, const struct virtio_bus *bus,
	    void (*byte)(void *arg, uint8_t byte), void *arg, struct log *log);
struct pci_dev *virtio_console_pci(struct virtio_console *c);
/* How many of n bytes it takes. */
size_t	virtio_console_receive(struct virtio_console *c, const uint8_t *p, size_t n);

/* The dev of virtio_io is the same object. */
extern const struct device_class virtio_console_class;

#endif
