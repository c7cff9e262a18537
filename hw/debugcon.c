/*
 * hw/debugcon.c - debug console port (Bochs documentation, "port e9 hack")
 */
#include "hw/debugcon.h"

#include <stdlib.h>

#define DEBUGCON_PRESENT	0xe9

struct debugcon {
	void	(*out)(void *arg, uint8_t byte);
	void	*arg;
};

static uint64_t
debugcon_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	(void)off;
	(void)size;
	return DEBUGCON_PRESENT;
}

static void
debugcon_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct debugcon *d = dev;

	(void)off;
	(void)size;
	if (d->out)
		d->out(d->arg, (uint8_t)val);
}

static void
debugcon_reset(void *dev)
{
	(void)dev;
}

static int
debugcon_restored(void *dev)
{
	(void)dev;
	return 0;
}

static const struct snap_field debugcon_fields[] = {
	SNAP_END			/* the port has no state */
};

const struct io_ops debugcon_io = {
	.read = debugcon_read,
	.write = debugcon_write,
	.sizes = 1,
};

const struct device_class debugcon_class = {
	.name = "debugcon",
	.version = 1,
	.reset = debugcon_reset,
	.restored = debugcon_restored,
	.free = free,
	.fields = debugcon_fields,
};

struct debugcon *
debugcon_new(void (*out)(void *arg, uint8_t byte), void *arg)
{
	struct debugcon *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->out = out;
	d->arg = arg;
	return d;
}
