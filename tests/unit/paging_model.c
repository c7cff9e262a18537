#include "tests/unit/paging_model.h"

#include <string.h>

#include "mmu/walk_priv.h"

enum kind {
	PML4E, PDPE, PDPE_1G, PDE, PDE_2M, PTE,
	PAE_PDPE, PAE_PDE, PAE_PDE_2M, PAE_PTE,
	OLD_PDE, OLD_PDE_4M, OLD_PTE, NONE
};

/*
 * Bits from the highest to the lowest.  P W U A D G: themselves; N: no-execute;
 * S: page size; b: address; h: address bits 39:32; 0: must be zero.
 */
static const struct format {
	const char	*bits;
	unsigned	shift;		/* of the table's index */
	unsigned	index_bits, bytes, level;
	enum kind	next, large;	/* by the page-size bit */
} formats[] = {
#define B40 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define B31 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define B22 "bbbbbbbbbbbbbbbbbbbbbb"
	[PML4E]      = { "N..........." B40 "...00.A..UWP", 39, 9, 8, 4, PDPE, NONE },
	[PDPE]       = { "N..........." B40 "...0S.A..UWP", 30, 9, 8, 3, PDE, PDPE_1G },
	[PDPE_1G]    = { "N..........." B22 "00000000000000000....GSDA..UWP",
			 30, 9, 8, 3, NONE, NONE },
	[PDE]        = { "N..........." B40 "....S.A..UWP", 21, 9, 8, 2, PTE, PDE_2M },
	[PDE_2M]     = { "N..........." B31 "00000000....GSDA..UWP",
			 21, 9, 8, 2, NONE, NONE },
	[PTE]        = { "N..........." B40 "...G.DA..UWP", 12, 9, 8, 1, NONE, NONE },
	[PAE_PDPE]   = { "000000000000" B40 "...0000..00P", 30, 2, 8, 3, PAE_PDE, NONE },
	[PAE_PDE]    = { "N00000000000" B40 "....S.A..UWP", 21, 9, 8, 2, PAE_PTE, PAE_PDE_2M },
	[PAE_PDE_2M] = { "N00000000000" B31 "00000000....GSDA..UWP",
			 21, 9, 8, 2, NONE, NONE },
	[PAE_PTE]    = { "N00000000000" B40 "...G.DA..UWP", 12, 9, 8, 1, NONE, NONE },
	[OLD_PDE]    = { "bbbbbbbbbbbbbbbbbbbb....S.A..UWP", 22, 10, 4, 2, OLD_PTE, OLD_PDE_4M },
	[OLD_PDE_4M] = { "bbbbbbbbbb0hhhhhhhh....GSDA..UWP", 22, 10, 4, 2, NONE, NONE },
	[OLD_PTE]    = { "bbbbbbbbbbbbbbbbbbbb...G.DA..UWP", 12, 10, 4, 1, NONE, NONE },
};

void
pmodel_init(struct pmodel *m, uint8_t *mem, uint64_t size)
{
	unsigned k, i, n;

	memset(m, 0, sizeof(*m));
	m->mem = mem;
	m->size = size;
	for (k = 0; k < NONE; k++) {
		n = (unsigned)strlen(formats[k].bits);
		for (i = 0; i < n; i++)
			m->mask[k][(int)formats[k].bits[n - 1 - i]] |=
			    (uint64_t)1 << i;
	}
}

/* The bits of e that entries of kind k mark with a letter. */
static uint64_t
bits_of(const struct pmodel *m, enum kind k, uint64_t e, char letter)
{
	return e & m->mask[k][(int)letter];
}

static bool
nx_enabled(const struct paging *pg)
{
	return pg->nx && (pg->efer >> 11 & 1) && (pg->cr4 >> 5 & 1);
}

static bool
is_long(const struct paging *pg)
{
	return pg->efer >> 10 & 1;
}

static bool
is_pae(const struct paging *pg)
{
	return pg->cr4 >> 5 & 1;
}

