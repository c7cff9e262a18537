/*
 * mmu/nested_memo.h - where walks of nested tables led
 *
 * A walk in two dimensions reads up to 20 entries of nested tables, mostly those of the
 * walk before.  The memo keeps what each guest-physical page led to, so that a walk need
 * not read them again.  It is a cache of the host's and never seen: pages whose entries
 * were read are marked (PAGE_TABLE), and the first store to one makes the whole memo
 * stale, as do changes of the map and of the control registers of the nested dimension.
 * What was read and what it costs is told as ever (struct walk_trip).  Private to mmu/.
 */
#ifndef MMU_NESTED_MEMO_H
#define MMU_NESTED_MEMO_H

#include "mmu/physmem_priv.h"
#include "mmu/walk_priv.h"

#define MEMO_ENTRIES	16384u

struct memo_entry {
	uint64_t	gpa;		/* of the page */
	uint64_t	root;		/* the nested CR3 */
	uint64_t	to;		/* the page it leads to */
	uint64_t	made;		/* pm->tables when it was; 0: empty */
	uint8_t		shift, level;	/* of the entry that maps it */
	bool		user, write, exec, dirty;
};

struct nested_memo {
	uint64_t		cr0, cr4, efer;	/* that all entries were made under */
	struct memo_entry	entry[MEMO_ENTRIES];
};

/* NULL without memory, which only makes walks slower. */
struct nested_memo *nested_memo_new(void);
void	nested_memo_free(struct nested_memo *memo);

/* Before a walk: forgets all if the rules of the nested dimension are others now. */
static inline void
nested_memo_begin(struct nested_memo *memo, struct physmem *pm, const struct paging *npg)
{
	if (likely(memo->cr0 == npg->cr0 && memo->cr4 == npg->cr4 && memo->efer == npg->efer))
		return;
	memo->cr0 = npg->cr0;
	memo->cr4 = npg->cr4;
	memo->efer = npg->efer;
	physmem_tables_changed(pm);
}

static inline struct memo_entry *
nested_memo_at(struct nested_memo *memo, uint64_t gpa)
{
	return &memo->entry[gpa >> PAGE_SHIFT & (MEMO_ENTRIES - 1)];
}

#endif
