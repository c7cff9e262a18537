/*
 * hw/i8237.c - pair of 8237A DMA controllers
 *
 * Intel 8237A datasheet (231466), "Register Description"; Intel 82371SB
 * (PIIX3) datasheet, "DMA Controller".
 *
 * Not modelled: memory-to-memory transfers, compressed and extended timing,
 * rotating priority (one device moves data at a time), type F and
 * scatter-gather additions.
 */
#include "hw/i8237.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

#define CMD_MEM_TO_MEM	0x01
#define CMD_DISABLE	0x04
#define MODE_TYPE	0x0c
#define MODE_WRITE	0x04	/* device to memory */
#define MODE_READ	0x08	/* memory to device */
#define MODE_AUTOINIT	0x10
#define MODE_DOWN	0x20
#define MODE_SELECT	0xc0
#define MODE_CASCADE	0xc0

struct dma_channel {
	uint16_t	base_addr, addr;
	uint16_t	base_count, count;
	uint8_t		mode;		/* without the channel number */
};

struct dma_chip {
	struct dma_channel	ch[4];
	uint8_t			command;
	uint8_t			mask;
	uint8_t			request;	/* software requests */
	uint8_t			dreq;
	uint8_t			tc;
	uint8_t			temp;
	bool			high;		/* the byte flip-flop */
};

struct i8237 {
	struct i8237_bus	bus;
	struct log		*log;
	struct dma_chip		chip[2];
	uint8_t			page[16];
};

/* Page register (port 80h + n) of each channel. */
static const uint8_t page_of[8] = {
	0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa
};

static void
dma_master_clear(struct dma_chip *c)
{
	c->command = 0;
	c->request = 0;
	c->tc = 0;
	c->temp = 0;
	c->high = false;
	c->mask = 0x0f;
}

static uint8_t
dma_read_word(struct dma_chip *c, uint16_t word)
{
	c->high = !c->high;
	return (uint8_t)(c->high ? word : word >> 8);
}

static uint8_t
dma_read_status(struct dma_chip *c)
{
	uint8_t v = (uint8_t)((c->dreq | c->request) << 4 | c->tc);

	c->tc = 0;
	return v;
}

static uint8_t
dma_read(struct i8237 *d, unsigned n, unsigned reg)
{
	struct dma_chip *c = &d->chip[n];

	if (reg < 8)
		return dma_read_word(c, reg & 1 ? c->ch[reg >> 1].count :
		    c->ch[reg >> 1].addr);
	switch (reg) {
	case 0x8:	return dma_read_status(c);
	case 0xd:	return c->temp;
	case 0xf:	return c->mask | 0xf0;
	default:	return 0xff;
	}
}

/* Base and current registers are written together. */
static void
dma_write_word(struct dma_chip *c, uint16_t *base, uint16_t *cur, uint8_t val)
{
	if (c->high)
		*base = (uint16_t)((*base & 0x00ff) | val << 8);
	else
		*base = (uint16_t)((*base & 0xff00) | val);
	*cur = *base;
	c->high = !c->high;
}

static void
dma_write_command(struct i8237 *d, struct dma_chip *c, uint8_t val)
{
	if (val & CMD_MEM_TO_MEM)
		log_unimp(d->log, "i8237.m2m", "8237: memory-to-memory transfer");
	c->command = val;
}

static uint8_t
dma_one_bit(uint8_t bits, uint8_t val)
{
	uint8_t bit = (uint8_t)(1u << (val & 3));

	return val & 4 ? bits | bit : bits & (uint8_t)~bit;
}

static void
dma_write(struct i8237 *d, unsigned n, unsigned reg, uint8_t val)
{
	struct dma_chip *c = &d->chip[n];
	struct dma_channel *ch = &c->ch[(reg >> 1) & 3];

	switch (reg) {
	case 0x8:
		dma_write_command(d, c, val);
		break;
	case 0x9:
		c->request = dma_one_bit(c->request, val);
		break;
	case 0xa:
		c->mask = dma_one_bit(c->mask, val);
		break;
	case 0xb:
		c->ch[val & 3].mode = val & 0xfc;
		break;
	case 0xc:
		c->high = false;
		break;
	case 0xd:
		dma_master_clear(c);
		break;
	case 0xe:
		c->mask = 0;
		break;
	case 0xf:
		c->mask = val & 0x0f;
		break;
	default:
		if (reg & 1)
			dma_write_word(c, &ch->base_count, &ch->count, val);
		else
			dma_write_word(c, &ch->base_addr, &ch->addr, val);
		break;
	}
}

static uint64_t
i8237_dma1_read(void *dev, uint32_t off, unsigned size)
{
	(void)size;
	return dma_read(dev, 0, off & 15);
}

static void
i8237_dma1_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)size;
	dma_write(dev, 0, off & 15, (uint8_t)val);
}

/* The second chip hangs on A1 and up: a register every two ports. */
static uint64_t
i8237_dma2_read(void *dev, uint32_t off, unsigned size)
{
	(void)size;
	return dma_read(dev, 1, (off >> 1) & 15);
}

static void
i8237_dma2_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)size;
	dma_write(dev, 1, (off >> 1) & 15, (uint8_t)val);
}

static uint64_t
i8237_page_read(void *dev, uint32_t off, unsigned size)
{
	struct i8237 *d = dev;

	(void)size;
	return d->page[off & 15];
}

static void
i8237_page_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct i8237 *d = dev;

	(void)size;
	d->page[off & 15] = (uint8_t)val;
}

