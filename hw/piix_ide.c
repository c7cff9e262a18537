/*
 * hw/piix_ide.c - the PCI function of the PIIX3 IDE controller
 *
 * Reference: Intel 82371FB/82371SB PIIX/PIIX3 (290550), 2.3 "PCI Configuration
 * Registers - IDE Interface".
 *
 * Not modelled: transfer timing (the registers read back as written).
 */
#include "hw/piix_ide.h"

#include <stdlib.h>

#include "base/bits.h"

#define IDETIM		0x40	/* 16 bits per channel */
#define   IDE_DECODE	0x8000

struct piix_ide {
	struct pci_dev		pci;
	/* Wiring and what was last reported: */
	struct piix_ide_cb	cb;
	struct log		*log;
	bool			decode[2];
	bool			master;
};

static void
piix_ide_update(struct piix_ide *p, bool all)
{
	bool io = get_le16(p->pci.cfg + PCI_COMMAND) & PCI_CMD_IO;
	bool master = pci_bus_master(&p->pci);
	unsigned ch;

	for (ch = 0; ch < 2; ch++) {
		bool on = io && (get_le16(p->pci.cfg + IDETIM + 2 * ch) & IDE_DECODE);

		if (on == p->decode[ch] && !all)
			continue;
		p->decode[ch] = on;
		p->cb.decode(p->cb.arg, ch, on);
	}
	if (p->cb.master && (master != p->master || all))
		p->cb.master(p->cb.arg, master);
	p->master = master;
}

static void
piix_ide_written(void *arg, uint32_t off, unsigned size)
{
	(void)off;
	(void)size;
	piix_ide_update(arg, false);
}

static void
piix_ide_reset(void *dev)
{
	struct piix_ide *p = dev;

	pci_dev_reset(&p->pci);
	piix_ide_update(p, true);
}

static int
piix_ide_restored(void *dev)
{
	struct piix_ide *p = dev;

	pci_dev_restored(&p->pci);
	piix_ide_update(p, true);
	return 0;
}

static void
piix_ide_free(void *dev)
{
	struct piix_ide *p = dev;

	if (p)
		pci_dev_fini(&p->pci);
	free(p);
}

static const struct snap_field piix_ide_fields[] = {
	SNAP_STRUCT_1(struct piix_ide, pci, pci_dev_fields),
	SNAP_END
};

const struct device_class piix_ide_class = {
	.name = "piix-ide",
	.version = 1,
	.reset = piix_ide_reset,
	.restored = piix_ide_restored,
	.free = piix_ide_free,
	.fields = piix_ide_fields,
};

struct pci_dev *
piix_ide_pci(struct piix_ide *p)
{
	return &p->pci;
}

struct piix_ide *
piix_ide_new(const struct io_ops *bm, void *bm_dev,
    const struct piix_ide_cb *cb, struct log *log)
{
	struct piix_ide *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->cb = *cb;
	p->log = log;
	pci_dev_init(&p->pci, "piix-ide", 0x8086, 0x7010, 0x010180, 0);
	pci_cfg_init(&p->pci, PCI_COMMAND, 2, 0, PCI_CMD_IO | PCI_CMD_MASTER);
	pci_cfg_init(&p->pci, PCI_STATUS, 2, 0x0280, 0);
	pci_cfg_init(&p->pci, IDETIM, 4, 0, 0xf3fff3ff);
	pci_cfg_init(&p->pci, 0x44, 1, 0, 0xff);	/* SIDETIM */
	pci_bar_regs(&p->pci, 4, PCI_BAR_IO, 16, bm, bm_dev);
	p->pci.written = piix_ide_written;
	p->pci.arg = p;
	return p;
}
