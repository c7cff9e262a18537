/*
 * Which instructions hold interrupts back, and what wakes HLT?
 *
 * Set-up: a self-interrupt or self-NMI of the local APIC pending.
 * Expected: after STI (IF was clear) and MOV SS one more instruction runs; STI;
 * HLT is atomic; a second STI does not prolong the shadow; NMI is blocked
 * from its delivery to the next IRET.
 * AMD APM vol 2, "Interrupt Shadow" under "Interrupts"; "NMI"; vol 3 "STI",
 * "HLT".
 */
#include "irq.h"

#define V	0x51

static ulong at;
static unsigned nmi_nested, nmi_count;

static bool
note(struct trap *t)
{
	if (t->vector == V) {
		at = t->ip;
		lapic_write(LAPIC_EOI, 0);
		t->flags &= ~(ulong)FL_IF;
		return true;
	}
	if (t->vector == NMI) {
		at = t->ip;
		nmi_count++;
		if (nmi_count == 1) {
			lapic_write(LAPIC_ICR, 0x4400);	/* another */
			for (unsigned i = 0; i < 100; i++)
				asm volatile("nop");
			nmi_nested = nmi_count;
		}
		return true;
	}
	return false;
}

static void
pend(void)
{
	lapic_write(LAPIC_ICR, 0x44000 | V);
	while (!(lapic_read(LAPIC_IRR + (V / 32) * 16) >> (V % 32) & 1))
		;
}

#define SHADOW(name, text, offset) do { \
		ulong base; \
		at = 0; \
		cli(); \
		pend(); \
		asm volatile("mov $95f, %0\n 95: " text "\n cli" : "=&r"(base) : : "eax", \
		    "memory"); \
		expect(at - base, offset, "%s: where the interrupt is taken", name); \
	} while (0)

int
main(void)
{
	trap_hook = note;
	lapic_init();
	SHADOW("STI", "sti\n nop\n nop\n nop", 2);
	SHADOW("STI, STI", "sti\n sti\n nop\n nop", 2);
	SHADOW("STI, HLT", "sti\n hlt\n nop", 2);
	SHADOW("STI, MOV SS", "mov %%ss, %%eax\n sti\n mov %%eax, %%ss\n nop\n nop", 6);
	cli();
	pend();
	at = 0;
	asm volatile("sti\n cli\n nop" ::: "memory");
	expect(at, 0, "STI, CLI takes nothing");
	asm volatile("sti\n nop\n nop\n cli" ::: "memory");
	claim(at != 0, "it is still pending");
	at = 0;
	lapic_write(LAPIC_ICR2, lapic_read(LAPIC_ID));
	lapic_write(LAPIC_ICR, 0x4400);		/* NMI to this processor */
	for (unsigned i = 0; i < 1000 && nmi_count < 2; i++)
		asm volatile("nop");
	expect(nmi_count, 2, "NMI arrives, and the one sent meanwhile");
	expect(nmi_nested, 1, "NMI is blocked until IRET");
	return 0;
}
