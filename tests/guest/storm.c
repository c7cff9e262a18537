/*
 * Can a guest that writes random values anywhere bring the emulator down?
 *
 * Set-up: random bytes, words and dwords to random ports, all of them, to
 * random bytes of PCI configuration space, to random places in the device
 * windows of memory, and reads of the same.  Interrupts stay off.  A reset
 * boots this image again (the time stamp differs, so the numbers do); a
 * power-off ends the run, and tests/guest/storm.sh starts the next one.
 * Expected: nothing but the end of its time.  Not in tests/guest/list: it has
 * no verdict.
 */
#include "guest.h"

static uint64_t state;

static uint32_t
number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* Ports where something is are hit more often than empty ones. */
static uint16_t
some_port(void)
{
	static const uint16_t busy[] = {
		0x00, 0x20, 0x40, 0x60, 0x70, 0x80, 0x92, 0xa0, 0xb2, 0xc0, 0x170, 0x1ce, 0x1f0,
		0x2f8, 0x376, 0x3b0, 0x3c0, 0x3d0, 0x3f6, 0x3f8, 0x402, 0x4d0, 0x510, 0x514,
		0x5a0, 0x600, 0x700, 0xcf8, 0xcfc, 0xc000, 0xc040,
	};
	uint32_t n = number();

	if (n % 4 == 0)
		return (uint16_t)number();
	return (uint16_t)(busy[n / 4 % (sizeof(busy) / sizeof(busy[0]))] + number() % 16);
}

static void
hit_port(void)
{
	uint16_t port = some_port();
	uint32_t v = number();

	/* Power-off through PM1a control ends a run early: seldom. */
	if (port >= 0x604 && port < 0x606 && v % 512)
		return;
	switch (number() % 6) {
	case 0: outb(port, (uint8_t)v); break;
	case 1: outw(port, (uint16_t)v); break;
	case 2: outl(port, v); break;
	case 3: (void)inb(port); break;
	case 4: (void)inw(port); break;
	default: (void)inl(port); break;
	}
}

static void
hit_pci(void)
{
	uint32_t n = number();

	outl(0xcf8, 0x80000000u | (n % 3 << 11) | (n >> 8 & 3) << 8 | (n >> 16 & 0xfc));
	if (n & 0x400)
		outb((uint16_t)(0xcfc + (n >> 24 & 3)), (uint8_t)number());
	else
		outl(0xcfc, number());
}

static void
hit_memory(void)
{
	static const uint32_t window[] = {
		0xa0000, 0xb8000, 0xfec00000, 0xfee00000, 0xff000000, 0xfebf0000, 0xfd000000,
	};
	uint32_t n = number();
	uintptr_t at = window[n % (sizeof(window) / sizeof(window[0]))] + (number() & 0xfff);

	if (n & 0x100)
		*(volatile uint32_t *)at = number();
	else if (n & 0x200)
		*(volatile uint8_t *)at = (uint8_t)number();
	else
		(void)*(volatile uint32_t *)at;
}

int
main(void)
{
	uint32_t lo, hi;

	asm volatile("cli; rdtsc" : "=a"(lo), "=d"(hi));
	state = ((uint64_t)hi << 32 | lo) * 0x9e3779b97f4a7c15u | 1;
	for (;;) {
		switch (number() % 8) {
		case 0: hit_pci(); break;
		case 1: hit_memory(); break;
		default: hit_port(); break;
		}
	}
}
