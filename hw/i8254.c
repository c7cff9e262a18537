/*
 * hw/i8254.c - 8254 programmable interval timer and port 61h
 *
 * Intel 8254 datasheet (231164), "Operational Description" and "Mode
 * Definitions"; Intel 82371SB (PIIX3) datasheet, "NMI Status and Control
 * Register" for port 61h.
 *
 * The datasheet leaves a count of 1 in modes 2 and 3 undefined: OUT stays
 * high.  Not modelled: the NMI sources of port 61h, which read as absent.
 *
 * Time is the number of the CLK period, clk = floor(now * 1193182 / 10^9).  A
 * counter that runs had the value `base` at the start of period `start`; a
 * write takes effect at the next CLK, so start may be one ahead of now.
 */
#include "hw/i8254.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

#define CTL_BCD		0x01
#define CTL_MODE(v)	(((v) >> 1) & 7)
#define CTL_RW(v)	(((v) >> 4) & 3)
#define CTL_CHANNEL(v)	(((v) >> 6) & 3)
#define RB_NO_STATUS	0x10
#define RB_NO_COUNT	0x20
#define STATUS_NULL	0x40
#define STATUS_OUT	0x80

#define RW_LSB		1
#define RW_MSB		2

#define P61_GATE2	0x01
#define P61_SPEAKER	0x02
#define P61_WRITABLE	0x0f
#define P61_REFRESH	0x10
#define P61_OUT2	0x20
/* DRAM rows are refreshed every 15 us: counter 1's usual count. */
#define REFRESH_CLKS	18

#define NEVER		(~(uint64_t)0)

struct pit_channel {
	uint8_t		mode;		/* 0..5 */
	uint8_t		rw;		/* RW_LSB, RW_MSB or both */
	bool		bcd;
	bool		gate;
	bool		running;	/* CE decrements since start */
	bool		loaded;		/* a count was written since the control word */
	bool		pending;	/* cr goes into CE at the next reload */
	bool		read_msb;	/* next byte of a two-byte read */
	bool		write_msb;
	bool		status_latched;
	uint8_t		latched;	/* latched bytes not yet read, RW_ bits */
	uint8_t		status;
	uint8_t		write_lsb;	/* first byte of a two-byte write */
	uint16_t	latch;
	uint16_t	hold;		/* CE as read while it is not counting */
	uint32_t	cr;		/* count register, 1..65536 (10000 in BCD) */
	uint32_t	base;		/* CE at start */
	bool		half_low;	/* mode 3: OUT's level in this half is low */
	bool		expired;	/* modes 0, 4: ran out before GATE fell */
	uint64_t	start;
};

struct i8254 {
	struct vclock		*clock;
	struct wire		irq0;
	struct log		*log;
	struct pit_channel	ch[3];
	uint8_t			port61;
	bool			out0;	/* level last driven on irq0 */
	struct vtimer		edge;	/* next edge of counter 0's OUT */
};

static uint64_t
pit_clk(const struct i8254 *p)
{
	return muldiv64(vclock_now(p->clock), I8254_HZ, VCLOCK_HZ);
}

static uint32_t
pit_modulus(const struct pit_channel *c)
{
	return c->bcd ? 10000 : 65536;
}

static uint16_t
pit_to_bcd(uint32_t v)
{
	return (uint16_t)(v % 10 | (v / 10 % 10) << 4 | (v / 100 % 10) << 8 |
	    (v / 1000 % 10) << 12);
}

/* Digits above 9, which the datasheet does not allow, count as they weigh. */
static uint32_t
pit_from_bcd(uint16_t v)
{
	return ((v & 15u) + (v >> 4 & 15u) * 10 + (v >> 8 & 15u) * 100 +
	    (v >> 12 & 15u) * 1000) % 10000;
}

/* Clocks from one reload to the next in modes 2 and 3 (there of this half). */
static uint32_t
pit_period(const struct pit_channel *c)
{
	if (c->mode == 2)
		return c->base;
	return c->half_low ? c->base / 2 : (c->base + 1) / 2;
}

