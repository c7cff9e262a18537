/*
 * tests/guest/storm.h - the two files of the storm
 */
#ifndef STORM_H
#define STORM_H

#include "guest.h"

struct function {			/* of PCI bus 0 */
	uint8_t		devfn;
	uint32_t	cfg[64];	/* as it was */
};

uint32_t number(void);

/* Puts command register and BARs back. */
void	function_restore(const struct function *f);
/* One of those whose first dword is id under mask; or NULL. */
const struct function *function_find(uint32_t id, uint32_t mask);

/* storm_rings.c: a device is told to look at garbage in memory. */
void	hit_rings(void);

#endif
