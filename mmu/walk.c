/*
 * mmu/walk.c - page-table walks
 *
 * walk_tables() is the loop over levels, for every table format and for both
 * dimensions.  In the guest's dimension under nested paging each table entry
 * has a guest-physical address, which walk_tables() itself translates first.
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

/* AMD APM vol 2 §5.2 "Legacy-Mode Page Translation" and §5.3 "Long-Mode Page
 * Translation". */
struct walk_mode {
	uint8_t		levels;
	uint8_t		bits;		/* of the address per level */
	uint8_t		entry;		/* bytes */
	bool		wide;		/* long mode */
};

struct walk {
	const struct paging	*pg, *nested;
	struct physmem		*pm;
	const struct walk_req	*req;
	struct walk_fault	*fault;
	struct walk_log		*log;
	uint8_t			guest_level;	/* served by the nested walk */
	bool			update;		/* set accessed and dirty bits */
};

/* Where one dimension leads. */
struct walk_leaf {
	uint64_t	to;
	uint8_t		shift;
	bool		user, write, exec, dirty, global;
	uint8_t		memtype;
};

static struct walk_mode
walk_mode(const struct paging *pg)
{
	if (pg->efer & EFER_LMA)
		return (struct walk_mode){ 4, 9, 8, true };
	if (pg->cr4 & CR4_PAE)
		return (struct walk_mode){ 3, 9, 8, false };
	return (struct walk_mode){ 2, 10, 4, false };
}

static uint64_t
walk_root(const struct paging *pg, const struct walk_mode *mode)
{
	if (mode->wide)
		return pg->cr3 & PTE_ADDR;
	if (mode->levels == 3)
		return pg->cr3 & 0xffffffe0;
	return pg->cr3 & 0xfffff000;
}

static bool
walk_nx(const struct paging *pg)
{
	return pg->nx && (pg->efer & EFER_NXE) && (pg->cr4 & CR4_PAE);
}

static unsigned
walk_shift(const struct walk_mode *mode, unsigned level)
{
	return PAGE_SHIFT + mode->bits * (level - 1);
}

