/*
 * tests/guest/storm_rings.c - devices that fetch: set up as a driver does, then fed
 * garbage
 *
 * What they read is in the arena: descriptors, rings and buffers overlap.  Most
 * addresses in there are of the arena, too, so that this program lives; some are
 * not.
 */
#include "storm.h"

#define ARENA		0x40000u
#define BEYOND		0x20000u	/* what begins at its end ends here, mostly */

static uint8_t arena[ARENA + BEYOND] __attribute__((aligned(65536)));

static uint32_t
some_address(void)
{
	uint32_t n = number();

	if (n % 512)
		return (uint32_t)(uintptr_t)arena + n / 512 % ARENA;
	return n / 512 % 64 ? number() | 0x80000000u : number();
}

static uint32_t
some_length(void)
{
	static const uint32_t often[] = { 0, 1, 16, 512, 1514, 2048, 4096, 65536 };
	uint32_t n = number();

	return n % 8 ? often[n / 8 % COUNT(often)] : number() >> (n / 8 % 256 ? 15 + n % 17 : 0);
}

static uint8_t *
some_place(unsigned align)
{
	return arena + number() % (ARENA - 64) / align * align;
}

static void
put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static void
put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, 2);
}

/* --- virtio 1.1, 4.1: the BAR's layout is the emulator's own --- */

#define COMMON		0u
#define NOTIFY		0x3000u
#define QUEUES		6u
#define RING(q)		(0x1000u * (q))

static void
mmio32(uint32_t at, uint32_t v)
{
	*(volatile uint32_t *)(uintptr_t)at = v;
}

static void
mmio16(uint32_t at, uint16_t v)
{
	*(volatile uint16_t *)(uintptr_t)at = v;
}

static void
mmio8(uint32_t at, uint8_t v)
{
	*(volatile uint8_t *)(uintptr_t)at = v;
}

static void
virtio_queue(uint32_t bar, unsigned q)
{
	uint32_t ring = (uint32_t)(uintptr_t)arena + RING(q);
	unsigned i;

	put32(arena + RING(q) + 0x400, 0);
	put32(arena + RING(q) + 0x800, 0);
	mmio16(bar + COMMON + 0x16, (uint16_t)q);
	if (number() % 4 == 0)
		mmio16(bar + COMMON + 0x18, (uint16_t)(1u << number() % 7));
	else
		mmio16(bar + COMMON + 0x18, 64);
	for (i = 0; i < 3; i++) {		/* descriptors, available, used */
		mmio32(bar + COMMON + 0x20 + 8 * i, ring + 0x400 * i);
		mmio32(bar + COMMON + 0x24 + 8 * i, number() % 64 ? 0 : number());
	}
	mmio16(bar + COMMON + 0x1c, 1);
}

static void
virtio_start(uint32_t bar)
{
	unsigned q;

	mmio8(bar + COMMON + 0x14, 0);
	mmio8(bar + COMMON + 0x14, 3);
	mmio32(bar + COMMON, 0);
	mmio32(bar + COMMON + 8, 0);
	mmio32(bar + COMMON + 0xc, *(volatile uint32_t *)(uintptr_t)(bar + COMMON + 4) &
	    (number() | number()));
	mmio32(bar + COMMON + 8, 1);
	mmio32(bar + COMMON + 0xc, 1);
	mmio8(bar + COMMON + 0x14, 11);
	for (q = 0; q < QUEUES; q++)
		virtio_queue(bar, q);
	mmio8(bar + COMMON + 0x14, 15);
}

static void
virtio_descriptor(uint8_t *d)
{
	uint32_t at = some_address();

	put32(d, at);
	put32(d + 4, number() % 64 ? 0 : number());
	put32(d + 8, some_length());
	put16(d + 12, (uint16_t)(number() % 16 ? number() & 3 : number()));
	put16(d + 14, (uint16_t)(number() % 64));
	if (number() % 4 == 0 && at - (uint32_t)(uintptr_t)arena < ARENA - 16) {
		uint8_t *head = arena + (at - (uint32_t)(uintptr_t)arena);

		put32(head, number() % 14);	/* a block request */
		put32(head + 8, number() % 4096);
		put32(head + 12, 0);
	}
}

