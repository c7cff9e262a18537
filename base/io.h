/*
 * base/io.h - how a bus calls a device
 *
 * One descriptor serves port and memory-mapped registers.  off is relative to
 * where the device was mapped: a device does not know its address.  The bus
 * splits accesses wider or narrower than the device handles: sizes is the set
 * of access widths (in bytes, as a mask: 1 | 2 | 4 | 8) the handlers accept; a
 * wider access is done as several, low part first; a narrower one is widened
 * on read and dropped on write with a guest message.  A read returns the value
 * zero-extended.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/types.h"

struct io_ops {
	uint64_t	(*read)(void *dev, uint32_t off, unsigned size);
	void		(*write)(void *dev, uint32_t off, uint64_t val, unsigned size);
	uint8_t		sizes;
};

/* How often a bus called; of the run, no state. */
struct io_count {
	uint64_t	reads, writes;
};

#endif
