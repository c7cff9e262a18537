/*
 * hw/port92.c - PS/2 system control port A: fast A20 gate and fast reset
 *
 * Intel 82371SB (PIIX3) datasheet, "Port 92".  Not modelled: security lock
 * (bit 3) and activity lights (bits 6, 7), which read back as written.
 */
#include "hw/port92.h"

#include <stdlib.h>

#define P92_RESET	0x01	/* 0 -> 1 pulses the processor's INIT */
#define P92_A20		0x02	/* 1 = A20 passes */

struct port92 {
	struct wire	a20;
	struct wire	reset;
	uint8_t		ctl;
};

static uint64_t
port92_read(void *dev, uint32_t off, unsigned size)
{
	struct port92 *p = dev;

	(void)off;
	(void)size;
	return p->ctl;
}

static void
port92_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct port92 *p = dev;
	uint8_t rising = (uint8_t)val & (uint8_t)~p->ctl;

	(void)off;
	(void)size;
	p->ctl = (uint8_t)val;
	wire_set(&p->a20, p->ctl & P92_A20);
	if (rising & P92_RESET) {
		wire_set(&p->reset, true);
		wire_set(&p->reset, false);
	}
}

static void
port92_reset(void *dev)
{
	struct port92 *p = dev;

	p->ctl = 0;
	wire_set(&p->a20, false);
}

static int
port92_restored(void *dev)
{
	struct port92 *p = dev;

	wire_set(&p->a20, p->ctl & P92_A20);
	return 0;
}

static const struct snap_field port92_fields[] = {
	SNAP_U8(struct port92, ctl),
	SNAP_END
};

const struct io_ops port92_io = {
	.read = port92_read,
	.write = port92_write,
	.sizes = 1,
};

const struct device_class port92_class = {
	.name = "port92",
	.version = 1,
	.reset = port92_reset,
	.restored = port92_restored,
	.free = free,
	.fields = port92_fields,
};

struct port92 *
port92_new(struct wire a20, struct wire reset)
{
	struct port92 *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->a20 = a20;
	p->reset = reset;
	return p;
}