/* A chain as a driver would make it; its first bytes are a request to a disk. */
static void
virtio_chain(uint8_t *ring, uint16_t first)
{
	uint32_t at = (uint32_t)(uintptr_t)arena + 0x20000 + number() % 0x1000 * 16;
	unsigned i, parts = 2 + number() % 3;
	uint8_t *d;

	put32((uint8_t *)(uintptr_t)at, number() % 4 ? number() & 1 : number() % 14);
	put32((uint8_t *)(uintptr_t)at + 4, 0);
	put32((uint8_t *)(uintptr_t)at + 8, number() % 3000);
	put32((uint8_t *)(uintptr_t)at + 12, 0);
	for (i = 0; i < parts; i++) {
		d = ring + 16 * ((first + i) % 64);
		put32(d, at);
		put32(d + 4, 0);
		put32(d + 8, i == 0 ? 16 : i + 1 == parts ? 1 : 512u * (1 + number() % 8));
		put16(d + 12, (uint16_t)((i + 1 < parts) | (i && number() % 8 ? number() & 2 : 0)));
		put16(d + 14, (uint16_t)((first + i + 1) % 64));
		at = some_address();
	}
	d = ring + 16 * ((first + parts - 1) % 64);
	put16(d + 12, 2);
}

static void
virtio_offer(uint8_t *ring, unsigned n)
{
	uint8_t *avail = ring + 0x400;
	uint16_t idx;
	unsigned i;

	memcpy(&idx, avail + 2, 2);
	for (i = 0; i < n; i++) {
		uint16_t first = (uint16_t)(number() % 64);

		put16(avail + 4 + 2 * ((idx + i) % 64), first);
		if (number() % 8)
			virtio_chain(ring, first);
		else
			virtio_descriptor(ring + 16 * first);
	}
	put16(avail, (uint16_t)(number() % 2));
	put16(avail + 2, (uint16_t)(number() % 256 ? idx + n : number()));
}

static void
hit_virtio(void)
{
	const struct function *f = function_find(0x10401af4, 0xffc0ffff);
	uint32_t bar;
	unsigned q;

	if (!f)
		return;
	bar = f->cfg[8] & ~15u;
	if (number() % 2)
		function_restore(f);
	if (number() % 32 == 0 || *(volatile uint8_t *)(uintptr_t)(bar + COMMON + 0x14) != 15)
		virtio_start(bar);
	q = number() % (number() % 2 ? 1 : QUEUES);
	virtio_offer(arena + RING(q), number() % 6);
	mmio16(bar + NOTIFY + 4 * q, (uint16_t)q);
}

/* --- 82540EM, SDM 3.2 and 3.3: descriptors of 16 bytes --- */

#define TX		0x8000u
#define RX		0xa000u
#define DESCRIPTORS	256u

static void
e1000_start(uint32_t bar)
{
	uint32_t at = (uint32_t)(uintptr_t)arena;

	mmio32(bar + 0x2800, at + RX);
	mmio32(bar + 0x2804, 0);
	mmio32(bar + 0x2808, 128u << number() % 6);
	mmio32(bar + 0x3800, at + TX);
	mmio32(bar + 0x3804, 0);
	mmio32(bar + 0x3808, 128u << number() % 6);
	mmio32(bar + 0x0100, 0x0000801e | (number() & 0x0e0f1030));
	mmio32(bar + 0x0400, 0x2 | (number() & 0x3ffff8));
	mmio32(bar + 0x00d0, number());
}

static void
hit_e1000(void)
{
	const struct function *f = function_find(0x100e8086, 0xffffffff);
	unsigned i, n = number() % 16;
	uint32_t bar;
	uint8_t *d;

	if (!f)
		return;
	bar = f->cfg[4] & ~15u;
	if (number() % 8 == 0) {
		function_restore(f);
		e1000_start(bar);
	}
	for (i = 0; i < n; i++) {
		d = arena + (number() & 1 ? TX : RX) + 16 * (number() % DESCRIPTORS);
		put32(d, some_address());
		put32(d + 4, number() % 64 ? 0 : number());
		put32(d + 8, (some_length() & 0xfffff) | (number() & 0xfff00000));
		put32(d + 12, number() & number());
	}
	mmio32(bar + 0x3818, number() % DESCRIPTORS);
	mmio32(bar + 0x2818, number() % DESCRIPTORS);
}

/* --- a frame that a network makes something of --- */

