/*
 * vmm/chips_priv.h - a VM's devices, inside
 */
#ifndef VMM_CHIPS_PRIV_H
#define VMM_CHIPS_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/io.h"
#include "vmm/disk.h"
#include "vmm/ticks.h"

#define CHIPS_PORTS	20

struct chips_port {
	uint16_t		base, count;
	const struct io_ops	*ops;
	void			*dev;
};

struct chips {
	struct i8259		*pic;
	struct i8254		*pit;
	struct mc146818		*rtc;
	struct uart16550	*com1;
	struct ide		*ide;		/* NULL: no disk */
	struct disk		disk;
	struct ticks		ticks;
	struct chips_port	port[CHIPS_PORTS];
	unsigned		ports;
};

struct vm;

/* The interrupt controller's input 0; it has a tick that was not taken. */
void	chips_tick_line(struct vm *vm, bool level);
bool	chips_tick_waits(const struct vm *vm);

#endif
