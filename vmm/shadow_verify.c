/*
 * vmm/shadow_verify.c - every present shadow entry is P2M(V2P)
 *
 * Looked at when the guest sets a mark, and at its end.  Tables that are out of
 * date with leave (lazy) or without (off) are passed over.
 */
#include "base/bits.h"
#include "vmm/p2m.h"
#include "vmm/panic.h"
#include "vmm/shadow.h"
#include "vmm/shadow_priv.h"

static bool
is_exempt(const struct vm *vm, const struct shadow_page *p)
{
	return p->kind == SHADOW_TABLE && (vm->config.sync == SYNC_OFF ||
	    (p->gfn < vm->config.ram && vm->shadow->unsynced[p->gfn]));
}

/* The guest frame an entry of the last level should map, and the guest's rights
 * on it. */
static uint64_t
meant(struct vm *vm, const struct shadow_page *p, unsigned slot, uint64_t *rights)
{
	const void *guest;
	uint64_t e;

	*rights = PTE_P | PTE_W | PTE_U;
	if (p->kind == SHADOW_DIRECT)
		return p->gfn + slot;
	guest = p2m_ptr(vm, (gpa_t)p->gfn << PAGE_SHIFT);
	e = guest ? shadow_guest_entry(vm->shadow, p, guest, slot) : 0;
	*rights = shadow_rights(e, true, p->view);
	return guest ? (e & PTE_FRAME) >> PAGE_SHIFT : ~(uint64_t)0;
}

static bool
leaf_right(struct vm *vm, const struct shadow_page *p, unsigned slot, uint64_t e)
{
	uint64_t rights, gfn = meant(vm, p, slot, &rights);
	uint64_t mfn = (e & PTE_FRAME) >> PAGE_SHIFT;
	const struct frame *f = frame_info(mfn);

	if (!f || f->owner != vm->id || e & ~rights & (PTE_W | PTE_U) ||
	    !(rights & PTE_P) || rights & ~e & PTE_NX)
		return false;
	if (e & PTE_NOWHERE)
		return mfn == vm->nowhere && p2m_frame(vm, gfn) == NO_FRAME;
	return p2m_frame(vm, gfn) == mfn &&
	    !(e & PTE_W && shadow_is_protected(vm, gfn));
}

static bool
child_right(struct vm *vm, const struct shadow_page *p, unsigned slot, uint64_t e)
{
	const struct shadow_page *child = shadow_child(vm->shadow, e);
	const void *guest;
	uint64_t want;
	bool large;

	if (child < vm->shadow->page || child >= vm->shadow->page + vm->shadow->pages ||
	    child->level != p->level - 1)
		return false;
	if (p->kind == SHADOW_ROOT3)
		return true;
	if (p->kind == SHADOW_DIRECT)
		return child->kind == SHADOW_DIRECT &&
		    child->gfn == p->gfn + (slot << 9 * (p->level - 1));
	guest = p2m_ptr(vm, (gpa_t)p->gfn << PAGE_SHIFT);
	if (!guest)
		return false;
	want = shadow_guest_entry(vm->shadow, p, guest, slot);
	large = shadow_is_large(vm, p, want);
	return (child->kind == SHADOW_DIRECT) == large && child->gfn == (large ?
	    shadow_large_gfn(vm->shadow, want, slot) : (want & PTE_FRAME) >> PAGE_SHIFT);
}

static void
verify_page(struct vm *vm, const struct shadow_page *p)
{
	const struct shadow *s = vm->shadow;
	unsigned slot;
	uint64_t e;
	bool ok;

	for (slot = 0; p->used && slot < ENTRIES; slot++) {
		e = *shadow_entry(s, shadow_ref(s, p, slot));
		if (!(e & PTE_P) || shadow_is_vmm(vm, p, slot))
			continue;
		ok = p->level == 1 ? leaf_right(vm, p, slot, e) :
		    child_right(vm, p, slot, e);
		vm->count.verified++;
		if (!ok && !vm->count.verify_bad++)
			say("VM %u: shadow entry %lx, level %u, slot %u of frame %lx",
			    vm->id, e, p->level, slot, p->gfn);
	}
}

void
shadow_verify(struct vm *vm)
{
	uint32_t n;

	if (!vm->config.verify)
		return;
	for (n = 0; n < vm->shadow->pages; n++)
		if (vm->shadow->page[n].kind != SHADOW_FREE &&
		    !is_exempt(vm, &vm->shadow->page[n]))
			verify_page(vm, &vm->shadow->page[n]);
}
