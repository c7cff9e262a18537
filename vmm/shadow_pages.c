/*
 * vmm/shadow_pages.c - shadow pages, their entries, and who points where
 */
#include <string.h>

#include "vmm/p2m.h"
#include "vmm/shadow.h"
#include "vmm/shadow_priv.h"

extern uint64_t boot_pml4[512];

static uint32_t *
bucket(struct shadow *s, uint64_t gfn, unsigned level)
{
	return &s->hash[(gfn * 5 + level) % BUCKETS];
}

struct shadow_page *
shadow_find(const struct shadow *s, uint64_t gfn, unsigned level,
    enum shadow_kind kind, enum shadow_view view, unsigned part)
{
	uint32_t n = s->hash[(gfn * 5 + level) % BUCKETS];
	struct shadow_page *p;

	for (; n; n = p->hash_next) {
		p = &s->page[n - 1];
		if (p->gfn == gfn && p->level == level && p->kind == kind &&
		    p->view == view && p->part == part)
			return p;
	}
	return NULL;
}

struct shadow_page *
shadow_table(const struct shadow *s, uint64_t gfn, unsigned key)
{
	return shadow_find(s, gfn, key % 4 + 1, SHADOW_TABLE, key / 4 % VIEWS,
	    key / (4 * VIEWS));
}

struct shadow_page *
shadow_get(struct vm *vm, uint64_t gfn, unsigned level, enum shadow_kind kind,
    unsigned part)
{
	struct shadow *s = vm->shadow;
	struct shadow_page *p = shadow_find(s, gfn, level, kind, s->view, part);
	uint32_t n = s->free;

	if (p || !n)
		return p;
	p = &s->page[n - 1];
	s->free = p->hash_next;
	*p = (struct shadow_page){ .gfn = gfn, .level = (uint8_t)level,
	    .kind = (uint8_t)kind, .view = (uint8_t)s->view,
	    .part = (uint8_t)part,
	    .hash_next = *bucket(s, gfn, level) };
	*bucket(s, gfn, level) = n;
	vm->count.shadow_made++;
	if (shadow_is_vmm(vm, p, VMM_SLOT))
		*shadow_entry(s, shadow_ref(s, p, VMM_SLOT)) = boot_pml4[VMM_SLOT];
	if (kind == SHADOW_TABLE && gfn < vm->config.ram && !s->tables[gfn]++) {
		vm->count.pt_protected++;
		shadow_protect(vm, gfn);
	}
	return p;
}

static void
unhash(struct shadow *s, struct shadow_page *p)
{
	uint32_t *at = bucket(s, p->gfn, p->level);

	while (*at != shadow_number(s, p) + 1)
		at = &s->page[*at - 1].hash_next;
	*at = p->hash_next;
}

void
shadow_drop(struct vm *vm, struct shadow_page *p)
{
	struct shadow *s = vm->shadow;
	unsigned slot;

	if (shadow_is_vmm(vm, p, VMM_SLOT))
		*shadow_entry(s, shadow_ref(s, p, VMM_SLOT)) = 0;
	for (slot = 0; p->used && slot < ENTRIES; slot++)
		shadow_clear(vm, shadow_ref(s, p, slot));
	while (p->parents)
		shadow_clear(vm, p->parents);
	unhash(s, p);
	if (p->kind == SHADOW_TABLE && p->gfn < vm->config.ram &&
	    !--s->tables[p->gfn] && s->unsynced[p->gfn]) {
		s->unsynced[p->gfn] = false;
		s->unsyncs--;
	}
	if (s->root == shadow_number(s, p) + 1)
		s->root = 0;
	p->kind = SHADOW_FREE;
	p->hash_next = s->free;
	s->free = shadow_number(s, p) + 1;
	vm->count.shadow_zapped++;
	vm->cpu.flush = true;
}

void
shadow_drop_tables(struct vm *vm, uint64_t gfn)
{
	struct shadow_page *p;
	unsigned key;

	for (key = 0; key < shadow_keys(vm->shadow); key++)
		if ((p = shadow_table(vm->shadow, gfn, key)))
			shadow_drop(vm, p);
}

void
shadow_drop_all(struct vm *vm)
{
	struct shadow *s = vm->shadow;
	uint32_t n;

	for (n = 0; n < s->pages; n++)
		if (s->page[n].kind != SHADOW_FREE)
			shadow_drop(vm, &s->page[n]);
}

/* --- lists of entries --- */

