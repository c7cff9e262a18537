/*
 * mmu/mmu.h - one vCPU's memory management unit: model TLB and fast TLB
 *
 * The model TLB is architectural timing state: what is in it decides what is
 * charged, and it changes by fills, evictions and architectural invalidations
 * only.  The fast TLB is a host-side cache of it for the engine: direct-mapped,
 * one table each for read, write and execute, so that a tag hit is the
 * permission check.  A valid fast entry implies a live model entry.  The fast
 * TLB's size and contents never reach a count, a hash or a snapshot.
 * docs/timing.md states geometry and charges.
 */
#ifndef MMU_MMU_H
#define MMU_MMU_H

#include "base/snap.h"
#include "mmu/physmem.h"
#include "mmu/walk.h"

/*
 * Fast entry.  Hit test for an access of size bytes at va:
 *	off = va - e->va;  hit = off <= 4096 - size
 * and the byte is at (uint8_t *)(va + e->addend).  An empty entry holds a page
 * address that belongs to another index, so it can never hit.
 */
struct ftlb_entry {
	uint64_t	va;
	uint64_t	addend;
};

/* Byte offset of va's entry in a table; mask is (entries - 1) << 4. */
#define FTLB_OFF(va, mask)	(((va) >> 8) & (mask))

static ALWAYS_INLINE struct ftlb_entry *
ftlb_at(struct ftlb_entry *table, gva_t va, uint64_t mask)
{
	return (struct ftlb_entry *)(void *)((uint8_t *)table + FTLB_OFF(va, mask));
}

struct mmu_stats {
	uint64_t	lookups_model;	/* fast misses that asked the model (host detail) */
	uint64_t	tlb_miss[3];	/* model misses: read, write, execute */
	uint64_t	walks;
	uint64_t	refs[2][5];	/* references made, by dimension and level */
	uint64_t	refs_charged;	/* of them not covered by the walk cache */
	uint64_t	flushes, invlpg;
	uint64_t	faults;
};

/* Cycles charged by the MMU; a copy of the machine's timing preset. */
struct mmu_costs {
	uint32_t	miss;		/* per model miss */
	uint32_t	ref;		/* per reference charged */
};

struct tlb_model;
struct ftlb;

/* Linear pages first..last, page addresses. */
struct mmu_pages {
	gva_t	first, last;
};

struct mmu {
	/* Current bank, read by the engine. */
	struct ftlb_entry	*rd, *wr, *ex;
	uint64_t		mask;		/* (entries - 1) << 4 */
	/* Charges since the CPU last folded them. */
	uint64_t		charge;
	/* Fetch register: page of the last instruction byte fetched, or
	 * FETCH_NONE.  Machine state, owned by the run loop. */
	gva_t			fetch_page;
	/* A model entry of that page went away: the engine looks where the page
	 * leads now, and clears it. */
	bool			code_lost;

	struct paging		pg;
	bool			nested;		/* SVM guest with nested paging */
	struct paging		npg;		/* the nested dimension */
	uint32_t		asid;
	bool			user;		/* CPL 3 */
	bool			ac;		/* EFLAGS.AC */
	struct physmem		*pm;
	struct tlb_model	*model;
	struct ftlb		*fast;
	struct nested_memo	*memo;		/* from the first nested walk on */
	/* Data accesses to these pages never hit the fast TLB. */
	const struct mmu_pages	*watched;
	unsigned		nwatched;
	struct mmu_stats	stats;
	struct mmu_costs	costs;
	/* Tracer: called after each charged walk; may be NULL. */
	void			(*on_walk)(void *arg, const struct walk_req *req,
				    const struct walk_res *res, /* NULL on fault */
				    const struct walk_fault *fault,
				    const struct walk_refs *refs);
	void			*on_walk_arg;
};
#define FETCH_NONE	(~(gva_t)0)

/* fast_entries: 0 (fast TLB off), or a power of two 64..65536. 0 or -errno. */
int	mmu_init(struct mmu *m, struct physmem *pm, unsigned fast_entries);
void	mmu_fini(struct mmu *m);
void	mmu_reset(struct mmu *m);	/* power-on: everything empty, paging off */

/* Where an address leads. */
struct mmu_ref {
	hpa_t		hpa;
	uint8_t		*host;	/* byte in memory; NULL: use phys_ld/phys_st on hpa */
	uint32_t	id;	/* RAM page id behind host */
};

/*
 * Translates va for one access kind (ACC_*) inside one page: model lookup,
 * walk, charge and fill as needed; enters the result into the fast TLB where
 * that is allowed.  For ACC_W a non-NULL host may be written directly only
 * after phys_touched().  false: *f says why; nothing but the model TLB, A bits
 * and charges changed.
 */
