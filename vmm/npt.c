/*
 * vmm/npt.c - nested page tables: P2M for the processor
 *
 * What is neither memory nor a device answers with a frame of the VM's own, so
 * that its accesses go nowhere.
 */
#include "vmm/npt.h"

#include <string.h>

#include "base/bits.h"
#include "vmm/frames.h"
#include "vmm/p2m.h"
#include "vmm/panic.h"
#include "vmm/swap.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define RIGHTS		(PTE_P | PTE_W | PTE_U)
#define LARGE		512u
#define GPA_BITS	48		/* of four levels */
#define SPARE_TABLES	64u

/* Tables, the root first: enough for memory, and for some places outside. */
struct npt {
	uint8_t		*table;
	uint32_t	used, count;
};

void
npt_init(struct vm *vm)
{
	struct npt *n = frames_small(sizeof(*n));

	n->count = vm->config.ram / LARGE + 4 + SPARE_TABLES;
	n->table = frames_table((size_t)n->count * PAGE_SIZE);
	n->used = 1;
	vm->npt = n;
}

uint64_t
npt_root(const struct vm *vm)
{
	return phys_of(vm->npt->table);
}

/* All tables but the root are free again. */
static void
start_over(struct vm *vm)
{
	vm->npt->used = 1;
	memset(vm->npt->table, 0, PAGE_SIZE);
	memset(vm->swap->clean, 0, vm->config.ram);	/* D bits are lost */
	vm->cpu.flush = true;
}

/* Those on the way to one entry are there before the first is linked. */
static void
need_tables(struct vm *vm, unsigned n)
{
	if (vm->npt->count - vm->npt->used < n)
		start_over(vm);
}

static uint64_t
new_table(struct vm *vm)
{
	uint8_t *t = vm->npt->table + (size_t)vm->npt->used++ * PAGE_SIZE;

	memset(t, 0, PAGE_SIZE);
	return phys_of(t);
}

static uint64_t *
entry_at(uint64_t table, gpa_t gpa, unsigned level)
{
	return (uint64_t *)phys(table) + bits_get(gpa, 12 + 9 * (level - 1), 9);
}

/* The entry of this level; the tables above it are made. */
static uint64_t *
entry_for(struct vm *vm, gpa_t gpa, unsigned last)
{
	uint64_t table = npt_root(vm), *e;
	unsigned level;

	need_tables(vm, 3);
	for (level = 4; level > last; level--) {
		e = entry_at(table, gpa, level);
		if (!(*e & PTE_P))
			*e = new_table(vm) | RIGHTS;
		table = *e & PTE_FRAME;
	}
	return entry_at(table, gpa, last);
}

/* All of a 2 MiB page is one piece of machine memory. */
static bool
is_piece(const struct vm *vm, uint32_t gfn)
{
	uint32_t first = gfn & ~(LARGE - 1), i;

	if (!vm->config.large || first + LARGE > vm->config.ram ||
	    p2m_frame(vm, first) == NO_FRAME || p2m_frame(vm, first) % LARGE)
		return false;
	for (i = 1; i < LARGE; i++)
		if (p2m_frame(vm, first + i) != p2m_frame(vm, first) + i)
			return false;
	return true;
}

static void
map(struct vm *vm, uint32_t gfn)
{
	if (is_piece(vm, gfn))
		*entry_for(vm, (gpa_t)gfn << PAGE_SHIFT, 2) = RIGHTS | PTE_PS |
		    (uint64_t)p2m_frame(vm, gfn & ~(LARGE - 1)) << PAGE_SHIFT;
	else
		*entry_for(vm, (gpa_t)gfn << PAGE_SHIFT, 1) = RIGHTS |
		    (uint64_t)p2m_frame(vm, gfn) << PAGE_SHIFT;
}

void
npt_fault(struct vm *vm, gpa_t gpa, uint64_t error)
{
	uint64_t gfn = gpa >> PAGE_SHIFT;

	(void)error;
	vm->count.faults_p2m++;
	if (p2m_want(vm, gfn)) {
		map(vm, (uint32_t)gfn);
		return;
	}
	if (gpa >> GPA_BITS)
		vm_end(vm, 1, "an address beyond what CPUID promises");
	else
		*entry_for(vm, gpa, 1) = RIGHTS |
		    (uint64_t)p2m_map_outside(vm, gfn) << PAGE_SHIFT;
}

/* The entry that maps the guest frame now, of either size; NULL. */
static uint64_t *
find_entry(struct vm *vm, uint32_t gfn)
{
	uint64_t table = npt_root(vm), *e;
	unsigned level;

	for (level = 4;; level--) {
		e = entry_at(table, (gpa_t)gfn << PAGE_SHIFT, level);
		if (!(*e & PTE_P))
			return NULL;
		if (level == 1 || (level == 2 && *e & PTE_PS))
			return e;
		table = *e & PTE_FRAME;
	}
}

void
npt_drop(struct vm *vm, uint32_t gfn)
{
	uint64_t *e = find_entry(vm, gfn);

	if (e)
		*e = 0;
	vm->cpu.flush = true;
}

bool
npt_test_accessed(struct vm *vm, uint32_t gfn)
{
	uint64_t *e = find_entry(vm, gfn);
	bool was = e && *e & PTE_A;

	if (was) {
		*e &= ~(uint64_t)PTE_A;
		vm->cpu.flush = true;
	}
	return was;
}

bool
npt_test_dirty(struct vm *vm, uint32_t gfn)
{
	const uint64_t *e = find_entry(vm, gfn);

	return e && *e & PTE_D;
}
