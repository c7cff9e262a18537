/*
 * hw/hpet.c - high precision event timers
 *
 * Reference: IA-PC HPET Specification 1.0a, 2.3 "Register Definitions".
 *
 * Three timers, all periodic and of 64 bits; no FSB messages.  A tick of the main
 * counter is 10 cycles.  A comparator is met at the tick at which the counter has its
 * value, in 32-bit mode every 2^32 ticks.  A comparator that is written with the
 * counter's own value is met at once.
 */
#include "hw/hpet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define TICK		10u		/* cycles */
#define FEMTOSECONDS	10000000u	/* of a tick */

#define R_CAP		0x000
#define R_CONF		0x010
#define   CONF_ENABLE	1u
#define   CONF_LEGACY	2u
#define R_STATUS	0x020
#define R_COUNTER	0x0f0
#define R_TIMERS	0x100
#define TIMER_ROOM	0x020
/* of a timer */
#define T_CONF		0x00
#define   T_LEVEL	0x0002u
#define   T_ENABLE	0x0004u
#define   T_PERIODIC	0x0008u
#define   T_PERIODIC_CAP 0x0010u
#define   T_64_CAP	0x0020u
#define   T_SET_VALUE	0x0040u
#define   T_32		0x0100u
#define   T_ROUTE	0x3e00u
#define   T_WRITABLE	(T_LEVEL | T_ENABLE | T_PERIODIC | T_SET_VALUE | T_32 | T_ROUTE)
#define T_COMPARE	0x08

#define TIMERS		3
/* Inputs 2, 8 and 16 to 23: what no ISA or PCI interrupt needs. */
#define ROUTES		0x00ff0104u

/* A time so far away never comes. */
#define FAR_TICKS	((uint64_t)1 << 58)

struct hpet_timer {
	uint16_t	conf;
	uint64_t	compare;
	uint64_t	period;
	struct vtimer	timer;
	struct hpet	*hpet;
	int		n;
};

struct hpet {
	uint8_t			conf;
	uint8_t			status;
	uint64_t		counter;	/* at cycle `since`, or while it stands */
	uint64_t		since;
	struct hpet_timer	timer[TIMERS];
	/* Wiring: */
	struct vclock		*vc;
	struct hpet_wires	wires;
};

/* --- time --- */

static uint64_t
hpet_counter(const struct hpet *h)
{
	if (!(h->conf & CONF_ENABLE))
		return h->counter;
	return h->counter + (vclock_now(h->vc) - h->since) / TICK;
}

/* Ticks from the counter's value now to the next time it meets the comparator. */
static uint64_t
timer_distance(const struct hpet_timer *t, uint64_t now)
{
	uint64_t d = t->compare - now;

	return t->conf & T_32 ? (uint32_t)d : d;
}

/* met: the comparator has just been met; its next time is a later one. */
static void
timer_arm(struct hpet_timer *t, bool met)
{
	struct hpet *h = t->hpet;
	uint64_t now = hpet_counter(h), d = timer_distance(t, now);

	if (met && d == 0)
		d = t->conf & T_32 ? (uint64_t)1 << 32 : FAR_TICKS;
	if (!(h->conf & CONF_ENABLE) || d >= FAR_TICKS) {
		vtimer_disarm(h->vc, &t->timer);
		return;
	}
	d += now - h->counter;		/* from the cycle `since` on */
	if (d >= FAR_TICKS)
		vtimer_disarm(h->vc, &t->timer);
	else
		vtimer_arm(h->vc, &t->timer, h->since + d * TICK);
}

/* --- interrupts --- */

static const struct wire *
timer_wire(const struct hpet_timer *t)
{
	const struct hpet *h = t->hpet;
	unsigned route = t->conf >> 9 & 31;

	if ((h->conf & CONF_LEGACY) && t->n < 2)
		return t->n ? &h->wires.irq8 : &h->wires.irq0;
	return route < HPET_IRQS && (ROUTES >> route & 1) ? &h->wires.irq[route] : NULL;
}

static bool
timer_level(const struct hpet_timer *t)
{
	return (t->hpet->status >> t->n & 1) && (t->conf & T_ENABLE) && (t->conf & T_LEVEL) &&
	    (t->hpet->conf & CONF_ENABLE);
}

/* All wires anew: several timers may share one. */
static void
hpet_drive(struct hpet *h)
{
	const struct wire *w[TIMERS];
	unsigned i, k;

	for (i = 0; i < TIMERS; i++)
		w[i] = timer_wire(&h->timer[i]);
	for (i = 0; i < TIMERS; i++) {
		bool level = false;

		if (!w[i])
			continue;
		for (k = 0; k < TIMERS; k++)
			level |= w[k] == w[i] && timer_level(&h->timer[k]);
		wire_set(w[i], level);
	}
}