void
i8237_dreq(struct i8237 *d, unsigned ch, bool level)
{
	struct dma_chip *c = &d->chip[(ch >> 2) & 1];
	uint8_t bit = (uint8_t)(1u << (ch & 3));

	c->dreq = level ? c->dreq | bit : c->dreq & (uint8_t)~bit;
}

bool
i8237_ready(const struct i8237 *d, unsigned ch)
{
	const struct dma_chip *c = &d->chip[(ch >> 2) & 1];

	/* The first chip reaches the bus through channel 4. */
	if (ch < 4 && ((d->chip[1].command & CMD_DISABLE) ||
	    (d->chip[1].mask & 1)))
		return false;
	return !(c->command & CMD_DISABLE) && !(c->mask & (1u << (ch & 3))) &&
	    (c->ch[ch & 3].mode & MODE_SELECT) != MODE_CASCADE;
}

/* One byte or word; addresses wrap inside the 64 Ki units of the page. */
static void
dma_move(struct i8237 *d, unsigned ch, struct dma_channel *c, void *buf,
    uint32_t unit)
{
	uint32_t page = d->page[page_of[ch]];
	hpa_t at;

	if (unit == 2)
		at = (hpa_t)(page & 0xfe) << 16 | (uint32_t)c->addr << 1;
	else
		at = (hpa_t)page << 16 | c->addr;
	if ((c->mode & MODE_TYPE) == MODE_WRITE)
		d->bus.write(d->bus.arg, at, buf, unit);
	else if ((c->mode & MODE_TYPE) == MODE_READ)
		d->bus.read(d->bus.arg, at, buf, unit);
	c->addr = (uint16_t)(c->mode & MODE_DOWN ? c->addr - 1 : c->addr + 1);
}

/* "Terminal count": reload, or mask the channel. */
static void
dma_end(struct dma_chip *chip, unsigned n)
{
	struct dma_channel *c = &chip->ch[n];
	uint8_t bit = (uint8_t)(1u << n);

	chip->tc |= bit;
	chip->request &= (uint8_t)~bit;
	if (c->mode & MODE_AUTOINIT) {
		c->addr = c->base_addr;
		c->count = c->base_count;
	} else {
		chip->mask |= bit;
	}
}

uint32_t
i8237_transfer(struct i8237 *d, unsigned ch, void *buf, uint32_t n, bool *tc)
{
	struct dma_chip *chip = &d->chip[(ch >> 2) & 1];
	struct dma_channel *c = &chip->ch[ch & 3];
	uint32_t unit = ch < 4 ? 1 : 2, done = 0;

	*tc = false;
	if (ch > 7 || !i8237_ready(d, ch))
		return 0;
	while (!*tc && done + unit <= n) {
		dma_move(d, ch, c, (uint8_t *)buf + done, unit);
		done += unit;
		*tc = c->count-- == 0;
	}
	if (*tc)
		dma_end(chip, ch & 3);
	return done;
}

static void
i8237_reset(void *dev)
{
	struct i8237 *d = dev;

	memset(d->chip, 0, sizeof(d->chip));
	memset(d->page, 0, sizeof(d->page));
	dma_master_clear(&d->chip[0]);
	dma_master_clear(&d->chip[1]);
}

static int
i8237_restored(void *dev)
{
	struct i8237 *d = dev;
	unsigned i;

	for (i = 0; i < 2; i++) {
		if ((d->chip[i].mask | d->chip[i].request | d->chip[i].dreq |
		    d->chip[i].tc) & 0xf0)
			return -EINVAL;
	}
	return 0;
}

static const struct snap_field dma_channel_fields[] = {
	SNAP_U16(struct dma_channel, base_addr),
	SNAP_U16(struct dma_channel, addr),
	SNAP_U16(struct dma_channel, base_count),
	SNAP_U16(struct dma_channel, count),
	SNAP_U8(struct dma_channel, mode),
	SNAP_END
};

static const struct snap_field dma_chip_fields[] = {
	SNAP_STRUCTS(struct dma_chip, ch, dma_channel_fields),
	SNAP_U8(struct dma_chip, command),
	SNAP_U8(struct dma_chip, mask),
	SNAP_U8(struct dma_chip, request),
	SNAP_U8(struct dma_chip, dreq),
	SNAP_U8(struct dma_chip, tc),
	SNAP_U8(struct dma_chip, temp),
	SNAP_BOOL(struct dma_chip, high),
	SNAP_END
};

static const struct snap_field i8237_fields[] = {
	SNAP_STRUCTS(struct i8237, chip, dma_chip_fields),
	SNAP_BYTES(struct i8237, page),
	SNAP_END
};

const struct io_ops i8237_dma1_io = {
	.read = i8237_dma1_read,
	.write = i8237_dma1_write,
	.sizes = 1,
};

const struct io_ops i8237_dma2_io = {
	.read = i8237_dma2_read,
	.write = i8237_dma2_write,
	.sizes = 1,
};

const struct io_ops i8237_page_io = {
	.read = i8237_page_read,
	.write = i8237_page_write,
	.sizes = 1,
};

const struct device_class i8237_class = {
	.name = "i8237",
	.version = 1,
	.reset = i8237_reset,
	.restored = i8237_restored,
	.free = free,
	.fields = i8237_fields,
};

struct i8237 *
i8237_new(struct i8237_bus bus, struct log *log)
{
	struct i8237 *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->bus = bus;
	d->log = log;
	i8237_reset(d);
	return d;
}
