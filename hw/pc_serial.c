/*
 * hw/pc_serial.c - serial ports with the bytes that wait for them
 *
 * The UART takes a byte when its line is free.  What the outside offered before
 * that waits here, as part of the machine's state.
 */
#include <errno.h>
#include <stdlib.h>

#include "hw/pc_priv.h"

/*
 * A character takes this long on the line whatever rate the guest programs.
 * Kernels write their console by polling: at 115200 baud most of a boot's
 * virtual time, and of the host's, would be spent in that loop.
 */
#define CHAR_CYCLES	1000

static const uint16_t serial_port[MACHINE_SERIALS] = { 0x3f8, 0x2f8 };
static const int serial_irq[MACHINE_SERIALS] = { 4, 3 };

static void
serial_drain(void *arg)
{
	struct pc_serial *s = arg;

	while (s->count && uart16550_can_receive(s->uart)) {
		uint8_t byte = s->fifo[s->head];

		s->head = (uint16_t)((s->head + 1) % PC_SERIAL_ROOM);
		s->count--;
		uart16550_receive(s->uart, byte);
	}
}

static void
serial_tx(void *arg, uint8_t byte)
{
	struct pc_serial *s = arg;

	machine_output(s->m, s->channel, &s->m->cfg.serial[s->channel], byte);
}

/*
 * The machine ends.  Programs that poll THRE and not TEMT before they end it
 * have up to 17 characters under way.
 */
void
pc_serial_flush(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < MACHINE_SERIALS; i++)
		if (pc->serial[i].uart)
			uart16550_flush(pc->serial[i].uart);
}

size_t
pc_serial_input(struct pc *pc, unsigned port, const uint8_t *p, size_t n)
{
	struct pc_serial *s = &pc->serial[port];
	size_t done;

	if (!s->uart)
		return n;	/* an unconnected cable */
	for (done = 0; done < n && s->count < PC_SERIAL_ROOM; done++) {
		s->fifo[(s->head + s->count) % PC_SERIAL_ROOM] = p[done];
		s->count++;
	}
	serial_drain(s);
	return done;
}

/* --- the queue as a device: a reset of the machine leaves the cable alone --- */

static void
serial_reset(void *dev)
{
	(void)dev;
}

static int
serial_restored(void *dev)
{
	const struct pc_serial *s = dev;

	return s->head < PC_SERIAL_ROOM && s->count <= PC_SERIAL_ROOM ? 0 : -EINVAL;
}

static void
serial_free(void *dev)
{
	(void)dev;		/* part of struct pc */
}

static const struct snap_field serial_fields[] = {
	SNAP_BYTES(struct pc_serial, fifo),
	SNAP_U16(struct pc_serial, head),
	SNAP_U16(struct pc_serial, count),
	SNAP_END
};

static const struct device_class serial_class = {
	.name = "serial-input",
	.version = 1,
	.reset = serial_reset,
	.restored = serial_restored,
	.free = serial_free,
	.fields = serial_fields,
};

static bool
serial_build_port(struct pc *pc, unsigned i)
{
	static const char *const name[] = { "com1", "com2" };
	static const char *const input[] = { "com1-input", "com2-input" };
	struct pc_serial *s = &pc->serial[i];
	struct uart16550_backend back = { serial_tx, serial_drain, s };

	s->m = pc->m;
	s->channel = OUTPUT_SERIAL0 + i;
	s->uart = uart16550_new(&pc->m->heap.clock, pc_isa_irq(pc, serial_irq[i]),
	    back, pc->m->log);
	if (!machine_add(pc->m, &uart16550_class, s->uart, name[i]))
		return false;
	uart16550_set_char_cycles(s->uart, CHAR_CYCLES);
	return machine_add(pc->m, &serial_class, s, input[i]) &&
	    pc_map_pio(pc, serial_port[i], 8, &uart16550_io, s->uart, name[i]);
}

bool
pc_serial_build(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < MACHINE_SERIALS; i++)
		if (pc->m->cfg.serial[i].present && !serial_build_port(pc, i))
			return false;
	return true;
}
