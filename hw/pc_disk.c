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

/* --- images --- */

/* Whether the guest may write does not depend on where it goes. */
static bool
disk_overlay(struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	struct blockdev base = *blockfile_dev(pc->file[unit]);

	base.readonly = d->readonly;
	pc->overlay[unit] = overlay_new(&base, pc->m->log);
	if (!pc->overlay[unit]) {
		log_error(pc->m->log, "%s: out of memory", d->file);
		return false;
	}
	if (d->snapshot)
		overlay_freeze(pc->overlay[unit], NULL, unit);
	return true;
}

const struct blockdev *
pc_disk_open(struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	bool readonly = d->cd || d->readonly || d->snapshot || pc->m->cfg.disks_frozen;

	pc->file[unit] = blockfile_open(d->file, readonly, d->cd ? 2048 : 512,
	    pc->m->log);
	if (!pc->file[unit])
		return NULL;
	if (d->cd)
		return blockfile_dev(pc->file[unit]);
	return disk_overlay(pc, unit) ? overlay_dev(pc->overlay[unit]) : NULL;
}

struct overlay *
pc_overlay(struct pc *pc, unsigned unit)
{
	return unit < MACHINE_DISKS ? pc->overlay[unit] : NULL;
}

struct overlay_file *
pc_overlay_file(struct pc *pc)
{
	return pc->overlay_file;
}

static bool
disk_writes_image(const struct pc *pc, unsigned unit)
{
	return pc->overlay[unit] && !overlay_frozen(pc->overlay[unit]);
}

/* What the guest has written so far is part of the image that is hashed. */
static bool
disk_name_images(struct pc *pc, struct overlay_file *f)
{
	const struct blockdev *bd;
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		if (!disk_writes_image(pc, i))
			continue;
		bd = overlay_dev(pc->overlay[i]);
		if (bd->flush(bd->arg) ||
		    overlay_file_add_disk(f, i, pc->m->cfg.disk[i].file))
			return false;
	}
	return true;
}

static void
disk_freeze_all(struct pc *pc, struct overlay_file *f)
{
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++)
		if (pc->overlay[i])
			overlay_freeze(pc->overlay[i], f, i);
}

bool
pc_freeze_disks(struct pc *pc, const char *overlay_path)
{
	struct overlay_file *f = NULL;
	bool any = false;
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++)
		any = any || disk_writes_image(pc, i);
	if (any && overlay_path) {
		f = overlay_file_new(overlay_path, pc->m->log);
		if (!f)
			return false;
		if (!disk_name_images(pc, f)) {
			overlay_file_close(f);
			return false;
		}
		pc->overlay_file = f;
	}
	disk_freeze_all(pc, f);
	return true;
}

/* --- construction --- */

static bool
disk_attach(struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	const struct blockdev *bd = NULL;

	if (!d->present)
		return true;
	if (d->file) {
		bd = pc_disk_open(pc, unit);
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
	for (i = 0; i < MACHINE_IDE_DISKS; i++)
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

	for (i = 0; i < MACHINE_DISKS; i++)
		overlay_free(pc->overlay[i]);
	overlay_file_close(pc->overlay_file);
	for (i = 0; i < MACHINE_DISKS; i++)
		blockfile_close(pc->file[i]);
}
