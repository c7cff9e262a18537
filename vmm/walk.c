/*
 * vmm/walk.c - the guest's own page tables (V2P)
 */
#include "vmm/walk.h"

#include <string.h>

#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/direct.h"
#include "vmm/frames.h"
#include "vmm/p2m.h"
#include "vmm/vm.h"

unsigned
guest_paging_levels(const struct vm *vm)
{
	const struct vcpu *c = &vm->cpu;

	if (!(c->cr0 & CR0_PG))
		return 0;
	if (c->efer & EFER_LMA)
		return 4;
	return c->cr4 & CR4_PAE ? 3 : 2;
}

/* Bits of the address that an entry of this level decides. */
static unsigned
shift_of(unsigned top, unsigned level)
{
	return top == 2 ? 12 + 10 * (level - 1) : 12 + 9 * (level - 1);
}

/* With direct paging tables name machine frames, all of them the guest's. */
static void *
machine_ptr(const struct vm *vm, uint64_t at)
{
	const struct frame *f = frame_info(at >> PAGE_SHIFT);

	return f && f->owner == vm->id ? phys(at) : NULL;
}

static gpa_t
gpa_of(uint64_t at)
{
	const struct frame *f = frame_info(at >> PAGE_SHIFT);

	return f ? (gpa_t)f->gfn << PAGE_SHIFT | at % PAGE_SIZE : at;
}

/* An entry of the guest's tables; NULL: outside its memory. */
static void *
entry_ptr(struct vm *vm, bool machine, gpa_t at)
{
	void *p = machine ? machine_ptr(vm, at) : p2m_ptr(vm, at);

	if (!p && vm->config.trust && frame_info(at >> PAGE_SHIFT))
		p = phys(at);
	return p;
}

/* What is outside memory reads as ones. */
static uint64_t
read_entry(struct vm *vm, gpa_t at, unsigned size)
{
	const void *p = entry_ptr(vm, direct_is_live(vm), at);

	return p ? get_le(p, size) : LOW_BITS(size * 8);
}

static bool
is_large(const struct vm *vm, unsigned top, unsigned level, uint64_t e)
{
	if (level == 1)
		return true;
	if (level != 2 || !(e & PTE_PS))
		return false;
	return top > 2 || vm->cpu.cr4 & CR4_PSE;
}

static bool
has_reserved(const struct vm *vm, const struct walk *w, unsigned level,
    uint64_t e)
{
	if (w->top == 2)
		return level == 2 && e & PTE_PS && vm->cpu.cr4 & CR4_PSE &&
		    e & 0x003fe000;
	if (e & ~LOW_BITS(vm->phys_bits) & PTE_FRAME)
		return true;
	if (e & PTE_NX && !(vm->cpu.efer & EFER_NXE))
		return true;
	if (w->top == 3 && bits_get(e, 52, 11))
		return true;
	if (level == 2 && e & PTE_PS)
		return bits_get(e, 13, 8);
	return level > 2 && e & PTE_PS;		/* no 1 GiB pages */
}

static bool
fault(struct walk *w, uint32_t access, uint32_t how)
{
	w->error = (access & (PF_WRITE | PF_USER | PF_FETCH)) | how;
	return false;
}

/* The rights of all levels together, as in an entry. */
static bool
allowed(const struct vm *vm, struct walk *w, uint64_t rights, uint32_t access)
{
	if (access & PF_USER && !(rights & PTE_U))
		return false;
	if (access & PF_FETCH && rights & PTE_NX)
		return false;
	if (!(access & PF_WRITE) || rights & PTE_W)
		return true;
	w->wp_clear = !(access & PF_USER) && !(vm->cpu.cr0 & CR0_WP);
	return w->wp_clear;
}

/* Of the levels so far and this one; the entry of the page-directory-pointer
 * table has none. */
static uint64_t
more_rights(const struct walk *w, unsigned level, uint64_t rights, uint64_t e)
{
	if (w->top == 3 && level == 3)
		return rights;
	return (rights & e & (PTE_W | PTE_U)) | ((rights | e) & PTE_NX);
}

static void
set_gpa(struct walk *w, gva_t va, uint64_t e)
{
	uint64_t inside = LOW_BITS(shift_of(w->top, w->leaf));

	w->gpa = (e & PTE_FRAME & ~inside) | (va & inside);
	if (w->top == 2 && w->leaf == 2)	/* PSE-36 */
		w->gpa |= bits_get(e, 13, 8) << 32;
	if (w->machine)
		w->gpa = gpa_of(w->gpa);
}

bool
walk(struct vm *vm, gva_t va, uint32_t access, struct walk *w)
{
	unsigned top = guest_paging_levels(vm), level, size = top == 2 ? 4 : 8;
	gpa_t table = vm->cpu.cr3 & (top == 3 ? 0xffffffe0 :
	    top == 2 ? 0xfffff000 : PTE_FRAME);
	uint64_t rights = PTE_W | PTE_U, e;

	*w = (struct walk){ .top = top, .machine = direct_is_live(vm) };
	if (!(vm->cpu.efer & EFER_NXE) || top == 2)
		access &= ~PF_FETCH;
	if (!top) {
		w->gpa = (uint32_t)va;
		return true;
	}
	for (level = top;; level--) {
		w->leaf = level;
		w->step[level].at = table + size *
		    bits_get(va, shift_of(top, level), top == 2 ? 10 : 9);
		e = read_entry(vm, w->step[level].at, size);
		w->step[level].entry = e;
		if (!(e & PTE_P))
			return fault(w, access, 0);
		if (has_reserved(vm, w, level, e))
			return fault(w, access, PF_PRESENT | PF_RESERVED);
		rights = more_rights(w, level, rights, e);
		if (is_large(vm, top, level, e))
			break;
		table = e & PTE_FRAME;
	}
	if (!allowed(vm, w, rights, access))
		return fault(w, access, PF_PRESENT);
	set_gpa(w, va, e);
	return true;
}

static void
set_bits(struct vm *vm, const struct walk *w, unsigned level, uint32_t bits)
{
	uint32_t *p;

	if ((w->step[level].entry & bits) == bits)
		return;
	p = entry_ptr(vm, w->machine, w->step[level].at);	/* bits of the low half */
	if (p)
		*p |= bits;
}

void
walk_mark_tables(struct vm *vm, const struct walk *w)
{
	unsigned level;

	for (level = w->top; level > w->leaf; level--)
		if (!(w->top == 3 && level == 3))
			set_bits(vm, w, level, PTE_A);
}

void
walk_mark(struct vm *vm, const struct walk *w, bool write)
{
	walk_mark_tables(vm, w);
	if (w->top)
		set_bits(vm, w, w->leaf, write ? PTE_A | PTE_D : PTE_A);
}

bool
guest_read(struct vm *vm, gva_t va, void *to, unsigned n, uint32_t access,
    uint32_t *error, gva_t *bad)
{
	uint8_t *out = to;
	struct walk w;
	unsigned part;

	for (; n; n -= part, va += part, out += part) {
		part = PAGE_SIZE - (va & (PAGE_SIZE - 1));
		if (part > n)
			part = n;
		if (!walk(vm, va, access, &w)) {
			*error = w.error;
			*bad = va;
			return false;
		}
		if (!p2m_read(vm, w.gpa, out, part))
			memset(out, 0xff, part);
	}
	return true;
}
