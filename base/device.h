/*
 * base/device.h - what every chip offers to the machine
 *
 * The board (hw/pc.c) constructs a chip with its wires, clock and back end,
 * maps it, and registers (class, object) with the machine in an explicit
 * order.  reset() puts the object into its power-on or hard-reset state;
 * restored() is called after the fields were loaded and drives outputs and
 * rebuilds derived state; it returns 0 or -EINVAL when loaded values cannot be
 * (a snapshot file is hostile: every index and length is checked here).
 * free() releases the object; free(NULL) is allowed.
 */
#ifndef BASE_DEVICE_H
#define BASE_DEVICE_H

#include "base/snap.h"

struct device_class {
	const char			*name;
	uint32_t			version;
	void				(*reset)(void *dev);
	int				(*restored)(void *dev);
	void				(*free)(void *dev);
	const struct snap_field		*fields;
};

#endif
