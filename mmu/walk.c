/*
 * mmu/walk.c - page-table walks
 *
 * walk_tables() is the loop over levels, for every table format and for both
 * dimensions.  In the guest's dimension under nested paging each table entry
 * has a guest-physical address, which the same loop translates first.
 *
 * AMD's rules where vendors differ: bit 8 is reserved in PML4 entries and in
 * page-directory-pointer entries that do not map a page; 4-Mbyte pages have
 * 40-bit addresses.  Page-directory-pointer entries of PAE paging are read
 * during the walk like any other entry, which is what the processor does for
 * guests with nested paging (AMD APM vol 2 §15.25.10 "Legacy PAE Mode"), so
 * that reserved bits in one show as a page fault.
 */
#include "mmu/walk.h"

#include "mmu/physmem_priv.h"
#include "mmu/walk_priv.h"

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_G		BIT(8)
#define PTE_NX		BIT(63)
#define PTE_ADDR	(LOW_BITS(52) & PAGE_MASK)
/* PAE page-directory-pointer entries have no rights, A, D or PS. */
#define PDPTE_MBZ	((uint64_t)0x1e6)

/*
 * What a dimension's control state makes of its tables: AMD APM vol 2 §5.2
 * "Legacy-Mode Page Translation" and §5.3 "Long-Mode Page Translation".
 */
struct walk_rules {
	const struct paging	*pg;
	uint64_t		root;
	uint64_t		reserved;	/* bits reserved in every entry */
	uint32_t		index;		/* mask of a table's index */
	uint8_t			levels;
	uint8_t			bits;		/* of the address per level */
	uint8_t			entry;		/* bytes */
	bool			wide;		/* long mode */
};

struct walk {
	struct walk_rules	rules[2];	/* guest, nested */
	bool			nested;
	bool			update;		/* set accessed and dirty bits */
	uint8_t			guest_level;	/* served by the nested walk */
	struct physmem		*pm;
	const struct walk_req	*req;
	struct walk_fault	*fault;
	struct walk_log		*log;
};

/* Where one dimension leads. */
struct walk_leaf {
	uint64_t	to;
	uint8_t		shift;
	bool		user, write, exec, dirty, global;
	uint8_t		memtype;
};

static bool
walk_nx(const struct paging *pg)
{
	return pg->nx && (pg->efer & EFER_NXE) && (pg->cr4 & CR4_PAE);
}

static void
walk_set_rules(struct walk_rules *r, const struct paging *pg)
{
	r->pg = pg;
	r->wide = pg->efer & EFER_LMA;
	r->reserved = 0;
	if (!r->wide && !(pg->cr4 & CR4_PAE)) {
		r->levels = 2;
		r->bits = 10;
		r->index = 0x3ff;
		r->entry = 4;
		r->root = pg->cr3 & 0xfffff000;
		return;
	}
	r->levels = r->wide ? 4 : 3;
	r->bits = 9;
	r->index = 0x1ff;
	r->entry = 8;
	r->root = pg->cr3 & (r->wide ? PTE_ADDR : 0xffffffe0);
	r->reserved = (PTE_ADDR & ~LOW_BITS(pg->phys_bits)) |
	    (walk_nx(pg) ? 0 : PTE_NX) |
	    (r->wide ? 0 : LOW_BITS(63) & ~LOW_BITS(52));
}

static unsigned
walk_shift(const struct walk_rules *r, unsigned level)
{
	return PAGE_SHIFT + r->bits * (level - 1);
}

/* The highest level of PAE tables. */
static bool
walk_is_pdpte(const struct walk_rules *r, unsigned level)
{
	return r->levels == 3 && level == 3;
}

static bool
walk_is_leaf(const struct walk_rules *r, unsigned level, uint64_t entry)
{
	if (level == 1)
		return true;
	if (!(entry & PTE_PS))
		return false;
	if (level == 2)
		return r->entry == 8 || (r->pg->cr4 & CR4_PSE);
	return level == 3 && r->wide && r->pg->gb_pages;
}

/* 4-Mbyte pages: bits 20:13 are address bits 39:32, bit 21 must be zero. */
static uint64_t
walk_reserved_4m(const struct paging *pg)
{
	unsigned above = pg->phys_bits < 40 ? 40 - pg->phys_bits : 0;

	return BIT(21) | (LOW_BITS(above) << (21 - above));
}

/*
 * Bits of an entry that must be zero.  AMD APM vol 2 §5.2.3 "PAE Paging",
 * §5.3.3 to §5.3.5 (4-Kbyte, 2-Mbyte and 1-Gbyte page translation), §5.6.1
 * "No Execute (NX) Bit".
 */
static uint64_t
walk_reserved(const struct walk_rules *r, unsigned level, bool leaf)
{
	if (r->entry == 4)
		return leaf && level == 2 ? walk_reserved_4m(r->pg) : 0;
	if (leaf && level > 1)
		return r->reserved |
		    (LOW_BITS(walk_shift(r, level)) & ~LOW_BITS(13));
	if (walk_is_pdpte(r, level))
		return r->reserved | PTE_NX | PDPTE_MBZ;
	return r->reserved | (level > 2 ? PTE_G | PTE_PS : 0);
}

