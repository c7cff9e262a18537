/*
 * mmu/mmu.c - one vCPU's memory management unit: look-up, charge, invalidate
 */
#include "mmu/mmu.h"

#include <errno.h>
#include <stdlib.h>

#include "mmu/mmu_priv.h"
#include "mmu/nested_memo.h"
#include "mmu/physmem_priv.h"

/* A model entry went away: so do the fast entries made from it. */
static void
mmu_entry_dropped(void *arg, unsigned index)
{
	struct mmu *m = arg;
	uint64_t low = TLB_LOW(tlb_size_of(m->model, index));

	if (!((m->model->tag[index] ^ m->fetch_page) & ~low))
		m->code_lost = true;
	ftlb_drop_owner(m->fast, index);
}

int
mmu_init(struct mmu *m, struct physmem *pm, unsigned fast_entries)
{
	if (fast_entries && (fast_entries < FTLB_MIN || fast_entries > FTLB_MAX ||
	    (fast_entries & (fast_entries - 1))))
		return -EINVAL;
	*m = (struct mmu){ .pm = pm, .fetch_page = FETCH_NONE };
	m->model = malloc(sizeof(*m->model));
	m->fast = ftlb_new(fast_entries);
	if (!m->model || !m->fast || physmem_attach(pm, m) < 0) {
		mmu_fini(m);
		return -ENOMEM;
	}
	tlb_model_init(m->model);
	m->model->dropped = mmu_entry_dropped;
	m->model->dropped_arg = m;
	m->mask = LOW_BITS(m->fast->shift) << 4;
	mmu_update(m);
	return 0;
}

void
mmu_fini(struct mmu *m)
{
	if (m->pm)
		physmem_detach(m->pm, m);
	free(m->model);
	ftlb_free(m->fast);
	nested_memo_free(m->memo);
	m->memo = NULL;
	m->model = NULL;
	m->fast = NULL;
	m->pm = NULL;
}

void
mmu_reset(struct mmu *m)
{
	tlb_model_reset(m->model);
	ftlb_drop_all(m->fast);
	m->pg.cr0 = m->pg.cr3 = m->pg.cr4 = m->pg.efer = 0;
	m->nested = false;
	m->asid = 0;
	m->user = m->ac = false;
	m->fetch_page = FETCH_NONE;
	mmu_update(m);
}

/* Everything fast entries depend on besides model entry and bank. */
static uint64_t
mmu_rules(const struct mmu *m)
{
	return (m->pg.cr0 & CR0_PG) | (m->pg.cr4 & (CR4_SMEP | CR4_SMAP)) |
	    m->nested;
}

void
mmu_update(struct mmu *m)
{
	struct ftlb *f = m->fast;
	unsigned guest = mmu_in_guest(m), bank = mmu_bank(m, mmu_data_acc(m));
	uint64_t rules = mmu_rules(m);
	uint16_t pcid = mmu_space(m).pcid;

	if (f->rules[guest] != rules || (guest && f->guest_asid != m->asid)) {
		ftlb_drop_list(f, FTLB_LIST(guest, 0));
		ftlb_drop_list(f, FTLB_LIST(guest, 1));
		f->rules[guest] = rules;
		if (guest)
			f->guest_asid = m->asid;
	}
	if (f->pcid[guest] != pcid) {
		ftlb_drop_list(f, FTLB_LIST(guest, 0));
		f->pcid[guest] = pcid;
	}
	ftlb_need_bank(f, bank);
	m->rd = f->table[bank][FTLB_R];
	m->wr = f->table[bank][FTLB_W];
	m->ex = f->table[bank][FTLB_X];
}

/* Look-up. */

static unsigned
mmu_kind(unsigned acc)
{
	return acc & ACC_X ? FTLB_X : acc & ACC_W ? FTLB_W : FTLB_R;
}

/*
 * The live entry does not allow the access, or its dirty bit has to be set
 * first: only a new walk can tell.
 */
static bool
mmu_entry_denies(const struct mmu *m, unsigned index, unsigned acc)
{
	unsigned fl = m->model->entry[index].flags;
	const unsigned ready = TLB_E_DIRTY | TLB_E_NWRITE;

	if ((acc & ACC_W) && (fl & ready) != ready)
		return true;
	if (!paging_on(&m->pg))
		return (acc & ACC_X) && !(fl & TLB_E_EXEC);
	return paging_denies(&m->pg, fl & TLB_E_USER, fl & TLB_E_WRITE,
	    fl & TLB_E_EXEC, acc);
}

static void
mmu_account(struct mmu *m, const struct walk_trip *trip)
{
	unsigned charged = pwc_charge(m->model, mmu_space(m), trip);

	walk_count(trip, m->stats.refs);
	m->stats.walks++;
	m->stats.refs_charged += charged;
	m->charge += m->costs.miss + (uint64_t)charged * m->costs.ref;
}

static void
mmu_trace_walk(struct mmu *m, const struct walk_req *req,
    const struct walk_res *res, const struct walk_fault *f,
    const struct walk_trip *trip)
{
	struct walk_refs refs = { 0 };

	walk_count(trip, refs.n);
	m->on_walk(m->on_walk_arg, req, res, f, &refs);
}

