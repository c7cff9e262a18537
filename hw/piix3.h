/*
 * hw/piix3.h - ISA bridge 82371SB: PCI interrupt routing and reset control
 *
 * ELCR belongs to the 8259 pair, the IDE function to hw/piix_ide.h.
 */
#ifndef HW_PIIX3_H
#define HW_PIIX3_H

#include "hw/pci.h"

struct piix3;

/* irq[n] is what PCI devices pull on ISA interrupt n; the board ORs it with
 * the ISA devices there.  reset(): hard = all chips, else only processors. */
struct piix3_cb {
	void	(*reset)(void *arg, bool hard);
	void	*arg;
};

struct piix3 *piix3_new(const struct wire irq[16], const struct piix3_cb *cb,
	    struct log *log);
struct pci_dev *piix3_pci(struct piix3 *p);
/* Wire receiver; arg is the struct piix3, line 0..3. */
void	piix3_set_pirq(void *arg, int line, bool level);

extern const struct device_class piix3_class;
extern const struct io_ops piix3_rcr_io;	/* at 0CF9h, 1 port */

#endif