/*
 * An entry that may end the walk early or have reserved bits set; most do
 * not, and this is asked for every reference.
 */
static bool
walk_is_unusual(const struct walk_rules *r, unsigned level, uint64_t entry)
{
	return (entry & r->reserved) ||
	    (level > 1 && ((entry & (PTE_PS | PTE_G)) || walk_is_pdpte(r, level)));
}

/* Where a leaf entry points. */
static uint64_t
walk_address(const struct walk_rules *r, unsigned level, uint64_t entry)
{
	if (level == 1)
		return entry & PTE_ADDR;
	if (r->entry == 4)
		return (entry & 0xffc00000) | bits_get(entry, 13, 8) << 32;
	return entry & PTE_ADDR & ~LOW_BITS(walk_shift(r, level));
}

/*
 * AMD APM vol 2 §8.4.2 "Page-Fault Error Code" and, in the nested dimension,
 * §15.25.6 "Nested versus Guest Page Faults, Fault Ordering": nested accesses
 * are user accesses, and those to guest tables are writes.
 */
static bool
walk_fails(struct walk *w, unsigned dim, uint64_t addr, unsigned acc,
    uint32_t why)
{
	const struct paging *pg = w->rules[0].pg;
	uint32_t code = why;

	if (acc & ACC_W)
		code |= PF_W;
	if (acc_is_user(acc))
		code |= PF_U;
	if ((acc & ACC_X) && (dim || walk_nx(pg) || (pg->cr4 & CR4_SMEP)))
		code |= PF_I;
	w->fault->stage = !dim ? PF_GUEST :
	    w->guest_level ? PF_NPT_TABLE : PF_NPT_FINAL;
	w->fault->error_code = code;
	w->fault->addr = addr;
	return false;
}

static ALWAYS_INLINE struct walk_made *
walk_note(struct walk *w, unsigned dim, unsigned level, uint64_t addr, hpa_t at,
    uint64_t entry)
{
	struct walk_made *made = &w->log->ref[w->log->n++];

	made->dim = (uint8_t)dim;
	made->level = (uint8_t)level;
	made->guest_level = dim ? w->guest_level : (uint8_t)level;
	made->last = true;
	made->addr = addr;
	made->entry_hpa = at;
	made->entry = entry;
	return made;
}

/* Accessed and dirty bits are in the entry's first byte. */
static void
walk_set(struct walk *w, hpa_t at, uint64_t entry, uint64_t set)
{
	if (w->update && (entry & set) != set)
		phys_st8(w->pm, at, (uint8_t)(entry | set));
}

/* Checks the leaf entry and uses it; rights has the bits all levels grant. */
static bool
walk_finish(struct walk *w, unsigned dim, unsigned level, uint64_t addr,
    unsigned acc, hpa_t at, uint64_t entry, uint64_t rights,
    struct walk_leaf *leaf)
{
	const struct walk_rules *r = &w->rules[dim];
	uint64_t set = acc & ACC_W ? PTE_A | PTE_D : PTE_A;
	unsigned pat = level == 1 ? 7 : 12;

	leaf->user = rights & PTE_U;
	leaf->write = rights & PTE_W;
	leaf->exec = rights & PTE_NX;
	if (paging_denies(r->pg, leaf->user, leaf->write, leaf->exec, acc))
		return walk_fails(w, dim, addr, acc, PF_P);
	walk_set(w, at, entry, set);
	leaf->dirty = (w->update ? entry | set : entry) & PTE_D;
	leaf->global = (entry & PTE_G) && (r->pg->cr4 & CR4_PGE);
	leaf->memtype = (uint8_t)(bits_get(entry, 3, 2) | bits_get(entry, pat, 1) << 2);
	leaf->shift = (uint8_t)walk_shift(r, level);
	leaf->to = walk_address(r, level, entry) | (addr & (BIT(leaf->shift) - 1));
	return true;
}

static bool	walk_nested(struct walk *w, unsigned guest_level, uint64_t gpa,
		    unsigned acc, struct walk_leaf *leaf);

/*
 * The loop over levels.  Inlined once for each way to reach a table entry:
 * directly, in either dimension, or through the nested dimension.
 */
