/*
 * hw/mc146818.h - real-time clock and CMOS memory
 *
 * Ports 70h/71h reach the clock and 128 bytes, ports 72h/73h the upper 128
 * bytes.  The calendar starts from the base given to the constructor and
 * follows virtual time; it never reads the host's clock.  Bytes outside the
 * clock's registers belong to the board (which fills them through
 * mc146818_set()) and to the firmware; a reset keeps them.
 */
#ifndef HW_MC146818_H
#define HW_MC146818_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

#define MC146818_CMOS_SIZE	256

struct mc146818;
struct log;

struct mc146818_wires {
	struct wire	irq;		/* IRQ8, level */
	struct wire	nmi_off;	/* port 70h bit 7: high = NMI masked */
};

/* base: seconds since 1970 at this moment.  NULL when memory is short. */
struct mc146818 *mc146818_new(struct vclock *clock, struct mc146818_wires wires,
    uint64_t base, struct log *log);

/* CMOS contents without side effects on clock registers (index 0..255;
 * indices 0..0Dh and the century are the clock's and are left alone). */
void	mc146818_set(struct mc146818 *r, unsigned index, uint8_t val);
uint8_t	mc146818_get(const struct mc146818 *r, unsigned index);

extern const struct io_ops mc146818_io;		/* 2 ports: 70h, 71h */
extern const struct io_ops mc146818_ext_io;	/* 2 ports: 72h, 73h */
extern const struct device_class mc146818_class;

#endif
