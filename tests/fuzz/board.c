/*
 * tests/fuzz/board.c - fuzz target: bus, PCI, bridges and APICs
 *
 * The input is a list of steps: port accesses, APIC pages and MSRs, pins, time.
 * Afterwards the state of each chip is restored from its own encoding with the
 * rest of the input laid over it: a hostile snapshot.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/evheap.h"
#include "hw/bus.h"
#include "hw/i440fx.h"
#include "hw/ioapic.h"
#include "hw/lapic.h"
#include "hw/piix3.h"
#include "hw/piix4_pm.h"
#include "hw/piix_ide.h"

#define STEP	8
#define CPUS	2

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct board {
	struct evheap		heap;
	struct pio		*pio;
	struct pci_bus		*bus;
	struct i440fx		*host;
	struct piix3		*isa;
	struct piix_ide		*ide;
	struct piix4_pm		*pm;
	struct ioapic		*ioapic;
	struct lapic		*lapic[CPUS];
};

static int
map(void *arg, enum pci_space sp, uint64_t at, uint64_t len,
    const struct io_ops *ops, void *dev, const char *name)
{
	struct board *b = arg;

	return sp == PCI_SPACE_IO ? pio_map(b->pio, (uint32_t)at, (uint32_t)len,
	    ops, dev, name) : 1;
}

static void
move(void *arg, enum pci_space sp, int handle, uint64_t at, bool enabled)
{
	struct board *b = arg;

	if (sp == PCI_SPACE_IO)
		pio_remap(b->pio, handle, (uint32_t)at, enabled);
}

static void
unmap(void *arg, enum pci_space sp, int handle)
{
	struct board *b = arg;

	if (sp == PCI_SPACE_IO)
		pio_unmap(b->pio, handle);
}

static void
pam(void *arg, uint32_t at, uint32_t len, bool rd, bool wr)
{
	(void)arg;
	(void)rd;
	(void)wr;
	if (at < 0xc0000 || at + len > 0x100000)
		abort();
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
reset_asked(void *arg, bool hard)
{
	(void)arg;
	(void)hard;
}

static void
decode(void *arg, unsigned channel, bool on)
{
	(void)arg;
	(void)channel;
	(void)on;
}

static void
send(void *arg, const struct apic_msg *m)
{
	struct board *b = arg;

	lapic_route(b->lapic, CPUS, NULL, m);
}

static void
ipi(void *arg, const struct apic_msg *m)
{
	struct board *b = arg;

	lapic_route(b->lapic, CPUS, b->lapic[0], m);
}

static void
eoi(void *arg, uint8_t vector)
{
	struct board *b = arg;

	ioapic_eoi(b->ioapic, vector);
}

static uint64_t
bm_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	(void)size;
	return off;
}

static void
bm_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)dev;
	(void)off;
	(void)val;
	(void)size;
}

static const struct io_ops bm_ops = { bm_read, bm_write, 7 };

static void
board_pci(struct board *b)
{
	struct pci_space_ops ops = { map, move, unmap, b };
	struct wire irq[16], pirq[4], sci = { ioapic_set_pin, b->ioapic, 9 };
	struct i440fx_cb hcb = { pam, b };
	struct piix3_cb rcb = { reset_asked, b };
	struct piix_ide_cb icb = { decode, NULL, b };
	struct piix4_pm_cb pcb = { .power_off = nothing, .arg = b };
	int i;

	for (i = 0; i < 16; i++)
		irq[i] = (struct wire){ ioapic_set_pin, b->ioapic, i };
	b->isa = piix3_new(irq, &rcb, NULL);
	for (i = 0; i < 4; i++)
		pirq[i] = (struct wire){ piix3_set_pirq, b->isa, i };
	b->bus = pci_bus_new(&ops, pirq, NULL);
	b->host = i440fx_new(&hcb, NULL);
	b->ide = piix_ide_new(&bm_ops, NULL, &icb, NULL);
	b->pm = piix4_pm_new(&b->heap.clock, &sci, &pcb, NULL);
	if (!pci_add(b->bus, i440fx_pci(b->host), 0) ||
	    !pci_add(b->bus, piix3_pci(b->isa), pci_devfn(1, 0)) ||
	    !pci_add(b->bus, piix_ide_pci(b->ide), pci_devfn(1, 1)) ||
	    !pci_add(b->bus, piix4_pm_pci(b->pm), pci_devfn(1, 3)))
		abort();
	pio_map(b->pio, 0xcf8, 4, &pci_addr_io, b->bus, "pci");
	pio_map(b->pio, 0xcfc, 4, &pci_data_io, b->bus, "pci");
	pio_map(b->pio, 0xcf9, 1, &piix3_rcr_io, b->isa, "rcr");
	pio_map(b->pio, 0xb2, 2, &piix4_apm_io, b->pm, "apm");
}

struct part {
	const struct device_class	*class;
	void				*dev;
};

#define PARTS	(6 + CPUS)

static void
board_parts(struct board *b, struct part p[PARTS])
{
	p[0] = (struct part){ &pci_bus_class, b->bus };
	p[1] = (struct part){ &i440fx_class, b->host };
	p[2] = (struct part){ &piix3_class, b->isa };
	p[3] = (struct part){ &piix_ide_class, b->ide };
	p[4] = (struct part){ &piix4_pm_class, b->pm };
	p[5] = (struct part){ &ioapic_class, b->ioapic };
	p[6] = (struct part){ &lapic_class, b->lapic[0] };
	p[7] = (struct part){ &lapic_class, b->lapic[1] };
}

static void
board_new(struct board *b)
{
	struct ioapic_cb cb = { send, b };
	struct part p[PARTS];
	unsigned i;

	if (evheap_init(&b->heap))
		abort();
	b->pio = pio_new(NULL);
	b->ioapic = ioapic_new(0, &cb, NULL);
	board_pci(b);
	for (i = 0; i < CPUS; i++) {
		struct lapic_config c = { .id = i, .bsp = i == 0,
		    .phys_bits = 40, .cb = { .ipi = ipi, .eoi = eoi, .arg = b } };

		b->lapic[i] = lapic_new(&c, &b->heap.clock, NULL);
	}
	board_parts(b, p);
	for (i = 0; i < PARTS; i++)
		p[i].class->reset(p[i].dev);
}

static void
board_free(struct board *b)
{
	struct part p[PARTS];
	unsigned i;

	board_parts(b, p);
	for (i = PARTS; i-- > 0;)
		if (i != 0 && i != 2)
			p[i].class->free(p[i].dev);
	piix3_class.free(b->isa);	/* drives the bus's wires until here */
	pci_bus_class.free(b->bus);
	pio_free(b->pio);
	evheap_fini(&b->heap);
}

