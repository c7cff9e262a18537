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

#include "mmu/nested_memo.h"
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
	struct walk_trip	*trip;
	struct nested_memo	*memo;
	hpa_t			read[5];	/* by the last nested walk, by level */
	struct walk_log		*log;		/* who only looks wants to see it */
};

/* The entries that were read. */
struct walk_log {
	unsigned		n;
	struct walk_step	step[WALK_MAX_REFS];
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

static NOINLINE void
walk_log(struct walk_log *log, unsigned dim, unsigned level, hpa_t at, uint64_t entry)
{
	log->step[log->n++] = (struct walk_step){ (uint8_t)dim, (uint8_t)level, true, at, entry };
}

/* An entry was read. */
static ALWAYS_INLINE void
walk_note(struct walk *w, unsigned dim, unsigned level, hpa_t at, uint64_t entry)
{
	if (dim) {
		w->trip->nested_to[w->guest_level] = (uint8_t)level;
		w->read[level] = at;
	} else {
		w->trip->guest_to = (uint8_t)level;
		w->trip->guest_down = false;
	}
	if (unlikely(w->log))
		walk_log(w->log, dim, level, at, entry);
}

/* It leads further down. */
static ALWAYS_INLINE void
walk_note_down(struct walk *w, unsigned dim)
{
	if (!dim)
		w->trip->guest_down = true;
	if (unlikely(w->log))
		w->log->step[w->log->n - 1].last = false;
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
		walk_note(w, dim, level, at, entry);
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
		walk_note_down(w, dim);
		if (!walk_is_pdpte(r, level))
			walk_set(w, at, entry, PTE_A);
		table = entry & PTE_ADDR;
	}
}

/* Where the memo says gpa leads, if it does and nothing stands against the access. */
static ALWAYS_INLINE bool
walk_remembers(struct walk *w, uint64_t gpa, unsigned acc, struct walk_leaf *leaf)
{
	const struct memo_entry *e = nested_memo_at(w->memo, gpa);

	if (e->gpa != (gpa & PAGE_MASK) || e->root != w->rules[1].root ||
	    e->made != w->pm->tables || !e->user || ((acc & ACC_X) && !e->exec) ||
	    ((acc & ACC_W) && !(e->write && e->dirty)))
		return false;
	w->trip->nested_to[w->guest_level] = e->level;
	leaf->to = e->to | (gpa & ~PAGE_MASK);
	leaf->shift = e->shift;
	leaf->user = true;
	leaf->write = e->write;
	leaf->exec = e->exec;
	leaf->dirty = e->dirty;
	return true;
}

/* Whether a store to all entries that were read will be seen. */
static bool
walk_watch(struct walk *w, unsigned level)
{
	const struct pm_seg *s;
	uint32_t id;
	hpa_t at;

	for (; level <= w->rules[1].levels; level++) {
		at = w->read[level] & w->pm->a20_mask;
		s = pm_seg_at(w->pm, at);
		if (!s->rd)
			return false;
		id = (uint32_t)((uint64_t)(s->rd + (at - s->first) - w->pm->host) / PAGE_SIZE);
		if (!(w->pm->meta[id].flags & PAGE_TABLE))
			pm_watch_table(w->pm, id);
	}
	return true;
}

static NOINLINE bool
walk_nested_tables(struct walk *w, uint64_t gpa, unsigned acc, struct walk_leaf *leaf)
{
	unsigned level;

	/* Nested tables cannot name an address this high. */
	if (gpa >> (w->rules[1].wide ? 48 : 32))
		return walk_fails(w, 1, gpa, acc, 0);
	if (!walk_tables(w, 1, false, gpa, acc, leaf))
		return false;
	level = w->trip->nested_to[w->guest_level];
	if (w->memo && walk_watch(w, level)) {
		*nested_memo_at(w->memo, gpa) = (struct memo_entry){
			.gpa = gpa & PAGE_MASK, .root = w->rules[1].root,
			.to = leaf->to & PAGE_MASK, .made = w->pm->tables,
			.shift = leaf->shift, .level = (uint8_t)level, .user = leaf->user,
			.write = leaf->write, .exec = leaf->exec, .dirty = leaf->dirty,
		};
	}
	return true;
}

