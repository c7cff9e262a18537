/*
 * hw/i8259.c - a pair of 8259A programmable interrupt controllers
 *
 * Intel 8259A datasheet (231468); Intel 82371FB/82371SB (PIIX/PIIX3)
 * datasheet, "Interrupt Controller", for ELCR and the cascade.
 *
 * Not modelled: MCS-80/85 mode (ICW4 bit 0 clear: vectors are formed as in
 * 8086 mode), buffered mode (no effect without bus buffers), other cascades
 * than the one soldered on the board.  As on the PIIX3, ICW1's LTIM bit has no
 * effect: ELCR decides edge or level for each line.
 */
#include "hw/i8259.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define CASCADE_IR	2

/* ICW1, written to port 0 with bit 4 set */
#define ICW1_IC4	0x01
#define ICW1_SNGL	0x02
#define ICW1_INIT	0x10
/* ICW4 */
#define ICW4_UPM	0x01
#define ICW4_AEOI	0x02
#define ICW4_SFNM	0x10
/* OCW2 */
#define OCW2_EOI	0x20
#define OCW2_SL		0x40
#define OCW2_R		0x80
/* OCW3 */
#define OCW3_ID		0x08
#define OCW3_RIS	0x01
#define OCW3_RR		0x02
#define OCW3_POLL	0x04
#define OCW3_SMM	0x20
#define OCW3_ESMM	0x40

#define POLL_REQUEST	0x80

enum pic_init { INIT_DONE, INIT_ICW2, INIT_ICW3, INIT_ICW4 };

struct pic {
	uint8_t	lines;		/* input levels; edges are found against it */
	uint8_t	irr;
	uint8_t	isr;
	uint8_t	imr;
	uint8_t	elcr;		/* 1 = level-triggered */
	uint8_t	base;		/* vector of IR0 */
	uint8_t	lowest;		/* the IR of lowest priority; 7 after ICW1 */
	uint8_t	init;		/* enum pic_init: the next byte to port 1 */
	bool	single;		/* ICW1.SNGL: no ICW3 follows */
	bool	icw4;		/* ICW1.IC4: an ICW4 follows */
	bool	aeoi;
	bool	sfnm;
	bool	special_mask;
	bool	rotate_aeoi;
	bool	read_isr;
	bool	poll;
};

struct i8259 {
	struct wire	intr;
	struct log	*log;
	struct pic	pic[2];		/* master, slave */
};

/* The levels that a real board cannot make level-triggered: timer, keyboard,
 * cascade; RTC, FERR (PIIX3 "ELCR1", "ELCR2"). */
static const uint8_t elcr_mask[2] = { 0xf8, 0xde };

/* Distance from the highest priority, 0..7; 8 when no bit is set. */
static unsigned
i8259_priority(const struct pic *c, uint8_t bits)
{
	unsigned i;

	for (i = 0; i < 8; i++) {
		if (bits & (1u << ((c->lowest + 1 + i) & 7)))
			break;
	}
	return i;
}

/* The IR that the chip requests service for, or -1. */
static int
i8259_pending(const struct i8259 *p, unsigned n)
{
	const struct pic *c = &p->pic[n];
	uint8_t busy = c->isr;
	unsigned want;

	want = i8259_priority(c, c->irr & (uint8_t)~c->imr);
	if (want == 8)
		return -1;
	/* Datasheet "Special Mask Mode": a masked level in service does not
	 * hold back others. */
	if (c->special_mask)
		busy &= (uint8_t)~c->imr;
	/* "The Special Fully Nested Mode": a slave in service is not locked
	 * out from the master's priority logic. */
	if (c->sfnm && n == 0)
		busy &= (uint8_t)~(1u << CASCADE_IR);
	if (want >= i8259_priority(c, busy))
		return -1;
	return (int)((c->lowest + 1 + want) & 7);
}

struct i8259_view
i8259_look(const struct i8259 *p, unsigned chip)
{
	const struct pic *c = &p->pic[chip];

	return (struct i8259_view){
		.lines = c->lines, .irr = c->irr, .isr = c->isr, .imr = c->imr,
		.elcr = c->elcr, .base = c->base, .highest = (c->lowest + 1) & 7,
		.pending = i8259_pending(p, chip), .ready = c->init == INIT_DONE,
		.aeoi = c->aeoi, .sfnm = c->sfnm, .special_mask = c->special_mask,
		.rotate = c->rotate_aeoi, .read_isr = c->read_isr, .poll = c->poll
	};
}

static void
i8259_input(struct pic *c, unsigned ir, bool level)
{
	uint8_t bit = (uint8_t)(1u << ir);
	bool rose = level && !(c->lines & bit);

	if (level)
		c->lines |= bit;
	else
		c->lines &= (uint8_t)~bit;
	/* A request that goes away before the acknowledge is forgotten in
	 * either mode; that is how IR7 becomes the spurious interrupt. */
	if (!level)
		c->irr &= (uint8_t)~bit;
	else if (rose || (c->elcr & bit))
		c->irr |= bit;
}

