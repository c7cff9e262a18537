/*
 * hw/pci.c - PCI: bus 0 behind configuration mechanism 1
 *
 * Reference: PCI Local Bus Specification 3.0, chapter 6 "Configuration Space",
 * 3.2.2.3.2 "Software Generation of Configuration Transactions".
 *
 * Not modelled: bridges to further buses (their configuration space reads all
 * ones), special cycles, parity, latency timers (they hold what was written).
 */
#include "hw/pci.h"

#include <stdlib.h>

#include "base/bits.h"

#define ADDR_ENABLE	0x80000000u

#define PCI_BAR_MEM_MASK	(~(uint64_t)0xf)
#define PCI_BAR_IO_MASK		(~(uint64_t)0x3)
#define PCI_ROM_MASK		(~(uint64_t)0x7ff)
#define PCI_ROM_ENABLE		1u

struct pci_bus {
	uint32_t		addr;		/* 0CF8h */
	/* Wiring: */
	struct pci_space_ops	space;
	struct wire		pirq[4];
	struct log		*log;
	struct pci_dev		*dev[256];
	unsigned		asserted[4];	/* devices that pull each line */
};

const struct snap_field pci_dev_fields[] = {
	SNAP_BYTES(struct pci_dev, cfg),
	SNAP_END
};

/* --- interrupt pins --- */

static void
pci_update_intx(struct pci_dev *d)
{
	struct pci_bus *b = d->bus;
	bool out = d->intx && !(get_le16(d->cfg + PCI_COMMAND) & PCI_CMD_INTX_OFF);
	unsigned n;

	/* Interrupt Status is independent of Interrupt Disable (6.2.3 "Device
	 * Status"). */
	d->cfg[PCI_STATUS] = (uint8_t)bits_put(d->cfg[PCI_STATUS], 3, 1, d->intx);
	if (out == d->intx_out || !b || !d->cfg[PCI_INT_PIN])
		return;
	d->intx_out = out;
	/* cfg[PCI_INT_PIN] is 1 for INTA; unsigned arithmetic modulo 4. */
	n = ((d->devfn >> 3) + d->cfg[PCI_INT_PIN] - 2u) & 3;
	b->asserted[n] += out ? 1u : -1u;
	wire_set(&b->pirq[n], b->asserted[n] != 0);
}

void
pci_set_intx(struct pci_dev *d, bool level)
{
	d->intx = level;
	pci_update_intx(d);
}

bool
pci_bus_master(const struct pci_dev *d)
{
	return get_le16(d->cfg + PCI_COMMAND) & PCI_CMD_MASTER;
}

/* --- base address registers --- */

static uint32_t
pci_bar_off(unsigned n)
{
	return n == PCI_BAR_ROM ? PCI_ROM : PCI_BAR0 + 4 * n;
}

/*
 * Where BAR n answers, and whether it does.  Address 0 means not assigned.  A
 * range that ends at the top of its space is what sizing leaves behind for a
 * moment (all ones written and decoding on): it is not mapped, or it would
 * cover the firmware.
 */
static bool
pci_bar_where(const struct pci_dev *d, unsigned n, uint64_t *at)
{
	const struct pci_bar *b = &d->bar[n];
	const uint8_t *reg = d->cfg + pci_bar_off(n);
	uint16_t cmd = get_le16(d->cfg + PCI_COMMAND);

	if (n == PCI_BAR_ROM) {
		*at = get_le32(reg) & PCI_ROM_MASK;
		if (!(get_le32(reg) & PCI_ROM_ENABLE))
			return false;
	} else if (b->flags & PCI_BAR_IO) {
		*at = get_le32(reg) & PCI_BAR_IO_MASK;
		return (cmd & PCI_CMD_IO) && *at && *at + b->size <= 0x10000;
	} else if (b->flags & PCI_BAR_MEM64) {
		*at = get_le64(reg) & PCI_BAR_MEM_MASK;
		return (cmd & PCI_CMD_MEM) && *at && *at < BIT(52) - b->size &&
		    *at + b->size != BIT(32);
	} else {
		*at = get_le32(reg) & PCI_BAR_MEM_MASK;
	}
	return (cmd & PCI_CMD_MEM) && *at && *at + b->size < BIT(32);
}

