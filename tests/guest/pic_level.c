/*
 * Does a request of the 8259 in level mode follow its line?
 *
 * Set-up: line 4 set to level by ELCR, then to edge; COM1's interrupt for an
 * empty transmitter holds it high until the interrupt is switched off.
 * Expected: level: the request goes with the line and comes again after EOI
 * while the line is high; edge: one request for one rise.
 * Intel 8259A data sheet, "Edge and Level Triggered Modes"; PIIX3 "Edge/Level
 * Control Registers".
 */
#include "irq.h"

#define LINE	4
#define COM1	0x3f8

static void
line(bool up)
{
	outb(COM1 + 1, up ? 2 : 0);
}

int
main(void)
{
	irq_counting();
	pic_init(0);
	lapic_init();
	irq_no_eoi = true;
	outb(COM1 + 4, 8);		/* OUT2 lets the interrupt through */
	outb(0x4d0, 1 << LINE);
	line(true);
	expect(pic_read(0x20, 0x0a) >> LINE & 1, 1, "level: the request is there");
	line(false);
	expect(pic_read(0x20, 0x0a) >> LINE & 1, 0, "level: it goes with the line");
	outb(0x21, (uint8_t)~(1 << LINE));
	line(true);
	claim(irq_wait(PIC_BASE + LINE), "level: it comes");
	outb(0x20, 0x20);
	claim(irq_wait(PIC_BASE + LINE), "level: it comes again after EOI");
	line(false);
	outb(0x20, 0x20);
	claim(!irq_wait(PIC_BASE + LINE), "level: not when the line is low");
	outb(0x4d0, 0);
	line(true);
	claim(irq_wait(PIC_BASE + LINE), "edge: it comes");
	outb(0x20, 0x20);
	claim(!irq_wait(PIC_BASE + LINE), "edge: once");
	line(false);
	line(true);
	claim(irq_wait(PIC_BASE + LINE), "edge: again for another rise");
	line(false);
	outb(0x20, 0x20);
	return 0;
}
