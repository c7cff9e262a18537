/*
 * hw/hpet.h - high precision event timers
 *
 * One block of three timers over a main counter of 100 MHz.
 */
#ifndef HW_HPET_H
#define HW_HPET_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

#define HPET_SIZE	0x400u
#define HPET_IRQS	24
#define HPET_ID		0x8086a201u	/* low half of the capabilities */

/* Interrupts of one timer are at least so many ticks apart. */
#define HPET_MIN_TICKS	128u

struct hpet;

struct hpet_wires {
	struct wire	irq[HPET_IRQS];		/* inputs of the I/O APIC */
	/* Legacy replacement: timers 0 and 1 have the places of the PIT and the RTC,
	 * which the board disconnects while `legacy` is high. */
	struct wire	irq0, irq8;
	struct wire	legacy;
};

/* NULL when memory is short. */
struct hpet *hpet_new(struct vclock *vc, const struct hpet_wires *wires);

extern const struct io_ops hpet_io;
extern const struct device_class hpet_class;

#endif
