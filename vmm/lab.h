/*
 * vmm/lab.h - labdev as a guest sees it
 *
 * The machine's own, if it has one, with a latch for each guest, so that what
 * several of them report does not mix.  The VMM looks at its tables at a mark.
 */
#ifndef VMM_LAB_H
#define VMM_LAB_H

#include "base/io.h"
#include "vmm/abi.h"

#define LAB_PORTS	0x30

/* The device is the struct vm. */
extern const struct io_ops vmm_lab_io;

#endif
