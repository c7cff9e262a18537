/*
 * hw/pc_vga.c - the VGA as a PCI card, like qemu's "VGA" (1234:1111)
 *
 *	BAR 0	frame buffer, RAM
 *	BAR 2	registers: 400h the ports 3C0h..3DFh, 500h the VBE registers
 *	ROM	the video BIOS
 *
 * Reference: "QEMU Standard VGA", docs/specs/standard-vga.rst of that project.
 *
 * Not modelled: the monitor's EDID block and the byte-order register of BAR 2.
 */
#include <stdlib.h>
#include <string.h>

#include "hw/pc_priv.h"

#define VGA_ROM			"vgabios-stdvga.bin"
#define VGA_ROM_MAX		0x10000u
#define MMIO_SIZE		0x1000u
#define MMIO_PORTS		0x400u
#define MMIO_PORTS_END		0x420u
#define MMIO_DISPI		0x500u
#define MMIO_DISPI_END		0x516u
#define PORT_WINDOW		0x10u	/* 3C0h in vga_io */

struct pc_vga {
	struct pci_dev	pci;
	struct physmem	*pm;
	struct vga	*vga;
	uint32_t	vram_id;
	int		vram_map, rom_map;
};

static void
vga_vram_dirty(void *arg, uint32_t off, uint32_t len)
{
	struct pc_vga *v = arg;

	while (len) {
		uint32_t in = off % PAGE_SIZE, n = PAGE_SIZE - in;

		n = n < len ? n : len;
		phys_touched(v->pm, v->vram_id + off / PAGE_SIZE, in, n);
		off += n;
		len -= n;
	}
}

static void
vga_move_vram(void *arg, uint64_t at, bool enabled)
{
	struct pc_vga *v = arg;

	physmem_remap(v->pm, v->vram_map, at, enabled);
}

static void
vga_move_rom(void *arg, uint64_t at, bool enabled)
{
	struct pc_vga *v = arg;

	physmem_remap(v->pm, v->rom_map, at, enabled);
}

/* Index and data are two accesses at the ports; the index keeps its value. */
static uint64_t
vga_dispi(struct pc_vga *v, uint32_t reg, bool write, uint64_t val)
{
	uint64_t index = vga_dispi_io.read(v->vga, 0, 2), out = 0;

	vga_dispi_io.write(v->vga, 0, reg, 2);
	if (write)
		vga_dispi_io.write(v->vga, 1, val, 2);
	else
		out = vga_dispi_io.read(v->vga, 1, 2);
	vga_dispi_io.write(v->vga, 0, index, 2);
	return out;
}

static uint64_t
vga_mmio_read(void *dev, uint32_t off, unsigned size)
{
	struct pc_vga *v = dev;

	if (off >= MMIO_PORTS && off < MMIO_PORTS_END) {
		uint32_t port = off - MMIO_PORTS + PORT_WINDOW;

		if (size == 1)
			return vga_io.read(v->vga, port, 1);
		return vga_io.read(v->vga, port, 1) |
		    vga_io.read(v->vga, port + 1, 1) << 8;
	}
	if (off >= MMIO_DISPI && off < MMIO_DISPI_END && size == 2)
		return vga_dispi(v, (off - MMIO_DISPI) / 2, false, 0);
	return LOW_BITS(8 * size);
}

static void
vga_mmio_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pc_vga *v = dev;

	if (off >= MMIO_PORTS && off < MMIO_PORTS_END) {
		uint32_t port = off - MMIO_PORTS + PORT_WINDOW;

		vga_io.write(v->vga, port, val & 0xff, 1);
		if (size == 2)
			vga_io.write(v->vga, port + 1, val >> 8 & 0xff, 1);
	} else if (off >= MMIO_DISPI && off < MMIO_DISPI_END && size == 2) {
		vga_dispi(v, (off - MMIO_DISPI) / 2, true, val);
	}
}

static const struct io_ops vga_mmio_io = {
	.read = vga_mmio_read,
	.write = vga_mmio_write,
	.sizes = 1 | 2,
};

static void
vga_card_reset(void *dev)
{
	struct pc_vga *v = dev;

	pci_dev_reset(&v->pci);
}