/* From a guest-physical address, for the guest's table of a level or, with
 * level 0, the final one. */
static ALWAYS_INLINE bool
walk_nested(struct walk *w, unsigned guest_level, uint64_t gpa, unsigned acc,
    struct walk_leaf *leaf)
{
	w->guest_level = (uint8_t)guest_level;
	w->trip->gpa[guest_level] = gpa;
	return (w->memo && walk_remembers(w, gpa, acc, leaf)) ||
	    walk_nested_tables(w, gpa, acc, leaf);
}

/* The guest's dimension: without paging every address is its own. */
static bool
walk_guest(struct walk *w, struct walk_leaf *leaf)
{
	uint64_t va = w->trip->va;

	if (!paging_on(w->rules[0].pg)) {
		*leaf = (struct walk_leaf){
			.to = va, .shift = w->nested ? 30 : PAGE_SHIFT,
			.user = true, .write = true, .exec = true, .dirty = true,
		};
		return true;
	}
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

/* w has what the answer and its story go to. */
static bool
walk_start(struct walk *w, const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res)
{
	w->nested = nested != NULL;
	w->guest_level = 0;
	w->pm = pm;
	w->req = req;
	*w->trip = (struct walk_trip){ .va = req->va, .guest_to = 1 };
	walk_set_rules(&w->rules[0], pg);
	if (paging_on(pg)) {
		w->trip->guest_from = w->rules[0].levels;
		w->trip->guest_to = w->rules[0].levels + 1;
		if (!w->rules[0].wide)
			w->trip->va = (uint32_t)req->va;
	}
	if (nested) {
		walk_set_rules(&w->rules[1], nested);
		w->trip->nested_from = w->rules[1].levels;
	}
	return walk_run(w, res);
}

bool
walk_trip(const struct paging *pg, const struct paging *nested, struct physmem *pm,
    const struct walk_req *req, struct walk_res *res, struct walk_fault *fault,
    struct walk_trip *trip, struct nested_memo *memo)
{
	struct walk w;

	w.update = true;
	w.fault = fault;
	w.trip = trip;
	w.memo = memo;
	w.log = NULL;
	if (nested && memo)
		nested_memo_begin(memo, pm, nested);
	return walk_start(&w, pg, nested, pm, req, res);
}

void
walk_count(const struct walk_trip *trip, uint64_t n[2][5])
{
	unsigned group, level, whole = 0;

	for (level = trip->guest_to; level <= trip->guest_from; level++)
		n[0][level]++;
	if (!trip->nested_from)
		return;
	for (group = 0; group < 5; group++) {
		level = trip->nested_to[group];
		whole += level == 1;
		for (; level > 1 && level <= trip->nested_from; level++)
			n[1][level]++;
	}
	for (level = 1; level <= trip->nested_from; level++)
		n[1][level] += whole;
}

bool
mmu_walk(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault, struct walk_refs *refs)
{
	struct walk_trip trip;
	bool ok = walk_trip(pg, nested, pm, req, res, fault, &trip, NULL);

	walk_count(&trip, refs->n);
	return ok;
}

/* Changes nothing; log is filled from the start. */
static bool
walk_look(const struct paging *pg, const struct paging *nested, struct physmem *pm,
    const struct walk_req *req, struct walk_res *res, struct walk_fault *fault,
    struct walk_log *log)
{
	struct walk_trip trip;
	struct walk w;

	w.update = false;
	w.fault = fault;
	w.trip = &trip;
	w.memo = NULL;
	w.log = log;
	log->n = 0;
	return walk_start(&w, pg, nested, pm, req, res);
}

bool
mmu_walk_peek(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault)
{
	struct walk_log log;

	return walk_look(pg, nested, pm, req, res, fault, &log);
}

unsigned
mmu_walk_explain(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, gva_t va, struct walk_step *step, unsigned max,
    struct walk_res *res, struct walk_fault *fault, bool *ok)
{
	const struct walk_req req = { va, ACC_R | ACC_AC };
	struct walk_log log;
	unsigned i;

	*ok = walk_look(pg, nested, pm, &req, res, fault, &log);
	for (i = 0; i < log.n && i < max; i++)
		step[i] = log.step[i];
	return i;
}
