/*
 * hw/i440fx.c - host bridge 82441FX: memory attributes of the BIOS area
 *
 * Reference: Intel 440FX PCIset, 82441FX PMC (290549), 3.2 "PCI Configuration
 * Space Mapped Registers".
 *
 * Not modelled: SMRAM (the register holds what is written; there is no SMM),
 * DRAM row boundaries and timing, ECC: they read back as written.
 */
#include "hw/i440fx.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define PAM		0x59	/* 7 bytes, PAM0..PAM6 */
#define   PAM_RD	1
#define   PAM_WR	2
#define SMRAM		0x72
#define   SMRAM_RESET	0x02
#define   SMRAM_OPEN	0x40

#define SEGMENTS	13

struct i440fx {
	struct pci_dev		pci;
	/* Wiring: */
	struct i440fx_cb	cb;
	struct log		*log;
	uint8_t			pam[SEGMENTS];	/* as last reported */
};

/*
 * Segment 0 is F0000h-FFFFFh (PAM0 bits 5:4); segments 1..12 are 16 KiB each
 * from C0000h up (PAM1 bits 1:0, PAM1 bits 5:4, PAM2 bits 1:0, ...).
 */
static uint8_t
i440fx_pam_bits(const struct i440fx *h, unsigned seg)
{
	unsigned nibble = seg + 1;

	return h->pci.cfg[PAM + nibble / 2] >> (nibble & 1 ? 4 : 0) &
	    (PAM_RD | PAM_WR);
}

static void
i440fx_update_pam(struct i440fx *h, bool all)
{
	unsigned seg;

	for (seg = 0; seg < SEGMENTS; seg++) {
		uint8_t v = i440fx_pam_bits(h, seg);

		if (v == h->pam[seg] && !all)
			continue;
		h->pam[seg] = v;
		h->cb.pam(h->cb.arg, seg ? 0xc0000 + 0x4000 * (seg - 1) : 0xf0000,
		    seg ? 0x4000 : 0x10000, v & PAM_RD, v & PAM_WR);
	}
}

static void
i440fx_written(void *arg, uint32_t off, unsigned size)
{
	struct i440fx *h = arg;

	if (off < PAM + 7 && off + size > PAM)
		i440fx_update_pam(h, false);
	if (off <= SMRAM && off + size > SMRAM && (h->pci.cfg[SMRAM] & SMRAM_OPEN))
		log_unimp(h->log, "i440fx-smram",
		    "i440fx: SMRAM opened; there is no SMM memory");
}

void
i440fx_get_pam(const struct i440fx *h, uint8_t pam[I440FX_PAMS])
{
	memcpy(pam, h->pci.cfg + PAM, I440FX_PAMS);
}

void
i440fx_set_pam(struct i440fx *h, const uint8_t pam[I440FX_PAMS])
{
	memcpy(h->pci.cfg + PAM, pam, I440FX_PAMS);
	i440fx_update_pam(h, false);
}

static void
i440fx_reset(void *dev)
{
	struct i440fx *h = dev;

	pci_dev_reset(&h->pci);
	i440fx_update_pam(h, true);
}

static int
i440fx_restored(void *dev)
{
	struct i440fx *h = dev;

	pci_dev_restored(&h->pci);
	i440fx_update_pam(h, true);
	return 0;
}

static void
i440fx_free(void *dev)
{
	struct i440fx *h = dev;

	if (h)
		pci_dev_fini(&h->pci);
	free(h);
}

static const struct snap_field i440fx_fields[] = {
	SNAP_STRUCT_1(struct i440fx, pci, pci_dev_fields),
	SNAP_END
};

const struct device_class i440fx_class = {
	.name = "i440fx",
	.version = 1,
	.reset = i440fx_reset,
	.restored = i440fx_restored,
	.free = i440fx_free,
	.fields = i440fx_fields,
};

struct pci_dev *
i440fx_pci(struct i440fx *h)
{
	return &h->pci;
}

struct i440fx *
i440fx_new(const struct i440fx_cb *cb, struct log *log)
{
	struct i440fx *h = calloc(1, sizeof(*h));
	unsigned i;

	if (!h)
		return NULL;
	h->cb = *cb;
	h->log = log;
	pci_dev_init(&h->pci, "i440fx", 0x8086, 0x1237, 0x060000, 2);
	pci_cfg_init(&h->pci, PCI_COMMAND, 2, 0x0006, PCI_CMD_PARITY | PCI_CMD_SERR);
	pci_cfg_init(&h->pci, PCI_STATUS, 2, 0x0280, 0);
	pci_cfg_init(&h->pci, 0x50, 4, 0, 0xffffffff);	/* PMCCFG.. */
	pci_cfg_init(&h->pci, 0x54, 4, 0, 0xffffffff);
	pci_cfg_init(&h->pci, 0x58, 1, 0, 0xff);
	for (i = 0; i < 7; i++)
		pci_cfg_init(&h->pci, PAM + i, 1, 0, i ? 0x33 : 0x30);
	for (i = 0x60; i < 0x68; i++)			/* DRB0..DRB7 */
		pci_cfg_init(&h->pci, i, 1, 1, 0xff);
	pci_cfg_init(&h->pci, 0x68, 1, 0, 0xff);	/* FDHC */
	pci_cfg_init(&h->pci, 0x70, 2, 0, 0xffff);	/* MTT, CLT */
	pci_cfg_init(&h->pci, SMRAM, 1, SMRAM_RESET, 0x7f);
	pci_cfg_init(&h->pci, 0x90, 4, 0, 0xffffffff);	/* ERRCMD.. */
	h->pci.written = i440fx_written;
	h->pci.arg = h;
	return h;
}
