/*
 * hw/pc_mem.c - what answers where: RAM, ROM, PAM, ports and PCI memory
 *
 *	0 .. A0000	RAM
 *	A0000 .. C0000	VGA window
 *	C0000 .. 100000	RAM or the bus behind the bridge, by PAM (13 segments);
 *			the bus has the last 128 KiB of the firmware at E0000
 *	100000 .. low	RAM
 *	low .. 4 GiB	PCI; I/O APIC, local APIC, firmware at the top
 *	4 GiB ..	the rest of the RAM
 */
#include <string.h>

#include "hw/pc_priv.h"

#define PAM_START	0xc0000u
#define BIOS_SHADOW	0xe0000u
#define MEM_1M		0x100000u
#define ROM_MIN		0x10000u
#define ROM_MAX		0x400000u

/* Segments as the i440FX has them: 12 of 16 KiB, 1 of 64 KiB. */
static uint32_t
pam_seg_at(unsigned i)
{
	return PAM_START + i * 0x4000;
}

static uint32_t
pam_seg_len(unsigned i)
{
	return i == PC_PAM_SEGS - 1 ? 0x10000 : 0x4000;
}

/* ROM page behind address at of the segment area, or none. */
static uint32_t
pam_rom_id(const struct pc *pc, uint32_t at)
{
	uint32_t from_top = (MEM_1M - at) >> PAGE_SHIFT;

	if (at < BIOS_SHADOW || from_top > pc->rom_pages)
		return RAM_PAGE_NONE;
	return pc->rom_id + pc->rom_pages - from_top;
}

void
pc_pam(void *arg, uint32_t at, uint32_t len, bool rd, bool wr)
{
	struct pc *pc = arg;
	unsigned i;

	for (i = 0; i < PC_PAM_SEGS; i++) {
		uint32_t seg = pc->pam[i].at, ram = seg >> PAGE_SHIFT;

		if (seg < at || seg - at >= len || !pc->pam[i].handle)
			continue;
		physmem_retarget(pc->m->pm, pc->pam[i].handle,
		    rd ? ram : pam_rom_id(pc, seg), wr ? ram : RAM_PAGE_NONE);
	}
}

static bool
no_room(const struct pc *pc, const char *what)
{
	log_error(pc->m->log, "out of memory mapping %s", what);
	return false;
}

bool
pc_mem_build(struct pc *pc)
{
	struct physmem *pm = pc->m->pm;
	uint64_t ram = physmem_ram_size(pm);
	unsigned i;

	pc->low_ram = ram < PC_LOW_MAX ? ram : PC_LOW_MAX;
	if (!physmem_map_ram(pm, 0, pc->low_ram, 0, 0))
		return no_room(pc, "RAM");
	if (ram > pc->low_ram && !physmem_map_ram(pm, PC_GIB4, ram - pc->low_ram,
	    (uint32_t)(pc->low_ram >> PAGE_SHIFT),
	    (uint32_t)(pc->low_ram >> PAGE_SHIFT)))
		return no_room(pc, "RAM");
	for (i = 0; i < PC_PAM_SEGS; i++) {
		pc->pam[i].at = pam_seg_at(i);
		pc->pam[i].handle = physmem_map_ram(pm, pam_seg_at(i),
		    pam_seg_len(i), RAM_PAGE_NONE, RAM_PAGE_NONE);
		if (!pc->pam[i].handle)
			return no_room(pc, "the BIOS area");
	}
	return true;
}

bool
pc_mem_map_rom(struct pc *pc, const struct pc_file *rom)
{
	struct physmem *pm = pc->m->pm;

	if (rom->len < ROM_MIN || rom->len > ROM_MAX || rom->len % ROM_MIN) {
		log_error(pc->m->log, "-bios %s: %llu bytes: firmware has 64 KiB to "
		    "4 MiB, in units of 64 KiB", rom->name,
		    (unsigned long long)rom->len);
		return false;
	}
	pc->rom_id = physmem_alloc_extra(pm, rom->len, true);
	if (pc->rom_id == RAM_PAGE_NONE)
		return no_room(pc, "firmware");
	pc->rom_pages = (uint32_t)(rom->len >> PAGE_SHIFT);
	memcpy(physmem_host(pm, pc->rom_id), rom->data, rom->len);
	if (!physmem_map_ram(pm, PC_GIB4 - rom->len, rom->len, pc->rom_id,
	    RAM_PAGE_NONE))
		return no_room(pc, "firmware");
	return true;
}

bool
pc_map_pio(struct pc *pc, uint32_t port, uint32_t len, const struct io_ops *ops,
    void *dev, const char *name)
{
	return pio_map(pc->m->pio, port, len, ops, dev, name) != 0 ||
	    no_room(pc, name);
}

bool
pc_map_io(struct pc *pc, hpa_t at, uint64_t len, const struct io_ops *ops,
    void *dev, const char *name)
{
	return physmem_map_io(pc->m->pm, at, len, ops, dev, name) != 0 ||
	    no_room(pc, name);
}

/* --- what PCI devices map --- */

static int
pci_map(void *arg, enum pci_space sp, uint64_t at, uint64_t len,
    const struct io_ops *ops, void *dev, const char *name)
{
	struct pc *pc = arg;

	if (sp == PCI_SPACE_MEM)
		return physmem_map_io(pc->m->pm, at, len, ops, dev, name);
	if (at + len > 0x10000)
		return 0;
	return pio_map(pc->m->pio, (uint32_t)at, (uint32_t)len, ops, dev, name);
}

static void
pci_move(void *arg, enum pci_space sp, int handle, uint64_t at, bool enabled)
{
	struct pc *pc = arg;

	if (sp == PCI_SPACE_MEM)
		physmem_remap(pc->m->pm, handle, at, enabled);
	else
		pio_remap(pc->m->pio, handle, at > 0xffff ? 0x10000 : (uint32_t)at,
		    enabled);
}

static void
pci_unmap(void *arg, enum pci_space sp, int handle)
{
	struct pc *pc = arg;

	if (sp == PCI_SPACE_MEM)
		physmem_unmap(pc->m->pm, handle);
	else
		pio_unmap(pc->m->pio, handle);
}

const struct pci_space_ops pc_pci_space = {
	.map = pci_map,
	.move = pci_move,
	.unmap = pci_unmap,
};
