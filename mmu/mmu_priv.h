/*
 * mmu/mmu_priv.h - shared by mmu.c, access.c and mmu_state.c
 */
#ifndef MMU_MMU_PRIV_H
#define MMU_MMU_PRIV_H

#include "mmu/ftlb.h"
#include "mmu/mmu.h"
#include "mmu/tlb_model.h"

static inline bool
mmu_in_guest(const struct mmu *m)
{
	return m->asid != 0;
}

static inline struct tlb_space
mmu_space(const struct mmu *m)
{
	return (struct tlb_space){
		m->asid,
		m->pg.cr4 & CR4_PCIDE ? (uint16_t)(m->pg.cr3 & 0xfff) : 0,
	};
}

/* The bank whose entries allow exactly what acc allows. */
static inline unsigned
mmu_bank(const struct mmu *m, unsigned acc)
{
	unsigned base = mmu_in_guest(m) ? FTLB_HALF : 0;

	if (acc_is_user(acc))
		return base;
	return base + 1 + (m->pg.cr0 & CR0_WP ? 0 : 2) +
	    ((m->pg.cr4 & CR4_SMAP) && !smap_applies(&m->pg, acc));
}

/* The entry for va, or NULL when there is no such bank yet. */
static ALWAYS_INLINE const struct ftlb_entry *
mmu_fast(const struct mmu *m, gva_t va, unsigned acc, enum ftlb_kind kind)
{
	struct ftlb_entry *t = m->fast->table[mmu_bank(m, acc)][kind];

	return t ? ftlb_at(t, va, m->mask) : NULL;
}

#endif
