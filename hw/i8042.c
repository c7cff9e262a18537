/*
 * hw/i8042.c - PS/2 keyboard controller
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
 * Device Controller".
 *
 * A byte of a device takes BYTE_CYCLES from the moment the output buffer is
 * free; the controller itself answers at once.  Not modelled: the password,
 * diagnostic dumps, time-outs and parity errors of the lines, and the firmware
 * variants' own commands except DDh and DFh (A20).
 */
#include "hw/i8042.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "hw/ps2.h"
#include "hw/ps2_keys.h"

/* 11 bits at about 16 kHz would be 690 us; nothing depends on that, and boots
 * wait for dozens of bytes. */
#define BYTE_CYCLES	(100u * (VCLOCK_HZ / 1000000u))

/* Status */
#define ST_OBF		0x01
#define ST_SYS		0x04
#define ST_COMMAND	0x08
#define ST_UNLOCKED	0x10
#define ST_AUX		0x20
/* Command byte */
#define CTR_KBD_INT	0x01
#define CTR_AUX_INT	0x02
#define CTR_SYS		0x04
#define CTR_KBD_OFF	0x10
#define CTR_AUX_OFF	0x20
#define CTR_TRANSLATE	0x40
#define CTR_START	(CTR_KBD_INT | CTR_AUX_INT | CTR_TRANSLATE)
/* Output port */
#define OUT_RUN		0x01	/* low resets the processor */
#define OUT_A20		0x02
#define OUT_KBD_INT	0x10
#define OUT_AUX_INT	0x20
#define OUT_START	(0xc0 | OUT_A20 | OUT_RUN)

#define CMD_READ_RAM	0x20	/* ..3F; 20 is the command byte */
#define CMD_WRITE_RAM	0x60	/* ..7F */
#define CMD_TEST_PASS	0xa4
#define CMD_AUX_OFF	0xa7
#define CMD_AUX_ON	0xa8
#define CMD_AUX_TEST	0xa9
#define CMD_SELF_TEST	0xaa
#define CMD_KBD_TEST	0xab
#define CMD_KBD_OFF	0xad
#define CMD_KBD_ON	0xae
#define CMD_READ_INPUT	0xc0
#define CMD_READ_OUT	0xd0
#define CMD_WRITE_OUT	0xd1
#define CMD_FROM_KBD	0xd2
#define CMD_FROM_AUX	0xd3
#define CMD_TO_AUX	0xd4
#define CMD_A20_OFF	0xdd
#define CMD_A20_ON	0xdf
#define CMD_TEST_LINES	0xe0
#define CMD_PULSE	0xf0	/* ..FF */

#define INPUT_START	0x80	/* keyboard not locked */

struct i8042 {
	struct vclock		*clock;
	struct i8042_wires	wires;
	struct log		*log;
	uint8_t			ram[32];	/* [0] is the command byte */
	uint8_t			out;		/* output port, bits 0, 1, 6, 7 */
	uint8_t			command;	/* waits for its data; 0 = none */
	uint8_t			data;		/* output buffer */
	uint8_t			status;
	uint8_t			next;		/* an answer behind a full buffer */
	bool			next_full;
	bool			next_aux;
	bool			release;	/* F0 seen: next code is a break */
	struct ps2_keyboard	kbd;
	struct ps2_mouse	mouse;
	struct vtimer		line;		/* a device's byte arrives */
};

static void
kbc_drive(struct i8042 *k)
{
	uint8_t ctr = k->ram[0];
	bool full = k->status & ST_OBF, aux = k->status & ST_AUX;

	wire_set(&k->wires.irq1, full && !aux && (ctr & CTR_KBD_INT));
	wire_set(&k->wires.irq12, full && aux && (ctr & CTR_AUX_INT));
}

static void
kbc_fill(struct i8042 *k, uint8_t val, bool aux)
{
	k->data = val;
	k->status |= ST_OBF;
	if (aux)
		k->status |= ST_AUX;
	else
		k->status &= (uint8_t)~ST_AUX;
	kbc_drive(k);
}

static bool
kbc_kbd_waits(const struct i8042 *k)
{
	return !(k->ram[0] & CTR_KBD_OFF) && ps2_pending(&k->kbd.port);
}

static bool
kbc_aux_waits(const struct i8042 *k)
{
	return !(k->ram[0] & CTR_AUX_OFF) && ps2_pending(&k->mouse.port);
}

/* Starts the transfer of the next byte when there is one and room for it. */
static void
kbc_listen(void *arg)
{
	struct i8042 *k = arg;

	if ((k->status & ST_OBF) || vtimer_armed(&k->line))
		return;
	if (kbc_kbd_waits(k) || kbc_aux_waits(k))
		vtimer_arm(k->clock, &k->line,
		    vclock_now(k->clock) + BYTE_CYCLES);
}

