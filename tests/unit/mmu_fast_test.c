/*
 * tests/unit/mmu_fast_test.c - the fast TLB changes nothing
 *
 * Random operations on machines that differ in the size of the fast TLB only
 * must give the same results, counts, state and memory.
 */
#include "mmu/mmu.h"

#include <string.h>

#include "tests/unit/mmu_rig.h"

static void
count_hook(void *arg, uint32_t id, uint32_t off, uint32_t len)
{
	*(uint64_t *)arg = *(uint64_t *)arg * 31 + id * 7 + off * 3 + len;
}

static const unsigned sizes[] = { 0, 64, 1024, 4096 };
#define MACHINES	ARRAY_SIZE(sizes)
#define TABLE_PAGES	64u
#define PAGES		256u
#define WINDOW		0x700000u	/* where a mapping moves */
#define CANDIDATES	48u

struct twin {
	struct rig	*r[MACHINES];
	uint64_t	hooks[MACHINES];
	int		window[MACHINES];
	uint64_t	seed;
	gva_t		va[CANDIDATES];
	uint8_t		*state[2];
	uint64_t	good, bad;	/* accesses that went through, that did not */
};

static uint64_t
rnd(struct twin *t)
{
	t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
	return t->seed >> 20;
}

static uint64_t
random_entry(struct twin *t)
{
	uint64_t v = rnd(t);
	uint64_t frame = v >> 36 & 7 ? rnd(t) % TABLE_PAGES : rnd(t) % PAGES;

	return frame * PAGE_SIZE | (v & (A | D)) | (v & 0x700 ? U : 0) |
	    (v & 0x1800 ? W : 0) | (v >> 15 & 31 ? 0 : NX) |
	    (v >> 20 & 7 ? 0 : G) | (v >> 24 & 15 ? 0 : PS) |
	    (v >> 28 & 31 ? P : 0);
}

static void
random_mode(struct twin *t, struct paging *pg)
{
	static const struct { uint64_t cr4, efer; } mode[] = {
		{ CR4_PAE, EFER_LMA }, { CR4_PAE | CR4_PCIDE, EFER_LMA },
		{ CR4_PAE, 0 }, { CR4_PSE, 0 },
	};
	uint64_t v = rnd(t);
	unsigned k = v & 3;

	*pg = (struct paging){
		.cr0 = 1 | (v >> 2 & 7 ? CR0_PG : 0) | (v >> 5 & 1 ? CR0_WP : 0),
		.cr3 = rnd(t) % TABLE_PAGES * PAGE_SIZE,
		.cr4 = mode[k].cr4 | (v >> 6 & 1 ? CR4_SMEP : 0) |
		    (v >> 7 & 1 ? CR4_SMAP : 0) | (v >> 8 & 1 ? CR4_PGE : 0),
		.efer = mode[k].efer | EFER_NXE, .phys_bits = 40,
		.gb_pages = true, .nx = true,
	};
}

/* Addresses that can be told apart by their tables, most of them page ends. */
static void
new_candidates(struct twin *t)
{
	uint64_t v;
	unsigned i;

	for (i = 0; i < CANDIDATES; i++) {
		v = rnd(t);
		t->va[i] = (v & 0x1f) << 12 | (v >> 5 & 1) << 21 |
		    (v >> 6 & 1) << 22 | (v >> 7 & 1) << 30 | (v >> 8 & 1) << 39;
		t->va[i] += v >> 10 & 1 ? 0xff0 : v >> 11 & 0xff8;
	}
}

static gva_t
random_va(struct twin *t, const struct mmu *m)
{
	uint64_t v = rnd(t);
	gva_t va = t->va[v % CANDIDATES] + (v >> 30 & 15);

	return m->pg.efer & EFER_LMA ? va : (uint32_t)va;
}

static unsigned
random_acc(struct twin *t, const struct mmu *m)
{
	uint64_t v = rnd(t);

	return v & 7 ? mmu_data_acc(m) : v >> 3 & 1 ? ACC_IMPLICIT :
	    (v >> 4 & 1 ? ACC_USER : 0) | (v >> 5 & 1 ? ACC_AC : 0);
}

/* What one access did. */
struct outcome {
	bool			ok;
	struct walk_fault	f;
	uint8_t			buf[64];
	hpa_t			hpa;
};

static void
one_access(struct mmu *m, unsigned op, gva_t va, unsigned acc, unsigned size,
    struct outcome *o)
{
	struct mmu_rmw rmw;
	struct mmu_ref ref;

	switch (op) {
	case 0:
		o->ok = mmu_ld(m, va, o->buf, size, acc, &o->f);
		break;
	case 1:
		o->ok = mmu_st(m, va, o->buf, size, acc, &o->f);
		break;
	case 2:
		o->ok = mmu_rmw_begin(m, va, size, acc, &rmw, &o->f);
		if (!o->ok)
			break;
		mmu_rmw_read(m, &rmw, o->buf);
		o->buf[0]++;
		mmu_rmw_write(m, &rmw, o->buf);
		break;
	default:
		o->ok = mmu_lookup(m, va, (acc & (ACC_USER | ACC_AC)) | ACC_X, &ref,
		    &o->f);
		o->hpa = o->ok ? ref.hpa : 0;
		break;
	}
}

