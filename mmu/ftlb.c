/*
 * mmu/ftlb.c - filling and undoing the fast TLB
 */
#include "mmu/ftlb.h"

#include <stdlib.h>

/* An address no access at this index can be near to. */
static gva_t
ftlb_empty_va(unsigned index)
{
	return index ? 0 : PAGE_SIZE;
}

static bool
ftlb_make_bank(struct ftlb *f, unsigned bank)
{
	size_t n = (size_t)FTLB_KINDS << f->shift, i;
	struct ftlb_entry *t = malloc(n * sizeof(*t));
	struct ftlb_slot *s = malloc(n * sizeof(*s));

	if (!t || !s) {
		free(t);
		free(s);
		return false;
	}
	for (i = 0; i < n; i++) {
		t[i].va = ftlb_empty_va(i & LOW_BITS(f->shift));
		t[i].addend = 0;
		s[i].owner = FTLB_OWNERS;
	}
	for (i = 0; i < FTLB_KINDS; i++)
		f->table[bank][i] = t + (i << f->shift);
	f->slot[bank] = s;
	return true;
}

struct ftlb *
ftlb_new(unsigned entries)
{
	struct ftlb *f = calloc(1, sizeof(*f));
	unsigned i;

	if (!f)
		return NULL;
	f->on = entries != 0;
	f->shift = (unsigned)__builtin_ctz(entries ? entries : FTLB_MIN);
	for (i = 0; i < FTLB_OWNERS; i++)
		f->owner[i] = (struct ftlb_owner){ SLOT_NONE, 0, 0, FTLB_LISTS };
	for (i = 0; i < FTLB_LISTS; i++)
		f->list[i] = FTLB_OWNERS;
	for (i = 0; i < FTLB_PAGE_HEADS; i++)
		f->by_page[i] = SLOT_NONE;
	if (!ftlb_make_bank(f, 0)) {
		free(f);
		return NULL;
	}
	return f;
}

void
ftlb_free(struct ftlb *f)
{
	unsigned bank;

	if (!f)
		return;
	for (bank = 0; bank < FTLB_BANKS; bank++) {
		if (f->slot[bank]) {
			free(f->table[bank][0]);
			free(f->slot[bank]);
		}
	}
	free(f);
}

void
ftlb_add_bank(struct ftlb *f, unsigned bank)
{
	unsigned k;

	/* A world that never fills has empty tables for everybody. */
	if (f->on && ftlb_make_bank(f, bank))
		return;
	/* Bank 0 holds user translations, which other banks must not see. */
	if (f->on) {
		ftlb_drop_all(f);
		f->on = false;
	}
	for (k = 0; k < FTLB_KINDS; k++)
		f->table[bank][k] = f->table[0][k];
}

/* Slot numbers: bank, two bits of kind, index. */

static uint32_t
ftlb_slot_number(const struct ftlb *f, unsigned bank, unsigned at)
{
	return (uint32_t)bank << (f->shift + 2) | at;
}

static struct ftlb_slot *
ftlb_slot_at(const struct ftlb *f, uint32_t n)
{
	return &f->slot[n >> (f->shift + 2)][n & ((4u << f->shift) - 1)];
}

static uint32_t *
ftlb_page_head(struct ftlb *f, uint32_t id)
{
	return &f->by_page[id % FTLB_PAGE_HEADS];
}

/* Owners in lists. */

static void
ftlb_owner_link(struct ftlb *f, unsigned o, unsigned list)
{
	struct ftlb_owner *own = &f->owner[o];

	own->list = (uint8_t)list;
	own->prev = FTLB_OWNERS;
	own->next = f->list[list];
	if (own->next != FTLB_OWNERS)
		f->owner[own->next].prev = (uint16_t)o;
	f->list[list] = (uint16_t)o;
}

static void
ftlb_owner_unlink(struct ftlb *f, struct ftlb_owner *own)
{
	if (own->prev != FTLB_OWNERS)
		f->owner[own->prev].next = own->next;
	else
		f->list[own->list] = own->next;
	if (own->next != FTLB_OWNERS)
		f->owner[own->next].prev = own->prev;
	own->list = FTLB_LISTS;
}

/* Slots in chains. */

