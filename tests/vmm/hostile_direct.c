/*
 * tests/vmm/hostile_direct.c - the same with direct paging: tables that the VMM looks at
 *
 * Frames of the pool are made tables and taken back, with entries that are mostly in
 * order, for else none would be taken; what is not in order is refused, or this guest
 * has got out.
 */
#include "tests/vmm/hostile.h"
#include "vmm/abi.h"

#define FRAMES		(MEMORY / PAGE)
#define UPDATES		16u
#define LEVEL(n)	((n) % TABLES / 4 + 1)

static uint64_t top[512] __attribute__((aligned(4096)));
static uint64_t level3[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096)));
static uint64_t level1[FRAMES / 512][512] __attribute__((aligned(4096)));
/* Who counts wrongly reads zeros behind it. */
static struct vmm_mmu_update update[4096] __attribute__((aligned(4096)));
static uint64_t machine[POOL_PAGES];	/* addresses; 0: given away, perhaps */
static uint64_t table1;			/* of POOL's level1: it is one table */
static bool is_table[TABLES], is_given[POOL_PAGES];

static uint64_t
machine_of(const void *p)
{
	return hypercall(HC_P2M, (uint64_t)(uintptr_t)p / PAGE, 0, 0) * PAGE;
}

static bool
is_of(uint64_t at, const void *p, uint64_t size)
{
	return at - (uint64_t)(uintptr_t)p < size;
}

static void
map_all(void)
{
	uint64_t at;

	for (at = 0; at < MEMORY; at += PAGE) {
		uint64_t e = machine_of((void *)(uintptr_t)at) | PTE_P;

		if (!is_of(at, top, PAGE) && !is_of(at, level3, PAGE) &&
		    !is_of(at, level2, PAGE) && !is_of(at, level1, sizeof(level1)))
			e |= PTE_W;
		level1[at / PAGE / 512][at / PAGE % 512] = e;
	}
}

/* A root that is refused must not leave what was pinned before as if it had been
 * looked at for good: it is still written to by us.  True: it did. */
static bool
refused_root(void)
{
	h.holes += !hypercall(HC_MMU_ROOT, machine[0], 0, 0);
	top[1] = 0x200000 | PTE_P | PTE_W;
	if (!hypercall(HC_MMU_ROOT, home, 0, 0)) {
		h.holes++;
		return true;
	}
	top[1] = 0;
	return false;
}

void
direct_init(void)
{
	unsigned i;

	map_all();
	for (i = 0; i < FRAMES / 512; i++)
		level2[i] = machine_of(level1[i]) | PTE_P | PTE_W;
	level3[0] = machine_of(level2) | PTE_P | PTE_W;
	top[0] = machine_of(level3) | PTE_P | PTE_W;
	for (i = 0; i < POOL_PAGES; i++)
		machine[i] = machine_of((void *)(uintptr_t)pool(i));
	table1 = machine_of(level1[POOL / PAGE / 512]);
	home = machine_of(top);
	hypercall(HC_MMU_PIN, home, 4, 0);
	home_call = HC_MMU_ROOT;
	if (!h.trusted && refused_root())
		return;
	h.holes += hypercall(HC_MMU_ROOT, home, 0, 0) != 0;
}

static uint64_t
apply(unsigned n)
{
	return hypercall(HC_MMU_UPDATE, (uint64_t)(uintptr_t)update, n, 0);
}

static uint64_t
set_one(uint64_t at, uint64_t v)
{
	update[0] = (struct vmm_mmu_update){ at, v };
	return apply(1);
}

/* How the pool's frame is mapped where this program reaches it. */
static bool
set_mine(uint64_t n, unsigned rights)
{
	return set_one(table1 + (POOL / PAGE + n) % 512 * 8, machine[n] | rights) == 1;
}

static uint64_t
foreign(void)
{
	return chance() % 0x8000000 / PAGE * PAGE;
}

/* For a table of this level. */
static uint64_t
entry(unsigned level)
{
	uint64_t n = level == 1 ? TABLES + chance() % (POOL_PAGES - TABLES) :
	    (level - 2) * 4 + chance() % 4, e = machine[n] | PTE_P | (chance() & 0x66);

	if (level == 1 && chance() % 4 == 0)
		e = machine[chance() % TABLES] | PTE_P;
	switch (chance() % 64) {
	case 0: return e | PTE_PS;
	case 1: return some_entry();
	case 2: return foreign() | PTE_P | PTE_W;
	case 3: return machine[chance() % POOL_PAGES] | PTE_P | PTE_W;
	case 4: return e | chance() << 52;
	default: return chance() % 4 ? e : 0;
	}
}

/* Writable in one place only, a frame can become a table. */
static void
make_table(uint64_t n)
{
	uint64_t *t = (uint64_t *)(uintptr_t)pool(n);
	unsigned i;

	t[0] = LEVEL(n) == 4 ? top[0] : entry(LEVEL(n));
	for (i = 1; i < 8; i++)
		t[i] = entry(LEVEL(n));
	if (!set_mine(n, PTE_P))
		return;
	if (!hypercall(HC_MMU_PIN, machine[n], LEVEL(n), 0))
		is_table[n] = true;
	else
		set_mine(n, PTE_P | PTE_W);
}

