/*
 * hw/piix_ide.h - the PCI function of the PIIX3 IDE controller
 *
 * The channels and the bus-master registers are hw/ide.c's; this function has
 * their configuration space: which channels are decoded at the legacy ports,
 * where the bus-master registers are, and whether the function may master the
 * bus.
 */
#ifndef HW_PIIX_IDE_H
#define HW_PIIX_IDE_H

#include "hw/pci.h"

struct piix_ide;

/* Both are called at reset and restore and whenever the value changes. */
struct piix_ide_cb {
	/* Channel 0 or 1 answers at its legacy ports, or not. */
	void	(*decode)(void *arg, unsigned channel, bool on);
	/* Bus mastering allowed; may be NULL. */
	void	(*master)(void *arg, bool on);
	void	*arg;
};

/* bm, bm_dev: the 16 bus-master registers behind BAR 4. */
struct piix_ide *piix_ide_new(const struct io_ops *bm, void *bm_dev,
	    const struct piix_ide_cb *cb, struct log *log);
struct pci_dev *piix_ide_pci(struct piix_ide *p);

extern const struct device_class piix_ide_class;

#endif
