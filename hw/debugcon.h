/*
 * hw/debugcon.h - a port that prints what is written to it
 *
 * Bochs's port E9h and SeaBIOS's 402h: a byte written goes to the output, a
 * read gives E9h, by which guests find out that the port is there.
 */
#ifndef HW_DEBUGCON_H
#define HW_DEBUGCON_H

#include "base/device.h"
#include "base/io.h"

struct debugcon;

/* out may be NULL.  NULL when memory is short. */
struct debugcon *debugcon_new(void (*out)(void *arg, uint8_t byte), void *arg);

extern const struct io_ops debugcon_io;		/* 1 port */
extern const struct device_class debugcon_class;

#endif