static void
hit_frames(void)
{
	static const uint16_t type[] = { 0x0008, 0x0608, 0xdd86 };
	uint8_t *p = some_place(2);

	memset(p, 0xff, 6);
	put16(p + 12, type[number() % COUNT(type)]);
	put32(p + 14, number() % 2 ? number() : 0x0000045u | (number() & 0xffff0000));
	put32(p + 22, 0x40u | (number() % 3 ? 0x1100u : 0x0600u));
	put32(p + 26, 0x0f02000a);
	put32(p + 30, 0x0002000a | (number() & 7) << 24);
	put32(p + 34, number());
}

/* --- disks: ATA/ATAPI-6 8, bus master IDE 1.0 --- */

static void
hit_ide(void)
{
	static const uint8_t command[] = {
		0xc8, 0xca, 0xc4, 0xc5, 0xc6, 0x20, 0x30, 0x24, 0x25, 0x29, 0x34, 0x35, 0x39, 0xa0,
		0xa1, 0xec, 0xef, 0xe7, 0xea, 0x90, 0x91, 0x08, 0x40, 0xf8, 0x27,
	};
	const struct function *f = function_find(0x70108086, 0xffffffff);
	uint16_t base = number() & 1 ? 0x1f0 : 0x170, bm;
	uint8_t *prd = some_place(4), what = command[number() % COUNT(command)];
	unsigned i;

	if (!f)
		return;
	bm = (uint16_t)((f->cfg[8] & ~3u) + (base == 0x1f0 ? 0 : 8));
	function_restore(f);
	for (i = 0; i < 4; i++) {
		put32(prd + 8 * i, some_address() & ~1u);
		put32(prd + 8 * i + 4, (some_length() & 0xfffe) | (number() % 3 ? 0 : 0x80000000));
	}
	outb((uint16_t)(base + 0x206), 0);
	outl((uint16_t)(bm + 4), (uint32_t)(uintptr_t)prd);
	outb((uint16_t)(base + 6), (uint8_t)(0xe0 | (number() & (number() % 8 ? 0x10 : 0x1f))));
	for (i = 2; i < 6; i++)
		outb((uint16_t)(base + i), (uint8_t)(number() % 8 ? number() % 12 * (i < 5) : number()));
	outb((uint16_t)(base + 7), what);
	if (what == 0xa0) {			/* a packet */
		for (i = 0; i < 6; i++)
			outw(base, (uint16_t)(number() % 3 ? number() & 0xff : number()));
	}
	outb(bm, (uint8_t)(number() & 9));
	for (i = number() % 600; i; i--) {
		if (number() & 1)
			(void)inw(base);
		else
			outw(base, (uint16_t)number());
	}
}

/* --- floppy: 82077AA, 5 "Command set"; fw_cfg's own way to memory --- */

static void
hit_floppy(void)
{
	static const uint8_t command[] = { 0x46, 0x66, 0xc5, 0x4d, 0x4a, 7, 0x0f, 8, 3, 0x13, 4,
		0x0e, 0x10, 0x94, 0x12, 0x52, 0x51 };
	unsigned i;

	outb(0x3f2, (uint8_t)(0x1c | (number() & 3)));
	outb(0x0b, (uint8_t)(0x42 | (number() & 0xfc)));	/* the DMA channel */
	outb(0x04, (uint8_t)number());
	outb(0x04, (uint8_t)number());
	outb(0x81, (uint8_t)((uintptr_t)arena >> 16));
	outb(0x05, (uint8_t)number());
	outb(0x05, (uint8_t)(number() % 5));
	outb(0x0a, 2);
	outb(0x3f5, command[number() % COUNT(command)]);
	for (i = 0; i < 8; i++)
		outb(0x3f5, (uint8_t)(number() % 2 ? number() % 20 : number()));
	for (i = 0; i < 8; i++)
		(void)inb(0x3f5);
}

static void
hit_fw_cfg(void)
{
	uint8_t *p = some_place(1);

	put32(p, __builtin_bswap32((number() & 0x1f) | (number() % 64) << 16));
	put32(p + 4, __builtin_bswap32(some_length()));
	put32(p + 8, 0);
	put32(p + 12, __builtin_bswap32(some_address()));
	outl(0x514, 0);
	outl(0x518, __builtin_bswap32((uint32_t)(uintptr_t)p));
}

void
hit_rings(void)
{
	switch (number() % 16) {
	case 0: hit_ide(); break;
	case 1: hit_floppy(); break;
	case 2: hit_fw_cfg(); break;
	case 3:
	case 4: hit_frames(); break;
	case 5:
	case 6:
	case 7: hit_e1000(); break;
	default: hit_virtio(); break;
	}
}
