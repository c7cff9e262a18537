/*
 * tests/unit/mmu_stale_test.c - translations that outlive their tables
 *
 * One remembered entry and the model of paging_model.c say what the MMU must
 * do, for every combination of rights before and after a change.
 */
#include "mmu/mmu.h"

#include <string.h>

#include "tests/unit/mmu_rig.h"
#include "tests/unit/paging_model.h"

/*
 * Staleness.  A page is accessed, its entry changes, something may be
 * invalidated, and it is accessed twice more.
 */
enum inval {
	NOTHING, INVLPG, CR3, ALL, PCID_THIS, PCID_OTHER, ADDR_THIS, ADDR_OTHER,
	INVALS
};

static const unsigned accesses[] = {
	ACC_R, ACC_W, ACC_X, ACC_R | ACC_USER, ACC_W | ACC_USER, ACC_X | ACC_USER,
	ACC_R | ACC_AC, ACC_W | ACC_AC,
};

#define VA	0x10000u

struct stale {
	struct rig	*r;
	struct pmodel	model;
	uint8_t		mem[0x5000];
	bool		live;			/* the remembered entry */
	struct pmodel_out entry;
};

/* Leaf flags from a number: W, U, D, no-execute, then P. */
static uint64_t
leaf_flags(unsigned n)
{
	return (n & 1 ? W : 0) | (n & 2 ? U : 0) | (n & 4 ? D : 0) |
	    (n & 8 ? NX : 0) | (n & 16 ? 0 : P);
}

static void
stale_put(struct stale *s, uint64_t e)
{
	put_pte(s->r, VA / PAGE_SIZE, e);
	put_le64(s->mem + PT + 8 * (VA / PAGE_SIZE), e);
}

static bool
entry_serves(const struct stale *s, unsigned acc)
{
	return s->live && !pmodel_prohibits(&s->model.pg, s->entry.user,
	    s->entry.write, s->entry.exec, acc) &&
	    !((acc & ACC_W) && !s->entry.dirty);
}

/* One access in both; false when they differ. */
static bool
stale_access(struct stale *s, unsigned acc)
{
	uint64_t walks = s->r->m.stats.walks;
	struct pmodel_out out;
	struct walk_fault f;
	struct mmu_ref ref;
	bool ok = mmu_lookup(&s->r->m, VA, acc, &ref, &f);

	if (entry_serves(s, acc))
		return ok && ref.hpa == s->entry.hpa &&
		    s->r->m.stats.walks == walks;
	pmodel_access(&s->model, VA, acc, &out);
	s->live = out.ok;
	s->entry = out;
	if (ok != out.ok || s->r->m.stats.walks != walks + 1)
		return false;
	if (!ok)
		return f.error_code == out.fault.error_code && f.addr == VA;
	return ref.hpa == out.hpa && pte(s->r, VA / PAGE_SIZE) ==
	    get_le64(s->mem + PT + 8 * (VA / PAGE_SIZE));
}

static void
invalidate(struct stale *s, enum inval how)
{
	static const bool globals[INVALS] = { [INVLPG] = true, [ALL] = true };
	static const bool none[INVALS] = {
		[NOTHING] = true, [PCID_OTHER] = true, [ADDR_OTHER] = true,
	};
	struct mmu *m = &s->r->m;

	switch (how) {
	case INVLPG: mmu_invlpg(m, VA + 5); break;
	case CR3: mmu_flush_nonglobal(m); break;
	case ALL: mmu_flush_all(m); break;
	case PCID_THIS: mmu_flush_pcid(m, 5); break;
	case PCID_OTHER: mmu_flush_pcid(m, 6); break;
	case ADDR_THIS: mmu_invpcid_addr(m, 5, VA); break;
	case ADDR_OTHER: mmu_invpcid_addr(m, 6, VA); break;
	default: break;
	}
	if (!none[how] && (globals[how] || !s->entry.global))
		s->live = false;
}

static void
stale_controls(struct stale *s, unsigned c)
{
	struct paging *pg = &s->r->m.pg;

	pg->cr0 = CR0_PG | 1 | (c & 1 ? CR0_WP : 0);
	pg->cr4 = CR4_PAE | CR4_PCIDE | (c & 2 ? CR4_SMEP : 0) |
	    (c & 4 ? CR4_SMAP : 0) | (c & 8 ? CR4_PGE : 0);
	pg->cr3 = 0x1005;
	mmu_update(&s->r->m);
	s->model.pg = *pg;
}

static void
stale_case(struct stale *s, uint64_t before, uint64_t after, unsigned acc1,
    unsigned acc2, enum inval how)
{
	bool ok;

	mmu_flush_all(&s->r->m);
	s->live = false;
	stale_put(s, 0x20000 | before | G);
	ok = stale_access(s, acc1);
	stale_put(s, 0x30000 | after | G);
	invalidate(s, how);
	/* The third access shows what a fault of the second has left. */
	if (!ok || !stale_access(s, acc2) || !stale_access(s, acc1))
		ck_abort_msg("cr0 %llx cr4 %llx: %llx then %llx, access %u then %u, "
		    "invalidation %u", (unsigned long long)s->model.pg.cr0,
		    (unsigned long long)s->model.pg.cr4,
		    (unsigned long long)before, (unsigned long long)after,
		    acc1, acc2, how);
}

START_TEST(stale_entries_serve_until_invalidated_or_refused)
{
	struct stale *s = calloc(1, sizeof(*s));
	unsigned before, after, a, how = (unsigned)_i / 16;

	s->r = long_rig(64);
	pmodel_init(&s->model, s->mem, sizeof(s->mem));
	memcpy(s->mem, s->r->ram, sizeof(s->mem));
	stale_controls(s, (unsigned)_i % 16);
	for (before = 0; before < 16; before++) {
		for (after = 0; after < 32; after += short_run() ? 3 : 1) {
			for (a = 0; a < 64; a++)
				stale_case(s, leaf_flags(before), leaf_flags(after),
				    accesses[a / 8], accesses[a % 8], how);
		}
	}
	rig_free(s->r);
	free(s);
}
END_TEST

Suite *mmu_stale_suite(void);

Suite *
mmu_stale_suite(void)
{
	Suite *s = suite_create("mmu_stale");
	TCase *tc = tcase_create("mmu_stale");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, stale_entries_serve_until_invalidated_or_refused,
	    0, INVALS * 16);
	suite_add_tcase(s, tc);
	return s;
}
