/*
 * Do PIT, RTC, local APIC timer and TSC deadline interrupt, and when?
 *
 * Set-up: each armed alone, the processor halted.
 * Expected: HLT wakes; the time measured by the TSC and by counter 2 of the PIT
 * fits within a fifth.
 * Intel 8254 data sheet; Motorola MC146818 data sheet; AMD APM vol 2 "APIC Timer
 * Interrupt".
 */
#include "irq.h"

#define V	0x61

static ulong tick;		/* TSC cycles per PIT clock, times 16 */

static ulong
halt_for(unsigned vector, unsigned n)
{
	uint64_t t0 = rdtsc();

	for (unsigned was = irqs[vector]; irqs[vector] - was < n;)
		sti_hlt_cli();
	return (ulong)(rdtsc() - t0);
}

static void
pit(void)
{
	outb(0x21, 0xfe);
	pit_start(0, 2000);
	claim(irq_wait(PIC_BASE), "PIT mode 0");
	pit_start(2, 5000);
	halt_for(PIC_BASE, 1);
	tick = halt_for(PIC_BASE, 8) * 16 / 40000;
	claim(tick > 0, "PIT mode 2 is periodic");
	outb(0x21, 0xff);
	pit_start(0, 1);
}

static bool
near(ulong got, ulong pit_clocks)
{
	ulong want = pit_clocks * tick;

	return got * 16 * 5 >= want * 4 && got * 16 * 5 <= want * 6;
}

static void
rtc(void)
{
	ulong sum = 0;

	outb(0x21, 0xfb);
	outb(0xa1, 0xfe);
	outb(0x70, 0x8a);
	outb(0x71, 0x26);		/* 1024 Hz */
	outb(0x70, 0x8b);
	outb(0x71, 0x42);
	for (unsigned i = 0; i < 12; i++) {
		outb(0x70, 0x8c);
		inb(0x71);
		if (i >= 4)
			sum += halt_for(PIC_BASE + 8, 1);
		else
			halt_for(PIC_BASE + 8, 1);
	}
	claim(near(sum / 8, 1165), "RTC: 1024 Hz");
	outb(0x70, 0x8c);
	expect(inb(0x71) & 0xc0, 0xc0, "RTC: register C");
	outb(0x70, 0x8c);
	expect(inb(0x71), 0, "RTC: reading register C clears it");
	outb(0x70, 0x8b);
	outb(0x71, 0x02);
	outb(0xa1, 0xff);
	outb(0x21, 0xff);
}

static void
apic(void)
{
	uint32_t c0, c1;

	lapic_write(LAPIC_TDCR, 3);	/* divide by 16 */
	lapic_write(LAPIC_LVTT, V);
	lapic_write(LAPIC_TICR, 100000);
	c0 = lapic_read(LAPIC_TCCR);
	c1 = lapic_read(LAPIC_TCCR);
	claim(c0 <= 100000 && c1 <= c0 && c1 > 0, "APIC timer counts down");
	halt_for(V, 1);
	expect(lapic_read(LAPIC_TCCR), 0, "APIC timer, one shot: stays at 0");
	claim(!irq_wait(V), "APIC timer, one shot: once");
	lapic_write(LAPIC_LVTT, V | 0x20000);
	lapic_write(LAPIC_TICR, 50000);
	halt_for(V, 3);
	claim(true, "APIC timer, periodic");
	lapic_write(LAPIC_LVTT, V | 0x10000);
	lapic_write(LAPIC_TICR, 0);
}

static void
deadline(void)
{
	uint64_t when;

	lapic_write(LAPIC_LVTT, V | 0x40000);
	asm volatile("mfence");
	when = rdtsc() + 1000000;
	wrmsr(MSR_DEADLINE, when);
	expect((ulong)rdmsr(MSR_DEADLINE), (ulong)when, "TSC deadline reads back");
	halt_for(V, 1);
	claim(rdtsc() >= when, "TSC deadline: not before");
	expect((ulong)rdmsr(MSR_DEADLINE), 0, "TSC deadline: reads 0 when done");
	wrmsr(MSR_DEADLINE, 1);
	claim(irq_wait(V), "TSC deadline in the past");
	wrmsr(MSR_DEADLINE, rdtsc() + 1000000);
	wrmsr(MSR_DEADLINE, 0);
	claim(!irq_wait(V), "TSC deadline 0 disarms");
}

int
main(void)
{
	uint64_t a = rdtsc(), b = rdtsc();

	claim(b > a, "RDTSC is monotone");
	irq_counting();
	pic_init(0);
	lapic_init();
	pit();
	rtc();
	apic();
	if (has(HAS_DEADLINE))
		deadline();
	return 0;
}