static bool
walk_is_leaf(const struct paging *pg, const struct walk_mode *mode,
    unsigned level, uint64_t entry)
{
	if (level == 1)
		return true;
	if (!(entry & PTE_PS))
		return false;
	if (level == 2)
		return mode->entry == 8 || (pg->cr4 & CR4_PSE);
	return level == 3 && mode->wide && pg->gb_pages;
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
walk_reserved(const struct paging *pg, const struct walk_mode *mode,
    unsigned level, bool leaf)
{
	uint64_t r;

	if (mode->entry == 4)
		return leaf && level == 2 ? walk_reserved_4m(pg) : 0;
	r = PTE_ADDR & ~LOW_BITS(pg->phys_bits);
	if (!walk_nx(pg))
		r |= PTE_NX;
	if (leaf && level > 1)
		r |= LOW_BITS(walk_shift(mode, level)) & ~LOW_BITS(13);
	if (!mode->wide)
		r |= LOW_BITS(63) & ~LOW_BITS(52);
	if (leaf || level < 3)
		return r;
	if (!mode->wide)
		return r | PTE_NX | PDPTE_MBZ;
	return r | PTE_G | PTE_PS;
}

static uint64_t
walk_address(const struct walk_mode *mode, unsigned level, bool leaf,
    uint64_t entry)
{
	uint64_t low;

	if (!leaf || level == 1)
		return entry & PTE_ADDR;
	low = LOW_BITS(walk_shift(mode, level));
	if (mode->entry == 4)
		return (entry & 0xffc00000) | bits_get(entry, 13, 8) << 32;
	return entry & PTE_ADDR & ~low;
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
	const struct paging *pg = w->pg;
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

static void
walk_note(struct walk *w, unsigned dim, unsigned level, uint64_t addr, hpa_t at,
    uint64_t entry)
{
	w->log->ref[w->log->n++] = (struct walk_made){
		.dim = (uint8_t)dim, .level = (uint8_t)level,
		.guest_level = dim ? w->guest_level : (uint8_t)level,
		.last = true, .addr = addr, .entry_hpa = at, .entry = entry,
	};
}

/* Accessed and dirty bits are in the entry's first byte. */
static void
walk_set(struct walk *w, hpa_t at, uint64_t entry, uint64_t set)
{
	if (w->update && (entry & set) != set)
		phys_st8(w->pm, at, (uint8_t)(entry | set));
}

static bool	walk_tables(struct walk *w, unsigned dim, uint64_t addr,
		    unsigned acc, struct walk_leaf *leaf);

/* Reads the entry at addr's index of a table; *at becomes its bus address. */
static bool
walk_read(struct walk *w, unsigned dim, const struct walk_mode *mode,
    unsigned level, uint64_t table, uint64_t addr, hpa_t *at, uint64_t *entry)
{
	uint64_t index = addr >> walk_shift(mode, level) & LOW_BITS(mode->bits);
	struct walk_leaf leaf;

	*at = table + index * mode->entry;
	if (!dim && w->nested) {
		w->guest_level = (uint8_t)level;
		if (!walk_tables(w, 1, *at, ACC_W | ACC_USER, &leaf))
			return false;
		*at = leaf.to;
	}
	*entry = pm_ld_entry(w->pm, *at, mode->entry);
	walk_note(w, dim, level, addr, *at, *entry);
	return true;
}

static void
walk_rights(struct walk_leaf *leaf, const struct walk_mode *mode,
    unsigned level, uint64_t entry)
{
	if (mode->levels == 3 && level == 3)
		return;
	leaf->write &= (entry & PTE_W) != 0;
	leaf->user &= (entry & PTE_U) != 0;
	if (mode->entry == 8)
		leaf->exec &= !(entry & PTE_NX);
}

static void
walk_describe(const struct paging *pg, struct walk_leaf *leaf, unsigned level,
    uint64_t entry)
{
	unsigned pat = level == 1 ? 7 : 12;

	leaf->global = (entry & PTE_G) && (pg->cr4 & CR4_PGE);
	leaf->memtype = (uint8_t)(bits_get(entry, 3, 2) | bits_get(entry, pat, 1) << 2);
}

/* Checks the leaf entry and uses it. */
static bool
walk_finish(struct walk *w, unsigned dim, uint64_t addr, unsigned acc, hpa_t at,
    uint64_t entry, struct walk_leaf *leaf)
{
	const struct paging *pg = dim ? w->nested : w->pg;
	uint64_t set = acc & ACC_W ? PTE_A | PTE_D : PTE_A;

	if (paging_denies(pg, leaf->user, leaf->write, leaf->exec, acc))
		return walk_fails(w, dim, addr, acc, PF_P);
	walk_set(w, at, entry, set);
	leaf->dirty = (w->update ? entry | set : entry) & PTE_D;
	leaf->to |= addr & LOW_BITS(leaf->shift);
	return true;
}

static bool
walk_tables(struct walk *w, unsigned dim, uint64_t addr, unsigned acc,
    struct walk_leaf *leaf)
{
	const struct paging *pg = dim ? w->nested : w->pg;
	const struct walk_mode mode = walk_mode(pg);
	unsigned level = mode.levels;
	uint64_t table = walk_root(pg, &mode), entry;
	bool last;
	hpa_t at;

	*leaf = (struct walk_leaf){ .user = true, .write = true, .exec = true };
	/* Nested tables cannot name a guest-physical address this high. */
	if (dim && addr >> (mode.wide ? 48 : 32))
		return walk_fails(w, dim, addr, acc, 0);
	for (;; level--) {
		if (!walk_read(w, dim, &mode, level, table, addr, &at, &entry))
			return false;
		if (!(entry & PTE_P))
			return walk_fails(w, dim, addr, acc, 0);
		last = walk_is_leaf(pg, &mode, level, entry);
		if (entry & walk_reserved(pg, &mode, level, last))
			return walk_fails(w, dim, addr, acc, PF_P | PF_RSV);
		walk_rights(leaf, &mode, level, entry);
		table = walk_address(&mode, level, last, entry);
		if (last)
			break;
		w->log->ref[w->log->n - 1].last = false;
		if (level < 3 || mode.wide)
			walk_set(w, at, entry, PTE_A);
	}
	leaf->to = table;
	leaf->shift = (uint8_t)walk_shift(&mode, level);
	walk_describe(pg, leaf, level, entry);
	return walk_finish(w, dim, addr, acc, at, entry, leaf);
}

/* The guest's dimension: without paging every address is its own. */
static bool
walk_guest(struct walk *w, struct walk_leaf *leaf)
{
	uint64_t va = w->req->va;

	if (!paging_on(w->pg)) {
		*leaf = (struct walk_leaf){
			.to = va, .shift = w->nested ? 30 : PAGE_SHIFT,
			.user = true, .write = true, .exec = true, .dirty = true,
		};
		return true;
	}
	if (!(w->pg->efer & EFER_LMA))
		va = (uint32_t)va;
	return walk_tables(w, 0, va, w->req->acc, leaf);
}

static bool
walk_run(struct walk *w, struct walk_res *res)
{
	struct walk_leaf g, n = { .write = true, .exec = true, .dirty = true };

	if (!walk_guest(w, &g))
		return false;
	n.to = g.to;
	n.shift = g.shift;
	w->guest_level = 0;
	if (w->nested && !walk_tables(w, 1, g.to,
	    (w->req->acc & (ACC_W | ACC_X)) | ACC_USER, &n))
		return false;
	*res = (struct walk_res){
		.hpa = n.to,
		.page_shift = n.shift < g.shift ? n.shift : g.shift,
		.guest_shift = g.shift,
		.user = g.user, .write = g.write, .exec = g.exec && n.exec,
		.nwrite = n.write, .dirty = g.dirty && n.dirty,
		.global = g.global, .memtype = g.memtype,
	};
	return true;
}

bool
walk_logged(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault, struct walk_log *log)
{
	struct walk w = {
		.pg = pg, .nested = nested, .pm = pm, .req = req,
		.fault = fault, .log = log, .update = true,
	};

	log->n = 0;
	return walk_run(&w, res);
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

static bool
walk_look(const struct paging *pg, const struct paging *nested,
    struct physmem *pm, const struct walk_req *req, struct walk_res *res,
    struct walk_fault *fault, struct walk_log *log)
{
	struct walk w = {
		.pg = pg, .nested = nested, .pm = pm, .req = req,
		.fault = fault, .log = log,
	};

	log->n = 0;
	return walk_run(&w, res);
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
		step[i] = (struct walk_step){ log.ref[i].dim, log.ref[i].level,
		    log.ref[i].entry_hpa, log.ref[i].entry };
	return i;
}
