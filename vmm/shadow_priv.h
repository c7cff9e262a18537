/*
 * vmm/shadow_priv.h - shadow page tables, inside
 *
 * A shadow page is a table the processor reads.  It stands for a table of the
 * guest (SHADOW_TABLE: gfn and level name it), for a piece of guest-physical
 * memory that the guest maps with one large entry, or without paging
 * (SHADOW_DIRECT: gfn is the first frame), or it is the root of a guest with
 * less than four levels (SHADOW_ROOT3).  A guest with two levels has twice as many
 * entries in a table, and one of its directory is two of ours: its tables have two
 * shadow pages each, its directory four (part).
 *
 * An entry in use is in one list: of those that map a guest frame (rmap), or of
 * those that point to a shadow page (its parents).  Its reference, a number, is
 * 512 * page + slot + 1.
 */
#ifndef VMM_SHADOW_PRIV_H
#define VMM_SHADOW_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"
#include "vmm/frames.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define ENTRIES		512u
#define BUCKETS		256u
#define PTE_NOWHERE	0x200u		/* available: maps no memory */
/* Whose sight of the guest's tables a page is.  A deprivileged kernel runs in user
 * mode, so in its sight all that is mapped is a user's. */
enum shadow_view { VIEW_GUEST, VIEW_KERNEL, VIEWS };

#define PTE_RIGHTS	(PTE_P | PTE_W | PTE_U | PTE_NX)

enum shadow_kind { SHADOW_FREE, SHADOW_TABLE, SHADOW_DIRECT, SHADOW_ROOT3 };

struct shadow_page {
	uint64_t	gfn;
	uint8_t		level;
	uint8_t		kind;
	uint8_t		view;
	uint8_t		part;
	uint16_t	used;		/* entries present */
	uint32_t	writes;		/* to the guest's table since it was used */
	uint32_t	hash_next;	/* page number + 1; also of the free list */
	uint32_t	parents;	/* reference */
};

struct shadow {
	struct shadow_page *page;
	uint32_t	pages;
	uint64_t	*entry;		/* 512 each */
	uint32_t	*next, *prev;	/* of an entry's list: references */
	uint32_t	hash[BUCKETS];	/* page number + 1 */
	uint32_t	free;		/* page number + 1 */

	/* By guest frame */
	uint32_t	*rmap;		/* reference of the first that maps it */
	uint8_t		*tables;	/* shadow pages that stand for it */
	bool		*unsynced;	/* ... and are not kept up to date */
	uint32_t	unsyncs;

	uint32_t	root;		/* page number + 1 */
	uint32_t	role;		/* what all pages depend on */
	enum shadow_view view;		/* in which pages are got now */
	bool		two;		/* the guest has two levels */
};

/* --- vmm/shadow_pages.c --- */

struct shadow_page *shadow_find(const struct shadow *s, uint64_t gfn,
	    unsigned level, enum shadow_kind kind, enum shadow_view view, unsigned part);
/* The pages that stand for a guest's table: key from 0 to shadow_keys() - 1; NULL
 * for most. */
#define PARTS		4u
static inline unsigned
shadow_keys(const struct shadow *s)
{
	return 4 * VIEWS * (s->two ? PARTS : 1);
}

struct shadow_page *shadow_table(const struct shadow *s, uint64_t gfn, unsigned key);
/* Found or made, in the current view; NULL when there is none left.  A guest's table is protected
 * from now on. */
struct shadow_page *shadow_get(struct vm *vm, uint64_t gfn, unsigned level,
	    enum shadow_kind kind, unsigned part);
void	shadow_drop(struct vm *vm, struct shadow_page *p);
/* All that stand for a guest frame. */
void	shadow_drop_tables(struct vm *vm, uint64_t gfn);
void	shadow_drop_all(struct vm *vm);

void	shadow_clear(struct vm *vm, uint32_t ref);
void	shadow_set_leaf(struct vm *vm, uint32_t ref, uint64_t gfn, uint64_t rights);
void	shadow_set_child(struct vm *vm, uint32_t ref, struct shadow_page *child,
	    uint64_t rights);

/* No mapping of the frame stays writable. */
void	shadow_protect(struct vm *vm, uint64_t gfn);

static inline uint32_t
shadow_number(const struct shadow *s, const struct shadow_page *p)
{
	return (uint32_t)(p - s->page);
}

static inline uint32_t
shadow_ref(const struct shadow *s, const struct shadow_page *p, unsigned slot)
{
	return shadow_number(s, p) * ENTRIES + slot + 1;
}

static inline uint64_t *
shadow_entry(const struct shadow *s, uint32_t ref)
{
	return &s->entry[ref - 1];
}

static inline struct shadow_page *
shadow_page_of(const struct shadow *s, uint32_t ref)
{
	return &s->page[(ref - 1) / ENTRIES];
}

/* The page that an entry above level 1 points to. */
static inline struct shadow_page *
shadow_child(const struct shadow *s, uint64_t entry)
{
	uint64_t first = phys_of(s->entry) >> PAGE_SHIFT;

	return &s->page[((entry & PTE_FRAME) >> PAGE_SHIFT) - first];
}

/* The root's entry in which a VMM without SVM is itself. */
static inline bool
shadow_is_vmm(const struct vm *vm, const struct shadow_page *p, unsigned slot)
{
	return p->level == 4 && slot == VMM_SLOT && vm->config.cpu == CPU_DEPRIVILEGED;
}

/* Stores into the frame must be seen. */
static inline bool
shadow_is_protected(const struct vm *vm, uint64_t gfn)
{
	const struct shadow *s = vm->shadow;

	return gfn < vm->config.ram && s->tables[gfn] && !s->unsynced[gfn] &&
	    vm->config.sync != SYNC_OFF;
}

/* --- vmm/shadow_sync.c --- */

/* Of the guest's table that the page stands for: what is behind its slot. */
uint64_t shadow_guest_entry(const struct shadow *s, const struct shadow_page *p,
	    const void *table, unsigned slot);
/* An entry of the guest's that maps a large page, and where that begins for a slot. */
bool	shadow_is_large(const struct vm *vm, const struct shadow_page *p, uint64_t entry);
uint64_t shadow_large_gfn(const struct shadow *s, uint64_t entry, unsigned slot);
/* What a shadow entry may allow, by the guest's entry. */
uint64_t shadow_rights(uint64_t entry, bool leaf, enum shadow_view view);
/* The entry agrees with the guest's table, or goes. */
void	shadow_sync_entry(struct vm *vm, struct shadow_page *p, unsigned slot);
void	shadow_sync_all(struct vm *vm);
/* The guest stores to a protected frame; *error as in shadow_fault(). */
bool	shadow_store_fault(struct vm *vm, gva_t va, const struct walk *w,
	    uint32_t *error);

/* --- vmm/shadow.c --- */

void	shadow_fill(struct vm *vm, gva_t va, const struct walk *w);
void	shadow_use_root(struct vm *vm);

#endif
