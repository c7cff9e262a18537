/*
 * vmm/shadow_sync.c - shadow pages follow the guest's tables
 *
 *	wp	a guest's table is write-protected; a store to it is done by the
 *		VMM, which then looks at the shadow entry
 *	lazy	a store to a table of the last level lifts its protection; at
 *		INVLPG the entry, at a load of CR3 all of it is compared
 *	off	nobody looks: entries the guest changes stay as they were
 */
#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/emulate.h"
#include "vmm/p2m.h"
#include "vmm/shadow_priv.h"

/* More stores than this without a use: it may not be a table any more. */
#define WRITES_MAX	64u

/* AMD APM vol 2 §5.2.1: with two levels 1024 entries of 32 bits; what one of the
 * directory maps, 4 MiB, are two of ours. */
uint64_t
shadow_guest_entry(const struct shadow *s, const struct shadow_page *p, const void *table,
    unsigned slot)
{
	unsigned per = p->level == 2 ? 2 : 1;

	if (!s->two)
		return ((const uint64_t *)table)[slot];
	return ((const uint32_t *)table)[p->part * ENTRIES / per + slot / per];
}

bool
shadow_is_large(const struct vm *vm, const struct shadow_page *p, uint64_t e)
{
	return p->level == 2 && e & PTE_PS && (!vm->shadow->two || vm->cpu.cr4 & CR4_PSE);
}

uint64_t
shadow_large_gfn(const struct shadow *s, uint64_t e, unsigned slot)
{
	uint64_t gfn = (e & PTE_FRAME) >> PAGE_SHIFT;

	if (!s->two)
		return gfn & ~(uint64_t)511;
	return (gfn & ~(uint64_t)1023) + slot % 2 * 512 + (bits_get(e, 13, 8) << 20);
}

uint64_t
shadow_rights(uint64_t e, bool leaf, enum shadow_view view)
{
	uint64_t rights = e & PTE_RIGHTS;

	if (view == VIEW_KERNEL)
		rights |= PTE_U;
	if (leaf && !(e & PTE_D))
		rights &= ~(uint64_t)PTE_W;
	return rights;
}

/* An entry above the last level points to what the guest's entry means. */
static bool
child_agrees(const struct shadow *s, const struct shadow_page *child, uint64_t guest,
    unsigned slot, bool large)
{
	if (large)
		return child->kind == SHADOW_DIRECT &&
		    child->gfn == shadow_large_gfn(s, guest, slot);
	return child->kind == SHADOW_TABLE &&
	    child->gfn == (guest & PTE_FRAME) >> PAGE_SHIFT;
}

static bool
leaf_agrees(struct vm *vm, uint64_t e, uint64_t guest)
{
	uint64_t gfn = (guest & PTE_FRAME) >> PAGE_SHIFT, mfn = (e & PTE_FRAME) >> PAGE_SHIFT;

	if (e & PTE_NOWHERE)
		return p2m_frame(vm, gfn) == NO_FRAME && p2m_outside(vm, gfn) == mfn;
	return p2m_frame(vm, gfn) == mfn;
}

/* No more than the guest's entry allows, and the same place. */
static bool
agrees(struct vm *vm, const struct shadow_page *p, unsigned slot, uint64_t e,
    uint64_t guest)
{
	bool large = shadow_is_large(vm, p, guest);
	uint64_t rights = shadow_rights(guest, p->level == 1 || large, p->view);

	if (!(guest & PTE_P) || !(guest & PTE_A) || e & ~rights & (PTE_W | PTE_U) ||
	    (rights & ~e & PTE_NX))
		return false;
	if (p->level == 1)
		return leaf_agrees(vm, e, guest);
	return child_agrees(vm->shadow, shadow_child(vm->shadow, e), guest, slot, large);
}

void
shadow_sync_entry(struct vm *vm, struct shadow_page *p, unsigned slot)
{
	uint32_t ref = shadow_ref(vm->shadow, p, slot);
	uint64_t e = *shadow_entry(vm->shadow, ref);
	const void *guest;

	if (!(e & PTE_P) || shadow_is_vmm(vm, p, slot))
		return;
	guest = p2m_ptr(vm, (gpa_t)p->gfn << PAGE_SHIFT);
	if (guest && agrees(vm, p, slot, e, shadow_guest_entry(vm->shadow, p, guest, slot)))
		return;
	vm->count.sync_dropped++;
	shadow_clear(vm, ref);
	if (p->level > 1)
		vm->cpu.flush = true;
}

