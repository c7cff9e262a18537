/*
 * tests/guest/lib/svm_irq.h - events that are pending when a guest starts
 */
#ifndef SVM_IRQ_H
#define SVM_IRQ_H

#include "irq.h"
#include "svm.h"

static inline void clgi(void) { asm volatile("clgi" ::: "memory"); }
static inline void stgi(void) { asm volatile("stgi" ::: "memory"); }

static inline void
send_to_self(unsigned icr)
{
	lapic_write(LAPIC_ICR2, lapic_read(LAPIC_ID));
	lapic_write(LAPIC_ICR, icr);
}

/* Stays pending while interrupts are off. */
static inline void send_intr(unsigned vector) { send_to_self(0x4000 | vector); }
/* Stays pending while GIF is clear. */
static inline void send_nmi(void) { send_to_self(0x4400); }
static inline void send_init(void) { send_to_self(0x4500); }

static inline bool
is_pending(unsigned vector)
{
	return lapic_read(LAPIC_IRR + vector / 32 * 16) >> vector % 32 & 1;
}

static inline bool
in_service(unsigned vector)
{
	return lapic_read(LAPIC_ISR + vector / 32 * 16) >> vector % 32 & 1;
}

/* The host takes what is pending. */
static inline void
host_takes_all(void)
{
	asm volatile("sti; nop; nop; cli" ::: "memory");
}

#endif