static bool
pit_reloads(const struct pit_channel *c)
{
	return (c->mode == 2 || c->mode == 3) && c->running && c->base > 1;
}

/* One reload at the end of a period (mode 2) or half-cycle (mode 3). */
static void
pit_reload(struct pit_channel *c)
{
	c->start += pit_period(c);
	if (c->mode == 3)
		c->half_low = !c->half_low;
	if (c->pending) {
		c->base = c->cr;
		c->pending = false;
	}
	if (c->base <= 1)
		c->half_low = false;
}

/* Brings a periodic counter's start to within one period of clk. */
static void
pit_sync(struct pit_channel *c, uint64_t clk)
{
	uint64_t cycles;

	/* A pending count is taken at the first reload, and in mode 3 two
	 * half-cycles are one whole: at most three single steps remain. */
	while (pit_reloads(c) && clk >= c->start + pit_period(c)) {
		if (!c->pending) {
			cycles = (clk - c->start) / c->base;
			c->start += cycles * c->base;
			if (clk < c->start + pit_period(c))
				break;
		}
		pit_reload(c);
	}
}

/* Level of OUT in period clk; the channel is synchronised. */
static bool
pit_out(const struct pit_channel *c, uint64_t clk)
{
	bool end = c->running && clk >= c->start + c->base;

	switch (c->mode) {
	case 0:
		return c->loaded && (c->expired || end);
	case 1:
		return !c->running || clk < c->start || end;
	case 2:
		return !pit_reloads(c) || clk != c->start + c->base - 1;
	case 3:
		return !c->running || !c->half_low;
	default:
		return !c->running || c->expired || clk != c->start + c->base;
	}
}

/* First period after clk in which OUT differs from clk's; NEVER if none. */
static uint64_t
pit_next_edge(const struct pit_channel *c, uint64_t clk)
{
	uint64_t end = c->start + c->base;

	if (!c->running || c->expired)
		return NEVER;
	switch (c->mode) {
	case 0:
		return clk < end ? end : NEVER;
	case 1:
		if (clk < c->start)
			return c->start;
		return clk < end ? end : NEVER;
	case 2:
		if (!pit_reloads(c))
			return NEVER;
		return clk < end - 1 ? end - 1 : end;
	case 3:
		return pit_reloads(c) ? c->start + pit_period(c) : NEVER;
	default:
		if (clk < end)
			return end;
		return clk == end ? end + 1 : NEVER;
	}
}

/* The counting element as a binary number below the modulus. */
static uint32_t
pit_value(const struct pit_channel *c, uint64_t clk)
{
	uint32_t mod = pit_modulus(c);
	uint64_t gone;

	if (!c->running || clk < c->start)
		return c->hold;
	gone = clk - c->start;
	if (c->mode == 2)
		return c->base > 1 ? (uint32_t)(c->base - gone) % mod : 1;
	/* "Mode 3": an odd count is loaded less one, and both kinds go down by
	 * two. */
	if (c->mode == 3)
		return c->base > 1 ? (uint32_t)((c->base & ~1u) - 2 * gone) % mod : 0;
	return (uint32_t)((c->base % mod + mod - gone % mod) % mod);
}

static uint16_t
pit_read_ce(const struct pit_channel *c, uint64_t clk)
{
	uint32_t v = pit_value(c, clk);

	return c->bcd ? pit_to_bcd(v) : (uint16_t)v;
}

/* The count register goes into the counting element at the next CLK. */
static void
pit_load(struct pit_channel *c, uint64_t clk)
{
	c->hold = (uint16_t)pit_value(c, clk);
	c->base = c->cr;
	c->start = clk + 1;
	c->running = true;
	c->pending = false;
	c->half_low = false;
	c->expired = false;
}

static void
pit_stop(struct pit_channel *c, uint64_t clk)
{
	c->hold = (uint16_t)pit_value(c, clk);
	c->running = false;
}

