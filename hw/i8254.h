/*
 * hw/i8254.h - the PC's 8254 interval timer and system port B (61h)
 *
 * Three counters at 1 193 182 Hz, counted from power-on of the clock: counter
 * values and outputs are functions of virtual time, and a timer is armed only
 * for the edges of counter 0, which drives a wire (IRQ0).  Counter 1's only
 * trace is the refresh toggle; counter 2's gate and output are in port 61h.
 */
#ifndef HW_I8254_H
#define HW_I8254_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

#define I8254_HZ	1193182u

struct i8254;
struct log;

/* irq0 is counter 0's OUT.  NULL when memory is short. */
struct i8254 *i8254_new(struct vclock *clock, struct wire irq0, struct log *log);

/* The GATE input of counter 0, 1 or 2; 0 and 1 are tied high on a PC and
 * port 61h drives 2. */
void	i8254_set_gate(struct i8254 *p, unsigned ch, bool level);

/* Counter 2's output to the speaker is on. */
bool	i8254_speaker(struct i8254 *p);

extern const struct io_ops i8254_io;		/* 4 ports */
extern const struct io_ops i8254_port61_io;	/* 1 port */
extern const struct device_class i8254_class;

#endif