static void
pci_bar_move(struct pci_dev *d, struct pci_bar *b, uint64_t at, bool on)
{
	const struct pci_space_ops *s = &d->bus->space;
	enum pci_space sp = b->flags & PCI_BAR_IO ? PCI_SPACE_IO : PCI_SPACE_MEM;

	b->enabled = on;
	b->at = at;
	if (b->move) {
		b->move(b->move_arg, at, on);
	} else if (b->handle) {
		s->move(s->arg, sp, b->handle, at, on);
	} else if (on) {
		b->handle = s->map(s->arg, sp, at, b->size, b->ops, b->dev, d->name);
		if (!b->handle)
			log_error(d->bus->log, "%s: out of memory for a mapping",
			    d->name);
	}
}

/*
 * First take away what has moved, then map: two BARs that swap places must not
 * cover each other in between.
 */
static void
pci_update_bars(struct pci_dev *d)
{
	bool on[PCI_BARS];
	uint64_t at[PCI_BARS];
	unsigned n;

	if (!d->bus)
		return;
	for (n = 0; n < PCI_BARS; n++) {
		struct pci_bar *b = &d->bar[n];

		on[n] = b->size && pci_bar_where(d, n, &at[n]);
		if (b->enabled && (!on[n] || at[n] != b->at))
			pci_bar_move(d, b, b->at, false);
	}
	for (n = 0; n < PCI_BARS; n++)
		if (on[n] && !d->bar[n].enabled)
			pci_bar_move(d, &d->bar[n], at[n], true);
}

void
pci_win_regs(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size,
    const struct io_ops *ops, void *dev)
{
	d->win[n] = (struct pci_bar){
		.size = size, .flags = flags, .ops = ops, .dev = dev
	};
}

void
pci_win_set(struct pci_dev *d, unsigned n, uint64_t at, bool on)
{
	struct pci_bar *w = &d->win[n];

	on = on && at;
	if (!d->bus || (on == w->enabled && (!on || at == w->at)))
		return;
	if (w->enabled)
		pci_bar_move(d, w, w->at, false);
	if (on)
		pci_bar_move(d, w, at, true);
}

static void
pci_bar_fini(struct pci_dev *d, struct pci_bar *b)
{
	const struct pci_space_ops *s = &d->bus->space;

	if (b->enabled)
		pci_bar_move(d, b, b->at, false);
	if (b->handle)
		s->unmap(s->arg, b->flags & PCI_BAR_IO ? PCI_SPACE_IO :
		    PCI_SPACE_MEM, b->handle);
	b->handle = 0;
}

/* --- configuration space of one device --- */

uint32_t
pci_cfg_read(const struct pci_dev *d, uint32_t off, unsigned size)
{
	return (uint32_t)get_le(d->cfg + (off & 0xff), size);
}

void
pci_cfg_write(struct pci_dev *d, uint32_t off, unsigned size, uint32_t val)
{
	unsigned i;

	off &= 0xff;
	for (i = 0; i < size; i++) {
		uint8_t *p = &d->cfg[off + i], m = d->wmask[off + i];
		uint8_t byte = (uint8_t)(val >> 8 * i);

		*p = (uint8_t)((*p & ~m) | (byte & m));
		*p &= (uint8_t)~(byte & d->w1c[off + i]);
	}
	if (off < PCI_INT_LINE && off + size > PCI_COMMAND) {
		pci_update_bars(d);
		pci_update_intx(d);
	}
	if (d->written)
		d->written(d->arg, off, size);
}

void
pci_cfg_init(struct pci_dev *d, uint32_t off, unsigned size, uint32_t val,
    uint32_t wmask)
{
	put_le(d->init + off, size, val);
	put_le(d->cfg + off, size, val);
	put_le(d->wmask + off, size, wmask);
}

void
pci_cfg_w1c(struct pci_dev *d, uint32_t off, unsigned size, uint32_t mask)
{
	put_le(d->w1c + off, size, mask);
}