/* Counter 0 drives its wire and asks for the next edge. */
static void
pit_update(struct i8254 *p, uint64_t clk)
{
	struct pit_channel *c = &p->ch[0];
	uint64_t next;

	p->out0 = pit_out(c, clk);
	wire_set(&p->irq0, p->out0);
	next = pit_next_edge(c, clk);
	if (next == NEVER) {
		vtimer_disarm(p->clock, &p->edge);
		return;
	}
	next = muldiv64_up(next, VCLOCK_HZ, I8254_HZ);
	if (p->edge.when != next)
		vtimer_arm(p->clock, &p->edge, next);
}

static uint64_t
pit_now(struct i8254 *p)
{
	uint64_t clk = pit_clk(p);
	unsigned i;

	for (i = 0; i < 3; i++)
		pit_sync(&p->ch[i], clk);
	return clk;
}

static void
pit_edge(void *arg)
{
	struct i8254 *p = arg;

	pit_update(p, pit_now(p));
}

/* "Mode 0" and "Mode 4": GATE = 0 disables counting and leaves OUT alone. */
static void
pit_gate_level(struct pit_channel *c, bool level, uint64_t clk)
{
	if (!level && c->running) {
		if (clk < c->start)	/* the next CLK still loads the count */
			c->hold = (uint16_t)(c->base % pit_modulus(c));
		else
			c->hold = (uint16_t)pit_value(c, clk);
		if (clk >= c->start + c->base)
			c->expired = true;
		c->base = c->hold ? c->hold : pit_modulus(c);
		c->running = false;
	} else if (level && !c->running && c->loaded && !c->write_msb) {
		c->start = clk;
		c->running = true;
	}
}

static void
pit_gate(struct i8254 *p, unsigned ch, bool level)
{
	struct pit_channel *c = &p->ch[ch];
	uint64_t clk = pit_now(p);
	bool rose = level && !c->gate;

	if (c->gate == level)
		return;
	c->gate = level;
	switch (c->mode) {
	case 0:
	case 4:
		pit_gate_level(c, level, clk);
		break;
	case 2:
	case 3:
		/* OUT goes high at once; a rising gate starts a new cycle. */
		if (!level && c->running)
			pit_stop(c, clk);
		/* fall through */
	default:
		if (rose && c->loaded)
			pit_load(c, clk);
		break;
	}
	pit_update(p, clk);
}

void
i8254_set_gate(struct i8254 *p, unsigned ch, bool level)
{
	if (ch < 3)
		pit_gate(p, ch, level);
}

/* A complete count has been written. */
static void
pit_count_written(struct i8254 *p, struct pit_channel *c, uint16_t raw,
    uint64_t clk)
{
	c->cr = c->bcd ? pit_from_bcd(raw) : raw;
	if (c->cr == 0)
		c->cr = pit_modulus(c);
	if (c->cr == 1 && (c->mode == 2 || c->mode == 3))
		log_guest(p->log, "i8254.count1",
		    "8254: a count of 1 in mode %u", c->mode);
	switch (c->mode) {
	case 0:
	case 4:
		c->loaded = true;
		pit_load(c, clk);
		if (!c->gate)
			pit_gate_level(c, false, clk);
		break;
	case 1:
	case 5:
		c->loaded = true;
		c->pending = true;
		break;
	default:
		c->pending = true;
		if ((!c->loaded || c->base <= 1) && c->gate)
			pit_load(c, clk);
		c->loaded = true;
		break;
	}
}

static void
pit_write_count(struct i8254 *p, struct pit_channel *c, uint8_t val)
{
	uint64_t clk = pit_now(p);

	if (c->rw == RW_LSB) {
		pit_count_written(p, c, val, clk);
	} else if (c->rw == RW_MSB) {
		pit_count_written(p, c, (uint16_t)(val << 8), clk);
	} else if (!c->write_msb) {
		c->write_lsb = val;
		c->write_msb = true;
		/* "Mode 0": the first byte stops counting, and OUT falls. */
		if (c->mode == 0) {
			pit_stop(c, clk);
			c->loaded = false;
			c->expired = false;
		}
	} else {
		c->write_msb = false;
		pit_count_written(p, c, (uint16_t)(val << 8 | c->write_lsb), clk);
	}
	pit_update(p, clk);
}