/* What the walk was for will be read soon: charging and filling take as long as that. */
static void
mmu_prefetch(struct mmu *m, hpa_t hpa)
{
	hpa_t at = hpa & m->pm->a20_mask;
	const struct pm_seg *s = pm_seg_at(m->pm, at);

	if (likely(s->rd))
		__builtin_prefetch(s->rd + (at - s->first));
}

/* Walks, charges and fills; over is the entry that denied the access, if any.
 * The new entry's index, or TLB_NONE with *f. */
static unsigned
mmu_miss(struct mmu *m, gva_t va, unsigned acc, unsigned over,
    struct walk_fault *f)
{
	const struct walk_req req = { va, acc };
	struct walk_res res;
	struct walk_trip trip;
	bool ok;

	if (over == TLB_NONE)
		m->stats.tlb_miss[mmu_kind(acc)]++;
	if (m->nested && unlikely(!m->memo) && m->fast->on)
		m->memo = nested_memo_new();
	ok = walk_trip(&m->pg, m->nested ? &m->npg : NULL, m->pm, &req, &res, f, &trip,
	    m->memo);
	if (ok)
		mmu_prefetch(m, res.hpa);
	mmu_account(m, &trip);
	if (m->on_walk)
		mmu_trace_walk(m, &req, ok ? &res : NULL, ok ? NULL : f, &trip);
	if (ok)
		return tlb_model_fill(m->model, mmu_space(m), va, &res, over);
	m->stats.faults++;
	if (over != TLB_NONE)
		tlb_model_drop(m->model, over);
	return TLB_NONE;
}

static void
mmu_enter_fast(struct mmu *m, gva_t va, unsigned acc, unsigned owner,
    uint8_t *host, uint32_t id)
{
	bool global = owner < TLB_ENTRIES &&
	    (m->model->entry[owner].flags & TLB_E_GLOBAL);
	struct ftlb_fill fill = {
		.bank = mmu_bank(m, acc), .kind = mmu_kind(acc), .owner = owner,
		.list = FTLB_LIST(mmu_in_guest(m), global),
		.page = va & PAGE_MASK, .host = host, .id = id,
	};

	ftlb_need_bank(m->fast, fill.bank);
	if (m->fast->on)
		ftlb_fill(m->fast, &fill);
}

/*
 * A write entry lets the engine store without telling anybody, so the page is
 * marked dirty now and must hold no code.
 */
static void
mmu_enter_write(struct mmu *m, gva_t va, unsigned acc, unsigned owner,
    uint8_t *host, uint32_t id)
{
	struct page_meta *meta = &m->pm->meta[id];

	if (meta->code)
		return;
	pm_mark(m->pm, id);
	pm_table_stored(m->pm, id);
	meta->flags |= PAGE_WFAST;
	mmu_enter_fast(m, va, acc, owner, host, id);
}

/* As physmem_lookup() for one page that is memory: its host page and id. */
static uint8_t *
mmu_host_page(struct mmu *m, hpa_t hpa, bool write, uint32_t *id)
{
	hpa_t page = hpa & m->pm->a20_mask & PAGE_MASK;
	const struct pm_seg *s = pm_seg_at(m->pm, page);
	uint64_t off = page - s->first;

	/* Stores may go with loads of the same address: a page that is read
	 * from one place and written to another is left to phys_*(). */
	if (!s->rd || s->last - page < PAGE_SIZE - 1 || (write && s->wr != s->rd))
		return NULL;
	*id = (uint32_t)((uint64_t)(s->rd + off - m->pm->host) / PAGE_SIZE);
	return s->rd + off;
}

static bool
mmu_is_watched(const struct mmu *m, gva_t va)
{
	unsigned i;

	for (i = 0; i < m->nwatched; i++)
		if ((va & PAGE_MASK) - m->watched[i].first <=
		    m->watched[i].last - m->watched[i].first)
			return true;
	return false;
}

static void
mmu_resolve(struct mmu *m, gva_t va, unsigned acc, hpa_t hpa, unsigned owner,
    struct mmu_ref *ref)
{
	uint8_t *page = mmu_host_page(m, hpa, acc & ACC_W, &ref->id);

	ref->hpa = hpa;
	if (unlikely(!page)) {
		ref->host = NULL;
		ref->id = RAM_PAGE_NONE;
		return;
	}
	ref->host = page + hpa % PAGE_SIZE;
	if (!m->fast->on || (!(acc & ACC_X) && mmu_is_watched(m, va)))
		return;
	if (acc & ACC_W)
		mmu_enter_write(m, va, acc, owner, page, ref->id);
	else
		mmu_enter_fast(m, va, acc, owner, page, ref->id);
}

/* By model entry i. */
static ALWAYS_INLINE void
mmu_resolve_entry(struct mmu *m, gva_t va, unsigned acc, unsigned i, struct mmu_ref *ref)
{
	mmu_resolve(m, va, acc, m->model->entry[i].hpa |
	    (va & TLB_LOW(tlb_size_of(m->model, i))), i, ref);
}