void
pci_dev_init(struct pci_dev *d, const char *name, uint16_t vendor,
    uint16_t device, uint32_t class_code, uint8_t revision)
{
	memset(d, 0, sizeof(*d));
	d->name = name;
	pci_cfg_init(d, PCI_VENDOR_ID, 2, vendor, 0);
	pci_cfg_init(d, PCI_DEVICE_ID, 2, device, 0);
	pci_cfg_init(d, PCI_REVISION, 4, class_code << 8 | revision, 0);
	pci_cfg_init(d, PCI_COMMAND, 2, 0, PCI_CMD_IO | PCI_CMD_MEM |
	    PCI_CMD_MASTER | PCI_CMD_PARITY | PCI_CMD_SERR | PCI_CMD_INTX_OFF);
	pci_cfg_w1c(d, PCI_STATUS, 2, 0xf900);
	pci_cfg_init(d, PCI_CACHE_LINE, 2, 0, 0xffff);
	pci_cfg_init(d, PCI_INT_LINE, 1, 0, 0xff);
}

static void
pci_bar_add(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size)
{
	uint32_t off = pci_bar_off(n);

	d->bar[n].size = size;
	d->bar[n].flags = flags;
	if (n == PCI_BAR_ROM) {
		pci_cfg_init(d, off, 4, 0,
		    (uint32_t)(~(size - 1) & PCI_ROM_MASK) | PCI_ROM_ENABLE);
		return;
	}
	pci_cfg_init(d, off, 4, flags, (uint32_t)(~(size - 1) &
	    (flags & PCI_BAR_IO ? PCI_BAR_IO_MASK : PCI_BAR_MEM_MASK)));
	if (flags & PCI_BAR_MEM64)
		pci_cfg_init(d, off + 4, 4, 0, (uint32_t)(~(size - 1) >> 32));
}

void
pci_bar_regs(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size,
    const struct io_ops *ops, void *dev)
{
	pci_bar_add(d, n, flags, size);
	d->bar[n].ops = ops;
	d->bar[n].dev = dev;
}

void
pci_bar_mem(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size,
    void (*move)(void *arg, uint64_t at, bool enabled), void *arg)
{
	pci_bar_add(d, n, flags, size);
	d->bar[n].move = move;
	d->bar[n].move_arg = arg;
}

void
pci_cap_add(struct pci_dev *d, uint8_t id, uint32_t off, unsigned len)
{
	unsigned i;

	for (i = 0; i < len; i++)
		pci_cfg_init(d, off + i, 1, 0, 0);
	pci_cfg_init(d, off, 1, id, 0);
	pci_cfg_init(d, off + 1, 1, d->init[PCI_CAP_PTR], 0);
	pci_cfg_init(d, PCI_CAP_PTR, 1, off, 0);
	pci_cfg_init(d, PCI_STATUS, 2,
	    get_le16(d->init + PCI_STATUS) | PCI_STS_CAPS, 0);
}

bool
pci_add(struct pci_bus *b, struct pci_dev *d, unsigned devfn)
{
	if (devfn > 0xff || b->dev[devfn])
		return false;
	d->bus = b;
	d->devfn = (uint8_t)devfn;
	b->dev[devfn] = d;
	return true;
}

void
pci_dev_reset(struct pci_dev *d)
{
	memcpy(d->cfg, d->init, sizeof(d->cfg));
	pci_update_bars(d);
	pci_set_intx(d, false);
}

/* Read-only bytes of the header are what the constructor says, whatever the
 * file has. */
void
pci_dev_restored(struct pci_dev *d)
{
	unsigned i;

	for (i = 0; i < 64; i++) {
		uint8_t w = d->wmask[i] | d->w1c[i];

		d->cfg[i] = (uint8_t)((d->cfg[i] & w) | (d->init[i] & ~w));
	}
	pci_update_bars(d);
	pci_update_intx(d);
	if (d->written)
		d->written(d->arg, 0, 256);
}

void
pci_dev_fini(struct pci_dev *d)
{
	unsigned n;

	if (!d->bus)
		return;
	pci_set_intx(d, false);
	for (n = 0; n < PCI_BARS; n++)
		pci_bar_fini(d, &d->bar[n]);
	for (n = 0; n < PCI_WINS; n++)
		pci_bar_fini(d, &d->win[n]);
	d->bus->dev[d->devfn] = NULL;
	d->bus = NULL;
}

/* --- the bus --- */