static uint8_t
pit_status(const struct pit_channel *c, uint64_t clk)
{
	uint8_t s = (uint8_t)(c->rw << 4 | c->mode << 1 | (c->bcd ? CTL_BCD : 0));

	if (pit_out(c, clk))
		s |= STATUS_OUT;
	if (!c->loaded || c->pending || (c->running && clk < c->start))
		s |= STATUS_NULL;
	return s;
}

/* A second latch command before the first is read has no effect. */
static void
pit_latch_count(struct pit_channel *c, uint64_t clk)
{
	if (c->latched)
		return;
	c->latch = pit_read_ce(c, clk);
	c->latched = c->rw;
}

static void
pit_read_back(struct i8254 *p, uint8_t val, uint64_t clk)
{
	struct pit_channel *c;
	unsigned i;

	for (i = 0; i < 3; i++) {
		c = &p->ch[i];
		if (!(val & (2u << i)))
			continue;
		if (!(val & RB_NO_COUNT))
			pit_latch_count(c, clk);
		if (!(val & RB_NO_STATUS) && !c->status_latched) {
			c->status = pit_status(c, clk);
			c->status_latched = true;
		}
	}
}

static void
pit_control(struct i8254 *p, uint8_t val)
{
	uint64_t clk = pit_now(p);
	struct pit_channel *c;

	if (CTL_CHANNEL(val) == 3) {
		pit_read_back(p, val, clk);
		return;
	}
	c = &p->ch[CTL_CHANNEL(val)];
	if (CTL_RW(val) == 0) {
		pit_latch_count(c, clk);
		return;
	}
	pit_stop(c, clk);
	c->mode = CTL_MODE(val);
	if (c->mode > 5)
		c->mode &= 3;		/* bit 2 is "don't care" in modes 2, 3 */
	c->rw = CTL_RW(val);
	c->bcd = val & CTL_BCD;
	c->hold = (uint16_t)(c->hold % pit_modulus(c));
	c->expired = false;
	c->loaded = false;
	c->pending = false;
	c->half_low = false;
	c->read_msb = false;
	c->write_msb = false;
	c->status_latched = false;
	c->latched = 0;
	pit_update(p, clk);
}

static uint8_t
pit_read_latch(struct pit_channel *c)
{
	if (c->latched & RW_LSB) {
		c->latched &= (uint8_t)~RW_LSB;
		return (uint8_t)c->latch;
	}
	c->latched = 0;
	return (uint8_t)(c->latch >> 8);
}

static uint8_t
pit_read_count(struct i8254 *p, struct pit_channel *c)
{
	uint64_t clk = pit_now(p);
	uint16_t v;
	bool msb;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latched)
		return pit_read_latch(c);
	v = pit_read_ce(c, clk);
	msb = c->rw == RW_MSB;
	if (c->rw == (RW_LSB | RW_MSB)) {
		msb = c->read_msb;
		c->read_msb = !c->read_msb;
	}
	return (uint8_t)(msb ? v >> 8 : v);
}

static uint64_t
i8254_read(void *dev, uint32_t off, unsigned size)
{
	struct i8254 *p = dev;

	(void)size;
	if ((off & 3) == 3)		/* the control word cannot be read */
		return 0xff;
	return pit_read_count(p, &p->ch[off & 3]);
}

static void
i8254_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct i8254 *p = dev;

	(void)size;
	if ((off & 3) == 3)
		pit_control(p, (uint8_t)val);
	else
		pit_write_count(p, &p->ch[off & 3], (uint8_t)val);
}

static uint64_t
i8254_port61_read(void *dev, uint32_t off, unsigned size)
{
	struct i8254 *p = dev;
	uint64_t clk = pit_now(p);
	uint8_t v = p->port61;

	(void)off;
	(void)size;
	if (clk / REFRESH_CLKS & 1)
		v |= P61_REFRESH;
	if (pit_out(&p->ch[2], clk))
		v |= P61_OUT2;
	return v;
}

