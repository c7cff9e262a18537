/*
 * How do the 8259s order, mask, acknowledge and end interrupts?
 *
 * Set-up: interrupt requests of the PIT (line 0) and the RTC (line 8), with
 * interrupts off; registers read through OCW3; poll mode.
 * Expected: IRR shows requests, ISR those in service; a request that is in
 * service blocks lower ones; EOI ends the highest; a slave's request needs two
 * EOIs; automatic EOI leaves ISR clear; a masked request stays in IRR.
 * Intel 8259A data sheet, "Interrupt Sequence"; "End of Interrupt (EOI)";
 * "Poll Command".
 */
#include "irq.h"

static void
request_0(void)
{
	pit_start(0, 100);
	for (unsigned i = 0; i < 100000 && !(pic_read(0x20, 0x0a) & 1); i++)
		asm volatile("pause");
}

static void
rtc_periodic(bool on)
{
	outb(0x70, 0x8a);
	outb(0x71, 0x26);
	outb(0x70, 0x8b);
	outb(0x71, on ? 0x42 : 0x02);
	outb(0x70, 0x8c);
	inb(0x71);
}

int
main(void)
{
	irq_counting();
	pic_init(0);
	lapic_init();
	outb(0x21, 0xff);
	request_0();
	expect(pic_read(0x20, 0x0a) & 1, 1, "a masked request is in IRR");
	expect(irqs[PIC_BASE], 0, "a masked request interrupts nobody");
	irq_no_eoi = true;
	outb(0x21, 0xfe);
	claim(irq_wait(PIC_BASE), "unmasked it comes");
	expect(pic_read(0x20, 0x0b), 1, "ISR while in service");
	expect(pic_read(0x20, 0x0a) & 1, 0, "IRR while in service");
	request_0();
	claim(!irq_wait(PIC_BASE), "no other of the same level before EOI");
	outb(0x20, 0x20);
	expect(pic_read(0x20, 0x0b), 0, "EOI clears ISR");
	claim(irq_wait(PIC_BASE), "the next comes after EOI");
	outb(0x20, 0x60);
	expect(pic_read(0x20, 0x0b), 0, "specific EOI");

	outb(0x21, 0xfb);
	outb(0xa1, 0xfe);
	rtc_periodic(true);
	claim(irq_wait(PIC_BASE + 8), "line 8 through the slave");
	expect(pic_read(0xa0, 0x0b), 1, "ISR of the slave");
	expect(pic_read(0x20, 0x0b), 4, "ISR of the master");
	outb(0x21, 0xfa);
	request_0();
	claim(irq_wait(PIC_BASE), "line 0 interrupts the slave's");
	expect(pic_read(0x20, 0x0b), 5, "ISR with both");
	outb(0x20, 0x20);
	expect(pic_read(0x20, 0x0b), 4, "EOI ends the highest");
	outb(0xa0, 0x20);
	outb(0x20, 0x20);
	expect(pic_read(0x20, 0x0b) | pic_read(0xa0, 0x0b), 0, "both ended");
	rtc_periodic(false);
	outb(0xa1, 0xff);

	outb(0x21, 0xfe);
	outb(0x20, 0xc7);		/* lowest priority: 7 */
	request_0();
	expect(pic_read(0x20, 0x0c), 0x80, "poll: request 0");
	expect(pic_read(0x20, 0x0b), 1, "poll puts it in service");
	outb(0x20, 0x20);
	expect(pic_read(0x20, 0x0c) & 0x80, 0, "poll: nothing");

	pic_init(2);			/* automatic EOI */
	outb(0x21, 0xfe);
	request_0();
	claim(irq_wait(PIC_BASE), "automatic EOI: it comes");
	expect(pic_read(0x20, 0x0b), 0, "automatic EOI: ISR");
	expect(inb(0x21), 0xfe, "the mask reads back");
	return 0;
}