/* Set 2 becomes set 1: F0 turns into bit 7 of the next code. */
static void
kbc_keyboard_byte(struct i8042 *k)
{
	uint8_t v = ps2_take(&k->kbd.port);

	if (!(k->ram[0] & CTR_TRANSLATE)) {
		kbc_fill(k, v, false);
		return;
	}
	if (v == 0xf0) {
		k->release = true;
		return;
	}
	v = ps2_translate(v) | (k->release ? 0x80 : 0);
	k->release = false;
	kbc_fill(k, v, false);
}

static void
kbc_line(void *arg)
{
	struct i8042 *k = arg;

	vtimer_disarm(k->clock, &k->line);	/* "armed" is "busy" here */
	if (!(k->status & ST_OBF)) {
		if (kbc_kbd_waits(k))
			kbc_keyboard_byte(k);
		else if (kbc_aux_waits(k))
			kbc_fill(k, ps2_take(&k->mouse.port), true);
	}
	kbc_listen(k);
}

/* The controller's own answer. */
static void
kbc_answer(struct i8042 *k, uint8_t val, bool aux)
{
	if (!(k->status & ST_OBF)) {
		kbc_fill(k, val, aux);
		return;
	}
	k->next = val;
	k->next_aux = aux;
	k->next_full = true;
}

static void
kbc_set_ctr(struct i8042 *k, uint8_t val)
{
	k->ram[0] = val;
	if (val & CTR_SYS)
		k->status |= ST_SYS;
	else
		k->status &= (uint8_t)~ST_SYS;
	kbc_drive(k);
	kbc_listen(k);
}

static void
kbc_pulse_reset(struct i8042 *k)
{
	wire_set(&k->wires.reset, true);
	wire_set(&k->wires.reset, false);
}

static void
kbc_write_out(struct i8042 *k, uint8_t val)
{
	k->out = val & OUT_START;
	wire_set(&k->wires.a20, k->out & OUT_A20);
	if (!(val & OUT_RUN)) {
		k->out |= OUT_RUN;	/* the reset sets the port again */
		kbc_pulse_reset(k);
	}
}

static uint8_t
kbc_read_out(const struct i8042 *k)
{
	uint8_t v = k->out;

	if (k->status & ST_OBF)
		v |= k->status & ST_AUX ? OUT_AUX_INT : OUT_KBD_INT;
	return v;
}

static void
kbc_a20(struct i8042 *k, bool on)
{
	kbc_write_out(k, (uint8_t)((k->out & ~OUT_A20) | (on ? OUT_A20 : 0)));
}

static void
kbc_self_test(struct i8042 *k)
{
	kbc_set_ctr(k, k->ram[0] | CTR_SYS);
	k->next_full = false;
	kbc_answer(k, 0x55, false);
}

/* Commands by range: controller memory and output pulses. */
static bool
kbc_range_command(struct i8042 *k, uint8_t val)
{
	if ((val & 0xe0) == CMD_READ_RAM)
		kbc_answer(k, k->ram[val & 31], false);
	else if ((val & 0xe0) == CMD_WRITE_RAM)
		k->command = val;
	else if (val >= CMD_PULSE) {
		if (!(val & OUT_RUN))
			kbc_pulse_reset(k);
	} else
		return false;
	return true;
}

static void
kbc_command(struct i8042 *k, uint8_t val)
{
	uint8_t ctr = k->ram[0];

	k->command = 0;
	if (kbc_range_command(k, val))
		return;
	switch (val) {
	case CMD_TEST_PASS:	kbc_answer(k, 0xf1, false); break;	/* none */
	case CMD_AUX_OFF:	kbc_set_ctr(k, ctr | CTR_AUX_OFF); break;
	case CMD_AUX_ON:	kbc_set_ctr(k, ctr & (uint8_t)~CTR_AUX_OFF); break;
	case CMD_AUX_TEST:	kbc_answer(k, 0, false); break;
	case CMD_SELF_TEST:	kbc_self_test(k); break;
	case CMD_KBD_TEST:	kbc_answer(k, 0, false); break;
	case CMD_KBD_OFF:	kbc_set_ctr(k, ctr | CTR_KBD_OFF); break;
	case CMD_KBD_ON:	kbc_set_ctr(k, ctr & (uint8_t)~CTR_KBD_OFF); break;
	case CMD_READ_INPUT:	kbc_answer(k, INPUT_START, false); break;
	case CMD_READ_OUT:	kbc_answer(k, kbc_read_out(k), false); break;
	case CMD_WRITE_OUT:
	case CMD_FROM_KBD:
	case CMD_FROM_AUX:
	case CMD_TO_AUX:	k->command = val; break;
	case CMD_A20_OFF:	kbc_a20(k, false); break;
	case CMD_A20_ON:	kbc_a20(k, true); break;
	case CMD_TEST_LINES:	kbc_answer(k, 0, false); break;
	default:
		log_unimp(k->log, "i8042.command", "i8042: command 0x%02x", val);
		break;
	}
}

/* Sending to a device opens its line again. */
static void
kbc_to_keyboard(struct i8042 *k, uint8_t val)
{
	kbc_set_ctr(k, k->ram[0] & (uint8_t)~CTR_KBD_OFF);
	k->release = false;
	ps2_keyboard_write(&k->kbd, val);
}