/* Before a change of what decides the wire: the old one is let go. */
static void
timer_release(struct hpet_timer *t)
{
	const struct wire *w = timer_wire(t);

	if (w)
		wire_set(w, false);
}

static void
timer_raise(struct hpet_timer *t)
{
	const struct wire *w = timer_wire(t);

	if (t->conf & T_LEVEL) {
		t->hpet->status |= (uint8_t)(1u << t->n);
		hpet_drive(t->hpet);
	} else if (w && (t->conf & T_ENABLE)) {
		wire_set(w, true);
		wire_set(w, false);
	}
}

/* 2.3.9.2.2 "Periodic Mode": the comparator moves on by the period. */
static void
timer_advance(struct hpet_timer *t)
{
	uint64_t late = hpet_counter(t->hpet) - t->compare;
	uint64_t period = t->conf & T_32 ? (uint32_t)t->period : t->period;

	if (t->conf & T_32)
		late = (uint32_t)late;
	if (!(t->conf & T_PERIODIC) || !period)
		return;
	if (late < HPET_MIN_TICKS && period < HPET_MIN_TICKS)
		late = HPET_MIN_TICKS - 1;	/* several at once */
	t->compare += (late / period + 1) * period;
	if (t->conf & T_32)
		t->compare = (uint32_t)t->compare;
}

static void
timer_met(void *arg)
{
	struct hpet_timer *t = arg;

	timer_raise(t);
	timer_advance(t);
	timer_arm(t, true);
}

/* What is due but has not been called yet: between slices events wait. */
static void
hpet_catch_up(struct hpet *h)
{
	unsigned i;

	for (i = 0; i < TIMERS; i++) {
		struct hpet_timer *t = &h->timer[i];

		if (!vtimer_armed(&t->timer) || t->timer.when > vclock_now(h->vc))
			continue;
		vtimer_disarm(h->vc, &t->timer);
		timer_met(t);
	}
}

static void
hpet_arm_all(struct hpet *h)
{
	unsigned i;

	for (i = 0; i < TIMERS; i++)
		timer_arm(&h->timer[i], false);
}

/* --- registers, of 64 bits --- */

static struct hpet_timer *
hpet_timer_at(struct hpet *h, uint32_t off)
{
	unsigned n = (off - R_TIMERS) / TIMER_ROOM;

	return off >= R_TIMERS && n < TIMERS ? &h->timer[n] : NULL;
}

static uint64_t
timer_read(const struct hpet_timer *t, uint32_t off)
{
	switch (off % TIMER_ROOM) {
	case T_CONF:
		return (uint64_t)ROUTES << 32 | T_PERIODIC_CAP | T_64_CAP | t->conf;
	case T_COMPARE:
		return t->compare;
	default:		/* FSB route: not there */
		return 0;
	}
}

static uint64_t
hpet_get(struct hpet *h, uint32_t off)
{
	const struct hpet_timer *t = hpet_timer_at(h, off);

	if (t)
		return timer_read(t, off);
	switch (off) {
	case R_CAP: return (uint64_t)FEMTOSECONDS << 32 | HPET_ID;
	case R_CONF: return h->conf;
	case R_STATUS: return h->status;
	case R_COUNTER: return hpet_counter(h);
	default: return 0;
	}
}

static void
timer_conf_write(struct hpet_timer *t, uint64_t val)
{
	timer_release(t);
	t->conf = val & T_WRITABLE;
	if (t->conf & T_32) {
		t->compare = (uint32_t)t->compare;
		t->period = (uint32_t)t->period;
	}
	if (!(t->conf & T_LEVEL))
		t->hpet->status &= (uint8_t)~(1u << t->n);
	hpet_drive(t->hpet);
	timer_arm(t, false);
}

/*
 * 2.3.9.2.2: in periodic mode the value is the period, and the comparator only with
 * Tn_VAL_SET_CNF, which goes when the last part of the value has been written.
 */
static void
timer_compare_write(struct hpet_timer *t, uint64_t val, uint64_t mask)
{
	bool periodic = t->conf & T_PERIODIC;

	if (t->conf & T_32)
		mask = (uint32_t)mask;
	if (periodic)
		t->period = (t->period & ~mask) | (val & mask);
	if (!periodic || (t->conf & T_SET_VALUE))
		t->compare = (t->compare & ~mask) | (val & mask);
	if (mask >> 32 || (t->conf & T_32))
		t->conf &= (uint16_t)~T_SET_VALUE;
	timer_arm(t, false);
}

static void
hpet_conf_write(struct hpet *h, uint8_t val)
{
	uint8_t changed = h->conf ^ (val & (CONF_ENABLE | CONF_LEGACY));
	uint64_t now = hpet_counter(h);
	unsigned i;

	for (i = 0; i < TIMERS; i++)
		timer_release(&h->timer[i]);
	h->conf ^= changed;
	if (changed & CONF_ENABLE) {
		h->counter = now;
		h->since = vclock_now(h->vc);
	}
	wire_set(&h->wires.legacy, h->conf & CONF_LEGACY);
	hpet_drive(h);
	if (changed & CONF_ENABLE)
		hpet_arm_all(h);
}

