/*
 * How does the I/O APIC deliver edge and level interrupts?
 *
 * Set-up: the PIT on input 2 as an edge; its output as a level.
 * Expected: masked entries deliver nothing; an edge is delivered once and sets
 * no TMR bit; the redirection entry and the ID read back; entry counts.
 * Intel 82093AA data sheet, "I/O Redirection Table Registers".
 */
#include "irq.h"

#define V	0x71

static bool
bit(unsigned reg)
{
	return lapic_read(reg + V / 32 * 16) >> (V % 32) & 1;
}

int
main(void)
{
	irq_counting();
	pic_init(0);
	lapic_init();
	lapic_write(LAPIC_LINT0, 0x10700);
	expect(ioapic_read(1) >> 16 & 0xff, 23, "24 entries");
	ioapic_write(0x15, lapic_read(LAPIC_ID));
	ioapic_write(0x14, 0x10000 | V);
	expect(ioapic_read(0x14) & ~0x1000u, 0x10000 | V, "entry 2 reads back");
	pit_start(0, 1000);
	claim(!irq_wait(V), "masked");
	ioapic_write(0x14, V);
	pit_start(0, 1000);
	irq_no_eoi = true;
	claim(irq_wait(V), "edge");
	claim(bit(LAPIC_ISR), "edge: in service");
	claim(!bit(LAPIC_TMR), "edge: TMR is clear");
	lapic_write(LAPIC_EOI, 0);
	claim(!bit(LAPIC_ISR), "EOI");
	claim(!irq_wait(V), "edge: once");
	lapic_write(LAPIC_TPR, 0x70);
	pit_start(0, 1000);
	claim(!irq_wait(V), "TPR of its class holds it");
	claim(bit(LAPIC_IRR), "TPR: it waits in IRR");
	lapic_write(LAPIC_TPR, 0x60);
	claim(irq_wait(V), "TPR lowered: it comes");
	lapic_write(LAPIC_EOI, 0);
	ioapic_write(0x14, 0x10000 | V | 0x8000);
	pit_start(0, 1000);
	irq_wait(V);
	ioapic_write(0x14, V | 0x8000);		/* level, active high */
	claim(irq_wait(V), "level");
	claim(bit(LAPIC_TMR), "level: TMR is set");
	claim(ioapic_read(0x14) & 0x4000, "level: remote IRR");
	lapic_write(LAPIC_EOI, 0);
	claim(irq_wait(V), "level: again after EOI, the line is still high");
	ioapic_write(0x14, 0x10000 | V | 0x8000);
	lapic_write(LAPIC_EOI, 0);
	claim(!(ioapic_read(0x14) & 0x4000), "EOI clears remote IRR");
	claim(!irq_wait(V), "level: masked");
	return 0;
}
