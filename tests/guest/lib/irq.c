/*
 * tests/guest/lib/irq.c - counting interrupts
 */
#include "irq.h"

volatile unsigned irqs[256], irq_last;
bool irq_no_eoi;

#define WAIT_LOOPS	400000		/* some milliseconds */

static bool
count(struct trap *t)
{
	unsigned v = (unsigned)t->vector;

	if (v != NMI && (v < PIC_BASE || v == RETURN_VECTOR))
		return false;
	irqs[v]++;
	irq_last = v;
	if (irq_no_eoi || v == NMI)
		return true;
	if (v >= PIC_BASE + 8 && v < PIC_BASE + 16)
		outb(0xa0, 0x20);
	if (v < PIC_BASE + 16)
		outb(0x20, 0x20);
	else
		lapic_write(LAPIC_EOI, 0);
	return true;
}

void
irq_counting(void)
{
	trap_hook = count;
}

bool
irq_wait(unsigned vector)
{
	unsigned was = irqs[vector];

	for (unsigned i = 0; i < WAIT_LOOPS && irqs[vector] == was; i++)
		asm volatile("sti; nop; pause; cli" ::: "memory");
	return irqs[vector] != was;
}