static int
vga_card_restored(void *dev)
{
	struct pc_vga *v = dev;

	pci_dev_restored(&v->pci);
	return 0;
}

static void
vga_card_free(void *dev)
{
	struct pc_vga *v = dev;

	if (v && v->pci.bus)
		pci_dev_fini(&v->pci);
	free(v);
}

static const struct snap_field vga_card_fields[] = {
	SNAP_STRUCT_1(struct pc_vga, pci, pci_dev_fields),
	SNAP_END
};

static const struct device_class vga_card_class = {
	.name = "vga-card",
	.version = 1,
	.reset = vga_card_reset,
	.restored = vga_card_restored,
	.free = vga_card_free,
	.fields = vga_card_fields,
};

static bool
vga_map_rom(struct pc *pc, struct pc_vga *v)
{
	const struct pc_file *rom = pc_open_firmware(pc, "video BIOS", VGA_ROM);
	uint32_t id;

	if (!rom)
		return false;
	if (rom->len > VGA_ROM_MAX || rom->len < 512 || rom->data[0] != 0x55 ||
	    rom->data[1] != 0xaa) {
		log_error(pc->m->log, "%s: not an option ROM of at most 64 KiB",
		    rom->name);
		return false;
	}
	id = physmem_alloc_extra(v->pm, VGA_ROM_MAX, true);
	if (id == RAM_PAGE_NONE)
		return false;
	memcpy(physmem_host(v->pm, id), rom->data, rom->len);
	v->rom_map = physmem_map_ram(v->pm, 0, VGA_ROM_MAX, id, RAM_PAGE_NONE);
	if (!v->rom_map)
		return false;
	physmem_remap(v->pm, v->rom_map, 0, false);
	pci_bar_mem(&v->pci, PCI_BAR_ROM, 0, VGA_ROM_MAX, vga_move_rom, v);
	return true;
}

static bool
vga_map_vram(struct pc_vga *v)
{
	v->vram_id = physmem_alloc_extra(v->pm, PC_VRAM, false);
	if (v->vram_id == RAM_PAGE_NONE)
		return false;
	v->vram_map = physmem_map_ram(v->pm, 0, PC_VRAM, v->vram_id, v->vram_id);
	if (!v->vram_map)
		return false;
	physmem_remap(v->pm, v->vram_map, 0, false);
	pci_bar_mem(&v->pci, 0, PCI_BAR_PREFETCH, PC_VRAM, vga_move_vram, v);
	return true;
}

static bool
vga_build_chip(struct pc *pc, struct pc_vga *v)
{
	struct vga_memory mem = {
		physmem_host(v->pm, v->vram_id), PC_VRAM, vga_vram_dirty, v
	};

	v->vga = pc->vga = vga_new(&pc->m->heap.clock, mem, pc->m->log);
	return machine_add(pc->m, &vga_class, v->vga, "vga") &&
	    pc_map_pio(pc, 0x3b0, 48, &vga_io, v->vga, "vga") &&
	    pc_map_pio(pc, 0x1ce, 4, &vga_dispi_io, v->vga, "vbe") &&
	    pc_map_io(pc, 0xa0000, 0x20000, &vga_window_io, v->vga, "vga");
}

bool
pc_vga_build(struct pc *pc)
{
	struct pc_vga *v;

	if (pc->m->cfg.vga == VGA_NONE)
		return true;
	v = calloc(1, sizeof(*v));
	if (!machine_add(pc->m, &vga_card_class, v, "vga-card"))
		return false;
	v->pm = pc->m->pm;
	pci_dev_init(&v->pci, "vga", 0x1234, 0x1111, 0x030000, 2);
	pci_cfg_init(&v->pci, PCI_SUBSYS_VENDOR, 2, 0x1af4, 0);
	pci_cfg_init(&v->pci, PCI_SUBSYS_ID, 2, 0x1100, 0);
	if (!vga_map_vram(v) || !vga_map_rom(pc, v) || !vga_build_chip(pc, v))
		return false;
	pci_bar_regs(&v->pci, 2, 0, MMIO_SIZE, &vga_mmio_io, v);
	return pci_add(pc->pci, &v->pci, pci_devfn(2, 0));
}
