/*
 * hw/pc_virtio.c - virtio devices in slots 00:08.0 and on
 */
#include "hw/pc_priv.h"
#include "hw/virtio_balloon.h"
#include "hw/virtio_blk.h"
#include "hw/virtio_console.h"

#define DISK_SLOT	8u
#define BALLOON_SLOT	(DISK_SLOT + MACHINE_VIRTIO_DISKS)
#define CONSOLE_SLOT	(BALLOON_SLOT + 1)
#define BALLOON_PAGE	4096u

/* --- memory --- */

static bool
virtio_dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct pc *pc = arg;

	return phys_peek(pc->m->pm, at, buf, n) == n;
}

/* All of it or nothing. */
static bool
virtio_dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct pc *pc = arg;
	struct phys_page page;
	hpa_t p;

	if (at + n < at)
		return false;
	for (p = at & ~(hpa_t)(PAGE_SIZE - 1); p < at + n; p += PAGE_SIZE) {
		physmem_lookup(pc->m->pm, p, &page);
		if (!page.wr)
			return false;
	}
	phys_write(pc->m->pm, at, buf, n);
	return true;
}

struct virtio_bus
pc_virtio_bus(struct pc *pc)
{
	return (struct virtio_bus){ virtio_dma_read, virtio_dma_write, pc };
}

/* --- disks --- */

static bool
virtio_build_disk(struct pc *pc, unsigned i)
{
	static const char *const name[MACHINE_VIRTIO_DISKS] = {
		"vda", "vdb", "vdc", "vdd", "vde", "vdf"
	};
	struct virtio_bus bus = pc_virtio_bus(pc);
	char serial[] = "RLV00000";
	const struct blockdev *bd = pc_disk_open(pc, MACHINE_IDE_DISKS + i);
	struct machine *m = pc->m;
	struct virtio_blk *b;

	if (!bd)
		return false;
	serial[7] = (char)('1' + i);
	b = virtio_blk_new(&m->heap.clock, &bus, bd, serial, m->log);
	return machine_add(m, &virtio_blk_class, b, name[i]) &&
	    pci_add(pc->pci, virtio_blk_pci(b), pci_devfn(DISK_SLOT + i, 0));
}

/* --- balloon --- */

static bool
virtio_build_balloon(struct pc *pc)
{
	struct virtio_bus bus = pc_virtio_bus(pc);
	struct machine *m = pc->m;

	if (!m->cfg.balloon)
		return true;
	pc->balloon = virtio_balloon_new(&m->heap.clock, &bus, m->log);
	return machine_add(m, &virtio_balloon_class, pc->balloon, "balloon") &&
	    pci_add(pc->pci, virtio_balloon_pci(pc->balloon), pci_devfn(BALLOON_SLOT, 0));
}

/* MiB that the guest is to make do with. */
size_t
pc_balloon_input(struct pc *pc, const uint8_t *p, size_t n)
{
	uint64_t left;

	if (pc->balloon && n >= 4) {
		left = (uint64_t)get_le32(p) << 20;
		left = left < pc->m->cfg.ram ? left : pc->m->cfg.ram;
		virtio_balloon_ask(pc->balloon,
		    (uint32_t)((pc->m->cfg.ram - left) / BALLOON_PAGE));
	}
	return n;
}

bool
pc_balloon(const struct pc *pc, uint64_t *ram)
{
	uint64_t given;

	if (!pc->balloon)
		return false;
	given = (uint64_t)virtio_balloon_actual(pc->balloon) * BALLOON_PAGE;
	*ram = given < pc->m->cfg.ram ? pc->m->cfg.ram - given : 0;
	return true;
}

/* --- console --- */

static void
console_byte(void *arg, uint8_t byte)
{
	struct pc *pc = arg;

	machine_output(pc->m, OUTPUT_CONSOLE, &pc->m->cfg.console, byte);
}

static bool
virtio_build_console(struct pc *pc)
{
	struct virtio_bus bus = pc_virtio_bus(pc);
	struct machine *m = pc->m;

	if (!m->cfg.console.present)
		return true;
	pc->console = virtio_console_new(&m->heap.clock, &bus, console_byte, pc, m->log);
	return machine_add(m, &virtio_console_class, pc->console, "console") &&
	    pci_add(pc->pci, virtio_console_pci(pc->console), pci_devfn(CONSOLE_SLOT, 0));
}

size_t
pc_console_input(struct pc *pc, const uint8_t *p, size_t n)
{
	return pc->console ? virtio_console_receive(pc->console, p, n) : n;
}

bool
pc_virtio_build(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < MACHINE_VIRTIO_DISKS; i++)
		if (pc->m->cfg.disk[MACHINE_IDE_DISKS + i].present &&
		    !virtio_build_disk(pc, i))
			return false;
	return virtio_build_balloon(pc) && virtio_build_console(pc);
}
