/*
 * tests/vmm/hostile.c - a guest that tries to get out
 *
 * Random page tables (large and small, onto themselves, nowhere, outside its
 * memory), random ports, MSRs, control registers and hypercalls, from seed= on,
 * n= times.  Whether it got out is the VMM's to say (canary=1), and another
 * guest's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/abi.h"
#include "vmm/common/multiboot.h"
#include "vmm/common/port.h"
#include "vmm/common/print.h"
#include "vmm/common/serial.h"

#define PAGE		4096u
#define POOL		0x400000u	/* physical: what may be written to */
#define POOL_PAGES	64u
#define TABLES		16u		/* the first of them are tables */
#define ROOTS		4u
#define PTE_P		1u
#define PTE_PS		0x80u

struct gate {
	uint16_t	offset0, selector, type, offset1;
	uint32_t	offset2, reserved;
};

extern uint64_t boot_pml4[512];
int	attempt(void (*f)(void));
void	on_exception(void);
void	hostile_main(uint32_t magic, uint32_t info);

static uint64_t roots[ROOTS][512] __attribute__((aligned(4096)));
static struct gate idt[32];
static uint64_t state, caught;
static bool calls;

static uint64_t
chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t *
pool(uint64_t n)
{
	return (uint64_t *)(uintptr_t)(POOL + n % POOL_PAGES * PAGE);
}

/* Mostly what is ours to play with; never where this program is. */
static uint64_t
some_frame(void)
{
	switch (chance() % 8) {
	case 0:
		return 0x1000000 + chance() % 0x8000000 / PAGE * PAGE;
	case 1:
		return chance() & 0x000ffffffffff000;
	case 2:
		return 0xfee00000;
	case 3:
		return 0x200000 + chance() % 512 * PAGE;
	default:
		return POOL + chance() % POOL_PAGES * PAGE;
	}
}

static uint64_t
some_entry(void)
{
	uint64_t e = some_frame() | (chance() & 0xfff);

	if (chance() % 4)
		e |= PTE_P | 2;
	if (chance() % 8 == 0)
		e |= chance() << 52;
	else if (chance() % 4)
		e &= ~(uint64_t)PTE_PS;
	return e;
}

/* An address below slots 1 to 3 of a root. */
static volatile uint64_t *
some_address(void)
{
	return (volatile uint64_t *)(uintptr_t)((1 + chance() % 3) << 39 |
	    (chance() % 8) << 30 | (chance() % 8) << 21 | (chance() % 8) << 12 |
	    (chance() & 0xff8));
}

static void
tables(void)
{
	unsigned n = chance() % 8;

	while (n--)
		pool(chance() % TABLES)[chance() % 8] = some_entry();
	roots[chance() % ROOTS][1 + chance() % 3] =
	    (POOL + chance() % TABLES * PAGE) | 7;
}

static void
access(void)
{
	volatile uint64_t *at = some_address();

	if (chance() % 2)
		*at = chance();
	else
		(void)*at;
	if (chance() % 4 == 0)
		__asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
}

static void
root(void)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"((uint64_t)(uintptr_t)
	    roots[chance() % ROOTS]) : "memory");
}

/* Not those that end a guest. */
static void
port(void)
{
	uint16_t p = (uint16_t)chance();

	if (p >= 0xf0 && p <= 0xf7)
		p = 0x80;
	if (p == 0x64 || (p >= 0xcf8 && p <= 0xcff) || (p >= 0x3f0 && p < 0x400))
		return;
	switch (chance() % 6) {
	case 0: (void)in_b(p); break;
	case 1: (void)in_w(p); break;
	case 2: (void)in_l(p); break;
	case 3: out_b(p, (uint8_t)chance()); break;
	case 4: out_w(p, (uint16_t)chance()); break;
	default: out_l(p, (uint32_t)chance()); break;
	}
}

static void
msr(void)
{
	uint32_t n = (uint32_t)chance() % 0x2000, lo = 0, hi = 0;

	n |= (uint32_t[]){ 0, 0xc0000000, 0xc0010000, 0x40000000 }[chance() % 4];
	if (chance() % 2)
		__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(n));
	else
		__asm__ volatile("wrmsr" : : "c"(n), "a"((uint32_t)chance()), "d"(0));
}

