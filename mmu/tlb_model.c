/*
 * mmu/tlb_model.c - look-up, fill and invalidation of the model TLB
 *
 * Live entries are linked into lists by address space, so that a flush visits
 * what it flushes and not the whole array.
 */
#include "mmu/tlb_model.h"

#include <string.h>

void
tlb_model_init(struct tlb_model *t)
{
	memset(t, 0, sizeof(*t));
	tlb_model_reset(t);
}

void
tlb_model_reset(struct tlb_model *t)
{
	static const struct tlb_scope all = {
		.any_asid = true, .any_pcid = true, .globals = true,
	};
	unsigned i;

	if (t->live[TLB_4K] + t->live[TLB_2M] + t->live[TLB_1G])
		tlb_model_flush(t, &all);
	memset(t->tag, 0, sizeof(t->tag));
	memset(t->entry, 0, sizeof(t->entry));
	memset(t->victim, 0, sizeof(t->victim));
	memset(t->pwc, 0, sizeof(t->pwc));
	memset(t->pwc_victim, 0, sizeof(t->pwc_victim));
	t->pwc_used = 0;
	for (i = 0; i < TLB_LISTS; i++)
		t->head[i] = TLB_NONE;
}

/* Sets: by page number at the page's own size. */
static unsigned
tlb_set(gva_t va, enum tlb_size size)
{
	return size == TLB_1G ? TLB_SETS :
	    (unsigned)(va >> TLB_SHIFT(size)) & (TLB_SETS - 1);
}

static unsigned
tlb_ways(unsigned set)
{
	return set == TLB_SETS ? TLB_HUGE : TLB_WAYS;
}

static bool
tlb_in_space(const struct tlb_entry *e, struct tlb_space sp)
{
	return e->asid == sp.asid &&
	    (e->pcid == sp.pcid || (e->flags & TLB_E_GLOBAL));
}

static unsigned
tlb_find_size(const struct tlb_model *t, struct tlb_space sp, gva_t va,
    enum tlb_size size)
{
	unsigned set = tlb_set(va, size), i = set * TLB_WAYS;
	unsigned end = i + tlb_ways(set);
	uint64_t tag = TLB_TAG(va, size);

	for (; i < end; i++) {
		if (t->tag[i] == tag && tlb_in_space(&t->entry[i], sp))
			return i;
	}
	return TLB_NONE;
}

static unsigned
tlb_bucket(uint32_t asid, uint16_t pcid)
{
	return (asid * 7 + pcid) % TLB_BUCKETS;
}

/* Where an entry that is larger than 4 Kbytes is counted. */
static uint16_t *
tlb_large(struct tlb_model *t, const struct tlb_entry *e)
{
	return &t->large[tlb_bucket(e->asid, e->flags & TLB_E_GLOBAL ? 0 : e->pcid)];
}

/* The largest entries that an address space may have. */
static enum tlb_size
tlb_largest(const struct tlb_model *t, struct tlb_space sp)
{
	if (sp.pcid != TLB_ANY_PCID && !t->large[tlb_bucket(sp.asid, sp.pcid)] &&
	    !t->large[tlb_bucket(sp.asid, 0)])
		return TLB_4K;
	return t->live[TLB_1G] ? TLB_1G : TLB_2M;
}

unsigned
tlb_model_find(const struct tlb_model *t, struct tlb_space sp, gva_t va)
{
	unsigned i = tlb_find_size(t, sp, va, TLB_4K), size, largest;

	if (i != TLB_NONE)
		return i;
	largest = tlb_largest(t, sp);
	for (size = TLB_2M; size <= largest && i == TLB_NONE; size++)
		i = tlb_find_size(t, sp, va, (enum tlb_size)size);
	return i;
}

/* Lists of live entries. */

static unsigned
tlb_list_of(const struct tlb_entry *e)
{
	return e->flags & TLB_E_GLOBAL ? TLB_GLOBALS : tlb_bucket(e->asid, e->pcid);
}

/* Smaller than the page the guest has in mind, other than half a 4-Mbyte page,
 * whose other half is easy to find. */
static bool
tlb_is_split(const struct tlb_model *t, unsigned i)
{
	unsigned shift = TLB_SHIFT(tlb_size_of(t, i)), guest = t->entry[i].guest_shift;

	return guest > shift && !(guest == 22 && shift == 21);
}

/* Pages of 2 and 4 MiB that are not in one region are not the same. */
static unsigned
tlb_region(gva_t va)
{
	uint64_t r = va >> 22;

	return (unsigned)((r ^ r >> 9 ^ r >> 17) % TLB_REGIONS);
}

