/*
 * mmu/ftlb.h - the fast TLB: tables the engine reads, and how to undo them
 *
 * A slot is one entry of one table.  Each filled slot has an owner, the model
 * entry it came from (or the pseudo-entry of a world without paging), and each
 * owner a chain of its slots, so that losing a model entry costs one visit per
 * slot.  Owners with slots are in one of four lists: host or SVM guest, global
 * or not.  Write slots are in a second chain by RAM page, for pages that gain
 * code and for new dirty epochs.  Private to mmu/.
 */
#ifndef MMU_FTLB_H
#define MMU_FTLB_H

#include "mmu/mmu.h"
#include "mmu/tlb_model.h"

enum ftlb_kind { FTLB_R, FTLB_W, FTLB_X, FTLB_KINDS };

/* Banks: user; supervisor by CR0.WP and, with SMAP, EFLAGS.AC; for the host
 * and for SVM guests. */
#define FTLB_HALF	5u
#define FTLB_BANKS	(2 * FTLB_HALF)
#define FTLB_MIN	64u
#define FTLB_MAX	65536u

#define FTLB_OWNERS	(TLB_ENTRIES + 2)
#define FTLB_NO_MODEL(guest) (TLB_ENTRIES + (guest))
#define FTLB_LIST(guest, global) ((guest) * 2u + (global))
#define FTLB_LISTS	4u
#define FTLB_PAGE_HEADS	1024u
#define SLOT_NONE	UINT32_MAX

struct ftlb_slot {
	uint32_t	next, prev;	/* chain of the owner */
	uint32_t	page_next, page_prev;	/* chain by RAM page: write slots */
	uint32_t	id;		/* RAM page of a write slot */
	uint16_t	owner;		/* FTLB_OWNERS: slot is empty */
};

struct ftlb_owner {
	uint32_t	slots;		/* head of the chain */
	uint16_t	next, prev;	/* in its list */
	uint8_t		list;		/* FTLB_LISTS: in none */
};

struct ftlb {
	bool			on;
	unsigned		shift;	/* log2 of entries per table */
	struct ftlb_entry	*table[FTLB_BANKS][FTLB_KINDS];
	struct ftlb_slot	*slot[FTLB_BANKS];
	struct ftlb_owner	owner[FTLB_OWNERS];
	uint16_t		list[FTLB_LISTS];
	uint32_t		by_page[FTLB_PAGE_HEADS];
	/* What the contents were made under: mmu_update() compares. */
	uint64_t		rules[2];
	uint16_t		pcid[2];
	uint32_t		guest_asid;
};

/* entries: 0 for off.  NULL without memory. */
struct ftlb *ftlb_new(unsigned entries);
void	ftlb_free(struct ftlb *f);

/* Makes the bank's tables if they are not there; when the host has no memory
 * they become those of bank 0 and the bank is never filled. */
void	ftlb_add_bank(struct ftlb *f, unsigned bank);

static inline void
ftlb_need_bank(struct ftlb *f, unsigned bank)
{
	if (unlikely(!f->table[bank][0]))
		ftlb_add_bank(f, bank);
}

struct ftlb_fill {
	unsigned	bank, kind, owner, list;
	gva_t		page;
	uint8_t		*host;		/* of the page */
	uint32_t	id;		/* RAM page, for writes */
};
void	ftlb_fill(struct ftlb *f, const struct ftlb_fill *fill);

void	ftlb_drop_owner(struct ftlb *f, unsigned owner);
void	ftlb_drop_list(struct ftlb *f, unsigned list);
void	ftlb_drop_all(struct ftlb *f);
void	ftlb_drop_page(struct ftlb *f, uint32_t id);	/* its write slots */
void	ftlb_drop_writes(struct ftlb *f);

#endif
