/*
 * tests/vmm/hostile.c - a guest that tries to get out
 *
 * Operations of all kinds there are in hostile.h, n= of them by chance, from seed=
 * on; anywhere=1 if any table may be a root, 2 if one may be where no memory is;
 * last=1: at the end one that leads nowhere, if the VMM reads tables; trusted=1 if
 * it looks at nothing.
 *
 * Whether it got out the VMM says (canary=1), and other guests, and itself: what is
 * planted in frames of others is known when it is read (vmm/abi.h).
 */
#include "tests/vmm/hostile.h"

#include <stddef.h>

#include "vmm/abi.h"
#include "vmm/common/multiboot.h"
#include "vmm/common/print.h"
#include "vmm/common/serial.h"

struct hostile h;
void	hostile_main(uint32_t magic, uint32_t info);

uint64_t
chance(void)
{
	h.state ^= h.state << 13;
	h.state ^= h.state >> 7;
	h.state ^= h.state << 17;
	return h.state;
}

uint64_t
pool(uint64_t n)
{
	return POOL + n % POOL_PAGES * PAGE;
}

/* Mostly what is ours to play with; never where this program is. */
uint64_t
some_frame(void)
{
	switch (chance() % 8) {
	case 0:
		return MEMORY + chance() % 0x8000000 / PAGE * PAGE;
	case 1:
		return chance() & PTE_FRAME;
	case 2:
		return 0xfee00000;
	case 3:
		return 0x200000 + chance() % 512 * PAGE;
	default:
		return pool(chance());
	}
}

uint64_t
some_entry(void)
{
	uint64_t e = some_frame() | (chance() & 0xfff);

	if (chance() % 4)
		e |= PTE_P | PTE_W;
	if (chance() % 8 == 0)
		e |= chance() << 52;
	else if (chance() % 4)
		e &= ~(uint64_t)PTE_PS;
	return e;
}

/* Below slots 1 to 3 of a root; never the first word of a page, which leads from a
 * root to this program. */
uint64_t
some_address(void)
{
	return (1 + chance() % 3) << 39 | (chance() % 8) << 30 | (chance() % 8) << 21 |
	    (chance() % 8) << 12 | (chance() & 0xff8) | 8;
}

/* frame_pattern() backwards: of which frame could this be a word? */
void
look(uint64_t at)
{
	uint64_t v = *(volatile uint64_t *)(uintptr_t)at, n = v * h.inverse - 1;

	if (n % 512 == at % PAGE / 8 && n / 512 < 1u << 20)
		h.leaks++;
}

void
touch(uint64_t at)
{
	if (chance() % 2)
		look(at);
	else
		store(at, chance() % 2 ? some_entry() : chance());
}

static void
access(void)
{
	uint64_t at = some_address();

	touch(at);
	if (chance() % 4 == 0)
		invlpg(at);
}

void
load_cr3(uint64_t v)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(v) : "memory");
}

/* --- hypercalls --- */

uint64_t
some_argument(void)
{
	switch (chance() % 4) {
	case 0: return chance() % 4096;
	case 1: return some_frame();
	case 2: return chance();
	default: return pool(chance());
	}
}

uint64_t
hypercall(uint64_t n, uint64_t a, uint64_t b, uint64_t c)
{
	if (h.by_int)
		__asm__ volatile("int %1" : "+a"(n) : "i"(VMM_VECTOR), "D"(a), "S"(b),
		    "d"(c) : "memory");
	else
		__asm__ volatile("vmmcall" : "+a"(n) : "D"(a), "S"(b), "d"(c) : "memory");
	return n;
}

/* Only frames of the pool that are no tables are given away. */
static void
balloon(void)
{
	uint64_t gfn = pool(TABLES + chance() % (POOL_PAGES - TABLES)) / PAGE;

	if (chance() % 4 == 0)
		gfn = MEMORY / PAGE + chance();
	hypercall(chance() % 2 ? HC_BALLOON_GIVE : HC_BALLOON_TAKE, gfn, chance(), 0);
}

void
call(void)
{
	static const uint8_t tried[] = { HC_NULL, HC_YIELD, HC_MMU_UPDATE, HC_MMU_PIN,
	    HC_MMU_UNPIN, HC_MMU_INVLPG, HC_P2M, HC_BALLOON_TARGET, HC_FREE_FRAMES,
	    HC_TIME, HC_STOLEN, HC_COUNT, 200 };
	uint64_t n = tried[chance() % sizeof(tried)];

	if (!h.direct && chance() % 4 == 0) {
		balloon();
		return;
	}
	if (chance() % 16 == 0)
		n = chance() | 1ull << 40;
	hypercall(n, some_argument(), some_argument(), some_argument());
}

/* How we are run, in CPUID's words. */
static void
find_vmm(void)
{
	uint32_t a = VMM_CPUID_FEATURES, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	h.by_int = a & VMM_F_DEPRIVILEGED;
	h.direct = a & VMM_F_DIRECT;
}

/* --- all of it --- */

struct kind {
	const char	*name;
	unsigned	share;
	void		(*own)(void), (*direct)(void);
	uint64_t	done;
};

#define direct_access	access
#define direct_port	port
#define direct_msr	msr
#define direct_control	control
#define direct_other	other
#define direct_jump	jump
#define K(name, share)	{ #name, share, name, direct_##name, 0 },
static struct kind kinds[] = { HOSTILE_KINDS(K) };
#undef K

static bool
step(void)
{
	unsigned n = (unsigned)(chance() % 64);
	struct kind *k = kinds;

	while (n >= k->share)
		n -= k++->share;
	k->done++;
	return attempt(h.direct ? k->direct : k->own);
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

static void
say(const char *name, uint64_t v)
{
	char text[80];
	const char *s;

	print_into(text, sizeof(text), "hostile: %s=%lu\n", name, v);
	for (s = text; *s; s++)
		serial_put(*s);
}

static void
init(uint64_t seed)
{
	uint64_t odd = frame_pattern(0, 0);
	unsigned i;

	h.state = seed * 0x9e3779b97f4a7c15;
	h.inverse = odd;		/* 3 bits of it are right, then 6, ... */
	for (i = 0; i < 5; i++)
		h.inverse *= 2 - odd * h.inverse;
	find_vmm();
	insn_init();
	if (h.direct)
		direct_init();
	else
		tables_init();
}

void
hostile_main(uint32_t magic, uint32_t info)
{
	const struct mb_info *mb = (const void *)(uintptr_t)info;
	const char *line = (const char *)(uintptr_t)mb->cmdline;
	uint64_t n, times = option(line, "n", 100000), caught = 0;
	unsigned i;

	(void)magic;
	h.anywhere = option(line, "anywhere", 0);
	h.trusted = option(line, "trusted", 0);
	init(option(line, "seed", 1));
	for (n = 0; n < times; n++)
		caught += step();
	__asm__ volatile("mov %0, %%dr7" : : "r"(0ull));	/* no more exceptions */
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		say(kinds[i].name, kinds[i].done);
	say("operations", times);
	say("exceptions", caught);
	say("leaks", h.leaks);
	say("holes", h.holes);
	if (option(line, "last", 0))
		load_cr3(some_frame() | 1ull << 36);
	for (;;)
		__asm__ volatile("cli; hlt");
}