/* One step: kind, width and cpu, 16-bit address, 32-bit value. */
static void
board_step(struct board *b, const uint8_t *s)
{
	struct lapic *l = b->lapic[s[1] >> 7];
	uint32_t at = get_le16(s + 2), v = get_le32(s + 4);
	unsigned size = 1u << (s[1] % 3);
	uint64_t x;

	switch (s[0] % 12) {
	case 0: (void)pio_read(b->pio, at, size); break;
	case 1: pio_write(b->pio, at, size, v); break;
	case 2:	/* a configuration write that hits */
		pio_write(b->pio, 0xcf8, 4, 0x80000000 | (at & 0xffc));
		pio_write(b->pio, 0xcfc + (at & 3), size, v);
		break;
	case 3: (void)lapic_io.read(l, at & 0xffc, 4); break;
	case 4: lapic_io.write(l, at & 0xff0, v, 4); break;
	case 5: (void)!lapic_rdmsr(l, 0x800 + (at & 0xff), &x); break;
	case 6: (void)!lapic_wrmsr(l, at & 0x4000 ? 0x6e0 : at & 0x8000 ? 0x1b :
	    0x800 + (at & 0xff), v | (uint64_t)s[1] << 32); break;
	case 7: lapic_set_lint(l, at & 1, v & 1); break;
	case 8: (void)lapic_intack(l); break;
	case 9: ioapic_io.write(b->ioapic, at & 0x1c, v, 4); break;
	case 10: ioapic_set_pin(b->ioapic, at & 31, v & 1); break;
	default: evheap_run(&b->heap, b->heap.now + (v >> (at & 31)));
	}
}

/* Encodings of this size stay on the stack. */
#define STATE_MAX	2048

static void
board_restore(struct board *b, const uint8_t *data, size_t size)
{
	uint8_t state[STATE_MAX];
	struct part p[PARTS];
	size_t n, i;
	unsigned k;

	board_parts(b, p);
	for (k = 0; k < PARTS; k++) {
		n = snap_size(p[k].class->fields);
		if (n > STATE_MAX)
			abort();
		snap_encode(p[k].class->fields, p[k].dev, state);
		for (i = 0; i < n && size; i++)
			state[i] ^= data[(i + k * 7) % size];
		evheap_clear(&b->heap);
		if (!snap_decode(p[k].class->fields, p[k].dev, state, n) ||
		    p[k].class->restored(p[k].dev))
			p[k].class->reset(p[k].dev);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board b = { .pio = NULL };
	size_t i;

	board_new(&b);
	for (i = 0; i + STEP <= size; i += STEP)
		board_step(&b, data + i);
	board_restore(&b, data, size);
	for (i = 0; i + STEP <= size; i += STEP)
		board_step(&b, data + i);
	board_free(&b);
	return 0;
}