static void
link(struct shadow *s, uint32_t *head, uint32_t ref)
{
	s->next[ref - 1] = *head;
	s->prev[ref - 1] = 0;
	if (*head)
		s->prev[*head - 1] = ref;
	*head = ref;
}

static void
unlink(struct shadow *s, uint32_t *head, uint32_t ref)
{
	uint32_t next = s->next[ref - 1], prev = s->prev[ref - 1];

	if (next)
		s->prev[next - 1] = prev;
	if (prev)
		s->next[prev - 1] = next;
	else
		*head = next;
}

/* The list an entry is in; NULL: in none. */
static uint32_t *
list_of(const struct shadow *s, uint32_t ref)
{
	uint64_t e = *shadow_entry(s, ref);

	if (shadow_page_of(s, ref)->level > 1)
		return &shadow_child(s, e)->parents;
	if (e & PTE_NOWHERE)
		return NULL;
	return &s->rmap[frame_info((e & PTE_FRAME) >> PAGE_SHIFT)->gfn];
}

void
shadow_clear(struct vm *vm, uint32_t ref)
{
	struct shadow *s = vm->shadow;
	uint64_t *e = shadow_entry(s, ref);
	uint32_t *list;

	if (!(*e & PTE_P))
		return;
	list = list_of(s, ref);
	if (list)
		unlink(s, list, ref);
	*e = 0;
	shadow_page_of(s, ref)->used--;
}

static void
set(struct vm *vm, uint32_t ref, uint64_t e)
{
	struct shadow *s = vm->shadow;
	uint32_t *list;

	*shadow_entry(s, ref) = e;
	shadow_page_of(s, ref)->used++;
	list = list_of(s, ref);
	if (list)
		link(s, list, ref);
	vm->count.shadow_filled++;
}

void
shadow_set_leaf(struct vm *vm, uint32_t ref, uint64_t gfn, uint64_t rights)
{
	uint32_t mfn = p2m_want(vm, gfn) ? vm->p2m[gfn] : NO_FRAME;
	uint64_t e = rights;

	shadow_clear(vm, ref);
	if (mfn == NO_FRAME) {
		mfn = p2m_map_outside(vm, gfn);
		e |= PTE_NOWHERE;
	}
	set(vm, ref, e | (uint64_t)mfn << PAGE_SHIFT);
}

void
shadow_set_child(struct vm *vm, uint32_t ref, struct shadow_page *child,
    uint64_t rights)
{
	struct shadow *s = vm->shadow;
	uint64_t e = phys_of(shadow_entry(s, shadow_ref(s, child, 0))) | rights;

	if (shadow_page_of(s, ref)->kind != SHADOW_ROOT3)
		e |= PTE_A;
	if (*shadow_entry(s, ref) == e)
		return;
	if (*shadow_entry(s, ref) & PTE_P)
		vm->cpu.flush = true;
	shadow_clear(vm, ref);
	set(vm, ref, e);
}

void
shadow_unmap(struct vm *vm, uint32_t gfn)
{
	struct shadow *s = vm->shadow;

	if (vm->nowhere)		/* which no list leads to */
		shadow_drop_all(vm);
	while (s->rmap[gfn])
		shadow_clear(vm, s->rmap[gfn]);
	shadow_drop_tables(vm, gfn);
	vm->cpu.flush = true;
}

bool
shadow_test_accessed(struct vm *vm, uint32_t gfn)
{
	struct shadow *s = vm->shadow;
	bool was = false;
	uint32_t ref;

	for (ref = s->rmap[gfn]; ref; ref = s->next[ref - 1]) {
		was = was || *shadow_entry(s, ref) & PTE_A;
		*shadow_entry(s, ref) &= ~(uint64_t)PTE_A;
	}
	if (was)
		vm->cpu.flush = true;
	return was;
}

/* An entry that was writable may have been cleared since: only a frame that
 * nobody can write to counts as clean. */
bool
shadow_test_dirty(struct vm *vm, uint32_t gfn)
{
	(void)vm, (void)gfn;
	return true;
}

void
shadow_protect(struct vm *vm, uint64_t gfn)
{
	struct shadow *s = vm->shadow;
	uint32_t ref;

	if (vm->config.sync == SYNC_OFF)
		return;
	for (ref = s->rmap[gfn]; ref; ref = s->next[ref - 1])
		*shadow_entry(s, ref) &= ~(uint64_t)PTE_W;
	vm->cpu.flush = true;
}