/* Where pieces of entry i's page are counted. */
static uint16_t *
tlb_split(struct tlb_model *t, unsigned i)
{
	return &t->split[t->entry[i].guest_shift > 22 ? TLB_REGIONS : tlb_region(t->tag[i])];
}

static void
tlb_link(struct tlb_model *t, unsigned i)
{
	uint16_t *head = &t->head[tlb_list_of(&t->entry[i])];

	t->prev[i] = TLB_NONE;
	t->next[i] = *head;
	if (*head != TLB_NONE)
		t->prev[*head] = (uint16_t)i;
	*head = (uint16_t)i;
	t->used[tlb_set_of(i)]++;
	t->live[tlb_size_of(t, i)]++;
	*tlb_large(t, &t->entry[i]) += tlb_size_of(t, i) != TLB_4K;
	*tlb_split(t, i) += tlb_is_split(t, i);
}

void
tlb_model_relink(struct tlb_model *t)
{
	unsigned i;

	for (i = 0; i < TLB_ENTRIES; i++) {
		if (t->tag[i])
			tlb_link(t, i);
	}
}

static void
tlb_unlink(struct tlb_model *t, unsigned i)
{
	if (t->prev[i] != TLB_NONE)
		t->next[t->prev[i]] = t->next[i];
	else
		t->head[tlb_list_of(&t->entry[i])] = t->next[i];
	if (t->next[i] != TLB_NONE)
		t->prev[t->next[i]] = t->prev[i];
	t->used[tlb_set_of(i)]--;
	t->live[tlb_size_of(t, i)]--;
	*tlb_large(t, &t->entry[i]) -= tlb_size_of(t, i) != TLB_4K;
	*tlb_split(t, i) -= tlb_is_split(t, i);
}

void
tlb_model_drop(struct tlb_model *t, unsigned i)
{
	if (t->dropped)
		t->dropped(t->dropped_arg, i);
	tlb_unlink(t, i);
	t->tag[i] = 0;
	memset(&t->entry[i], 0, sizeof(t->entry[i]));
}

/*
 * An empty way if there is one, else the ways in turn: the order of
 * replacement is that of the fills.
 */
static unsigned
tlb_victim(struct tlb_model *t, unsigned set)
{
	unsigned base = set * TLB_WAYS, ways = tlb_ways(set), w;

	if (t->used[set] == ways) {
		w = t->victim[set];
		t->victim[set] = (uint8_t)(w + 1 < ways ? w + 1 : 0);
		return base + w;
	}
	for (w = base; t->tag[w]; w++)
		;
	return w;
}

static uint8_t
tlb_flags(const struct walk_res *res)
{
	return (uint8_t)(res->user * TLB_E_USER | res->write * TLB_E_WRITE |
	    res->exec * TLB_E_EXEC | res->dirty * TLB_E_DIRTY |
	    res->global * TLB_E_GLOBAL | res->nwrite * TLB_E_NWRITE);
}

unsigned
tlb_model_fill(struct tlb_model *t, struct tlb_space sp, gva_t va,
    const struct walk_res *res, unsigned over)
{
	enum tlb_size size = res->page_shift >= 30 ? TLB_1G :
	    res->page_shift >= 21 ? TLB_2M : TLB_4K;
	uint64_t tag = TLB_TAG(va, size);
	bool same = over != TLB_NONE && t->tag[over] == tag;
	unsigned i = over;

	if (over != TLB_NONE)
		tlb_model_drop(t, over);
	if (!same)
		i = tlb_victim(t, tlb_set(va, size));
	if (t->tag[i])
		tlb_model_drop(t, i);
	t->tag[i] = tag;
	t->entry[i] = (struct tlb_entry){
		.hpa = res->hpa & ~TLB_LOW(size), .asid = sp.asid, .pcid = sp.pcid,
		.flags = tlb_flags(res), .guest_shift = res->guest_shift,
		.memtype = res->memtype,
	};
	tlb_link(t, i);
	return i;
}

/* Invalidation. */

static bool
tlb_covers(const struct tlb_scope *scope, uint32_t asid, uint16_t pcid)
{
	return (scope->any_asid || scope->space.asid == asid) &&
	    (scope->any_pcid || scope->space.pcid == pcid);
}

static void
tlb_flush_list(struct tlb_model *t, unsigned list, const struct tlb_scope *scope)
{
	unsigned i, next;

	for (i = t->head[list]; i != TLB_NONE; i = next) {
		next = t->next[i];
		/* A global entry belongs to every PCID of its ASID. */
		if (tlb_covers(scope, t->entry[i].asid, list == TLB_GLOBALS ?
		    scope->space.pcid : t->entry[i].pcid))
			tlb_model_drop(t, i);
	}
}

