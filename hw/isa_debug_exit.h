/*
 * hw/isa_debug_exit.h - a port that ends the program
 *
 * As qemu's isa-debug-exit: writing v asks for exit status (v << 1) | 1.
 */
#ifndef HW_ISA_DEBUG_EXIT_H
#define HW_ISA_DEBUG_EXIT_H

#include "base/device.h"
#include "base/io.h"

struct isa_debug_exit;

/* leave() gets (v << 1) | 1; it only records the wish, the machine stops at
 * the next instruction boundary.  NULL when memory is short. */
struct isa_debug_exit *isa_debug_exit_new(void (*leave)(void *arg, uint32_t status),
	    void *arg);

extern const struct io_ops isa_debug_exit_io;	/* 1 to 4 ports */
extern const struct device_class isa_debug_exit_class;

#endif
