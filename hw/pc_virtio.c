/*
 * hw/pc_virtio.c - virtio devices in slots 00:08.0 and on
 */
#include "hw/pc_priv.h"
#include "hw/virtio_blk.h"

#define DISK_SLOT	8u

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

bool
pc_virtio_build(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < MACHINE_VIRTIO_DISKS; i++)
		if (pc->m->cfg.disk[MACHINE_IDE_DISKS + i].present &&
		    !virtio_build_disk(pc, i))
			return false;
	return true;
}
