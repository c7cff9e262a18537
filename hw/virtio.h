/*
 * hw/virtio.h - what all virtio devices have in common, over PCI
 *
 * Reference: VirtIO 1.1, 2 "Basic Facilities of a Virtio Device" and 4.1 "Virtio
 * Over PCI Bus".
 *
 * A device embeds a struct virtio as its first member, with a struct virtio_ops
 * for what differs.  Nothing happens but at the driver's accesses, in timers and
 * when something comes in, so that runs repeat.  A driver that breaks the rules
 * loses its device until it resets it (DEVICE_NEEDS_RESET).
 *
 * Not modelled: the legacy interface (a driver of before 2016 finds nothing),
 * MSI-X, packed virtqueues, in-order use.
 */
#ifndef HW_VIRTIO_H
#define HW_VIRTIO_H

#include "base/device.h"
#include "base/io.h"
#include "base/log.h"
#include "base/vclock.h"
#include "hw/pci.h"
#include "hw/vring.h"

#define VIRTIO_QUEUES	6u
#define VIRTIO_BAR	4u
#define VIRTIO_BAR_BYTES	0x4000u

/* 2.1 "Device Status Field" */
#define VIRTIO_ACKNOWLEDGE	0x01u
#define VIRTIO_DRIVER		0x02u
#define VIRTIO_DRIVER_OK	0x04u
#define VIRTIO_FEATURES_OK	0x08u
#define VIRTIO_NEEDS_RESET	0x40u
#define VIRTIO_FAILED		0x80u

/* 6 "Reserved Feature Bits" */
#define VIRTIO_F_INDIRECT	((uint64_t)1 << 28)
#define VIRTIO_F_EVENT_IDX	((uint64_t)1 << 29)
#define VIRTIO_F_VERSION_1	((uint64_t)1 << 32)

struct virtio;

struct virtio_ops {
	const char	*name;
	uint16_t	type;		/* 5 "Device Types" */
	uint32_t	pci_class;	/* base class, subclass, interface */
	unsigned	queues;
	uint16_t	queue_size;
	uint32_t	config_bytes;
	/* The driver says that queue q has something, or has it as the device
	 * comes to life. */
	void		(*notified)(struct virtio *v, unsigned q);
	/* Everything that is the device's own as after power-on. */
	void		(*reset)(struct virtio *v);
	/* Fills config_bytes. */
	void		(*config)(const struct virtio *v, uint8_t *config);
	/* The driver writes a byte of it; may be NULL. */
	void		(*config_write)(struct virtio *v, uint32_t off, uint8_t byte);
};

struct virtio {
	struct pci_dev			pci;
	/* Wiring: */
	const struct virtio_ops		*ops;
	struct vclock			*clock;
	struct virtio_bus		bus;
	struct log			*log;
	uint64_t			offered;	/* feature bits */
	/* State, of the common configuration: */
	uint64_t			accepted;
	uint32_t			device_select, driver_select;
	uint16_t			queue_select;
	uint8_t				status, generation;
	uint8_t				isr;
	struct vring			q[VIRTIO_QUEUES];
};

/* features besides the three above. */
void	virtio_init(struct virtio *v, const struct virtio_ops *ops, struct vclock *clock,
	    const struct virtio_bus *bus, uint64_t features, struct log *log);
/* For the device class of each. */
void	virtio_reset(void *dev);
int	virtio_restored(struct virtio *v);
void	virtio_free(void *dev);
extern const struct snap_field virtio_fields[];

/* Registers behind BAR VIRTIO_BAR. */
extern const struct io_ops virtio_io;

/* --- for devices --- */

static inline bool
virtio_has(const struct virtio *v, uint64_t feature)
{
	return v->accepted & feature;
}

/* Whether queue q may be served at all. */
bool	virtio_live(const struct virtio *v, unsigned q);
/* The driver broke the rules. */
void	virtio_broken(struct virtio *v, const char *why);
/*
 * The next buffer of queue q into c; false: there is none, which the driver was
 * asked to notify of, or the device is broken now.  It stays the next one until
 * virtio_take().
 */
bool	virtio_peek(struct virtio *v, unsigned q, struct vring_chain *c) MUST_CHECK;
void	virtio_take(struct virtio *v, unsigned q);
/* Buffers available, 0 also when the ring is impossible; changes nothing. */
unsigned virtio_available(const struct virtio *v, unsigned q);
/* The buffer that many behind the next one, of those; false when it is impossible.
 * Changes nothing either. */
bool	virtio_look(const struct virtio *v, unsigned q, unsigned behind,
	    struct vring_chain *c) MUST_CHECK;
/* Contents of a buffer; what cannot be breaks the device. */
bool	virtio_read(struct virtio *v, const struct vring_chain *c, uint32_t off, void *buf,
	    uint32_t n) MUST_CHECK;
bool	virtio_write(struct virtio *v, const struct vring_chain *c, uint32_t off,
	    const void *buf, uint32_t n) MUST_CHECK;
/* Hands the buffer back, with len bytes written, and interrupts if wanted. */
void	virtio_give(struct virtio *v, unsigned q, uint16_t head, uint32_t len);
/* The two halves of it, for several buffers at once. */
bool	virtio_put(struct virtio *v, unsigned q, uint16_t head, uint32_t len) MUST_CHECK;
void	virtio_publish(struct virtio *v, unsigned q);
/* The device's configuration is another one. */
void	virtio_config_changed(struct virtio *v);

#endif