static enum kind
first_kind(const struct paging *pg, uint64_t *root)
{
	if (is_long(pg)) {
		*root = pg->cr3 & 0x000ffffffffff000;
		return PML4E;
	}
	*root = pg->cr3 & (is_pae(pg) ? 0xffffffe0 : 0xfffff000);
	return is_pae(pg) ? PAE_PDPE : OLD_PDE;
}

static uint64_t
mem_read(const struct pmodel *m, uint64_t at, unsigned bytes)
{
	uint64_t v = ~(uint64_t)0;

	if (at + bytes <= m->size)
		memcpy(&v, m->mem + at, bytes);
	return bytes == 4 ? (uint32_t)v : v;
}

static void
mem_or(struct pmodel *m, uint64_t at, unsigned bit)
{
	if (at < m->size)
		m->mem[at] |= (uint8_t)(1u << bit);
}

static uint64_t
address_in(const struct pmodel *m, enum kind k, uint64_t e)
{
	return bits_of(m, k, e, 'b') | bits_of(m, k, e, 'h') >> 13 << 32;
}

static bool
must_be_zero_violated(const struct pmodel *m, const struct paging *pg,
    enum kind k, uint64_t e)
{
	if (bits_of(m, k, e, '0') || address_in(m, k, e) >> pg->phys_bits)
		return true;
	if (bits_of(m, k, e, 'N') && !nx_enabled(pg))
		return true;
	return k == PDPE && bits_of(m, k, e, 'S') && !pg->gb_pages;
}

static bool
page_size_counts(const struct paging *pg, const struct format *f)
{
	switch (f->large) {
	case NONE:
		return false;
	case OLD_PDE_4M:
		return pg->cr4 >> 4 & 1;
	case PDPE_1G:
		return pg->gb_pages;
	default:
		return true;
	}
}

struct rights { bool u, w, x; };

/* AMD APM vol 2 §5.6 "Page-Protection Checks", as a list of prohibitions. */
static bool
prohibited(const struct paging *pg, struct rights r, unsigned acc)
{
	bool user = (acc & ACC_USER) && !(acc & ACC_IMPLICIT);
	bool w = acc & ACC_W, x = acc & ACC_X;
	bool wp = pg->cr0 >> 16 & 1, smep = pg->cr4 >> 20 & 1;
	bool smap = pg->cr4 >> 21 & 1;
	bool ac = (acc & ACC_AC) && !(acc & ACC_IMPLICIT);
	const bool prohibitions[] = {
		user && !r.u,
		user && w && !r.w,
		!user && w && !r.w && wp,
		x && !r.x,
		!user && x && r.u && smep,
		!user && !x && r.u && smap && !ac,
	};
	unsigned i;

	for (i = 0; i < sizeof(prohibitions) / sizeof(prohibitions[0]); i++) {
		if (prohibitions[i])
			return true;
	}
	return false;
}

struct view {				/* one dimension's walk */
	struct pmodel		*m;
	const struct paging	*pg;
	bool			outer;	/* the nested dimension */
	bool			for_table;
	struct pmodel_out	*out;
};

static bool
fault(struct view *v, uint64_t va, unsigned acc, bool present, bool reserved)
{
	struct walk_fault *f = &v->out->fault;
	bool i = v->outer || nx_enabled(v->pg) || (v->pg->cr4 >> 20 & 1);

	f->stage = !v->outer ? PF_GUEST : v->for_table ? PF_NPT_TABLE : PF_NPT_FINAL;
	f->addr = va;
	f->error_code = (present ? 1u : 0) | (acc & ACC_W ? 2u : 0) |
	    ((acc & ACC_USER) && !(acc & ACC_IMPLICIT) ? 4u : 0) |
	    (reserved ? 8u : 0) | ((acc & ACC_X) && i ? 16u : 0);
	return false;
}

struct place { uint64_t addr; unsigned shift; struct rights r; bool dirty, global; };

static bool	descend(struct view *v, uint64_t va, unsigned acc, struct place *p);