bool	mmu_lookup(struct mmu *m, gva_t va, unsigned acc, struct mmu_ref *ref,
	    struct walk_fault *f) MUST_CHECK;

/* Current access kind for data references of the running program. */
static inline unsigned
mmu_data_acc(const struct mmu *m)
{
	return (m->user ? ACC_USER : 0) | (m->ac ? ACC_AC : 0);
}

/* Host address of the code at va if the fast TLB has it, else NULL. */
static inline uint8_t *
mmu_code_fast(const struct mmu *m, gva_t va)
{
	const struct ftlb_entry *e = ftlb_at(m->ex, va, m->mask);

	return va - e->va < PAGE_SIZE ? (uint8_t *)(uintptr_t)(va + e->addend) : NULL;
}

/*
 * The same from whatever knows it: a live model entry, or the tables, which are
 * read as mmu_peek() does.  For code that is not to be looked up: nothing is
 * charged, and no state changes.  NULL: not mapped, or not memory.
 */
uint8_t	*mmu_code_free(struct mmu *m, gva_t va);

/*
 * Accesses of size bytes (1..64) at va, with page crossing: both pages are
 * translated, low one first, before anything is read or written.  acc is
 * ACC_USER/ACC_IMPLICIT/ACC_AC.  The buffer is little-endian bytes.
 */
bool	mmu_ld(struct mmu *m, gva_t va, void *buf, unsigned size, unsigned acc,
	    struct walk_fault *f) MUST_CHECK;
bool	mmu_st(struct mmu *m, gva_t va, const void *buf, unsigned size,
	    unsigned acc, struct walk_fault *f) MUST_CHECK;

/* A read-modify-write: translate for write once, read, later write. */
struct mmu_rmw {
	gva_t		va;
	unsigned	size;
	struct mmu_ref	ref[2];		/* second only when crossing */
	unsigned	first;		/* bytes in the first page */
};
bool	mmu_rmw_begin(struct mmu *m, gva_t va, unsigned size, unsigned acc,
	    struct mmu_rmw *r, struct walk_fault *f) MUST_CHECK;
void	mmu_rmw_read(struct mmu *m, const struct mmu_rmw *r, void *buf);
void	mmu_rmw_write(struct mmu *m, const struct mmu_rmw *r, const void *buf);

/* Side-effect-free translation and reads for debugger, tracer and decode-ahead. */
bool	mmu_peek(struct mmu *m, gva_t va, unsigned acc, hpa_t *hpa);
size_t	mmu_peek_bytes(struct mmu *m, gva_t va, void *buf, size_t n);

/*
 * Control state changed (CR0, CR4, EFER, CPL, AC, or m->pg written directly):
 * selects the bank.  Never flushes the model TLB by itself.
 */
void	mmu_update(struct mmu *m);

/* Architectural invalidations; each also empties the fetch register where the
 * timing rules say so.  AMD APM vol 2 §5.5.3 "TLB Management". */
void	mmu_flush_all(struct mmu *m);			/* with globals, all PCIDs */
void	mmu_flush_asids(struct mmu *m);			/* that, of every ASID */
void	mmu_flush_nonglobal(struct mmu *m);		/* current ASID, all PCIDs */
void	mmu_flush_pcid(struct mmu *m, unsigned pcid);	/* non-global of one PCID */
void	mmu_invlpg(struct mmu *m, gva_t va);		/* global ones too */
void	mmu_invpcid_addr(struct mmu *m, unsigned pcid, gva_t va);
void	mmu_flush_asid(struct mmu *m, uint32_t asid);
void	mmu_invlpga(struct mmu *m, gva_t va, uint32_t asid);

/* Host-side invalidations: never change the model. */
void	mmu_fast_flush(struct mmu *m);
/* Somebody wants to see every access to these pages; n 0: nobody.  pages must
 * outlive that. */
void	mmu_watch(struct mmu *m, const struct mmu_pages *pages, unsigned n);
void	mmu_fast_drop_writes(struct mmu *m, uint32_t id);	/* code page; RAM_PAGE_NONE:
								 * all, a new epoch */

/* Model TLB, walk cache and fetch register as state. */
extern const struct snap_field mmu_fields[];	/* of struct mmu */
size_t	mmu_model_size(const struct mmu *m);
void	mmu_model_encode(const struct mmu *m, uint8_t *out);
bool	mmu_model_decode(struct mmu *m, const uint8_t *in, size_t n) MUST_CHECK;
/* `info tlb`. */
void	mmu_print(struct mmu *m, void (*line)(void *arg, const char *s), void *arg);

#endif