/* Bits 30:24 and 1:0 of the address register are reserved and read 0. */
static uint64_t
pci_addr_read(void *dev, uint32_t off, unsigned size)
{
	const struct pci_bus *b = dev;

	(void)off;
	(void)size;
	return b->addr;
}

static void
pci_addr_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pci_bus *b = dev;

	(void)off;
	(void)size;
	b->addr = (uint32_t)val & 0x80fffffc;
}

static struct pci_dev *
pci_selected(const struct pci_bus *b)
{
	if (!(b->addr & ADDR_ENABLE) || bits_get(b->addr, 16, 8))
		return NULL;
	return b->dev[bits_get(b->addr, 8, 8)];
}

static uint64_t
pci_data_read(void *dev, uint32_t off, unsigned size)
{
	const struct pci_bus *b = dev;
	const struct pci_dev *d = pci_selected(b);

	/* Nobody answers: master abort, all ones. */
	if (!d)
		return LOW_BITS(8 * size);
	if (d->reading)
		d->reading(d->arg, (b->addr & 0xfc) + off, size);
	return pci_cfg_read(d, (b->addr & 0xfc) + off, size);
}

static void
pci_data_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pci_bus *b = dev;
	struct pci_dev *d = pci_selected(b);

	if (d)
		pci_cfg_write(d, (b->addr & 0xfc) + off, size, (uint32_t)val);
}

static void
pci_bus_reset(void *dev)
{
	struct pci_bus *b = dev;

	b->addr = 0;
}

static int
pci_bus_restored(void *dev)
{
	struct pci_bus *b = dev;

	b->addr &= 0x80fffffc;
	return 0;
}

struct pci_dev *
pci_bus_dev(const struct pci_bus *b, unsigned devfn)
{
	return devfn < 256 ? b->dev[devfn] : NULL;
}

static void
pci_print_bar(const struct pci_dev *d, unsigned n,
    void (*line)(void *arg, const char *s), void *arg)
{
	const struct pci_bar *b = &d->bar[n];
	char buf[128], name[8];

	if (!b->size)
		return;
	snprintf(name, sizeof(name), n == PCI_BAR_ROM ? "rom" : "bar%u", n);
	snprintf(buf, sizeof(buf), "        %s: %s 0x%llx, %llu bytes%s", name,
	    b->flags & PCI_BAR_IO ? "io" : "mem", (unsigned long long)b->at,
	    (unsigned long long)b->size, b->enabled ? "" : " (off)");
	line(arg, buf);
}

void
pci_bus_print(const struct pci_bus *b, void (*line)(void *arg, const char *s),
    void *arg)
{
	char buf[160];
	unsigned i, n;

	for (i = 0; i < 256; i++) {
		const struct pci_dev *d = b->dev[i];

		if (!d)
			continue;
		snprintf(buf, sizeof(buf), "00:%02x.%x %04x: %04x:%04x %s%s", i >> 3,
		    i & 7, get_le16(d->cfg + PCI_CLASS),
		    get_le16(d->cfg + PCI_VENDOR_ID),
		    get_le16(d->cfg + PCI_DEVICE_ID), d->name,
		    d->intx ? ", interrupt" : "");
		line(arg, buf);
		for (n = 0; n < PCI_BARS; n++)
			pci_print_bar(d, n, line, arg);
	}
}

static const struct snap_field pci_bus_fields[] = {
	SNAP_U32(struct pci_bus, addr),
	SNAP_END
};

const struct io_ops pci_addr_io = {
	.read = pci_addr_read,
	.write = pci_addr_write,
	.sizes = 4,
};

const struct io_ops pci_data_io = {
	.read = pci_data_read,
	.write = pci_data_write,
	.sizes = 1 | 2 | 4,
};

const struct device_class pci_bus_class = {
	.name = "pci",
	.version = 1,
	.reset = pci_bus_reset,
	.restored = pci_bus_restored,
	.free = free,
	.fields = pci_bus_fields,
};

struct pci_bus *
pci_bus_new(const struct pci_space_ops *space, const struct wire pirq[4],
    struct log *log)
{
	struct pci_bus *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->space = *space;
	memcpy(b->pirq, pirq, sizeof(b->pirq));
	b->log = log;
	return b;
}
