/*
 * Does the machine suspend to RAM, and wake by the RTC's alarm at the waking vector?
 *
 * Set-up: the firmware's ACPI tables; the alarm matches every second; the vector in
 * the FACS points to real-mode code that leaves through the exit port.
 * Expected: RSDP to RSDT to FADT to FACS; after SLP_EN nothing more is executed;
 * memory is as it was; WAK_STS and RTC_STS are set.  ACPI 1.0b, 4.7.2 "PM1 Event
 * Grouping", 7.5.1 "Placing the System in Sleeping State", 5.2.6 "FACS".
 */
#include "guest.h"

#define WAKE_AT		0x1000ul
#define SLEEP_RAM	0x2400		/* SLP_EN, type 1 */
#define RTC_EN		0x0400
#define WAK_STS		0x8000
#define MAGIC		0x600dcafeu

struct acpi_head { char sig[4]; uint32_t len; } __attribute__((packed));

static uint8_t
cmos(unsigned reg)
{
	outb(0x70, (uint8_t)reg);
	return inb(0x71);
}

static void
cmos_set(unsigned reg, uint8_t v)
{
	outb(0x70, (uint8_t)reg);
	outb(0x71, v);
}

static uint32_t
field(const void *table, unsigned off)
{
	uint32_t v;

	memcpy(&v, (const char *)table + off, sizeof(v));
	return v;
}

static const char *
find_rsdt(void)
{
	for (ulong at = 0xe0000; at < 0x100000; at += 16)
		if (!memcmp((void *)at, "RSD PTR ", 8))
			return (const char *)(ulong)field((void *)at, 16);
	return NULL;
}

static const char *
find_table(const char *sig)
{
	const char *rsdt = find_rsdt();

	if (rsdt == NULL || memcmp(rsdt, "RSDT", 4))
		return NULL;
	for (unsigned i = 36; i + 4 <= field(rsdt, 4); i += 4) {
		const char *t = (const char *)(ulong)field(rsdt, i);

		if (!memcmp(t, sig, 4))
			return t;
	}
	return NULL;
}

/* PM1 status and the mark in memory decide; ports are patched in. */
asm(".pushsection .rodata\n.code16\n"
    "wake_begin: cli\n xorw %ax, %ax\n movw %ax, %ds\n"
    "movl 0x1ffc, %eax\n cmpl $0x600dcafe, %eax\n jne 1f\n"
    "movw 0x1ff8, %dx\n inw %dx, %ax\n andw $0x8400, %ax\n cmpw $0x8400, %ax\n jne 1f\n"
    "xorb %al, %al\n jmp 2f\n"
    "1: movb $1, %al\n"
    "2: outb %al, $0xf4\n 3: hlt\n jmp 3b\n"
    "wake_end:\n.code64\n.popsection\n");
extern char wake_begin[], wake_end[];

int
main(void)
{
	const char *fadt = find_table("FACP");
	char *facs = fadt == NULL ? NULL : (char *)(ulong)field(fadt, 36);
	uint16_t event, control;

	claim(fadt != NULL, "FADT");
	if (fadt == NULL)
		return 0;
	claim(facs != NULL && !memcmp(facs, "FACS", 4), "FACS");
	if (facs == NULL)
		return 0;
	event = (uint16_t)field(fadt, 56);
	control = (uint16_t)field(fadt, 64);
	memcpy((void *)WAKE_AT, wake_begin, (size_t)(wake_end - wake_begin));
	*(volatile uint32_t *)0x1ffcul = MAGIC;
	*(volatile uint16_t *)0x1ff8ul = event;
	*(volatile uint32_t *)(facs + 12) = WAKE_AT;
	outw(event + 2, RTC_EN);
	while (!(cmos(10) & 0x80))
		;
	while (cmos(10) & 0x80)
		;
	cmos(12);
	cmos_set(1, 0xc0);
	cmos_set(3, 0xc0);
	cmos_set(5, 0xc0);
	cmos_set(11, cmos(11) | 0x20);
	print("verdict pass, asleep\n");
	while (!(inb(0x3fd) & 0x40))
		;
	outw(control, SLEEP_RAM);
	for (;;)
		*(volatile uint32_t *)0x1ffcul = 0;
}