static void
ftlb_slot_link(struct ftlb *f, uint32_t n, struct ftlb_slot *s, unsigned o)
{
	struct ftlb_owner *own = &f->owner[o];

	s->owner = (uint16_t)o;
	s->prev = SLOT_NONE;
	s->next = own->slots;
	if (s->next != SLOT_NONE)
		ftlb_slot_at(f, s->next)->prev = n;
	own->slots = n;
}

static void
ftlb_slot_unlink(struct ftlb *f, struct ftlb_slot *s)
{
	struct ftlb_owner *own = &f->owner[s->owner];

	if (s->prev != SLOT_NONE)
		ftlb_slot_at(f, s->prev)->next = s->next;
	else
		own->slots = s->next;
	if (s->next != SLOT_NONE)
		ftlb_slot_at(f, s->next)->prev = s->prev;
	if (own->slots == SLOT_NONE)
		ftlb_owner_unlink(f, own);
	s->owner = FTLB_OWNERS;
}

static void
ftlb_page_link(struct ftlb *f, uint32_t n, struct ftlb_slot *s, uint32_t id)
{
	uint32_t *head = ftlb_page_head(f, id);

	s->id = id;
	s->page_prev = SLOT_NONE;
	s->page_next = *head;
	if (*head != SLOT_NONE)
		ftlb_slot_at(f, *head)->page_prev = n;
	*head = n;
}

static void
ftlb_page_unlink(struct ftlb *f, struct ftlb_slot *s)
{
	if (s->page_prev != SLOT_NONE)
		ftlb_slot_at(f, s->page_prev)->page_next = s->page_next;
	else
		*ftlb_page_head(f, s->id) = s->page_next;
	if (s->page_next != SLOT_NONE)
		ftlb_slot_at(f, s->page_next)->page_prev = s->page_prev;
}

static void
ftlb_drop_slot(struct ftlb *f, uint32_t n)
{
	unsigned bank = n >> (f->shift + 2), at = n & ((4u << f->shift) - 1);
	struct ftlb_slot *s = &f->slot[bank][at];

	f->table[bank][0][at].va = ftlb_empty_va(at & ((1u << f->shift) - 1));
	if (at >> f->shift == FTLB_W)
		ftlb_page_unlink(f, s);
	ftlb_slot_unlink(f, s);
}

void
ftlb_fill(struct ftlb *f, const struct ftlb_fill *fill)
{
	unsigned index = fill->page >> PAGE_SHIFT & ((1u << f->shift) - 1);
	unsigned at = fill->kind << f->shift | index;
	uint32_t n = ftlb_slot_number(f, fill->bank, at);
	struct ftlb_entry *e = &f->table[fill->bank][0][at];
	struct ftlb_slot *s = &f->slot[fill->bank][at];

	if (s->owner != FTLB_OWNERS)
		ftlb_drop_slot(f, n);
	if (f->owner[fill->owner].list == FTLB_LISTS)
		ftlb_owner_link(f, fill->owner, fill->list);
	ftlb_slot_link(f, n, s, fill->owner);
	if (fill->kind == FTLB_W)
		ftlb_page_link(f, n, s, fill->id);
	e->va = fill->page;
	e->addend = (uint64_t)(uintptr_t)fill->host - fill->page;
}

void
ftlb_drop_owner(struct ftlb *f, unsigned o)
{
	while (f->owner[o].slots != SLOT_NONE)
		ftlb_drop_slot(f, f->owner[o].slots);
}

void
ftlb_drop_list(struct ftlb *f, unsigned list)
{
	while (f->list[list] != FTLB_OWNERS)
		ftlb_drop_owner(f, f->list[list]);
}

void
ftlb_drop_all(struct ftlb *f)
{
	unsigned list;

	for (list = 0; list < FTLB_LISTS; list++)
		ftlb_drop_list(f, list);
}

void
ftlb_drop_page(struct ftlb *f, uint32_t id)
{
	uint32_t n = *ftlb_page_head(f, id), next;
	const struct ftlb_slot *s;

	for (; n != SLOT_NONE; n = next) {
		s = ftlb_slot_at(f, n);
		next = s->page_next;
		if (s->id == id)
			ftlb_drop_slot(f, n);
	}
}

void
ftlb_drop_writes(struct ftlb *f)
{
	unsigned i;

	for (i = 0; i < FTLB_PAGE_HEADS; i++) {
		while (f->by_page[i] != SLOT_NONE)
			ftlb_drop_slot(f, f->by_page[i]);
	}
}
