/*
 * tests/vmm/hostile_tables.c - page tables of a hostile guest, which it stores to itself
 */
#include "tests/vmm/hostile.h"

#define WINDOW		0x40000000u	/* an address for whatever is to be seen */

static uint64_t roots[ROOTS][512] __attribute__((aligned(4096)));
static uint64_t window_table[512] __attribute__((aligned(4096)));

static volatile uint64_t *
table(uint64_t n)
{
	return (volatile uint64_t *)(uintptr_t)pool(n % TABLES);
}

static uint64_t
table_at(uint64_t n)
{
	return pool(n % TABLES);
}

/* With the bits tables are named with mostly. */
static uint64_t
names(uint64_t frame)
{
	return frame | PTE_P | PTE_W | (chance() & PTE_U);
}

void
tables_init(void)
{
	unsigned i;

	home = (uint64_t)(uintptr_t)boot_pml4;
	for (i = 0; i < ROOTS; i++)
		roots[i][0] = boot_pml4[0];
	boot_pd[WINDOW >> 21] = (uint64_t)(uintptr_t)window_table | PTE_P | PTE_W;
	for (i = HOLE >> 21; i < 4 * 512; i++)
		boot_pd[i] = 0;
	load_cr3(home);
}

void
tables(void)
{
	unsigned n = chance() % 8;

	while (n--)
		table(chance())[chance() % 8] = some_entry();
	roots[chance() % ROOTS][1 + chance() % 3] = names(table_at(chance()));
}

static uint64_t
some_root(void)
{
	return (uint64_t)(uintptr_t)roots[chance() % ROOTS];
}

/* A root at any address there is, or is not: in the pool, among the tables, behind
 * memory (which is a frame for nested paging, and no table for a VMM that reads it).
 * Wherever that leads, it leads back to this program, too. */
static void
root_anywhere(void)
{
	uint64_t at = h.anywhere > 1 ? some_frame() : table_at(chance());
	unsigned n = chance() % 4;

	window_table[0] = at | PTE_P | PTE_W;
	invlpg(WINDOW);
	*(volatile uint64_t *)(uintptr_t)WINDOW = boot_pml4[0];
	load_cr3(at | (chance() & 0x18));
	while (n--)
		touch(some_address());
	load_cr3(home);
}

void
cr3(void)
{
	if (chance() % 2)
		load_cr3(some_root());
	else if (h.anywhere && chance() % 16)
		root_anywhere();
	else
		load_cr3(some_root() | chance() << 52);
}

/* A table that is its own table, at every level. */
void
self(void)
{
	uint64_t t = chance(), slot = chance() % 8, s = 1 + chance() % 3, at;
	uint64_t *root = roots[chance() % ROOTS];
	unsigned n = chance() % 8;

	root[s] = names(table_at(t));
	table(t)[slot] = names(table_at(t));
	load_cr3((uint64_t)(uintptr_t)root);
	at = s << 39 | slot << 30 | slot << 21 | slot << 12;
	while (n--) {
		store(at + 8 * (chance() % 8), chance() % 4 ? some_entry() :
		    names(table_at(t)));
		look(s << 39 | (chance() % 8) << 30 | slot << 21 | (chance() % 8) << 12 |
		    (chance() & 0xff8));
	}
}

/* A large page, in memory or across its end, with or without bits that must be 0. */
static uint64_t
some_large(void)
{
	static const uint64_t where[] = { POOL, 0x200000, MEMORY - 0x200000, MEMORY };
	uint64_t e = where[chance() % 4] | PTE_PS;

	if (chance() % 4 == 0)
		e = (some_frame() & ~0x1fffffull) | PTE_PS;
	if (chance() % 8 == 0)
		e |= chance() & 0x1fe000;
	return names(e);
}

/* The same frames, tables among them, by a large page and by small ones. */
void
alias(void)
{
	uint64_t t = chance() % TABLES, s = 1 + chance() % 3, k;
	uint64_t *root = roots[chance() % ROOTS], base = s << 39;
	unsigned n = chance() % 8;

	root[s] = names(table_at(t));
	table(t)[0] = names(table_at(t + 1));
	table(t + 1)[0] = some_large();
	table(t + 1)[1] = names(table_at(t + 2));
	load_cr3((uint64_t)(uintptr_t)root);
	while (n--) {
		k = chance() % 8;
		table(t + 2)[k] = names(pool(k + chance() % 2 * t));
		touch(base + k * PAGE + ((chance() & 0xff8) | 8));
		touch(base + 0x200000 + k * PAGE + 8);
		if (chance() % 4)
			continue;
		table(t + 1)[0] = chance() % 2 ? names(table_at(t + 2)) : some_large();
		if (chance() % 2)
			invlpg(base + k * PAGE);
	}
}

/* A table in use has two more addresses, and is written through both. */
void
twice(void)
{
	uint64_t t = chance() % TABLES, s = 1 + chance() % 3, base = s << 39, at;
	uint64_t *root = roots[chance() % ROOTS];
	unsigned n = 1 + chance() % 8;

	root[s] = names(table_at(t));
	table(t)[0] = names(table_at(t + 1));
	table(t + 1)[0] = names(table_at(t + 2));
	table(t + 2)[0] = names(table_at(t + 2 - chance() % 3));
	table(t + 2)[1] = names(table_at(t + 2 - chance() % 3));
	load_cr3((uint64_t)(uintptr_t)root);
	while (n--) {
		at = base + chance() % 2 * PAGE;
		store(at + 8 * (2 + chance() % 6) + chance() % 2 * (chance() % 8),
		    some_entry());
		if (chance() % 2)
			invlpg(base + chance() % 8 * PAGE);
		touch(base + chance() % 8 * PAGE + ((chance() & 0xff8) | 8));
	}
}
