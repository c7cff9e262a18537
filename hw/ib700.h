/*
 * hw/ib700.h - watchdog of the iBase IB700 board, ports 441h and 443h
 *
 * Writing n (0 to 15) to port 443h gives the guest 30 - 2n seconds; writing it again
 * begins anew, writing anything to port 441h ends it.
 */
#ifndef HW_IB700_H
#define HW_IB700_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"

#define IB700_PORT	0x441u
#define IB700_PORTS	3u

struct ib700;

/* bites() only records it; the machine is reset at the next instruction boundary.
 * NULL when memory is short. */
struct ib700 *ib700_new(struct vclock *clock, void (*bites)(void *arg), void *arg);

extern const struct io_ops ib700_io;
extern const struct device_class ib700_class;

#endif