static void
control(void)
{
	uint64_t v;

	switch (chance() % 4) {
	case 0:
		__asm__ volatile("mov %%cr0, %0" : "=r"(v));
		v ^= 0x10000;
		__asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
		break;
	case 1:
		__asm__ volatile("mov %%cr4, %0" : "=r"(v));
		v ^= 1ull << chance() % 64;
		__asm__ volatile("mov %0, %%cr4" : : "r"(v | 0x20) : "memory");
		break;
	case 2:
		__asm__ volatile("mov %0, %%dr7" : : "r"(chance() & 0xffff0fff));
		break;
	default:
		__asm__ volatile("clts");
	}
}

static uint64_t
some_argument(void)
{
	switch (chance() % 4) {
	case 0: return chance() % 4096;
	case 1: return some_frame();
	case 2: return chance();
	default: return POOL + chance() % POOL_PAGES * PAGE;
	}
}

static void
call(void)
{
	static const uint8_t tried[] = { HC_NULL, HC_YIELD, HC_MMU_UPDATE, HC_MMU_PIN,
	    HC_MMU_UNPIN, HC_MMU_INVLPG, HC_P2M, HC_BALLOON_TARGET, HC_FREE_FRAMES,
	    HC_TIME, HC_STOLEN, HC_COUNT, 200 };
	uint64_t n = tried[chance() % sizeof(tried)];

	if (chance() % 16 == 0)
		n = chance() | 1ull << 40;
	if (calls)
		__asm__ volatile("vmmcall" : "+a"(n) : "D"(some_argument()),
		    "S"(some_argument()), "d"(some_argument()) : "memory");
}

static void
other(void)
{
	static const uint8_t code[][4] = {
		{ 0x0f, 0x01, 0xd8, 0xc3 }, { 0x0f, 0x01, 0xda, 0xc3 },	/* VMRUN, VMLOAD */
		{ 0x0f, 0x01, 0xdb, 0xc3 }, { 0x0f, 0x01, 0xdd, 0xc3 },	/* VMSAVE, CLGI */
		{ 0x0f, 0x01, 0xdf, 0xc3 }, { 0x0f, 0x01, 0xde, 0xc3 },	/* INVLPGA, SKINIT */
		{ 0x0f, 0x08, 0xc3, 0 }, { 0x0f, 0x0b, 0xc3, 0 }, { 0x0f, 0xa2, 0xc3, 0 }
	};
	const uint8_t *c = code[chance() % (sizeof(code) / sizeof(code[0]))];

	__asm__ volatile("call *%0" : : "r"(c), "a"(some_frame()) : "rbx", "rcx", "rdx",
	    "memory");
}

static void
step(void)
{
	static void (*const what[])(void) = {
		tables, tables, access, access, access, access, root, port, msr, control,
		call, other
	};

	what[chance() % (sizeof(what) / sizeof(what[0]))]();
}

static void
set_idt(void)
{
	struct { uint16_t limit; uint64_t base; } __attribute__((packed)) p = {
		sizeof(idt) - 1, (uint64_t)(uintptr_t)idt };
	uint64_t at = (uint64_t)(uintptr_t)on_exception;
	unsigned i;

	for (i = 0; i < 32; i++)
		idt[i] = (struct gate){ (uint16_t)at, 8, 0x8e00, (uint16_t)(at >> 16),
		    (uint32_t)(at >> 32), 0 };
	__asm__ volatile("lidt %0" : : "m"(p));
}

/* "name=" in decimal. */
static uint64_t
option(const char *line, const char *name, uint64_t v)
{
	size_t n;

	for (; *line; line++) {
		for (n = 0; name[n] && line[n] == name[n]; n++)
			;
		if (name[n] || line[n] != '=')
			continue;
		for (v = 0, line += n + 1; *line >= '0' && *line <= '9'; line++)
			v = v * 10 + (uint64_t)(*line - '0');
		break;
	}
	return v;
}

void
hostile_main(uint32_t magic, uint32_t info)
{
	const struct mb_info *mb = (const void *)(uintptr_t)info;
	const char *line = (const char *)(uintptr_t)mb->cmdline, *s;
	uint64_t n, times = option(line, "n", 100000);
	char text[80];
	unsigned i;

	(void)magic;
	state = option(line, "seed", 1) * 0x9e3779b97f4a7c15;
	calls = option(line, "calls", 1);
	for (i = 0; i < ROOTS; i++)
		roots[i][0] = boot_pml4[0];
	set_idt();
	for (n = 0; n < times; n++)
		caught += (unsigned)attempt(step);
	print_into(text, sizeof(text), "hostile: %lu attempts, %lu exceptions\n", times,
	    caught);
	for (s = text; *s; s++)
		serial_put(*s);
	for (;;)
		__asm__ volatile("cli; hlt");
}