static void
hpet_set(struct hpet *h, uint32_t off, uint64_t val, uint64_t mask)
{
	struct hpet_timer *t = hpet_timer_at(h, off);
	uint64_t merged = (hpet_get(h, off) & ~mask) | (val & mask);

	if (t && off % TIMER_ROOM == T_CONF && (uint32_t)mask) {
		timer_conf_write(t, merged);
	} else if (t && off % TIMER_ROOM == T_COMPARE) {
		timer_compare_write(t, val, mask);
	} else if (off == R_CONF && (uint32_t)mask) {
		hpet_conf_write(h, (uint8_t)merged);
	} else if (off == R_STATUS) {
		h->status &= (uint8_t)~(val & mask);
		hpet_drive(h);
	} else if (off == R_COUNTER && !(h->conf & CONF_ENABLE)) {
		/* "should only be done when the counter is halted" */
		h->counter = merged;
	}
}

/* 2.3.1 "Register Overview": aligned 32- and 64-bit accesses. */
static uint64_t
hpet_read(void *dev, uint32_t off, unsigned size)
{
	struct hpet *h = dev;

	hpet_catch_up(h);
	return hpet_get(h, off & ~7u) >> 8 * (off & 7) & LOW_BITS(8 * size);
}

static void
hpet_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	unsigned shift = 8 * (off & 7);

	hpet_catch_up(dev);
	hpet_set(dev, off & ~7u, val << shift, LOW_BITS(8 * size) << shift);
}

/* --- reset, restore, construction --- */

static void
hpet_reset(void *dev)
{
	struct hpet *h = dev;
	unsigned i;

	for (i = 0; i < TIMERS; i++) {
		struct hpet_timer *t = &h->timer[i];

		timer_release(t);
		vtimer_disarm(h->vc, &t->timer);
		t->conf = 0;
		t->compare = UINT64_MAX;
		t->period = 0;
	}
	h->conf = h->status = 0;
	h->counter = 0;
	h->since = 0;
	wire_set(&h->wires.legacy, false);
}

static int
hpet_restored(void *dev)
{
	struct hpet *h = dev;
	unsigned i;

	if (h->since > vclock_now(h->vc))
		return -EINVAL;
	h->conf &= CONF_ENABLE | CONF_LEGACY;
	h->status &= (1u << TIMERS) - 1;
	for (i = 0; i < TIMERS; i++) {
		h->timer[i].conf &= T_WRITABLE;
		if (!(h->conf & CONF_ENABLE) && vtimer_armed(&h->timer[i].timer))
			return -EINVAL;
	}
	for (i = 0; i < HPET_IRQS; i++)
		wire_set(&h->wires.irq[i], false);
	wire_set(&h->wires.irq0, false);
	wire_set(&h->wires.irq8, false);
	wire_set(&h->wires.legacy, h->conf & CONF_LEGACY);
	hpet_drive(h);
	return 0;
}

static void
hpet_free(void *dev)
{
	struct hpet *h = dev;
	unsigned i;

	for (i = 0; h && i < TIMERS; i++)
		vtimer_disarm(h->vc, &h->timer[i].timer);
	free(h);
}

static const struct snap_field hpet_timer_fields[] = {
	SNAP_U16(struct hpet_timer, conf),
	SNAP_U64(struct hpet_timer, compare),
	SNAP_U64(struct hpet_timer, period),
	SNAP_TIMER(struct hpet_timer, timer),
	SNAP_END
};

static const struct snap_field hpet_fields[] = {
	SNAP_U8(struct hpet, conf),
	SNAP_U8(struct hpet, status),
	SNAP_U64(struct hpet, counter),
	SNAP_U64(struct hpet, since),
	SNAP_STRUCTS(struct hpet, timer, hpet_timer_fields),
	SNAP_END
};

const struct io_ops hpet_io = {
	.read = hpet_read,
	.write = hpet_write,
	.sizes = 4 | 8,
};

const struct device_class hpet_class = {
	.name = "hpet",
	.version = 1,
	.reset = hpet_reset,
	.restored = hpet_restored,
	.free = hpet_free,
	.fields = hpet_fields,
};

struct hpet *
hpet_new(struct vclock *vc, const struct hpet_wires *wires)
{
	struct hpet *h = calloc(1, sizeof(*h));
	int i;

	if (!h)
		return NULL;
	h->vc = vc;
	h->wires = *wires;
	for (i = 0; i < TIMERS; i++) {
		h->timer[i].hpet = h;
		h->timer[i].n = i;
		vtimer_init(&h->timer[i].timer, timer_met, &h->timer[i]);
	}
	return h;
}
