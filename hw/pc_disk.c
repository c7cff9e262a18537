/*
 * hw/pc_disk.c - IDE controller, disks and CD drives, and their images
 */
#include "hw/pc_priv.h"

static const uint16_t command_port[2] = { 0x1f0, 0x170 };
static const uint16_t control_port[2] = { 0x3f6, 0x376 };
static const int channel_irq[2] = { 14, 15 };

static void
disk_dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct pc *pc = arg;

	phys_read(pc->m->pm, at, buf, n);
}

static void
disk_dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct pc *pc = arg;

	phys_write(pc->m->pm, at, buf, n);
}

static void
disk_decode(void *arg, unsigned channel, bool on)
{
	struct pc *pc = arg;

	pio_remap(pc->m->pio, pc->ide_map[channel][0], command_port[channel], on);
	pio_remap(pc->m->pio, pc->ide_map[channel][1], control_port[channel], on);
}

static void
disk_master(void *arg, bool on)
{
	struct pc *pc = arg;

	ide_set_master(pc->ide, on);
}

/* The image behind a drive, NULL after a message. */
static const struct blockdev *
disk_open(struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	bool readonly = d->cd || d->readonly || d->snapshot;

	pc->file[unit] = blockfile_open(d->file, readonly, d->cd ? 2048 : 512,
	    pc->m->log);
	if (!pc->file[unit])
		return NULL;
	if (!d->snapshot || d->cd)
		return blockfile_dev(pc->file[unit]);
	pc->cow[unit] = blockcow_new(blockfile_dev(pc->file[unit]), pc->m->log);
	return pc->cow[unit] ? blockcow_dev(pc->cow[unit]) : NULL;
}

static bool
disk_attach(struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	const struct blockdev *bd = NULL;

	if (!d->present)
		return true;
	if (d->file) {
		bd = disk_open(pc, unit);
		if (!bd)
			return false;
	}
	if (d->cd)
		ide_attach_cd(pc->ide, unit, bd);
	else
		ide_attach_disk(pc->ide, unit, bd);
	return true;
}

static bool
disk_map_channel(struct pc *pc, unsigned n)
{
	struct ide_channel *ch = ide_get_channel(pc->ide, n);
	struct pio *pio = pc->m->pio;

	pc->ide_map[n][0] = pio_map(pio, command_port[n], 8, &ide_command_io, ch, "ide");
	pc->ide_map[n][1] = pio_map(pio, control_port[n], 1, &ide_control_io, ch, "ide");
	return pc->ide_map[n][0] && pc->ide_map[n][1];
}

bool
pc_disk_build(struct pc *pc)
{
	struct ide_wiring w = {
		.irq = { pc_isa_irq(pc, channel_irq[0]), pc_isa_irq(pc, channel_irq[1]) },
		.dma_read = disk_dma_read, .dma_write = disk_dma_write, .arg = pc
	};
	struct piix_ide_cb cb = { disk_decode, disk_master, pc };
	struct machine *m = pc->m;
	unsigned i;

	pc->ide = ide_new(&m->heap.clock, &w, m->log);
	if (!machine_add(m, &ide_class, pc->ide, "ide"))
		return false;
	for (i = 0; i < MACHINE_DISKS; i++)
		if (!disk_attach(pc, i))
			return false;
	if (!disk_map_channel(pc, 0) || !disk_map_channel(pc, 1))
		return false;
	pc->piix_ide = piix_ide_new(&ide_bm_io, pc->ide, &cb, m->log);
	return machine_add(m, &piix_ide_class, pc->piix_ide, "piix-ide") &&
	    pci_add(pc->pci, piix_ide_pci(pc->piix_ide), pci_devfn(1, 1));
}

void
pc_disk_fini(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		blockcow_free(pc->cow[i]);
		blockfile_close(pc->file[i]);
	}
}
