/*
 * hw/piix3.c - ISA bridge 82371SB: PCI interrupt routing and reset control
 *
 * Reference: Intel 82371FB/82371SB PIIX/PIIX3 (290550), 2.2 "PCI to ISA Bridge
 * Configuration Registers", 2.5.5 "Reset Control Register".
 *
 * Not modelled: ISA clock, X-bus chip selects, SMI, motherboard DMA: these
 * registers read back as written.
 */
#include "hw/piix3.h"

#include <stdlib.h>

#include "base/bits.h"

#define PIRQRC		0x60	/* 4 bytes: PIRQA..PIRQD */
#define   PIRQ_OFF	0x80

#define RCR_HARD	0x02
#define RCR_RESET	0x04	/* 0 -> 1 resets */

/* Reserved values of the routing field select nothing (2.2.9 "PIRQRC[A:D]"). */
#define ROUTABLE	0xdef8u

struct piix3 {
	struct pci_dev	pci;
	uint8_t		rcr;
	uint8_t		pirq;	/* bit n: level of PIRQ line n */
	/* Wiring and derived levels: */
	struct wire	irq[16];
	struct piix3_cb	cb;
	struct log	*log;
	uint16_t	out;	/* bit n: level driven on irq[n] */
};

static void
piix3_update(struct piix3 *p, bool all)
{
	uint16_t out = 0, change;
	unsigned n;

	for (n = 0; n < 4; n++) {
		uint8_t r = p->pci.cfg[PIRQRC + n];

		if (!(r & PIRQ_OFF) && (ROUTABLE >> (r & 15) & 1) &&
		    (p->pirq >> n & 1))
			out |= (uint16_t)(1u << (r & 15));
	}
	change = all ? 0xffff : out ^ p->out;
	p->out = out;
	for (n = 0; n < 16; n++)
		if (change >> n & 1)
			wire_set(&p->irq[n], out >> n & 1);
}

void
piix3_set_pirq(void *arg, int line, bool level)
{
	struct piix3 *p = arg;

	p->pirq = (uint8_t)bits_put(p->pirq, (unsigned)line & 3, 1, level);
	piix3_update(p, false);
}

static void
piix3_written(void *arg, uint32_t off, unsigned size)
{
	struct piix3 *p = arg;

	if (off < PIRQRC + 4 && off + size > PIRQRC)
		piix3_update(p, false);
}

static uint64_t
piix3_rcr_read(void *dev, uint32_t off, unsigned size)
{
	const struct piix3 *p = dev;

	(void)off;
	(void)size;
	return p->rcr;
}

static void
piix3_rcr_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct piix3 *p = dev;
	bool rising = (val & ~p->rcr) & RCR_RESET;

	(void)off;
	(void)size;
	/* The reset bit reads 0: the reset it starts clears the register. */
	p->rcr = val & RCR_HARD;
	if (rising)
		p->cb.reset(p->cb.arg, val & RCR_HARD);
}

static void
piix3_reset(void *dev)
{
	struct piix3 *p = dev;

	p->rcr = 0;
	pci_dev_reset(&p->pci);
	piix3_update(p, true);
}

static int
piix3_restored(void *dev)
{
	struct piix3 *p = dev;

	p->rcr &= RCR_HARD;
	pci_dev_restored(&p->pci);
	piix3_update(p, true);
	return 0;
}

static void
piix3_free(void *dev)
{
	struct piix3 *p = dev;

	if (p)
		pci_dev_fini(&p->pci);
	free(p);
}

static const struct snap_field piix3_fields[] = {
	SNAP_STRUCT_1(struct piix3, pci, pci_dev_fields),
	SNAP_U8(struct piix3, rcr),
	SNAP_U8(struct piix3, pirq),
	SNAP_END
};

const struct io_ops piix3_rcr_io = {
	.read = piix3_rcr_read,
	.write = piix3_rcr_write,
	.sizes = 1,
};

const struct device_class piix3_class = {
	.name = "piix3",
	.version = 1,
	.reset = piix3_reset,
	.restored = piix3_restored,
	.free = piix3_free,
	.fields = piix3_fields,
};

struct pci_dev *
piix3_pci(struct piix3 *p)
{
	return &p->pci;
}

/* Reset values as 2.2 gives them; function 0 of several. */
static void
piix3_cfg(struct pci_dev *d)
{
	unsigned n;

	pci_dev_init(d, "piix3", 0x8086, 0x7000, 0x060100, 0);
	pci_cfg_init(d, PCI_COMMAND, 2, 0x0007, PCI_CMD_SERR);
	pci_cfg_init(d, PCI_STATUS, 2, 0x0200, 0);
	pci_cfg_init(d, PCI_HEADER, 1, 0x80, 0);
	pci_cfg_init(d, 0x4c, 1, 0x4d, 0xff);		/* IORT */
	pci_cfg_init(d, 0x4e, 2, 0x0003, 0xffff);	/* XBCS */
	for (n = 0; n < 4; n++)
		pci_cfg_init(d, PIRQRC + n, 1, PIRQ_OFF, 0x8f);
	pci_cfg_init(d, 0x69, 1, 0x02, 0xfe);		/* TOM */
	pci_cfg_init(d, 0x6a, 2, 0, 0xffff);		/* MSTAT */
	pci_cfg_init(d, 0x70, 1, 0x80, 0xef);		/* MBIRQ0 */
	pci_cfg_init(d, 0x76, 2, 0x0c0c, 0xffff);	/* MBDMA0, 1 */
	pci_cfg_init(d, 0x78, 2, 0x0002, 0xffff);	/* PCSC */
	pci_cfg_init(d, 0x80, 1, 0, 0x7f);		/* APICBASE */
	pci_cfg_init(d, 0x82, 1, 0, 0x0f);		/* DLC */
	pci_cfg_init(d, 0xa0, 4, 0x00000008, 0xffffffff); /* SMICNTL, SMIEN */
	pci_cfg_init(d, 0xa4, 4, 0, 0xffffffff);	/* SEE */
	pci_cfg_init(d, 0xa8, 4, 0x0000000f, 0xffffffff); /* FTMR, SMIREQ */
	pci_cfg_init(d, 0xac, 4, 0, 0xffffffff);	/* CTLTMR, CTHTMR */
}

struct piix3 *
piix3_new(const struct wire irq[16], const struct piix3_cb *cb, struct log *log)
{
	struct piix3 *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	memcpy(p->irq, irq, sizeof(p->irq));
	p->cb = *cb;
	p->log = log;
	piix3_cfg(&p->pci);
	p->pci.written = piix3_written;
	p->pci.arg = p;
	return p;
}
