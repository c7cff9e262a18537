/*
 * Can a guest that writes random values anywhere bring the emulator down?
 *
 * Set-up: random bytes, words and dwords to random ports, to random bytes of PCI
 * configuration space, to random places in the device windows of memory and behind
 * every BAR, and reads of the same; and devices that are set up as a driver does,
 * with garbage in what they fetch (storm_rings.c).  Interrupts stay off.  A reset
 * boots this image again, other numbers follow (the clock is their seed); a
 * power-off ends the run, and tests/guest/storm.sh starts the next one.
 * Expected: nothing but the end of its time.  Not in tests/guest/list: it has
 * no verdict.
 */
#include "storm.h"

static uint64_t state;
static struct function function[16];
static unsigned functions;

uint32_t
number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* --- PCI functions, as the firmware left them --- */

static uint32_t
cfg_read(uint8_t devfn, unsigned reg)
{
	outl(0xcf8, 0x80000000u | (uint32_t)devfn << 8 | reg << 2);
	return inl(0xcfc);
}

static void
cfg_write(uint8_t devfn, unsigned reg, uint32_t v)
{
	outl(0xcf8, 0x80000000u | (uint32_t)devfn << 8 | reg << 2);
	outl(0xcfc, v);
}

static void
scan(void)
{
	unsigned devfn, i;

	functions = 0;
	for (devfn = 0; devfn < 256 && functions < COUNT(function); devfn++) {
		struct function *f = &function[functions];

		if (cfg_read((uint8_t)devfn, 0) == 0xffffffff)
			continue;
		f->devfn = (uint8_t)devfn;
		for (i = 0; i < COUNT(f->cfg); i++)
			f->cfg[i] = cfg_read(f->devfn, i);
		functions++;
	}
}

/* Decodes, is master, and is where it was. */
void
function_restore(const struct function *f)
{
	unsigned i;

	cfg_write(f->devfn, 1, 7);
	for (i = 4; i < 10; i++)
		cfg_write(f->devfn, i, f->cfg[i]);
}

const struct function *
function_find(uint32_t id, uint32_t mask)
{
	const struct function *f;
	unsigned tries;

	for (tries = 0; functions && tries < 64; tries++) {
		f = &function[number() % functions];
		if ((f->cfg[0] & mask) == id)
			return f;
	}
	return NULL;
}

/* --- a shot at one place --- */

/* Ports where something is are hit more often than empty ones. */
static uint16_t
some_port(void)
{
	static const uint16_t busy[] = {
		0x00, 0x20, 0x40, 0x60, 0x70, 0x80, 0x92, 0xa0, 0xb2, 0xc0, 0xd0, 0xe0, 0x170,
		0x1ce, 0x1f0, 0x2f8, 0x376, 0x3b0, 0x3c0, 0x3d0, 0x3f0, 0x3f6, 0x3f8, 0x402,
		0x4d0, 0x510, 0x514, 0x5a0, 0x600, 0x700, 0xcf8, 0xcfc, 0x2000,
	};
	uint32_t n = number();

	if (n % 4 == 0)
		return (uint16_t)number();
	return (uint16_t)(busy[n / 4 % COUNT(busy)] + number() % 16);
}

/* What ends everything here, power-off and resets, happens seldom: the firmware
 * takes its time each time. */
static bool
is_end(uint16_t port, uint32_t v)
{
	if (port + 3 >= 0x604 && port < 0x606)
		return true;
	if (port + 3 >= 0x92 && port <= 0x92)
		return true;
	if (port + 3 >= 0xf4 && port < 0xf8)
		return true;
	if (port + 3 >= 0xcf9 && port <= 0xcf9)
		return port != 0xcf8 || !(v & 0x80000000);
	return port + 3 >= 0x64 && port <= 0x64;
}

static void
hit_port(uint16_t port)
{
	uint32_t v = number();

	if (is_end(port, v) && number() % 256)
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
hit_place(uintptr_t at)
{
	uint32_t n = number(), v = number();

	v = n & 0x1000 ? v : v & 0xff;
	switch (n % 6) {
	case 0: *(volatile uint32_t *)(at & ~3ul) = v; break;
	case 1: *(volatile uint32_t *)at = v; break;
	case 2: *(volatile uint16_t *)at = (uint16_t)v; break;
	case 3: *(volatile uint8_t *)at = (uint8_t)v; break;
	case 4: (void)*(volatile uint8_t *)at; break;
	default: (void)*(volatile uint32_t *)at; break;
	}
}

static void
hit_memory(void)
{
	static const uint32_t window[] = {
		0xa0000, 0xb8000, 0xfec00000, 0xfed00000, 0xfee00000, 0xff000000, 0xfd000000,
	};

	hit_place(window[number() % COUNT(window)] + (number() & 0xfff));
}

static void
hit_pci(void)
{
	uint32_t n = number();
	uint8_t devfn = functions ? function[n % functions].devfn : (uint8_t)n;

	if (n & 0x400)
		devfn = (uint8_t)(n >> 11);
	outl(0xcf8, 0x80000000u | (uint32_t)devfn << 8 | (number() & 0xfc));
	if (n & 0x200)
		outb((uint16_t)(0xcfc + (n >> 24 & 3)), (uint8_t)number());
	else
		outl(0xcfc, number());
}

/* A few accesses behind a BAR, of which the first bytes get most. */
static void
hit_bar(void)
{
	const struct function *f = &function[number() % (functions ? functions : 1)];
	uint32_t bar = f->cfg[4 + number() % 6], mask = number() & 1 ? 0xff : 0x1ffff;
	unsigned n = number() % 8;

	if (!(bar & ~15u))
		return;
	if (number() % 8 == 0)
		function_restore(f);
	while (n--) {
		if (bar & 1)
			hit_port((uint16_t)((bar & ~3u) + number() % 64));
		else
			hit_place((bar & ~15u) + (number() & mask));
	}
}

/* --- the guest --- */

static uint8_t
cmos(uint8_t reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static void
seed(void)
{
	static const uint8_t clock[] = { 0, 2, 4, 7, 8, 9 };
	unsigned i;

	state = rdtsc();
	for (i = 0; i < COUNT(clock); i++)
		state = (state ^ cmos(clock[i])) * 0x9e3779b97f4a7c15u;
	state |= 1;
}

int
main(void)
{
	static const struct pointer none;

	cli();
	asm volatile("lidt %0" :: "m"(none));	/* what goes wrong resets */
	seed();
	scan();
	for (;;) {
		switch (number() % 16) {
		case 0: hit_pci(); break;
		case 1:
		case 2: hit_memory(); break;
		case 3:
		case 4:
		case 5:
		case 6: hit_bar(); break;
		case 7:
		case 8:
		case 9: hit_rings(); break;
		default: hit_port(some_port()); break;
		}
	}
}