static void
i8259_update(struct i8259 *p)
{
	i8259_input(&p->pic[0], CASCADE_IR, i8259_pending(p, 1) >= 0);
	wire_set(&p->intr, i8259_pending(p, 0) >= 0);
}

void
i8259_set_irq(void *dev, int line, bool level)
{
	struct i8259 *p = dev;

	if (line < 0 || line > 15 || line == CASCADE_IR)
		return;
	i8259_input(&p->pic[line >> 3], line & 7, level);
	i8259_update(p);
}

bool
i8259_intr(const struct i8259 *p)
{
	return i8259_pending(p, 0) >= 0;
}

/* The request ir becomes the one in service. */
static void
i8259_accept(struct pic *c, unsigned ir)
{
	uint8_t bit = (uint8_t)(1u << ir);

	if (!(c->elcr & bit))
		c->irr &= (uint8_t)~bit;
	if (!c->aeoi)
		c->isr |= bit;
	else if (c->rotate_aeoi)
		c->lowest = (uint8_t)ir;
}

/* INTA or a poll: the IR number, 7 with nothing in service if spurious. */
static unsigned
i8259_acknowledge(struct i8259 *p, unsigned n)
{
	int ir = i8259_pending(p, n);

	if (ir < 0)
		return 7;
	i8259_accept(&p->pic[n], (unsigned)ir);
	/* INT falls in every acknowledge cycle, so the master sees a new edge
	 * when another request of the slave is waiting. */
	if (n == 1)
		i8259_input(&p->pic[0], CASCADE_IR, false);
	return (unsigned)ir;
}

int
i8259_intack(struct i8259 *p)
{
	bool cascade = i8259_pending(p, 0) == CASCADE_IR;
	unsigned n = 0, ir;

	ir = i8259_acknowledge(p, 0);
	if (cascade) {
		n = 1;
		ir = i8259_acknowledge(p, 1);
	}
	i8259_update(p);
	return p->pic[n].base | (int)ir;
}

static uint8_t
i8259_poll(struct i8259 *p, unsigned n)
{
	uint8_t v = 0;

	p->pic[n].poll = false;
	if (i8259_pending(p, n) >= 0)
		v = (uint8_t)(POLL_REQUEST | i8259_acknowledge(p, n));
	i8259_update(p);
	return v;
}

static uint64_t
i8259_read(struct i8259 *p, unsigned n, uint32_t off)
{
	struct pic *c = &p->pic[n];

	if (c->poll)
		return i8259_poll(p, n);
	if (off & 1)
		return c->imr;
	return c->read_isr ? c->isr : c->irr;
}

/* Datasheet "Initialization Command Words 1 and 2 (ICW1, ICW2)" */
static void
i8259_icw1(struct pic *c, uint8_t val)
{
	c->irr = c->lines & c->elcr;
	c->isr = 0;
	c->imr = 0;
	c->lowest = 7;
	c->aeoi = false;
	c->sfnm = false;
	c->special_mask = false;
	c->rotate_aeoi = false;
	c->read_isr = false;
	c->poll = false;
	c->single = val & ICW1_SNGL;
	c->icw4 = val & ICW1_IC4;
	c->init = INIT_ICW2;
}

/* Datasheet "Operation Command Word 2 (OCW2)" */
static void
i8259_ocw2(struct pic *c, uint8_t val)
{
	uint8_t eligible = c->isr;
	unsigned ir = val & 7, i;

	if (!(val & (OCW2_EOI | OCW2_SL))) {
		c->rotate_aeoi = val & OCW2_R;
		return;
	}
	if ((val & OCW2_EOI) && !(val & OCW2_SL)) {
		if (c->special_mask)
			eligible &= (uint8_t)~c->imr;
		i = i8259_priority(c, eligible);
		if (i == 8)
			return;
		ir = (c->lowest + 1 + i) & 7;
	}
	if (val & OCW2_EOI)
		c->isr &= (uint8_t)~(1u << ir);
	if (val & OCW2_R)
		c->lowest = (uint8_t)ir;
}

static void
i8259_ocw3(struct pic *c, uint8_t val)
{
	if (val & OCW3_POLL)
		c->poll = true;
	if (val & OCW3_RR)
		c->read_isr = val & OCW3_RIS;
	if (val & OCW3_ESMM)
		c->special_mask = val & OCW3_SMM;
}

static void
i8259_icw3(struct i8259 *p, unsigned n, uint8_t val)
{
	uint8_t wired = n == 0 ? 1u << CASCADE_IR : CASCADE_IR;

	if (val != wired)
		log_guest(p->log, "i8259.icw3",
		    "8259: ICW3 0x%02x does not describe the board's cascade", val);
}

static void
i8259_icw4(struct i8259 *p, unsigned n, uint8_t val)
{
	if (!(val & ICW4_UPM))
		log_unimp(p->log, "i8259.mcs80", "8259: MCS-80/85 mode");
	p->pic[n].aeoi = val & ICW4_AEOI;
	p->pic[n].sfnm = val & ICW4_SFNM;
}

