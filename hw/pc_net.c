/*
 * hw/pc_net.c - network cards in slots 00:03.0 and on
 *
 * Those of a kind have the same boot ROM, iPXE with its driver, if this host has
 * it; machine_file() lists it, so that recordings name it.
 */
#include <string.h>

#include "hw/e1000.h"
#include "hw/pc_priv.h"
#include "hw/virtio_net.h"

#define FIRST_SLOT	3u

static_assert(NIC_FRAME_MIN == MACHINE_FRAME_MIN && NIC_FRAME_MAX == MACHINE_FRAME_MAX,
    "two names of the same");

/* Debian's ipxe-qemu, and installations by hand. */
static const char *const boot_roms[NIC_MODELS][4] = {
	{ "/usr/lib/ipxe/qemu/pxe-e1000.rom", "/usr/share/qemu/pxe-e1000.rom",
	  "/usr/local/share/qemu/pxe-e1000.rom", NULL },
	{ "/usr/lib/ipxe/qemu/pxe-virtio.rom", "/usr/share/qemu/pxe-virtio.rom",
	  "/usr/local/share/qemu/pxe-virtio.rom", NULL },
};

/* --- what a card does to the machine --- */

static void
net_send(void *arg, const uint8_t *frame, size_t n)
{
	struct pc_nic *nic = arg;

	nic->stats.frames_out++;
	nic->stats.bytes_out += n;
	machine_send(nic->m, nic->index, frame, n);
}

static void
net_dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct pc_nic *nic = arg;
	size_t done = phys_peek(nic->m->pm, at, buf, n);

	memset((uint8_t *)buf + done, 0xff, n - done);
}

static void
net_dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct pc_nic *nic = arg;
	const uint8_t *p = buf;
	struct phys_page page;
	uint32_t len;

	for (; n; n -= len, at += len, p += len) {
		len = PAGE_SIZE - (uint32_t)(at % PAGE_SIZE);
		len = len < n ? len : n;
		physmem_lookup(nic->m->pm, at, &page);
		if (page.wr)
			phys_write(nic->m->pm, at, p, len);
	}
}

/* --- what comes in --- */

size_t
pc_net_input(struct pc *pc, unsigned i, const uint8_t *p, size_t n)
{
	struct pc_nic *nic = &pc->nic[i];

	if (!nic->chip)
		return n;		/* an unconnected cable */
	if (n == 1) {
		nic->class->set_link(nic->chip, p[0]);
		return n;
	}
	if (n < NIC_FRAME_MIN || n > NIC_FRAME_MAX)
		return n;
	if (!nic->class->can_receive(nic->chip, n))
		return 0;
	nic->stats.frames_in++;
	nic->stats.bytes_in += n;
	nic->class->receive(nic->chip, p, n);
	return n;
}

/* --- boot ROM --- */

static void
net_move_rom(void *arg, uint64_t at, bool enabled)
{
	struct pc_nic *nic = arg;

	physmem_remap(nic->m->pm, nic->rom_map, at, enabled);
}

static bool
net_load_rom(struct pc *pc, enum machine_nic_model model)
{
	uint32_t *id = &pc->nic_rom_id[model];
	const struct pc_file *rom;

	if (*id)
		return true;		/* for an earlier card */
	*id = RAM_PAGE_NONE;
	rom = pc_open_optional(pc, "boot ROM", boot_roms[model]);
	if (!rom)
		return true;
	if (rom->len > PC_NET_ROM || rom->len < 512 || rom->data[0] != 0x55 ||
	    rom->data[1] != 0xaa) {
		log_error(pc->m->log, "%s: not an option ROM of at most 256 KiB", rom->name);
		return false;
	}
	*id = physmem_alloc_extra(pc->m->pm, PC_NET_ROM, true);
	if (*id == RAM_PAGE_NONE)
		return false;
	memcpy(physmem_host(pc->m->pm, *id), rom->data, rom->len);
	return true;
}

static bool
net_attach_rom(struct pc *pc, struct pc_nic *nic, struct pci_dev *d)
{
	enum machine_nic_model model = pc->m->cfg.nic[nic->index].model;
	struct physmem *pm = pc->m->pm;
	uint32_t id;

	if (!net_load_rom(pc, model))
		return false;
	id = pc->nic_rom_id[model];
	if (id == RAM_PAGE_NONE)
		return true;
	nic->rom_map = physmem_map_ram(pm, 0, PC_NET_ROM, id, RAM_PAGE_NONE);
	if (!nic->rom_map)
		return false;
	physmem_remap(pm, nic->rom_map, 0, false);
	pci_bar_mem(d, PCI_BAR_ROM, 0, PC_NET_ROM, net_move_rom, nic);
	return true;
}

/* --- construction --- */

static struct pci_dev *
net_build_e1000(struct machine *m, struct pc_nic *nic, const struct nic_cable *cable,
    const char *name)
{
	struct e1000 *e = e1000_new(&m->heap.clock, cable, m->cfg.nic[nic->index].mac, m->log);

	if (!machine_add(m, &e1000_class, e, name))
		return NULL;
	nic->class = &e1000_nic;
	nic->chip = e;
	return e1000_pci(e);
}

static struct pci_dev *
net_build_virtio(struct machine *m, struct pc_nic *nic, const struct nic_cable *cable,
    const char *name)
{
	struct virtio_bus bus = pc_virtio_bus(m->pc);
	struct virtio_net *n = virtio_net_new(&m->heap.clock, &bus, cable,
	    m->cfg.nic[nic->index].mac, m->log);

	if (!machine_add(m, &virtio_net_class, n, name))
		return NULL;
	nic->class = &virtio_net_nic;
	nic->chip = n;
	return virtio_net_pci(n);
}

static bool
net_build_card(struct pc *pc, unsigned i)
{
	static const char *const name[MACHINE_NICS] = { "nic0", "nic1", "nic2", "nic3" };
	struct pc_nic *nic = &pc->nic[i];
	struct nic_cable cable = { net_send, net_dma_read, net_dma_write, nic };
	struct machine *m = pc->m;
	struct pci_dev *d;

	nic->m = m;
	nic->index = i;
	d = m->cfg.nic[i].model == NIC_VIRTIO ? net_build_virtio(m, nic, &cable, name[i]) :
	    net_build_e1000(m, nic, &cable, name[i]);
	return d && net_attach_rom(pc, nic, d) &&
	    pci_add(pc->pci, d, pci_devfn(FIRST_SLOT + i, 0));
}

bool
pc_net_build(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++)
		if (pc->m->cfg.nic[i].present && !net_build_card(pc, i))
			return false;
	return true;
}