static void
i8254_port61_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct i8254 *p = dev;

	(void)off;
	(void)size;
	p->port61 = (uint8_t)val & P61_WRITABLE;
	pit_gate(p, 2, val & P61_GATE2);
}

bool
i8254_speaker(struct i8254 *p)
{
	return (p->port61 & P61_SPEAKER) && pit_out(&p->ch[2], pit_now(p));
}

/* The chip has no reset pin and its power-on state is undefined: all counters
 * stopped in mode 0 as if written with a control word. */
static void
i8254_reset(void *dev)
{
	struct i8254 *p = dev;
	unsigned i;

	memset(p->ch, 0, sizeof(p->ch));
	for (i = 0; i < 3; i++) {
		p->ch[i].rw = RW_LSB | RW_MSB;
		p->ch[i].gate = i != 2;
	}
	p->port61 = 0;
	pit_update(p, pit_now(p));
}

static int
i8254_restored(void *dev)
{
	struct i8254 *p = dev;
	uint64_t clk = pit_clk(p);
	struct pit_channel *c;

	for (c = p->ch; c < p->ch + 3; c++) {
		if (c->mode > 5 || c->rw == 0 || c->rw > 3 || c->latched > 3 ||
		    c->cr > pit_modulus(c) || c->base > pit_modulus(c) ||
		    c->hold >= pit_modulus(c) || c->start > clk + 1 ||
		    (c->running && c->base == 0))
			return -EINVAL;
	}
	if (p->port61 & ~P61_WRITABLE)
		return -EINVAL;
	wire_set(&p->irq0, p->out0);
	return 0;
}

static const struct snap_field pit_channel_fields[] = {
	SNAP_U8(struct pit_channel, mode),
	SNAP_U8(struct pit_channel, rw),
	SNAP_BOOL(struct pit_channel, bcd),
	SNAP_BOOL(struct pit_channel, gate),
	SNAP_BOOL(struct pit_channel, running),
	SNAP_BOOL(struct pit_channel, loaded),
	SNAP_BOOL(struct pit_channel, pending),
	SNAP_BOOL(struct pit_channel, read_msb),
	SNAP_BOOL(struct pit_channel, write_msb),
	SNAP_BOOL(struct pit_channel, status_latched),
	SNAP_U8(struct pit_channel, latched),
	SNAP_U8(struct pit_channel, status),
	SNAP_U8(struct pit_channel, write_lsb),
	SNAP_U16(struct pit_channel, latch),
	SNAP_U16(struct pit_channel, hold),
	SNAP_U32(struct pit_channel, cr),
	SNAP_U32(struct pit_channel, base),
	SNAP_BOOL(struct pit_channel, half_low),
	SNAP_BOOL(struct pit_channel, expired),
	SNAP_U64(struct pit_channel, start),
	SNAP_END
};

static const struct snap_field i8254_fields[] = {
	SNAP_STRUCTS(struct i8254, ch, pit_channel_fields),
	SNAP_U8(struct i8254, port61),
	SNAP_BOOL(struct i8254, out0),
	SNAP_TIMER(struct i8254, edge),
	SNAP_END
};

const struct io_ops i8254_io = {
	.read = i8254_read,
	.write = i8254_write,
	.sizes = 1,
};

const struct io_ops i8254_port61_io = {
	.read = i8254_port61_read,
	.write = i8254_port61_write,
	.sizes = 1,
};

const struct device_class i8254_class = {
	.name = "i8254",
	.version = 1,
	.reset = i8254_reset,
	.restored = i8254_restored,
	.free = free,
	.fields = i8254_fields,
};

struct i8254 *
i8254_new(struct vclock *clock, struct wire irq0, struct log *log)
{
	struct i8254 *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->clock = clock;
	p->irq0 = irq0;
	p->log = log;
	vtimer_init(&p->edge, pit_edge, p);
	i8254_reset(p);
	return p;
}