static void
sync_page(struct vm *vm, uint64_t gfn)
{
	struct shadow *s = vm->shadow;
	struct shadow_page *p;
	unsigned key, slot;

	s->unsynced[gfn] = false;
	s->unsyncs--;
	vm->count.pt_synced++;
	shadow_protect(vm, gfn);
	for (key = 0; key < shadow_keys(s); key++) {
		p = shadow_table(s, gfn, key);
		for (slot = 0; p && p->used && slot < ENTRIES; slot++)
			shadow_sync_entry(vm, p, slot);
	}
}

void
shadow_sync_all(struct vm *vm)
{
	struct shadow *s = vm->shadow;
	uint32_t n;

	for (n = 0; s->unsyncs && n < s->pages; n++)
		if (s->page[n].kind == SHADOW_TABLE && s->page[n].gfn < vm->config.ram &&
		    s->unsynced[s->page[n].gfn])
			sync_page(vm, s->page[n].gfn);
}

/* --- stores to tables --- */

/* Only a table of the last level may be out of date: what is above decides
 * which tables there are. */
static bool
may_unsync(const struct vm *vm, uint64_t gfn)
{
	const struct shadow *s = vm->shadow;

	return vm->config.sync == SYNC_LAZY && s->tables[gfn] == 1 &&
	    (shadow_find(s, gfn, 1, SHADOW_TABLE, s->view, 0) ||
	    shadow_find(s, gfn, 1, SHADOW_TABLE, s->view, 1));
}

/* Nothing refers to it, or it is written again and again and never used. */
static bool
looks_unused(const struct vm *vm, uint64_t gfn)
{
	const struct shadow *s = vm->shadow;
	const struct shadow_page *p;
	unsigned key;

	for (key = 0; key < shadow_keys(s); key++) {
		p = shadow_table(s, gfn, key);
		if (p && p->writes <= WRITES_MAX &&
		    (p->parents || s->root == shadow_number(s, p) + 1))
			return false;
	}
	return true;
}

/* The way to where it is written leads through it: a table that maps itself. */
static bool
is_on_the_way(const struct walk *w)
{
	unsigned level;

	for (level = w->leaf; w->top && level <= w->top; level++)
		if (w->step[level].at >> PAGE_SHIFT == w->gpa >> PAGE_SHIFT)
			return true;
	return false;
}

static void
unshadow(struct vm *vm, uint64_t gfn)
{
	vm->count.pt_unshadowed++;
	shadow_drop_tables(vm, gfn);
}

/* Once it is no table any more the store succeeds; unless the way to it leads
 * through it. */
static void
let_write(struct vm *vm, gva_t va, const struct walk *w)
{
	shadow_fill(vm, va, w);
	if (shadow_is_protected(vm, w->gpa >> PAGE_SHIFT))
		vm_end(vm, 1, "it writes to the tables it uses with an instruction "
		    "that is not known");
}

bool
shadow_store_fault(struct vm *vm, gva_t va, const struct walk *w, uint32_t *error)
{
	uint64_t gfn = w->gpa >> PAGE_SHIFT;

	(void)error;
	vm->count.faults_write++;
	if (shadow_is_protected(vm, gfn) && !w->wp_clear) {
		if (may_unsync(vm, gfn)) {
			vm->count.pt_unsynced++;
			vm->shadow->unsynced[gfn] = true;
			vm->shadow->unsyncs++;
			shadow_fill(vm, va, w);
			return false;
		}
		if (looks_unused(vm, gfn) && !is_on_the_way(w)) {
			unshadow(vm, gfn);
			let_write(vm, va, w);
			return false;
		}
	}
	if (!(vm->cpu.vmcb->c.exitintinfo & EV_VALID) && emulate_store(vm, va)) {
		vm->count.pt_emulated++;
		return false;
	}
	if (w->wp_clear) {
		vm_end(vm, 1, "it writes to read-only memory with an instruction that "
		    "is not known");
		return false;
	}
	unshadow(vm, gfn);
	let_write(vm, va, w);
	return false;
}
