/*
 * hw/ioapic.c - I/O APIC 82093AA, 24 pins
 *
 * Reference: Intel 82093AA I/O Advanced Programmable Interrupt Controller
 * (290566), 3.0 "Register Description".
 *
 * Not modelled: pin polarity (the board's pins are active high whatever bit 13
 * says, as on the PCs that firmware and systems know), the arbitration ID.
 */
#include "hw/ioapic.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define IOREGSEL	0x00
#define IOWIN		0x10

#define REG_ID		0x00
#define REG_VERSION	0x01
#define   VERSION	(0x11u | (IOAPIC_PINS - 1) << 16)
#define REG_ARB		0x02
#define REG_TABLE	0x10

/* Redirection entry, 3.2.4 "I/O Redirection Table Registers" */
#define RED_VECTOR(e)	((uint8_t)(e))
#define RED_DELIVERY(e)	((uint8_t)((e) >> 8 & 7))
#define RED_LOGICAL	BIT(11)
#define RED_STATUS	BIT(12)		/* read only; delivery is immediate */
#define RED_REMOTE_IRR	BIT(14)		/* read only */
#define RED_LEVEL	BIT(15)
#define RED_MASKED	BIT(16)
#define RED_WRITABLE	0xff0000000001affful
#define RED_DEST(e)	((uint8_t)((e) >> 56))

struct ioapic {
	uint8_t			sel;
	uint8_t			id;
	uint32_t		pins;		/* levels; state, for edges */
	uint64_t		red[IOAPIC_PINS];
	/* Wiring: */
	uint8_t			reset_id;
	struct ioapic_cb	cb;
	struct log		*log;
};

static void
ioapic_send(struct ioapic *p, unsigned n)
{
	uint64_t e = p->red[n];
	struct apic_msg m = {
		.dest = RED_DEST(e),
		.vector = RED_VECTOR(e),
		.delivery = RED_DELIVERY(e),
		.logical = e & RED_LOGICAL,
		.level = e & RED_LEVEL,
		.assert_ = true,
	};

	p->cb.send(p->cb.arg, &m);
}

/* A level-triggered pin sends one message until the EOI of its vector. */
static void
ioapic_level(struct ioapic *p, unsigned n)
{
	uint64_t *e = &p->red[n];

	if (!(*e & RED_LEVEL) || (*e & (RED_MASKED | RED_REMOTE_IRR)) ||
	    !(p->pins >> n & 1))
		return;
	/* Only fixed and lowest-priority messages are ended by an EOI. */
	if (RED_DELIVERY(*e) <= APIC_LOWEST)
		*e |= RED_REMOTE_IRR;
	ioapic_send(p, n);
}

/* An edge on a masked pin is lost (3.2.4, "Interrupt Mask"). */
void
ioapic_set_pin(void *arg, int line, bool level)
{
	struct ioapic *p = arg;
	unsigned n = (unsigned)line;
	bool rise;

	if (n >= IOAPIC_PINS)
		return;
	rise = level && !(p->pins >> n & 1);
	p->pins = (uint32_t)bits_put(p->pins, n, 1, level);
	if (!rise)
		return;
	if (p->red[n] & RED_LEVEL)
		ioapic_level(p, n);
	else if (!(p->red[n] & RED_MASKED))
		ioapic_send(p, n);
}

void
ioapic_eoi(struct ioapic *p, uint8_t vector)
{
	unsigned n;

	for (n = 0; n < IOAPIC_PINS; n++) {
		if (!(p->red[n] & RED_REMOTE_IRR) || RED_VECTOR(p->red[n]) != vector)
			continue;
		p->red[n] &= ~RED_REMOTE_IRR;
		ioapic_level(p, n);
	}
}

/*
 * Making an entry edge-triggered clears Remote IRR: systems use it to end an
 * interrupt on controllers without an EOI register.
 */
static void
ioapic_red_write(struct ioapic *p, unsigned n, unsigned half, uint32_t val)
{
	uint64_t e = bits_put(p->red[n], 32 * half, 32, val) & RED_WRITABLE;

	e |= p->red[n] & RED_REMOTE_IRR;
	if (!(e & RED_LEVEL))
		e &= ~RED_REMOTE_IRR;
	p->red[n] = e;
	ioapic_level(p, n);
}

static uint32_t
ioapic_reg_read(const struct ioapic *p)
{
	unsigned n = (p->sel - REG_TABLE) / 2u;

	switch (p->sel) {
	case REG_ID:
	case REG_ARB: return (uint32_t)p->id << 24;
	case REG_VERSION: return VERSION;
	default: break;
	}
	if (p->sel < REG_TABLE || n >= IOAPIC_PINS)
		return UINT32_MAX;
	return (uint32_t)(p->red[n] >> (p->sel & 1 ? 32 : 0));
}

static void
ioapic_reg_write(struct ioapic *p, uint32_t val)
{
	unsigned n = (p->sel - REG_TABLE) / 2u;

	if (p->sel == REG_ID)
		p->id = val >> 24 & 0xf;
	else if (p->sel >= REG_TABLE && n < IOAPIC_PINS)
		ioapic_red_write(p, n, p->sel & 1, val);
}

static uint64_t
ioapic_io_read(void *dev, uint32_t off, unsigned size)
{
	const struct ioapic *p = dev;

	(void)size;
	switch (off) {
	case IOREGSEL: return p->sel;
	case IOWIN: return ioapic_reg_read(p);
	default: return 0;
	}
}

static void
ioapic_io_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct ioapic *p = dev;

	(void)size;
	if (off == IOREGSEL)
		p->sel = (uint8_t)val;
	else if (off == IOWIN)
		ioapic_reg_write(p, (uint32_t)val);
}

struct ioapic_view
ioapic_look(const struct ioapic *p)
{
	struct ioapic_view v = {
		.id = p->id, .sel = p->sel, .version = VERSION, .pins = p->pins
	};

	memcpy(v.red, p->red, sizeof(v.red));
	return v;
}

static void
ioapic_reset(void *dev)
{
	struct ioapic *p = dev;
	unsigned n;

	p->sel = 0;
	p->id = p->reset_id;
	for (n = 0; n < IOAPIC_PINS; n++)
		p->red[n] = RED_MASKED;
}

static int
ioapic_restored(void *dev)
{
	struct ioapic *p = dev;
	unsigned n;

	p->id &= 0xf;
	p->pins &= (uint32_t)LOW_BITS(IOAPIC_PINS);
	for (n = 0; n < IOAPIC_PINS; n++)
		p->red[n] &= RED_WRITABLE | RED_REMOTE_IRR;
	return 0;
}

static const struct snap_field ioapic_fields[] = {
	SNAP_U8(struct ioapic, sel),
	SNAP_U8(struct ioapic, id),
	SNAP_U32(struct ioapic, pins),
	SNAP_ARRAY(struct ioapic, red),
	SNAP_END
};

const struct io_ops ioapic_io = {
	.read = ioapic_io_read,
	.write = ioapic_io_write,
	.sizes = 4,
};

const struct device_class ioapic_class = {
	.name = "ioapic",
	.version = 1,
	.reset = ioapic_reset,
	.restored = ioapic_restored,
	.free = free,
	.fields = ioapic_fields,
};

struct ioapic *
ioapic_new(uint8_t id, const struct ioapic_cb *cb, struct log *log)
{
	struct ioapic *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->reset_id = id & 0xf;
	p->cb = *cb;
	p->log = log;
	return p;
}
