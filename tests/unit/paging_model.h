/*
 * tests/unit/paging_model.h - a second opinion on page-table walks
 *
 * Written from the figures of the manual and built unlike mmu/walk.c: table
 * entries are strings with one letter per bit, and each kind of entry names
 * the kinds that may follow.  It works on a plain array of bytes.
 */
#ifndef TESTS_PAGING_MODEL_H
#define TESTS_PAGING_MODEL_H

#include "mmu/walk.h"

struct pmodel {
	uint8_t		*mem;		/* address 0 onward */
	uint64_t	size;		/* reads beyond give ones, writes vanish */
	struct paging	pg;
	const struct paging *nested;	/* NULL: none */
	uint64_t	mask[13][128];	/* made by pmodel_init(): kind, letter */
};

void	pmodel_init(struct pmodel *m, uint8_t *mem, uint64_t size);

struct pmodel_out {
	bool		ok;
	struct walk_fault fault;
	uint64_t	hpa;
	unsigned	page_shift;
	bool		user, write, nwrite, exec, dirty, global;
	struct walk_refs refs;
};

/* One access; sets accessed and dirty bits in m->mem. */
void	pmodel_access(struct pmodel *m, uint64_t va, unsigned acc,
	    struct pmodel_out *out);

/* A mapping with these rights forbids the access. */
bool	pmodel_prohibits(const struct paging *pg, bool user, bool write, bool exec,
	    unsigned acc);

#endif