static void
access_all(struct twin *t)
{
	const struct mmu *m0 = &t->r[0]->m;
	unsigned op = rnd(t) % 4, acc = random_acc(t, m0), i;
	static const unsigned widths[] = { 1, 2, 4, 8, 16, 10, 64, 7 };
	unsigned size = widths[rnd(t) % ARRAY_SIZE(widths)];
	gva_t va = random_va(t, m0);
	struct outcome first, o;
	uint64_t fill = rnd(t);

	for (i = 0; i < MACHINES; i++) {
		memset(&o, 0, sizeof(o));
		put_le64(o.buf, fill);
		put_le64(o.buf + 6, fill * 3);
		/* Stores make bad tables quickly: leave most of them alone. */
		if (op == 1 || op == 2)
			va |= 0xc00;
		one_access(&t->r[i]->m, op, va, acc, size, &o);
		if (!i)
			first = o;
		else if (memcmp(&first, &o, sizeof(o)))
			ck_abort_msg("fast TLB of %u entries: access %u at 0x%llx "
			    "differs", sizes[i], op, (unsigned long long)va);
	}
	first.ok ? t->good++ : t->bad++;
}

static void
switch_world(struct mmu *m, unsigned what, uint64_t v, const struct paging *pg,
    const struct paging *npg)
{
	switch (what) {
	case 0: m->user = v & 1; break;
	case 1: m->ac = v & 1; break;
	case 2: m->pg.cr0 ^= CR0_WP; break;
	case 3: m->pg.cr4 ^= v & 1 ? CR4_SMEP : CR4_SMAP; break;
	case 4:
		m->pg.cr3 = v % TABLE_PAGES * PAGE_SIZE;
		mmu_flush_nonglobal(m);
		break;
	case 5:		/* another PCID, kept */
		if (m->pg.cr4 & CR4_PCIDE)
			m->pg.cr3 = (m->pg.cr3 & PAGE_MASK) | v % 4;
		break;
	case 6:
		m->pg = *pg;
		mmu_flush_all(m);
		break;
	case 7:		/* VMRUN of one of two guests, or #VMEXIT */
		m->asid = v % 3;
		m->nested = m->asid && v >> 8 & 1;
		m->pg = *pg;
		m->npg = *npg;
		m->npg.cr0 |= CR0_PG;
		break;
	default:
		m->pg.cr4 ^= CR4_PGE;
		mmu_flush_all(m);
		break;
	}
	mmu_update(m);
}

static void
invalidate_some(struct mmu *m, unsigned what, gva_t va, uint64_t v)
{
	switch (what) {
	case 0: case 1: case 2: mmu_invlpg(m, va); break;
	case 3: mmu_flush_pcid(m, v % 4); break;
	case 4: mmu_invpcid_addr(m, v % 4, va); break;
	case 5: mmu_flush_asid(m, v % 3); break;
	case 6: mmu_invlpga(m, va, v % 3); break;
	case 7: mmu_flush_nonglobal(m); break;
	default: mmu_flush_all(m); break;
	}
}

static void
change_host(struct twin *t, unsigned i, unsigned what, uint32_t id, uint64_t v)
{
	struct rig *r = t->r[i];

	switch (what) {
	case 0:
		physmem_set_a20(r->pm, v & 1);
		break;
	case 1:		/* a page of low memory shows another one, or nothing */
		physmem_retarget(r->pm, t->window[i], v >> 8 & 1 ? id : RAM_PAGE_NONE,
		    v >> 9 & 1 ? id : (v >> 16) % PAGES);
		physmem_remap(r->pm, t->window[i], (v >> 24) % PAGES * PAGE_SIZE,
		    v >> 10 & 1);
		break;
	case 2:
		physmem_add_code(r->pm, id, v >> 8 | BIT(50));
		break;
	case 3:
		physmem_meta(r->pm, id)->code = 0;
		break;
	case 4:
		physmem_hash(r->pm);
		break;
	default:	/* of no consequence, so only in some machines */
		if (v >> i & 1)
			mmu_fast_flush(&r->m);
		break;
	}
}

/* A page, mostly one that an address in use leads to. */
static uint32_t
random_page(struct twin *t)
{
	struct mmu *m = &t->r[0]->m;
	gva_t va = random_va(t, m);
	hpa_t hpa;

	if (rnd(t) % 4 && mmu_peek(m, va, 0, &hpa) && hpa < RAM)
		return (uint32_t)(hpa / PAGE_SIZE);
	return rnd(t) % PAGES;
}

