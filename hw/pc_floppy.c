/*
 * hw/pc_floppy.c - floppy controller and drives, where the command line has some
 */
#include "hw/pc_priv.h"

#define DMA_CHANNEL	2

static uint32_t
floppy_dma(void *arg, void *buf, uint32_t n, bool *tc)
{
	struct pc *pc = arg;
	uint32_t moved;

	i8237_dreq(pc->dma, DMA_CHANNEL, true);
	moved = i8237_transfer(pc->dma, DMA_CHANNEL, buf, n, tc);
	i8237_dreq(pc->dma, DMA_CHANNEL, false);
	return moved;
}

static bool
floppy_attach(struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[MACHINE_FLOPPY0 + unit];
	const struct blockdev *bd;

	if (!d->present)
		return true;
	bd = pc_disk_open(pc, MACHINE_FLOPPY0 + unit);
	if (bd && !fdc_attach(pc->fdc, unit, bd)) {
		log_error(pc->m->log, "%s: larger than a floppy disk of 2880 KiB", d->file);
		return false;
	}
	return bd != NULL;
}

bool
pc_floppy_build(struct pc *pc)
{
	const struct machine_disk *d = &pc->m->cfg.disk[MACHINE_FLOPPY0];
	struct fdc_wiring w = { pc_isa_irq(pc, 6), floppy_dma, pc };
	unsigned i;

	if (!d[0].present && !d[1].present)
		return true;
	pc->fdc = fdc_new(&pc->m->heap.clock, &w, pc->m->log);
	if (!machine_add(pc->m, &fdc_class, pc->fdc, "fdc"))
		return false;
	for (i = 0; i < MACHINE_FLOPPIES; i++)
		if (!floppy_attach(pc, i))
			return false;
	return pc_map_pio(pc, 0x3f0, 6, &fdc_io, pc->fdc, "fdc") &&
	    pc_map_pio(pc, 0x3f7, 1, &fdc_dir_io, pc->fdc, "fdc");
}