/* A byte to port 1: the next initialization word, or the mask. */
static void
i8259_write_odd(struct i8259 *p, unsigned n, uint8_t val)
{
	struct pic *c = &p->pic[n];

	switch (c->init) {
	case INIT_DONE:
		c->imr = val;
		break;
	case INIT_ICW2:
		c->base = val & 0xf8;
		if (!c->single)
			c->init = INIT_ICW3;
		else
			c->init = c->icw4 ? INIT_ICW4 : INIT_DONE;
		break;
	case INIT_ICW3:
		i8259_icw3(p, n, val);
		c->init = c->icw4 ? INIT_ICW4 : INIT_DONE;
		break;
	default:
		i8259_icw4(p, n, val);
		c->init = INIT_DONE;
		break;
	}
}

static void
i8259_write(struct i8259 *p, unsigned n, uint32_t off, uint8_t val)
{
	if (off & 1)
		i8259_write_odd(p, n, val);
	else if (val & ICW1_INIT)
		i8259_icw1(&p->pic[n], val);
	else if (val & OCW3_ID)
		i8259_ocw3(&p->pic[n], val);
	else
		i8259_ocw2(&p->pic[n], val);
	i8259_update(p);
}

static uint64_t
i8259_master_read(void *dev, uint32_t off, unsigned size)
{
	(void)size;
	return i8259_read(dev, 0, off);
}

static void
i8259_master_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)size;
	i8259_write(dev, 0, off, (uint8_t)val);
}

static uint64_t
i8259_slave_read(void *dev, uint32_t off, unsigned size)
{
	(void)size;
	return i8259_read(dev, 1, off);
}

static void
i8259_slave_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)size;
	i8259_write(dev, 1, off, (uint8_t)val);
}

static uint64_t
i8259_elcr_read(void *dev, uint32_t off, unsigned size)
{
	struct i8259 *p = dev;

	(void)size;
	return p->pic[off & 1].elcr;
}

static void
i8259_elcr_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct i8259 *p = dev;
	struct pic *c = &p->pic[off & 1];

	(void)size;
	c->elcr = (uint8_t)val & elcr_mask[off & 1];
	c->irr |= c->lines & c->elcr;
	i8259_update(p);
}

/* Levels belong to the devices that drive them and survive a reset. */
static void
i8259_reset(void *dev)
{
	struct i8259 *p = dev;
	uint8_t lines;
	unsigned i;

	for (i = 0; i < 2; i++) {
		lines = p->pic[i].lines;
		memset(&p->pic[i], 0, sizeof(p->pic[i]));
		p->pic[i].lines = lines;
		p->pic[i].lowest = 7;
	}
	i8259_update(p);
}

/* The outputs only: lines and requests are as they were saved, and a device
 * that drives the same level again makes no edge. */
static int
i8259_restored(void *dev)
{
	struct i8259 *p = dev;
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (p->pic[i].lowest > 7 || p->pic[i].init > INIT_ICW4 ||
		    (p->pic[i].base & 7) || (p->pic[i].elcr & ~elcr_mask[i]))
			return -EINVAL;
	}
	wire_set(&p->intr, i8259_intr(p));
	return 0;
}

static const struct snap_field pic_fields[] = {
	SNAP_U8(struct pic, lines),
	SNAP_U8(struct pic, irr),
	SNAP_U8(struct pic, isr),
	SNAP_U8(struct pic, imr),
	SNAP_U8(struct pic, elcr),
	SNAP_U8(struct pic, base),
	SNAP_U8(struct pic, lowest),
	SNAP_U8(struct pic, init),
	SNAP_BOOL(struct pic, single),
	SNAP_BOOL(struct pic, icw4),
	SNAP_BOOL(struct pic, aeoi),
	SNAP_BOOL(struct pic, sfnm),
	SNAP_BOOL(struct pic, special_mask),
	SNAP_BOOL(struct pic, rotate_aeoi),
	SNAP_BOOL(struct pic, read_isr),
	SNAP_BOOL(struct pic, poll),
	SNAP_END
};

static const struct snap_field i8259_fields[] = {
	SNAP_STRUCTS(struct i8259, pic, pic_fields),
	SNAP_END
};

const struct io_ops i8259_master_io = {
	.read = i8259_master_read,
	.write = i8259_master_write,
	.sizes = 1,
};

const struct io_ops i8259_slave_io = {
	.read = i8259_slave_read,
	.write = i8259_slave_write,
	.sizes = 1,
};

const struct io_ops i8259_elcr_io = {
	.read = i8259_elcr_read,
	.write = i8259_elcr_write,
	.sizes = 1,
};

const struct device_class i8259_class = {
	.name = "i8259",
	.version = 1,
	.reset = i8259_reset,
	.restored = i8259_restored,
	.free = free,
	.fields = i8259_fields,
};

struct i8259 *
i8259_new(struct wire intr, struct log *log)
{
	struct i8259 *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->intr = intr;
	p->log = log;
	i8259_reset(p);
	return p;
}
