/*
 * vmm/shadow.c - shadow page tables: roots, faults, filling
 *
 * Nothing is mapped before it is touched.  A page fault of the guest is looked
 * up in its own tables: either they forbid the access (a true fault, which the
 * guest gets) or the shadow did not have the entry yet (a hidden one).
 */
#include "vmm/shadow.h"

#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/p2m.h"
#include "vmm/shadow_priv.h"
#include "vmm/swap.h"

#define PAGES_MIN	64u
#define PAGES_SHARE	16u		/* one for so many frames of memory */
#define ALL		(PTE_P | PTE_W | PTE_U)

void
shadow_init(struct vm *vm)
{
	struct shadow *s = frames_table(sizeof(*s));
	uint32_t n = PAGES_MIN + vm->config.ram / PAGES_SHARE, ram = vm->config.ram;

	s->pages = n;
	s->page = frames_table(n * sizeof(*s->page));
	s->entry = frames_table((size_t)n * PAGE_SIZE);
	s->next = frames_table((size_t)n * ENTRIES * sizeof(*s->next));
	s->prev = frames_table((size_t)n * ENTRIES * sizeof(*s->prev));
	s->rmap = frames_table(ram * sizeof(*s->rmap));
	s->tables = frames_table(ram);
	s->unsynced = frames_table(ram);
	while (n) {
		s->page[n - 1].hash_next = s->free;
		s->free = n--;
	}
	s->role = ~0u;
	vm->shadow = s;
}

/* --- roots --- */

static struct shadow_page *
get_root(struct vm *vm)
{
	unsigned levels = guest_paging_levels(vm);

	if (vm->config.cpu == CPU_DEPRIVILEGED && !levels)
		return shadow_get(vm, 0, 4, SHADOW_DIRECT, 0);
	if (levels == 4)
		return shadow_get(vm, (vm->cpu.cr3 & PTE_FRAME) >> PAGE_SHIFT,
		    4, SHADOW_TABLE, 0);
	return shadow_get(vm, 0, 3, SHADOW_ROOT3, 0);
}

/* The processor's root; a root that is known keeps what was filled in. */
void
shadow_use_root(struct vm *vm)
{
	struct shadow *s = vm->shadow;
	struct shadow_page *root = get_root(vm);

	if (!root) {
		vm->count.shadow_recycled++;
		shadow_drop_all(vm);
		root = get_root(vm);
	}
	s->root = shadow_number(s, root) + 1;
	vm->cpu.vmcb->s.cr3 = phys_of(shadow_entry(s, shadow_ref(s, root, 0)));
	vm->cpu.flush = true;
}

void
shadow_load_root(struct vm *vm)
{
	uint64_t made = vm->count.shadow_made;
	struct shadow_page *p = shadow_find(vm->shadow, 0, 3, SHADOW_ROOT3, VIEW_GUEST,
	    0);

	shadow_sync_all(vm);
	if (p)			/* its entries are loaded with CR3 */
		shadow_drop(vm, p);
	shadow_use_root(vm);
	vm->count.cr3_known += made == vm->count.shadow_made;
}

static uint32_t
role(const struct vm *vm)
{
	const struct vcpu *c = &vm->cpu;

	return (uint32_t)((c->cr0 & (CR0_PG | CR0_WP)) | (c->cr4 & (CR4_PAE | CR4_PSE)) |
	    (c->efer & (EFER_NXE | EFER_LMA)));
}

void
shadow_mode_changed(struct vm *vm)
{
	struct vcpu *c = &vm->cpu;
	struct vmcb_save *s = &c->vmcb->s;
	uint64_t kept = EFER_SCE | EFER_NXE | EFER_FFXSR | EFER_LMA;

	s->cr0 = (c->cr0 & ~(uint64_t)(CR0_CD | CR0_NW)) | CR0_PG | CR0_WP | CR0_PE;
	s->cr4 = (c->cr4 & ~(uint64_t)CR4_PGE) | CR4_PAE;
	s->efer = (c->efer & kept) | EFER_SVME;
	if (c->efer & EFER_LMA)
		s->efer |= EFER_LME;
	if (vm->config.cpu == CPU_DEPRIVILEGED && guest_paging_levels(vm) % 4)
		vm_end(vm, 1, "this kind of paging is not implemented");
	if (role(vm) == vm->shadow->role) {
		shadow_sync_all(vm);
		c->flush = true;
		return;
	}
	vm->shadow->role = role(vm);
	shadow_drop_all(vm);
	vm->shadow->two = guest_paging_levels(vm) == 2;
	shadow_use_root(vm);
}