static void
kbc_to_mouse(struct i8042 *k, uint8_t val)
{
	kbc_set_ctr(k, k->ram[0] & (uint8_t)~CTR_AUX_OFF);
	ps2_mouse_write(&k->mouse, val);
}

static void
kbc_data(struct i8042 *k, uint8_t val)
{
	uint8_t command = k->command;

	k->command = 0;
	if (command == CMD_WRITE_RAM)
		kbc_set_ctr(k, val);
	else if ((command & 0xe0) == CMD_WRITE_RAM)
		k->ram[command & 31] = val;
	else if (command == CMD_WRITE_OUT)
		kbc_write_out(k, val);
	else if (command == CMD_FROM_KBD)
		kbc_answer(k, val, false);
	else if (command == CMD_FROM_AUX)
		kbc_answer(k, val, true);
	else if (command == CMD_TO_AUX)
		kbc_to_mouse(k, val);
	else
		kbc_to_keyboard(k, val);
}

static uint64_t
i8042_data_read(void *dev, uint32_t off, unsigned size)
{
	struct i8042 *k = dev;
	uint8_t v = k->data;

	(void)off;
	(void)size;
	k->status &= (uint8_t)~(ST_OBF | ST_AUX);
	kbc_drive(k);
	if (k->next_full) {
		k->next_full = false;
		kbc_fill(k, k->next, k->next_aux);
	}
	kbc_listen(k);
	return v;
}

static void
i8042_data_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct i8042 *k = dev;

	(void)off;
	(void)size;
	k->status &= (uint8_t)~ST_COMMAND;
	kbc_data(k, (uint8_t)val);
}

static uint64_t
i8042_command_read(void *dev, uint32_t off, unsigned size)
{
	struct i8042 *k = dev;

	(void)off;
	(void)size;
	return k->status;
}

static void
i8042_command_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct i8042 *k = dev;

	(void)off;
	(void)size;
	k->status |= ST_COMMAND;
	kbc_command(k, (uint8_t)val);
}

void
i8042_key(struct i8042 *k, unsigned usage, bool down)
{
	ps2_keyboard_key(&k->kbd, usage, down);
}

void
i8042_mouse(struct i8042 *k, int dx, int dy, int dz, uint8_t buttons)
{
	ps2_mouse_move(&k->mouse, dx, dy, dz, buttons);
}

static void
i8042_reset(void *dev)
{
	struct i8042 *k = dev;

	memset(k->ram, 0, sizeof(k->ram));
	k->ram[0] = CTR_START;
	k->out = OUT_START;
	k->command = 0;
	k->data = 0;
	k->status = ST_UNLOCKED;
	k->next = 0;
	k->next_full = k->next_aux = k->release = false;
	vtimer_disarm(k->clock, &k->line);
	ps2_keyboard_reset(&k->kbd);
	ps2_mouse_reset(&k->mouse);
	kbc_drive(k);
	wire_set(&k->wires.a20, true);
}

static int
i8042_restored(void *dev)
{
	struct i8042 *k = dev;

	if (ps2_keyboard_restored(&k->kbd) || ps2_mouse_restored(&k->mouse) ||
	    (k->out & ~OUT_START))
		return -EINVAL;
	kbc_drive(k);
	wire_set(&k->wires.a20, k->out & OUT_A20);
	return 0;
}

static const struct snap_field i8042_fields[] = {
	SNAP_BYTES(struct i8042, ram),
	SNAP_U8(struct i8042, out),
	SNAP_U8(struct i8042, command),
	SNAP_U8(struct i8042, data),
	SNAP_U8(struct i8042, status),
	SNAP_U8(struct i8042, next),
	SNAP_BOOL(struct i8042, next_full),
	SNAP_BOOL(struct i8042, next_aux),
	SNAP_BOOL(struct i8042, release),
	SNAP_STRUCT_1(struct i8042, kbd, ps2_keyboard_fields),
	SNAP_STRUCT_1(struct i8042, mouse, ps2_mouse_fields),
	SNAP_TIMER(struct i8042, line),
	SNAP_END
};

const struct io_ops i8042_data_io = {
	.read = i8042_data_read,
	.write = i8042_data_write,
	.sizes = 1,
};

const struct io_ops i8042_command_io = {
	.read = i8042_command_read,
	.write = i8042_command_write,
	.sizes = 1,
};

const struct device_class i8042_class = {
	.name = "i8042",
	.version = 1,
	.reset = i8042_reset,
	.restored = i8042_restored,
	.free = free,
	.fields = i8042_fields,
};

struct i8042 *
i8042_new(struct vclock *clock, struct i8042_wires wires, struct log *log)
{
	struct i8042 *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->clock = clock;
	k->wires = wires;
	k->log = log;
	vtimer_init(&k->line, kbc_line, k);
	ps2_keyboard_init(&k->kbd, clock, kbc_listen, k, log);
	ps2_mouse_init(&k->mouse, clock, kbc_listen, k, log);
	i8042_reset(k);
	return k;
}
