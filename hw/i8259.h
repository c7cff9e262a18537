/*
 * hw/i8259.h - the PC's pair of 8259A interrupt controllers
 *
 * One object is both chips, the slave's INT tied to the master's IR2.  Lines
 * 0..15 are ISA interrupt numbers; line 2 belongs to the cascade and is
 * ignored.  An edge-triggered input must stay high until it is acknowledged,
 * as on the real chip: a device never pulses its wire high and low again.
 *
 * The processor's side is i8259_intack(): it is called once per acknowledge
 * cycle and always gives a vector, the spurious one (IR7) when the request
 * has gone.
 */
#ifndef HW_I8259_H
#define HW_I8259_H

#include "base/device.h"
#include "base/io.h"
#include "base/wire.h"

struct i8259;
struct log;

/* intr is the master's INT pin.  NULL when memory is short. */
struct i8259 *i8259_new(struct wire intr, struct log *log);

/* A wire's receiver: dev is the struct i8259, line 0..15. */
void	i8259_set_irq(void *dev, int line, bool level);

/* The level of the INT pin. */
bool	i8259_intr(const struct i8259 *p);

/* One interrupt acknowledge cycle: the vector, 0..255. */
int	i8259_intack(struct i8259 *p);

/* What one of the chips is up to, for a person. */
struct i8259_view {
	uint8_t	lines, irr, isr, imr, elcr, base;
	uint8_t	highest;	/* IR of highest priority */
	int	pending;	/* IR requested, -1: none */
	bool	ready, aeoi, sfnm, special_mask, rotate, read_isr, poll;
};

/* chip: 0 master, 1 slave. */
struct i8259_view i8259_look(const struct i8259 *p, unsigned chip);

extern const struct io_ops i8259_master_io;	/* 2 ports */
extern const struct io_ops i8259_slave_io;	/* 2 ports */
extern const struct io_ops i8259_elcr_io;	/* 2 ports */
extern const struct device_class i8259_class;

#endif
