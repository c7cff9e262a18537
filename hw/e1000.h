/*
 * hw/e1000.h - Intel 82540EM Gigabit Ethernet controller
 *
 * Reference: "PCI/PCI-X Family of Gigabit Ethernet Controllers Software
 * Developer's Manual", 317453 (SDM below).
 *
 * The line has no length: what is sent has arrived, at once.  Large amounts are
 * sent in portions, at the speed of the line, so that a guest's single register
 * write makes a bounded amount of work.
 *
 * Not modelled: flow control, wake-up, flash, the 10-bit interface, loopback;
 * frames with errors do not occur.
 */
#ifndef HW_E1000_H
#define HW_E1000_H

#include "base/device.h"
#include "base/io.h"
#include "base/log.h"
#include "base/vclock.h"
#include "hw/nic.h"
#include "hw/pci.h"

struct e1000;

/* NULL when out of memory. */
struct e1000 *e1000_new(struct vclock *clock, const struct nic_cable *cable,
	    const uint8_t mac[6], struct log *log);
struct pci_dev *e1000_pci(struct e1000 *e);

extern const struct device_class e1000_class;
extern const struct nic_class e1000_nic;
extern const struct io_ops e1000_mem_io;	/* BAR 0, 128 KiB */
extern const struct io_ops e1000_port_io;	/* BAR 2, 64 ports */

#endif
