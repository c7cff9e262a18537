/*
 * hw/ioapic.h - I/O APIC 82093AA, 24 pins
 */
#ifndef HW_IOAPIC_H
#define HW_IOAPIC_H

#include "base/device.h"
#include "base/io.h"
#include "base/log.h"
#include "hw/apic.h"

#define IOAPIC_PINS	24

struct ioapic;

/* send() takes each message to the local APICs, at once. */
struct ioapic_cb {
	void	(*send)(void *arg, const struct apic_msg *m);
	void	*arg;
};

struct ioapic *ioapic_new(uint8_t id, const struct ioapic_cb *cb, struct log *log);
/* Wire receiver; arg is the struct ioapic, line 0..23, active high. */
void	ioapic_set_pin(void *arg, int line, bool level);
/* A local APIC ended a level-triggered interrupt. */
void	ioapic_eoi(struct ioapic *p, uint8_t vector);

/* All of it, for a person. */
struct ioapic_view {
	uint8_t		id, sel;
	uint32_t	version, pins;
	uint64_t	red[IOAPIC_PINS];
};

struct ioapic_view ioapic_look(const struct ioapic *p);

extern const struct device_class ioapic_class;
extern const struct io_ops ioapic_io;	/* one page at FEC00000h */

#endif
