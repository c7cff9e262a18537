/*
 * hw/port92.h - PS/2 system control port A (92h): fast A20 and fast reset
 */
#ifndef HW_PORT92_H
#define HW_PORT92_H

#include "base/device.h"
#include "base/io.h"
#include "base/wire.h"

struct port92;

/* a20: the board ORs it with the i8042's; reset is pulsed.  NULL when memory
 * is short. */
struct port92 *port92_new(struct wire a20, struct wire reset);

extern const struct io_ops port92_io;		/* 1 port */
extern const struct device_class port92_class;

#endif
