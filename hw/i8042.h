/*
 * hw/i8042.h - keyboard controller with a PS/2 keyboard and a PS/2 mouse
 *
 * Keys and movements come in through i8042_key() and i8042_mouse(); the guest
 * reads them at the pace of the serial lines.
 */
#ifndef HW_I8042_H
#define HW_I8042_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

struct i8042;
struct log;

struct i8042_wires {
	struct wire	irq1;
	struct wire	irq12;
	struct wire	a20;	/* high = A20 passes */
	struct wire	reset;	/* pulsed */
};

/* NULL when memory is short. */
struct i8042 *i8042_new(struct vclock *clock, struct i8042_wires wires,
	    struct log *log);

/* A key, by USB HID usage (page 7), goes down or up. */
void	i8042_key(struct i8042 *k, unsigned usage, bool down);
/* dx to the right, dy down, dz towards the user; button bits 0 left, 1 right,
 * 2 middle, 3 and 4 the side buttons. */
void	i8042_mouse(struct i8042 *k, int dx, int dy, int dz, uint8_t buttons);

extern const struct io_ops i8042_data_io;	/* port 60h */
extern const struct io_ops i8042_command_io;	/* port 64h */
extern const struct device_class i8042_class;

#endif