static void
end_table(uint64_t n)
{
	hypercall(HC_MMU_UNPIN, machine[n], 0, 0);
	is_table[n] = !set_mine(n, PTE_P | PTE_W);	/* others may refer to it */
}

/* Entries of tables that are there, and of what is none, or not ours. */
static void
change(uint64_t n)
{
	unsigned i, count = 1 + chance() % UPDATES;

	for (i = 0; i < count; i++) {
		unsigned slot = 1 + chance() % 7;

		update[i] = (struct vmm_mmu_update){ machine[n] + slot * 8, entry(LEVEL(n)) };
		if (chance() % 16 == 0)
			update[i].at += chance() % 8;
		if (chance() % 16 == 0)
			update[i].at = foreign() + slot * 8;
	}
	apply(chance() % 32 ? count : (unsigned)chance());
}

void
direct_tables(void)
{
	uint64_t n = chance() % TABLES;

	if (!is_table[n])
		make_table(n);
	else if (chance() % 16)
		change(n);
	else
		end_table(n);
}

void
direct_cr3(void)
{
	uint64_t n = 12 + chance() % 4;

	switch (h.trusted ? 0 : chance() % 8) {	/* or most of them are the end */
	case 0: hypercall(HC_MMU_ROOT, home, 0, 0); break;
	case 1: h.holes += !hypercall(HC_MMU_ROOT, machine[TABLES], 0, 0); break;
	case 2: h.holes += !hypercall(HC_MMU_ROOT, chance() | 1ull << 51, 0, 0); break;
	case 3: h.holes += !hypercall(HC_MMU_ROOT, machine[n] + 8, 0, 0); break;
	case 4: load_cr3(home); break;
	default: hypercall(HC_MMU_ROOT, machine[n], 0, 0);
	}
}

/* Tables that name themselves: only to be read, and on the last level. */
void
direct_self(void)
{
	uint64_t n = chance() % TABLES, e = machine[n] | PTE_P, slot = 1 + chance() % 7;

	if (!is_table[n])
		make_table(n);
	if (LEVEL(n) > 1 || chance() % 2)
		e |= PTE_W;
	if (is_table[n] && set_one(machine[n] + slot * 8, e) == 1 && e & PTE_W)
		h.holes++;
	touch(some_address());
}

/* Large pages, and one frame with several entries. */
void
direct_alias(void)
{
	uint64_t n = chance() % 8, slot = 1 + chance() % 7, f = TABLES + chance() % 8;

	if (!is_table[n])
		make_table(n);
	if (!is_table[n])
		return;
	if (LEVEL(n) == 2 && set_one(machine[n] + slot * 8, (machine[f] & ~0x1fffffull) |
	    PTE_P | PTE_W | PTE_PS) == 1)
		h.holes++;
	if (LEVEL(n) == 1)
		set_one(machine[n] + slot * 8, machine[f] | PTE_P | (chance() & PTE_W) | PTE_U);
	touch(some_address());
}

/* The frame has an entry to write to it, here and below some table; it is used, so
 * that a TLB knows it; then it is made a table, or given away, and written to. */
void
direct_twice(void)
{
	uint64_t n = chance() % TABLES, at = pool(n);
	volatile uint64_t *p = (volatile uint64_t *)(uintptr_t)at;

	if (is_table[n]) {
		end_table(n);
		return;
	}
	p[1] = 0;
	make_table(n);
	if (!is_table[n])
		return;
	if (chance() % 2)
		touch(some_address());
	p[1] = foreign() | PTE_P | PTE_W;	/* a page fault, if all is well */
	h.holes++;
}

static void
take(uint64_t n)
{
	hypercall(HC_BALLOON_TAKE, pool(n) / PAGE, 0, 0);
	machine[n] = machine_of((void *)(uintptr_t)pool(n));
	is_given[n] = false;
	set_mine(n, PTE_P | PTE_W);
}

/* A frame without entries is given away, and written to through the TLB. */
static void
give(uint64_t n)
{
	volatile uint64_t *p = (volatile uint64_t *)(uintptr_t)pool(n);

	*p = chance();
	if (!set_mine(n, 0))
		return;
	if (hypercall(HC_BALLOON_GIVE, pool(n) / PAGE, 0, 0)) {
		set_mine(n, PTE_P | PTE_W);	/* tables have entries for it */
		return;
	}
	is_given[n] = true;
	h.holes += set_mine(n, PTE_P);
	*p = chance();			/* a page fault, if all is well */
	h.holes++;
}

void
direct_call(void)
{
	uint64_t n = TABLES + chance() % (POOL_PAGES - TABLES);

	switch (chance() % 4) {
	case 0:
		(is_given[n] ? take : give)(n);
		break;
	case 1:
		hypercall(chance() % 2 ? HC_MMU_PIN : HC_MMU_UNPIN, machine[chance() %
		    POOL_PAGES] | (chance() % 8 ? 0 : chance() % PAGE), chance() % 6, 0);
		break;
	case 2:
		hypercall(HC_MMU_INVLPG, chance() % 2 ? some_address() : chance(), 0, 0);
		break;
	default:
		call();
	}
}