static ALWAYS_INLINE bool
walk_tables(struct walk *w, unsigned dim, bool through_nested, uint64_t addr,
    unsigned acc, struct walk_leaf *leaf)
{
	const struct walk_rules *r = &w->rules[dim];
	unsigned level = r->levels, shift = walk_shift(r, level);
	uint64_t table = r->root, entry, rights = PTE_W | PTE_U | PTE_NX;
	struct walk_made *made;
	bool last;
	hpa_t at;

	for (;; level--, shift -= r->bits) {
		at = table + (addr >> shift & r->index) * r->entry;
		if (through_nested) {
			if (!walk_nested(w, level, at, ACC_W | ACC_USER, leaf))
				return false;
			at = leaf->to;
		}
		entry = pm_ld_entry(w->pm, at, r->entry, !w->update);
		made = walk_note(w, dim, level, addr, at, entry);
		if (!(entry & PTE_P))
			return walk_fails(w, dim, addr, acc, 0);
		last = level == 1;
		if (unlikely(walk_is_unusual(r, level, entry))) {
			last = walk_is_leaf(r, level, entry);
			if (entry & walk_reserved(r, level, last))
				return walk_fails(w, dim, addr, acc, PF_P | PF_RSV);
		}
		/* No-execute is a right when it is turned round. */
		if (!walk_is_pdpte(r, level))
			rights &= entry ^ PTE_NX;
		if (last)
			return walk_finish(w, dim, level, addr, acc, at, entry,
			    rights, leaf);
		made->last = false;
		if (!walk_is_pdpte(r, level))
			walk_set(w, at, entry, PTE_A);
		table = entry & PTE_ADDR;
	}
}

/* From a guest-physical address, for the guest's table of a level or, with
 * level 0, the final one. */
static NOINLINE bool
walk_nested(struct walk *w, unsigned guest_level, uint64_t gpa, unsigned acc,
    struct walk_leaf *leaf)
{
	w->guest_level = (uint8_t)guest_level;
	/* Nested tables cannot name an address this high. */
	if (gpa >> (w->rules[1].wide ? 48 : 32))
		return walk_fails(w, 1, gpa, acc, 0);
	return walk_tables(w, 1, false, gpa, acc, leaf);
}

/* The guest's dimension: without paging every address is its own. */
static bool
walk_guest(struct walk *w, struct walk_leaf *leaf)
{
	uint64_t va = w->req->va;

	if (!paging_on(w->rules[0].pg)) {
		*leaf = (struct walk_leaf){
			.to = va, .shift = w->nested ? 30 : PAGE_SHIFT,
			.user = true, .write = true, .exec = true, .dirty = true,
		};
		return true;
	}
	if (!w->rules[0].wide)
		va = (uint32_t)va;
	if (w->nested)
		return walk_tables(w, 0, true, va, w->req->acc, leaf);
	return walk_tables(w, 0, false, va, w->req->acc, leaf);
}

static bool
walk_run(struct walk *w, struct walk_res *res)
{
	struct walk_leaf g, n;

	if (!walk_guest(w, &g))
		return false;
	res->hpa = g.to;
	res->page_shift = res->guest_shift = g.shift;
	res->user = g.user;
	res->write = g.write;
	res->exec = g.exec;
	res->nwrite = true;
	res->dirty = g.dirty;
	res->global = g.global;
	res->memtype = g.memtype;
	if (!w->nested)
		return true;
	if (!walk_nested(w, 0, g.to, (w->req->acc & (ACC_W | ACC_X)) | ACC_USER, &n))
		return false;
	res->hpa = n.to;
	if (n.shift < g.shift)
		res->page_shift = n.shift;
	res->exec &= n.exec;
	res->nwrite = n.write;
	res->dirty &= n.dirty;
	return true;
}

static bool
walk_start(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault, struct walk_log *log, bool update)
{
	struct walk w;

	w.nested = nested != NULL;
	w.update = update;
	w.guest_level = 0;
	w.pm = pm;
	w.req = req;
	w.fault = fault;
	w.log = log;
	log->n = 0;
	walk_set_rules(&w.rules[0], pg);
	if (nested)
		walk_set_rules(&w.rules[1], nested);
	return walk_run(&w, res);
}

bool
walk_logged(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault, struct walk_log *log)
{
	return walk_start(pg, nested, pm, req, res, fault, log, true);
}

void
walk_count(const struct walk_log *log, struct walk_refs *refs)
{
	unsigned i;

	for (i = 0; i < log->n; i++)
		refs->n[log->ref[i].dim][log->ref[i].level]++;
}

bool
mmu_walk(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault, struct walk_refs *refs)
{
	struct walk_log log;
	bool ok = walk_logged(pg, nested, pm, req, res, fault, &log);

	walk_count(&log, refs);
	return ok;
}

bool
mmu_walk_peek(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault)
{
	struct walk_log log;

	return walk_start(pg, nested, pm, req, res, fault, &log, false);
}

unsigned
mmu_walk_explain(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, gva_t va, struct walk_step *step, unsigned max,
    struct walk_res *res, struct walk_fault *fault, bool *ok)
{
	const struct walk_req req = { va, ACC_R | ACC_AC };
	struct walk_log log;
	unsigned i;

	*ok = walk_start(pg, nested, pm, &req, res, fault, &log, false);
	for (i = 0; i < log.n && i < max; i++)
		step[i] = (struct walk_step){ log.ref[i].dim, log.ref[i].level,
		    log.ref[i].last, log.ref[i].entry_hpa, log.ref[i].entry };
	return i;
}