/* System-physical address of a table entry this dimension refers to. */
static bool
locate(struct view *v, uint64_t at, uint64_t *hpa)
{
	struct view n = { v->m, v->m->nested, true, true, v->out };
	struct place p;

	*hpa = at;
	if (v->outer || !v->m->nested)
		return true;
	if (!descend(&n, at, ACC_W | ACC_USER, &p))
		return false;
	*hpa = p.addr;
	return true;
}

static bool
use_leaf(struct view *v, enum kind k, uint64_t va, unsigned acc, uint64_t hpa,
    uint64_t e, struct place *p)
{
	uint64_t in_page = ((uint64_t)1 << formats[k].shift) - 1;

	if (prohibited(v->pg, p->r, acc))
		return fault(v, va, acc, true, false);
	mem_or(v->m, hpa, 5);
	if (acc & ACC_W)
		mem_or(v->m, hpa, 6);
	p->dirty = (acc & ACC_W) || bits_of(v->m, k, e, 'D');
	p->global = bits_of(v->m, k, e, 'G') && (v->pg->cr4 >> 7 & 1);
	p->shift = formats[k].shift;
	p->addr = address_in(v->m, k, e) | (va & in_page);
	return true;
}

static bool
descend(struct view *v, uint64_t va, unsigned acc, struct place *p)
{
	uint64_t table, hpa, e;
	enum kind k = first_kind(v->pg, &table);
	const struct format *f;

	p->r = (struct rights){ true, true, true };
	if (v->outer && (is_long(v->pg) ? va >> 48 : va >> 32))
		return fault(v, va, acc, false, false);
	for (;; table = address_in(v->m, k, e), k = f->next) {
		f = &formats[k];
		if (!locate(v, table + f->bytes * (va >> f->shift &
		    (((uint64_t)1 << f->index_bits) - 1)), &hpa))
			return false;
		v->out->refs.n[v->outer][f->level]++;
		e = mem_read(v->m, hpa, f->bytes);
		if (!bits_of(v->m, k, e, 'P'))
			return fault(v, va, acc, false, false);
		if (bits_of(v->m, k, e, 'S') && page_size_counts(v->pg, f))
			k = f->large;
		f = &formats[k];
		if (must_be_zero_violated(v->m, v->pg, k, e))
			return fault(v, va, acc, true, true);
		if (k != PAE_PDPE) {
			p->r.u = p->r.u && bits_of(v->m, k, e, 'U');
			p->r.w = p->r.w && bits_of(v->m, k, e, 'W');
			p->r.x = p->r.x && !bits_of(v->m, k, e, 'N');
			if (f->next != NONE)
				mem_or(v->m, hpa, 5);
		}
		if (f->next == NONE)
			return use_leaf(v, k, va, acc, hpa, e, p);
	}
}

void
pmodel_access(struct pmodel *m, uint64_t va, unsigned acc, struct pmodel_out *out)
{
	struct view guest = { m, &m->pg, false, false, out };
	struct view host = { m, m->nested, true, false, out };
	struct place g = { va, 30, { true, true, true }, true, false }, n;

	memset(out, 0, sizeof(*out));
	if ((m->pg.cr0 >> 31 & 1) && !descend(&guest,
	    is_long(&m->pg) ? va : (uint32_t)va, acc, &g))
		return;
	if (!(m->pg.cr0 >> 31 & 1) && !m->nested)
		g.shift = 12;
	n = g;
	n.r = (struct rights){ true, true, true };
	n.dirty = true;
	if (m->nested && !descend(&host, g.addr,
	    (acc & (ACC_W | ACC_X)) | ACC_USER, &n))
		return;
	out->ok = true;
	out->hpa = n.addr;
	out->page_shift = g.shift < n.shift ? g.shift : n.shift;
	out->user = g.r.u;
	out->write = g.r.w;
	out->nwrite = n.r.w;
	out->exec = g.r.x && n.r.x;
	out->dirty = g.dirty && n.dirty;
	out->global = g.global;
}

bool
pmodel_prohibits(const struct paging *pg, bool user, bool write, bool exec,
    unsigned acc)
{
	return prohibited(pg, (struct rights){ user, write, exec }, acc);
}