static void
step_all(struct twin *t)
{
	uint64_t v = rnd(t), w = rnd(t), e = random_entry(t);
	gva_t va = random_va(t, &t->r[0]->m);
	uint32_t id = random_page(t);
	struct paging pg, npg;
	unsigned i;

	random_mode(t, &pg);
	random_mode(t, &npg);
	for (i = 0; i < MACHINES; i++) {
		if (v % 16 < 5)
			switch_world(&t->r[i]->m, v >> 8 & 15, w, &pg, &npg);
		else if (v % 16 < 8)
			invalidate_some(&t->r[i]->m, v >> 8 & 15, va, w);
		else if (v % 16 < 12)
			phys_st64(t->r[i]->pm, w % (TABLE_PAGES * 512) * 8, e);
		else
			change_host(t, i, (v >> 8) % 6, id, w);
	}
}

static void
compare_states(struct twin *t)
{
	size_t n = mmu_model_size(&t->r[0]->m), k = snap_size(mmu_fields);
	struct hash128 h, h0 = physmem_hash(t->r[0]->pm);
	unsigned i;

	mmu_model_encode(&t->r[0]->m, t->state[0]);
	snap_encode(mmu_fields, &t->r[0]->m, t->state[0] + n);
	for (i = 1; i < MACHINES; i++) {
		mmu_model_encode(&t->r[i]->m, t->state[1]);
		snap_encode(mmu_fields, &t->r[i]->m, t->state[1] + n);
		h = physmem_hash(t->r[i]->pm);
		ck_assert_mem_eq(t->state[0], t->state[1], n + k);
		ck_assert_mem_eq(t->r[0]->ram, t->r[i]->ram, PAGES * PAGE_SIZE);
		ck_assert(h.lo == h0.lo && h.hi == h0.hi);
		ck_assert_uint_eq(t->hooks[0], t->hooks[i]);
	}
}

/* The incremental hash of one machine against all its pages. */
static void
check_hash(struct twin *t, unsigned i)
{
	struct hash128 sum = { 0, 0 }, h = physmem_hash(t->r[i]->pm);
	uint32_t id;

	for (id = 0; id < physmem_pages(t->r[i]->pm); id++)
		hash_sum_add(&sum, hash_page(physmem_host(t->r[i]->pm, id), id));
	ck_assert(sum.lo == h.lo && sum.hi == h.hi);
}

static void
new_round(struct twin *t)
{
	struct paging pg;
	unsigned i, k;
	uint64_t e;

	new_candidates(t);
	random_mode(t, &pg);
	for (k = 0; k < TABLE_PAGES * 512; k++) {
		e = random_entry(t);
		for (i = 0; i < MACHINES; i++)
			put_le64(t->r[i]->ram + 8 * k, e);
	}
	for (i = 0; i < MACHINES; i++) {
		for (k = 0; k < TABLE_PAGES; k++)
			phys_touched(t->r[i]->pm, k, 0, PAGE_SIZE);
		t->r[i]->m.pg = pg;
		mmu_flush_all(&t->r[i]->m);
		mmu_update(&t->r[i]->m);
	}
}

static void
twin_round(struct twin *t, unsigned steps)
{
	unsigned n;

	new_round(t);
	for (n = 0; n < steps; n++) {
		if (rnd(t) % 8)
			access_all(t);
		else
			step_all(t);
		if (n % 512 == 0)
			compare_states(t);
	}
	compare_states(t);
	check_hash(t, (unsigned)rnd(t) % MACHINES);
}

START_TEST(the_fast_tlb_changes_nothing)
{
	struct twin *t = calloc(1, sizeof(*t));
	unsigned i, rounds = short_run() ? 6 : 30;
	size_t n;

	t->seed = (uint64_t)_i + 1;
	for (i = 0; i < MACHINES; i++) {
		t->r[i] = rig_new(sizes[i]);
		t->window[i] = physmem_map_ram(t->r[i]->pm, WINDOW, PAGE_SIZE, 0, 0);
		physmem_set_code_hook(t->r[i]->pm, count_hook, &t->hooks[i]);
	}
	n = mmu_model_size(&t->r[0]->m) + snap_size(mmu_fields);
	t->state[0] = malloc(n);
	t->state[1] = malloc(n);
	for (i = 0; i < rounds; i++)
		twin_round(t, 20000);
	/* The accesses must mean something. */
	ck_assert_uint_gt(t->good, t->bad / 8);
	ck_assert_uint_gt(t->bad, t->good / 64);
	ck_assert_uint_gt(t->r[0]->m.stats.lookups_model,
	    t->r[3]->m.stats.lookups_model);
	for (i = 0; i < MACHINES; i++)
		rig_free(t->r[i]);
	free(t->state[0]);
	free(t->state[1]);
	free(t);
}
END_TEST

Suite *mmu_fast_suite(void);

Suite *
mmu_fast_suite(void)
{
	Suite *s = suite_create("mmu_fast");
	TCase *tc = tcase_create("mmu_fast");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, the_fast_tlb_changes_nothing, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}