/* The page of the last level that maps the address, and the slot in it; NULL. */
static struct shadow_page *
find_leaf(const struct vm *vm, gva_t va, unsigned *slot)
{
	const struct shadow *s = vm->shadow;
	struct shadow_page *p = &s->page[s->root - 1];
	uint64_t e;

	for (;; p = shadow_child(s, e)) {
		if (p->kind == SHADOW_ROOT3)
			*slot = (unsigned)bits_get(va, 30, 2);
		else
			*slot = (unsigned)bits_get(va, 12 + 9 * (p->level - 1u), 9);
		e = *shadow_entry(s, shadow_ref(s, p, *slot));
		if (!(e & PTE_P) || shadow_is_vmm(vm, p, *slot))
			return NULL;
		if (p->level == 1)
			return p;
	}
}

void
shadow_invlpg(struct vm *vm, gva_t va)
{
	struct shadow *s = vm->shadow;
	struct shadow_page *p;
	unsigned slot;

	/* Without SVM everything is dropped at each entry. */
	if (vm->config.cpu != CPU_DEPRIVILEGED)
		__asm__ volatile("invlpga %%rax, %%ecx" : : "a"(va),
		    "c"(vm->cpu.vmcb->c.asid) : "memory");
	if (!s->unsyncs || !s->root)
		return;
	p = find_leaf(vm, va, &slot);
	if (p && p->kind == SHADOW_TABLE && s->unsynced[p->gfn])
		shadow_sync_entry(vm, p, slot);
}

void
shadow_set_view(struct vm *vm, bool kernel)
{
	enum shadow_view view = kernel ? VIEW_KERNEL : VIEW_GUEST;

	if (vm->shadow->view == view)
		return;
	vm->shadow->view = view;
	shadow_use_root(vm);
}

void
shadow_prepare(struct vm *vm)
{
	if (!vm->shadow->root)
		shadow_use_root(vm);
}

/* --- filling --- */

/* What an entry above level 1 points to: the guest's next table, or, from the
 * guest's last entry downward, a part of what that one maps. */
static struct shadow_page *
child_for(struct vm *vm, gva_t va, const struct walk *w, unsigned level)
{
	uint64_t gfn = w->gpa >> PAGE_SHIFT, table;
	unsigned part = 0;

	if (!w->top || level <= w->leaf)
		return shadow_get(vm, gfn & ~LOW_BITS(9 * (level - 1)), level - 1,
		    SHADOW_DIRECT, 0);
	table = level > w->top ? vm->cpu.cr3 : w->step[level].entry;
	if (vm->shadow->two)
		part = (unsigned)(level > w->top ? bits_get(va, 30, 2) : bits_get(va, 21, 1));
	return shadow_get(vm, (table & PTE_FRAME) >> PAGE_SHIFT, level - 1, SHADOW_TABLE, part);
}

/* The walk's entry is as walk_mark() left it. */
static uint64_t
rights_at(const struct vm *vm, const struct walk *w, unsigned level)
{
	const struct shadow *s = vm->shadow;
	const void *e;

	if (level == 3 && s->page[s->root - 1].kind == SHADOW_ROOT3)
		return PTE_P;
	if (!w->top || level < w->leaf)
		return ALL;
	e = p2m_ptr((struct vm *)(uintptr_t)vm, w->step[level].at);
	return e ? shadow_rights(get_le(e, s->two ? 4 : 8), level == w->leaf, s->view) : ALL;
}

