/*
 * vmm/guest/pmap.h - page tables
 *
 * A root (PML4) is named by its frame.  All roots share the kernel's tables;
 * tables for user addresses are made when they are first needed.  Entries are
 * read with pmap_pfn() and the flags below, written with the functions here
 * only: with direct paging they are the VMM's to write (pv.h).
 */
#ifndef GUEST_PMAP_H
#define GUEST_PMAP_H

#include "vmm/guest/page.h"

typedef volatile uint64_t pte_t;

/* APM volume 2, 5.4 "Page-Translation-Table Entry Fields" */
#define PTE_P		0x001
#define PTE_W		0x002
#define PTE_U		0x004
#define PTE_A		0x020
#define PTE_D		0x040
#define PTE_LARGE	0x080
#define PTE_COW		0x200		/* ours: shared, to be copied on a write */
#define PTE_NX		(1ull << 63)
/* An entry without PTE_P that is not 0 says where on the swap disk it is. */
#define PTE_SWAP(slot)	((uint64_t)(slot) << PAGE_SHIFT | 0x400)
#define PTE_SLOT(pte)	((uint32_t)((pte) >> PAGE_SHIFT))

extern uint32_t pmap_kernel;		/* the root without user addresses */

/* Leaves the tables of boot.S for our own. */
void	pmap_init(void);

uint32_t pmap_new(void);
/* Its user half is empty, but for tables. */
void	pmap_free(uint32_t root);
void	pmap_activate(uint32_t root);
/* If it is active, the kernel's becomes so. */
void	pmap_leave(uint32_t root);

/* The entry for a user address, NULL where there is no table.  Where a large
 * page is, its entry. */
pte_t	*pmap_find(uint32_t root, uint64_t va);
/* As above, and makes tables. */
pte_t	*pmap_make(uint32_t root, uint64_t va);
pte_t	*pmap_make_large(uint32_t root, uint64_t va);

/* The frame an entry that is present names. */
uint32_t pmap_pfn(uint64_t pte);
void	pmap_map(pte_t *at, uint32_t pfn, uint64_t flags);
void	pmap_store(pte_t *at, uint64_t pte);
/* What was stored is now in the tables. */
void	pmap_flush(void);
/* Forgets the translation in this root; pending stores are made first. */
void	pmap_invalidate(uint32_t root, uint64_t va);
void	pmap_invalidate_all(uint32_t root);

#endif
