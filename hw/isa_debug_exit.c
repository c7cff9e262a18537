/*
 * hw/isa_debug_exit.c - exit port for test programs
 */
#include "hw/isa_debug_exit.h"

#include <stdlib.h>

struct isa_debug_exit {
	void	(*leave)(void *arg, uint32_t status);
	void	*arg;
};

static uint64_t
debug_exit_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	(void)off;
	(void)size;
	return 0;
}

static void
debug_exit_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct isa_debug_exit *d = dev;

	(void)off;
	(void)size;
	d->leave(d->arg, (uint32_t)val << 1 | 1);
}

static void
debug_exit_reset(void *dev)
{
	(void)dev;
}

static int
debug_exit_restored(void *dev)
{
	(void)dev;
	return 0;
}

static const struct snap_field debug_exit_fields[] = {
	SNAP_END			/* the port has no state */
};

const struct io_ops isa_debug_exit_io = {
	.read = debug_exit_read,
	.write = debug_exit_write,
	.sizes = 1 | 2 | 4,
};

const struct device_class isa_debug_exit_class = {
	.name = "isa-debug-exit",
	.version = 1,
	.reset = debug_exit_reset,
	.restored = debug_exit_restored,
	.free = free,
	.fields = debug_exit_fields,
};

struct isa_debug_exit *
isa_debug_exit_new(void (*leave)(void *arg, uint32_t status), void *arg)
{
	struct isa_debug_exit *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->leave = leave;
	d->arg = arg;
	return d;
}
