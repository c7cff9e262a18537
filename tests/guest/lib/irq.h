/*
 * tests/guest/lib/irq.h - interrupt controllers and timers, just enough
 */
#ifndef IRQ_H
#define IRQ_H

#include "guest.h"

#define PIC_BASE	0x20		/* vectors 20h to 2fh */
#define LAPIC		0xfee00000ul
#define IOAPIC		0xfec00000ul
enum { LAPIC_ID = 0x20, LAPIC_TPR = 0x80, LAPIC_PPR = 0xa0, LAPIC_EOI = 0xb0, LAPIC_SVR = 0xf0,
	LAPIC_ISR = 0x100, LAPIC_TMR = 0x180, LAPIC_IRR = 0x200, LAPIC_ESR = 0x280,
	LAPIC_ICR = 0x300, LAPIC_ICR2 = 0x310, LAPIC_LVTT = 0x320, LAPIC_LINT0 = 0x350,
	LAPIC_TICR = 0x380, LAPIC_TCCR = 0x390, LAPIC_TDCR = 0x3e0 };

static inline uint32_t
lapic_read(unsigned reg)
{
	return *(volatile uint32_t *)(LAPIC + reg);
}

static inline void
lapic_write(unsigned reg, uint32_t v)
{
	*(volatile uint32_t *)(LAPIC + reg) = v;
}

static inline uint32_t
ioapic_read(unsigned reg)
{
	*(volatile uint32_t *)IOAPIC = reg;
	return *(volatile uint32_t *)(IOAPIC + 0x10);
}

static inline void
ioapic_write(unsigned reg, uint32_t v)
{
	*(volatile uint32_t *)IOAPIC = reg;
	*(volatile uint32_t *)(IOAPIC + 0x10) = v;
}

/* 8259s at PIC_BASE, all lines masked; master with the given ICW4 bits. */
static inline void
pic_init(unsigned icw4)
{
	outb(0x20, 0x11);
	outb(0x21, PIC_BASE);
	outb(0x21, 4);
	outb(0x21, (uint8_t)(1 | icw4));
	outb(0xa0, 0x11);
	outb(0xa1, PIC_BASE + 8);
	outb(0xa1, 2);
	outb(0xa1, 1);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

static inline uint8_t
pic_read(unsigned port, unsigned ocw3)
{
	outb((uint16_t)port, (uint8_t)ocw3);
	return inb((uint16_t)port);
}

/* LINT0 as the virtual wire of the 8259s; APIC enabled. */
static inline void
lapic_init(void)
{
	lapic_write(LAPIC_SVR, 0x1ff);
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_LINT0, 0x700);
}

/* Counter 0: one shot or rate generator, every n input clocks. */
static inline void
pit_start(unsigned mode, unsigned n)
{
	outb(0x43, (uint8_t)(0x30 | mode << 1));
	outb(0x40, (uint8_t)n);
	outb(0x40, (uint8_t)(n >> 8));
}

extern volatile unsigned irqs[256], irq_last;
void	irq_counting(void);	/* count vectors from PIC_BASE up, and NMIs */
extern bool irq_no_eoi;
/* Waits with interrupts on until vector came or some virtual time went by. */
bool	irq_wait(unsigned vector);

#endif
