/*
 * hw/ib700.c - watchdog of the iBase IB700 board
 *
 * As Linux's driver ib700wdt drives it; the board's manual has the table of times.
 */
#include "hw/ib700.h"

#include <stdlib.h>

#define OFF_STOP	0u
#define OFF_START	2u
#define LONGEST		30u		/* seconds */

struct ib700 {
	struct vclock	*clock;
	struct vtimer	timer;
	void		(*bites)(void *arg);
	void		*arg;
};

static void
ib700_over(void *arg)
{
	struct ib700 *w = arg;

	w->bites(w->arg);
}

/* The ports cannot be read. */
static uint64_t
ib700_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	(void)off;
	(void)size;
	return 0xff;
}

static void
ib700_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct ib700 *w = dev;
	uint64_t seconds = LONGEST - 2 * (val & 15);

	(void)size;
	if (off == OFF_STOP)
		vtimer_disarm(w->clock, &w->timer);
	else if (off == OFF_START)
		vtimer_arm(w->clock, &w->timer, vclock_now(w->clock) + seconds * VCLOCK_HZ);
}

static void
ib700_reset(void *dev)
{
	struct ib700 *w = dev;

	vtimer_disarm(w->clock, &w->timer);
}

static int
ib700_restored(void *dev)
{
	(void)dev;
	return 0;
}

static const struct snap_field ib700_fields[] = {
	SNAP_TIMER(struct ib700, timer),
	SNAP_END
};

const struct io_ops ib700_io = {
	.read = ib700_read,
	.write = ib700_write,
	.sizes = 1,
};

const struct device_class ib700_class = {
	.name = "ib700",
	.version = 1,
	.reset = ib700_reset,
	.restored = ib700_restored,
	.free = free,
	.fields = ib700_fields,
};

struct ib700 *
ib700_new(struct vclock *clock, void (*bites)(void *arg), void *arg)
{
	struct ib700 *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->clock = clock;
	w->bites = bites;
	w->arg = arg;
	vtimer_init(&w->timer, ib700_over, w);
	return w;
}
