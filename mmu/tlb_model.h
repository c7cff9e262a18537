/*
 * mmu/tlb_model.h - the model TLB and the page-walk cache
 *
 * Timing state of the machine: what is in here decides what is charged.  It
 * changes by fills and invalidations only; a look-up that hits changes nothing,
 * so the number of look-ups, which depends on host caches, does not matter.
 *
 * One TLB for instructions and data, and beside it a cache of table entries
 * that point to further tables, which decides which references of a walk are
 * charged.  Private to mmu/.
 */
#ifndef MMU_TLB_MODEL_H
#define MMU_TLB_MODEL_H

#include "mmu/walk_priv.h"

/*
 * Geometry, part of TIMING_VERSION (docs/timing.md, "Versions"), after AMD's
 * Software Optimization Guide for AMD Family 17h Processors, publication 55723,
 * 2.7 "Memory Address Translation": a second-level data TLB of 1536 entries, 12 ways, shared
 * by 4-Kbyte and 2-Mbyte pages, and a page-directory cache of 64 entries.  The
 * first level is left out: a hit in either level costs nothing here.  1-Gbyte
 * pages, which Zen holds in its first level only, have 16 entries of their own
 * so that they are not cut into 2-Mbyte ones.  4-Mbyte pages take one 2-Mbyte
 * entry per half that is used, as AMD's processors do (CPUID Fn8000_0005).
 */
#define TLB_SETS	128u
#define TLB_WAYS	12u
#define TLB_HUGE	16u		/* 1-Gbyte entries, one set */
#define TLB_SMALL	(TLB_SETS * TLB_WAYS)
#define TLB_ENTRIES	(TLB_SMALL + TLB_HUGE)
#define TLB_NONE	TLB_ENTRIES
#define PWC_SETS	16u
#define PWC_WAYS	4u
#define PWC_ENTRIES	(PWC_SETS * PWC_WAYS)	/* 64, a bit each in pwc_used */

enum tlb_size { TLB_4K, TLB_2M, TLB_1G, TLB_SIZES };

/* A tag: page address, and in the low bits size and validity. */
#define TLB_VALID	1u
#define TLB_SHIFT(size)	(12 + 9 * (unsigned)(size))
#define TLB_LOW(size)	(BIT(TLB_SHIFT(size)) - 1)
#define TLB_TAG(va, size) \
	(((va) & ~TLB_LOW(size)) | (unsigned)(size) << 1 | TLB_VALID)

#define TLB_E_USER	0x01
#define TLB_E_WRITE	0x02
#define TLB_E_EXEC	0x04
#define TLB_E_DIRTY	0x08
#define TLB_E_GLOBAL	0x10
#define TLB_E_NWRITE	0x20
#define TLB_E_ALL	0x3f

struct tlb_entry {
	uint64_t	hpa;		/* of the page's first byte */
	uint32_t	asid;
	uint16_t	pcid;
	uint8_t		flags;		/* TLB_E_* */
	uint8_t		guest_shift;	/* page size in the guest's own tables */
	uint8_t		memtype;
};

#define PWC_NESTED	0x10	/* in the tag: of the nested dimension */

struct pwc_entry {
	uint64_t	tag;		/* address prefix, dimension, level; 0: empty */
	uint32_t	asid;
	uint16_t	pcid;
};

/* Live entries of one address space (modulo the table) and of all globals. */
#define TLB_BUCKETS	64u
#define TLB_GLOBALS	TLB_BUCKETS
#define TLB_LISTS	(TLB_BUCKETS + 1)

#define TLB_REGIONS	256u

struct tlb_model {
	/* State. */
	uint64_t		tag[TLB_ENTRIES];
	struct tlb_entry	entry[TLB_ENTRIES];
	uint8_t			victim[TLB_SETS + 1];	/* next way to replace */
	struct pwc_entry	pwc[PWC_ENTRIES];
	uint8_t			pwc_victim[PWC_SETS];

	/* Derived from it. */
	uint16_t		next[TLB_ENTRIES], prev[TLB_ENTRIES];
	uint16_t		head[TLB_LISTS];
	uint8_t			used[TLB_SETS + 1];	/* ways in use */
	uint32_t		live[TLB_SIZES];
	/* Entries larger than 4 Kbytes, by address space modulo the table; global ones
	 * count as PCID 0's. */
	uint16_t		large[TLB_BUCKETS];
	uint64_t		pwc_used;		/* a bit for each entry of pwc */
	/* Entries smaller than the guest's page, by where that is (tlb_region()); the last
	 * is for pages of 1 GiB. */
	uint16_t		split[TLB_REGIONS + 1];
	/* Called when an entry goes away or is replaced. */
	void			(*dropped)(void *arg, unsigned index);
	void			*dropped_arg;
};

/* An address space. */
struct tlb_space {
	uint32_t	asid;
	uint16_t	pcid;
};

/* As pcid of a page's invalidation: whatever it is. */
#define TLB_ANY_PCID	0xffffu

/* What an invalidation covers. */
struct tlb_scope {
	bool		any_asid, any_pcid, globals;
	struct tlb_space space;
};

void	tlb_model_init(struct tlb_model *t);
void	tlb_model_reset(struct tlb_model *t);

/* Index of the live entry that maps va, or TLB_NONE. */
unsigned tlb_model_find(const struct tlb_model *t, struct tlb_space sp, gva_t va);
/* Enters a translation in place of whatever its set replaces next; over, when
 * not TLB_NONE, is the entry for va it supersedes. */
unsigned tlb_model_fill(struct tlb_model *t, struct tlb_space sp, gva_t va,
	    const struct walk_res *res, unsigned over);
void	tlb_model_drop(struct tlb_model *t, unsigned index);
void	tlb_model_flush(struct tlb_model *t, const struct tlb_scope *scope);
/* One page, whatever the size of its entries. */
void	tlb_model_flush_page(struct tlb_model *t, struct tlb_space sp, gva_t va,
	    bool globals);

/* Number of the walk's references that are charged; enters what was read. */
unsigned pwc_charge(struct tlb_model *t, struct tlb_space sp,
	    const struct walk_trip *trip);

/* The set entry index is in, TLB_SETS for 1-Gbyte entries. */
static inline unsigned
tlb_set_of(unsigned index)
{
	return index < TLB_SMALL ? index / TLB_WAYS : TLB_SETS;
}

static inline enum tlb_size
tlb_size_of(const struct tlb_model *t, unsigned index)
{
	return (enum tlb_size)(t->tag[index] >> 1 & 3);
}

/* Makes the lists from the entries; they must be empty. */
void	tlb_model_relink(struct tlb_model *t);

size_t	tlb_model_encoded(void);
void	tlb_model_encode(const struct tlb_model *t, uint8_t *out);
bool	tlb_model_decode(struct tlb_model *t, const uint8_t *in, size_t n) MUST_CHECK;

#endif