/* Nested entries go with the global ones: a guest that loads CR3 has not
 * changed what its addresses mean to the host. */
static void
pwc_flush(struct tlb_model *t, const struct tlb_scope *scope)
{
	struct pwc_entry *e;
	uint64_t left;

	for (left = t->pwc_used; left; left &= left - 1) {
		e = &t->pwc[__builtin_ctzll(left)];
		if (e->tag & PWC_NESTED && !scope->globals)
			continue;
		if (!tlb_covers(scope, e->asid, e->pcid))
			continue;
		*e = (struct pwc_entry){ 0 };
		t->pwc_used &= ~BIT(e - t->pwc);
	}
}

void
tlb_model_flush(struct tlb_model *t, const struct tlb_scope *scope)
{
	unsigned list;

	if (!scope->any_asid && !scope->any_pcid) {
		tlb_flush_list(t, tlb_bucket(scope->space.asid, scope->space.pcid),
		    scope);
	} else {
		for (list = 0; list < TLB_BUCKETS; list++)
			tlb_flush_list(t, list, scope);
	}
	if (scope->globals)
		tlb_flush_list(t, TLB_GLOBALS, scope);
	pwc_flush(t, scope);
}

/* What the invalidation of a page is about. */
static bool
tlb_page_in_space(const struct tlb_entry *e, struct tlb_space sp)
{
	return tlb_in_space(e, sp) || (sp.pcid == TLB_ANY_PCID && e->asid == sp.asid);
}

/* Entry i holds a piece of the page at va that the guest's tables describe. */
static bool
tlb_is_part(const struct tlb_model *t, unsigned i, gva_t va)
{
	uint64_t low = LOW_BITS(t->entry[i].guest_shift) | 0xfff;

	return ((t->tag[i] ^ va) & ~low) == 0;
}

static void
tlb_drop_parts(struct tlb_model *t, unsigned list, struct tlb_space sp, gva_t va)
{
	unsigned i, next;

	for (i = t->head[list]; i != TLB_NONE; i = next) {
		next = t->next[i];
		if (tlb_page_in_space(&t->entry[i], sp) && tlb_is_part(t, i, va))
			tlb_model_drop(t, i);
	}
}

static void
tlb_drop_parts_any(struct tlb_model *t, struct tlb_space sp, gva_t va)
{
	unsigned list;

	for (list = 0; list < TLB_BUCKETS; list++)
		tlb_drop_parts(t, list, sp, va);
}

/* Entries of one size that map va: more than one only when the guest changed
 * global bits without an invalidation. */
static void
tlb_drop_at(struct tlb_model *t, struct tlb_space sp, gva_t va,
    enum tlb_size size, bool globals, uint8_t guest_shift)
{
	unsigned set = tlb_set(va, size), i = set * TLB_WAYS;
	unsigned end = i + tlb_ways(set);
	uint64_t tag = TLB_TAG(va, size);

	for (; i < end; i++) {
		if (t->tag[i] != tag || !tlb_page_in_space(&t->entry[i], sp))
			continue;
		if (!globals && (t->entry[i].flags & TLB_E_GLOBAL))
			continue;
		if (!guest_shift || t->entry[i].guest_shift == guest_shift)
			tlb_model_drop(t, i);
	}
}

/*
 * AMD APM vol 2 §3.1.7 "Extended Feature Enable Register (EFER)": without
 * translation-cache extension INVLPG and INVPCID also drop all upper-level
 * entries that are cached, whether they lead to the page or not.
 */
void
tlb_model_flush_page(struct tlb_model *t, struct tlb_space sp, gva_t va,
    bool globals)
{
	const struct tlb_scope upper = {
		.any_pcid = true, .globals = true, .space = sp,
	};
	unsigned size, largest = tlb_largest(t, sp);

	for (size = TLB_4K; size <= largest; size++)
		tlb_drop_at(t, sp, va, (enum tlb_size)size, globals, 0);
	if (largest != TLB_4K)
		tlb_drop_at(t, sp, va ^ BIT(21), TLB_2M, globals, 22);
	if (t->split[tlb_region(va)] || t->split[TLB_REGIONS]) {
		if (sp.pcid == TLB_ANY_PCID)
			tlb_drop_parts_any(t, sp, va);
		else
			tlb_drop_parts(t, tlb_bucket(sp.asid, sp.pcid), sp, va);
		if (globals)
			tlb_drop_parts(t, TLB_GLOBALS, sp, va);
	}
	pwc_flush(t, &upper);
}
