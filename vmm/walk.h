/*
 * vmm/walk.h - the guest's own page tables (V2P)
 *
 * A walk as the processor does it, in software: unpaged, two, three and four
 * levels (AMD APM vol 2 chapter 5 "Page Translation and Protection").
 */
#ifndef VMM_WALK_H
#define VMM_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

/* Entries */
#define PTE_P		0x001u
#define PTE_W		0x002u
#define PTE_U		0x004u
#define PTE_A		0x020u
#define PTE_D		0x040u
#define PTE_PS		0x080u
#define PTE_NX		((uint64_t)1 << 63)
#define PTE_FRAME	0x000ffffffffff000u

/* What is accessed how, and a fault's error code */
#define PF_PRESENT	0x01u
#define PF_WRITE	0x02u
#define PF_USER		0x04u
#define PF_RESERVED	0x08u
#define PF_FETCH	0x10u

struct walk_step {
	gpa_t		at;		/* of the entry */
	uint64_t	entry;
};

struct walk {
	gpa_t		gpa;
	unsigned	top;		/* level of the root's entries, 2 to 4; 0: unpaged */
	unsigned	leaf;		/* level of the last entry */
	struct walk_step step[5];	/* by level */
	uint32_t	error;		/* of the page fault, when there is one */
	bool		machine;	/* the tables hold machine frames */
	bool		wp_clear;	/* allowed by CR0.WP = 0 only */
};

/* access: PF_WRITE, PF_USER, PF_FETCH.  false: a page fault with w->error. */
bool	walk(struct vm *vm, gva_t va, uint32_t access, struct walk *w);

/* Sets the A bits of a successful walk and, for a write, the D bit. */
void	walk_mark(struct vm *vm, const struct walk *w, bool write);

/* Of any walk, the A bits above the last entry that was read. */
void	walk_mark_tables(struct vm *vm, const struct walk *w);

/* Copies between the VMM and linear addresses of the guest, with the rights of
 * the kernel; on failure the page fault's error and address. */
bool	guest_read(struct vm *vm, gva_t va, void *to, unsigned n,
	    uint32_t access, uint32_t *error, gva_t *bad);

unsigned guest_paging_levels(const struct vm *vm);

/* An address of 48 bits, extended by its sign. */
static inline bool
is_canonical(gva_t va)
{
	return (gva_t)((int64_t)(va << 16) >> 16) == va;
}

#endif