bool
mmu_lookup(struct mmu *m, gva_t va, unsigned acc, struct mmu_ref *ref,
    struct walk_fault *f)
{
	unsigned i;

	if (!paging_on(&m->pg) && !m->nested) {
		mmu_resolve(m, va, acc, va, FTLB_NO_MODEL(mmu_in_guest(m)), ref);
		return true;
	}
	m->stats.lookups_model++;
	i = tlb_model_find(m->model, mmu_space(m), va);
	if (i == TLB_NONE || mmu_entry_denies(m, i, acc)) {
		i = mmu_miss(m, va, acc, i, f);
		if (i == TLB_NONE)
			return false;
	}
	mmu_resolve_entry(m, va, acc, i, ref);
	return true;
}

/*
 * Enters va's page into the fast TLB again if a live model entry allows the access.
 * Code that stays in its page is not looked up although its fast entry may go: a
 * store that sets D replaces the entry of a large page that code and data share.
 */
static uint8_t *
mmu_refill(struct mmu *m, gva_t va, unsigned acc)
{
	struct mmu_ref ref;
	unsigned i;

	if (!paging_on(&m->pg) && !m->nested) {
		mmu_resolve(m, va, acc, va, FTLB_NO_MODEL(mmu_in_guest(m)), &ref);
		return ref.host;
	}
	i = tlb_model_find(m->model, mmu_space(m), va);
	if (i == TLB_NONE || mmu_entry_denies(m, i, acc))
		return NULL;
	mmu_resolve_entry(m, va, acc, i, &ref);
	return ref.host;
}

uint8_t *
mmu_code_free(struct mmu *m, gva_t va)
{
	unsigned acc = ACC_X | mmu_data_acc(m);
	uint8_t *host = mmu_code_fast(m, va);
	struct phys_page pp;
	hpa_t hpa;

	if (!host)
		host = mmu_refill(m, va, acc);
	if (host || !mmu_peek(m, va, acc, &hpa))
		return host;
	physmem_lookup(m->pm, hpa, &pp);
	return pp.rd ? pp.rd + va % PAGE_SIZE : NULL;
}

/* Architectural invalidations. */

static void
mmu_flush(struct mmu *m, const struct tlb_scope *scope)
{
	m->stats.flushes++;
	m->fetch_page = FETCH_NONE;
	tlb_model_flush(m->model, scope);
}

void
mmu_flush_all(struct mmu *m)
{
	mmu_flush_asid(m, m->asid);
}

void
mmu_flush_asids(struct mmu *m)
{
	const struct tlb_scope scope = {
		.any_asid = true, .any_pcid = true, .globals = true,
	};

	mmu_flush(m, &scope);
}

void
mmu_flush_nonglobal(struct mmu *m)
{
	const struct tlb_scope scope = { .any_pcid = true, .space = { m->asid, 0 } };

	mmu_flush(m, &scope);
}

void
mmu_flush_pcid(struct mmu *m, unsigned pcid)
{
	const struct tlb_scope scope = { .space = { m->asid, (uint16_t)pcid } };

	mmu_flush(m, &scope);
}

void
mmu_flush_asid(struct mmu *m, uint32_t asid)
{
	const struct tlb_scope scope = {
		.any_pcid = true, .globals = true, .space = { asid, 0 },
	};

	mmu_flush(m, &scope);
}

static void
mmu_flush_page(struct mmu *m, struct tlb_space sp, gva_t va, bool globals)
{
	m->stats.invlpg++;
	m->fetch_page = FETCH_NONE;
	tlb_model_flush_page(m->model, sp, va, globals);
}

void
mmu_invlpg(struct mmu *m, gva_t va)
{
	mmu_flush_page(m, mmu_space(m), va, true);
}

void
mmu_invlpga(struct mmu *m, gva_t va, uint32_t asid)
{
	const struct tlb_space sp = { asid, TLB_ANY_PCID };

	mmu_flush_page(m, sp, va, true);
}

void
mmu_invpcid_addr(struct mmu *m, unsigned pcid, gva_t va)
{
	const struct tlb_space sp = { m->asid, (uint16_t)pcid };

	mmu_flush_page(m, sp, va, false);
}

/* Host-side invalidations. */

void
mmu_fast_flush(struct mmu *m)
{
	ftlb_drop_all(m->fast);
}

void
mmu_watch(struct mmu *m, const struct mmu_pages *pages, unsigned n)
{
	if (n || m->nwatched)
		ftlb_drop_all(m->fast);
	m->watched = pages;
	m->nwatched = n;
}

void
mmu_fast_drop_writes(struct mmu *m, uint32_t id)
{
	if (id == RAM_PAGE_NONE)
		ftlb_drop_writes(m->fast);
	else
		ftlb_drop_page(m->fast, id);
}

void
mmu_map_changed(struct mmu *m)
{
	ftlb_drop_all(m->fast);
	physmem_tables_changed(m->pm);
	m->fetch_page = FETCH_NONE;
}
