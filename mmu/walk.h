/*
 * mmu/walk.h - page-table walks
 *
 * A walk answers one question: which hpa does this gva reach, and with which
 * rights?  One loop over levels serves 2-level, PAE and 4-level tables; with
 * nested paging the same loop runs for each guest-level reference.  mmu_walk()
 * sets accessed and dirty bits in the order of the manual; mmu_walk_peek()
 * changes nothing.  A walk never injects a fault and never fills a TLB.
 */
#ifndef MMU_WALK_H
#define MMU_WALK_H

#include "mmu/physmem.h"

/* Page-fault error code bits: AMD APM vol 2 §8.4.2 "Page-Fault Error Code". */
#define PF_P	0x01u
#define PF_W	0x02u
#define PF_U	0x04u
#define PF_RSV	0x08u
#define PF_I	0x10u
#define PF_SS	0x40u

/* The control state a walk depends on; a copy held by the MMU. */
struct paging {
	uint64_t	cr0, cr3, cr4, efer;
	uint8_t		phys_bits;	/* MAXPHYADDR: bits above are reserved */
	bool		gb_pages;	/* CPUID 1 GiB pages */
	bool		nx;		/* CPUID NX; EFER.NXE counts only then */
};

enum pf_stage {
	PF_GUEST,			/* the guest's own tables: #PF */
	PF_NPT_TABLE,			/* nested, while reading a guest table */
	PF_NPT_FINAL			/* nested, on the final address */
};

/* Kind of access, a set. */
enum {
	ACC_R		= 0,
	ACC_W		= 1,
	ACC_X		= 2,
	ACC_USER	= 4,		/* CPL 3 and not a system access */
	ACC_IMPLICIT	= 8,		/* system structure: SMAP whatever AC says */
	ACC_AC		= 16		/* EFLAGS.AC set (SMAP off for this access) */
};

struct walk_req {
	gva_t		va;
	unsigned	acc;
};

struct walk_res {
	hpa_t		hpa;		/* of va itself */
	uint8_t		page_shift;	/* 12, 21, 22 or 30: the smaller dimension's */
	uint8_t		guest_shift;	/* the guest's own; what INVLPG must undo */
	bool		user, write, exec;	/* rights of the mapping, all levels;
					 * exec: of both dimensions */
	bool		nwrite;		/* nested dimension writable; true without one */
	bool		dirty;		/* D set (both dimensions) after the walk */
	bool		global;
	uint8_t		memtype;	/* PAT index of the leaf */
};

struct walk_fault {
	enum pf_stage	stage;
	uint32_t	error_code;	/* PF_* */
	uint64_t	addr;		/* gva for PF_GUEST, else gpa */
};

/* References made: [dimension 0 guest, 1 nested][level 1..4, index 0 unused]. */
struct walk_refs {
	uint64_t	n[2][5];
};

/* nested NULL: one dimension.  refs is added to, never cleared. */
bool	mmu_walk(const struct paging *pg, const struct paging *nested,
	    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
	    struct walk_fault *fault, struct walk_refs *refs) MUST_CHECK;
bool	mmu_walk_peek(const struct paging *pg, const struct paging *nested,
	    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
	    struct walk_fault *fault) MUST_CHECK;

/* What `info walk` and the tracer print: one entry per reference. */
struct walk_step {
	uint8_t		dim, level;
	bool		last;		/* of its dimension: a page, or a fault */
	hpa_t		entry_hpa;
	uint64_t	entry;
};
/* Peek that also records up to max steps; returns the number. */
unsigned mmu_walk_explain(const struct paging *pg, const struct paging *nested,
	    struct physmem *pm, gva_t va, struct walk_step *step, unsigned max,
	    struct walk_res *res, struct walk_fault *fault, bool *ok);

#endif