static void
set_leaf(struct vm *vm, uint32_t ref, const struct walk *w)
{
	uint64_t gfn = w->gpa >> PAGE_SHIFT, rights = rights_at(vm, w, 1);

	if (shadow_is_protected(vm, gfn))
		rights &= ~(uint64_t)PTE_W;
	shadow_set_leaf(vm, ref, gfn, rights);
}

static bool
fill(struct vm *vm, gva_t va, const struct walk *w)
{
	struct shadow *s = vm->shadow;
	struct shadow_page *p = &s->page[s->root - 1], *child;
	unsigned level = p->level, slot;

	for (;; level--, p = child) {
		slot = (unsigned)bits_get(va, 12 + 9 * (level - 1), level == 3 &&
		    p->kind == SHADOW_ROOT3 ? 2 : 9);
		p->writes = 0;
		if (level == 1)
			break;
		if (shadow_is_vmm(vm, p, slot)) {
			vm_end(vm, 1, "it wants the VMM's part of the address space");
			return true;
		}
		child = child_for(vm, va, w, level);
		if (!child)
			return false;
		shadow_set_child(vm, shadow_ref(s, p, slot), child,
		    rights_at(vm, w, level));
	}
	set_leaf(vm, shadow_ref(s, p, slot), w);
	return true;
}

void
shadow_fill(struct vm *vm, gva_t va, const struct walk *w)
{
	if (!vm->shadow->root)
		shadow_use_root(vm);
	if (fill(vm, va, w))
		return;
	vm->count.shadow_recycled++;
	shadow_drop_all(vm);
	shadow_use_root(vm);
	if (!fill(vm, va, w))
		vm_end(vm, 1, "there are too few shadow pages");
}

/* What is about to be mapped and the tables that say so are all there, and none
 * is taken away to make room for another. */
static void
pin_way(struct vm *vm, const struct walk *w)
{
	unsigned level;

	for (level = w->leaf; w->top && level <= w->top; level++)
		swap_pin(vm, w->step[level].at >> PAGE_SHIFT);
	swap_pin(vm, w->gpa >> PAGE_SHIFT);
}

bool
shadow_fault(struct vm *vm, gva_t va, uint32_t *error)
{
	bool write = *error & PF_WRITE;
	struct walk w;

	if (!walk(vm, va, *error & (PF_WRITE | PF_USER | PF_FETCH), &w)) {
		walk_mark_tables(vm, &w);
		*error = w.error;
		return true;
	}
	pin_way(vm, &w);
	walk_mark(vm, &w, write);
	if (write && (w.wp_clear || shadow_is_protected(vm, w.gpa >> PAGE_SHIFT)))
		return shadow_store_fault(vm, va, &w, error);
	vm->count.faults_hidden++;
	shadow_fill(vm, va, &w);
	return false;
}

/* The slots behind entries first to last of the guest's table agree with them. */
static void
sync_entries(struct vm *vm, struct shadow_page *p, unsigned first, unsigned last)
{
	unsigned per = vm->shadow->two && p->level == 2 ? 2 : 1, n = ENTRIES / per, i, k;

	for (i = first - p->part * n; i + p->part * n <= last; i++) {
		if (i >= n)		/* another part's */
			continue;
		p->writes++;
		for (k = 0; k < per; k++)
			shadow_sync_entry(vm, p, i * per + k);
	}
}

void
shadow_written(struct vm *vm, gpa_t gpa, unsigned n)
{
	struct shadow *s = vm->shadow;
	unsigned key, size = s->two ? 4 : 8;
	uint64_t gfn = gpa >> PAGE_SHIFT;
	struct shadow_page *p;

	if (!shadow_is_protected(vm, gfn))
		return;
	for (key = 0; key < shadow_keys(s); key++) {
		p = shadow_table(s, gfn, key);
		if (p)
			sync_entries(vm, p, (unsigned)(gpa % PAGE_SIZE / size),
			    (unsigned)((gpa + n - 1) % PAGE_SIZE / size));
	}
}
