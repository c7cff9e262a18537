/*
 * tests/unit/mmu_tlb_test.c - model TLB and page-walk cache: charges,
 * replacement, address spaces, state
 */
#include "mmu/mmu.h"

#include <stdio.h>
#include <string.h>

#include "mmu/tlb_model.h"
#include "tests/unit/mmu_rig.h"

/* Charges. */

START_TEST(a_miss_costs_its_references_and_a_hit_nothing)
{
	struct rig *r = long_rig(0);

	ck_assert_uint_eq(cost(r, 0x10000, ACC_R), MISS_COST + 4);
	ck_assert_uint_eq(cost(r, 0x10ff8, ACC_X), 0);
	/* The next page needs its page-table entry only. */
	ck_assert_uint_eq(cost(r, 0x11000, ACC_R), MISS_COST + 1);
	ck_assert_uint_eq(r->m.stats.walks, 2);
	ck_assert_uint_eq(r->m.stats.tlb_miss[0], 2);
	ck_assert_uint_eq(r->m.stats.refs[0][1], 2);
	ck_assert_uint_eq(r->m.stats.refs[0][4], 2);
	ck_assert_uint_eq(r->m.stats.refs_charged, 5);
	rig_free(r);
}
END_TEST

START_TEST(first_write_to_a_clean_page_walks_once_more)
{
	struct rig *r = long_rig(0);

	ck_assert_uint_eq(cost(r, 0x10000, ACC_R), MISS_COST + 4);
	ck_assert(!(pte(r, 0x10) & D));
	ck_assert_uint_eq(cost(r, 0x10000, ACC_W), MISS_COST + 1);
	ck_assert(pte(r, 0x10) & D);
	ck_assert_uint_eq(cost(r, 0x10000, ACC_W), 0);
	/* A miss for absent entries only. */
	ck_assert_uint_eq(r->m.stats.tlb_miss[1], 0);
	ck_assert_uint_eq(r->m.stats.walks, 2);
	rig_free(r);
}
END_TEST

START_TEST(a_denied_access_walks_and_drops_the_entry_when_it_faults)
{
	struct rig *r = long_rig(0);
	uint64_t before;

	put_pte(r, 0x10, 0x10000 | P | U);
	ck_assert(touch(r, 0x10000, ACC_R));
	before = r->m.charge;
	ck_assert(!touch(r, 0x10000, ACC_W));
	ck_assert_uint_eq(r->m.charge - before, MISS_COST + 1);
	ck_assert_uint_eq(r->m.stats.faults, 1);
	/* The entry is gone. */
	ck_assert_uint_eq(cost(r, 0x10000, ACC_R), MISS_COST + 1);
	/* Rights added in memory are found without an invalidation. */
	put_pte(r, 0x10, 0x10000 | P | W | U);
	ck_assert_uint_eq(cost(r, 0x10000, ACC_W), MISS_COST + 1);
	rig_free(r);
}
END_TEST

START_TEST(a_faulting_walk_pays_the_references_it_made)
{
	struct rig *r = long_rig(0);

	put_le64(r->ram + 0x3008, 0);
	ck_assert(!touch(r, 2 * MIB, ACC_R));
	ck_assert_uint_eq(r->m.charge, MISS_COST + 3);
	ck_assert_uint_eq(r->m.stats.refs[0][1], 0);
	/* An absent entry is not cached. */
	ck_assert(!touch(r, 2 * MIB, ACC_R));
	ck_assert_uint_eq(r->m.charge, 2 * MISS_COST + 4);
	rig_free(r);
}
END_TEST

START_TEST(without_paging_nothing_is_looked_up)
{
	struct rig *r = rig_new(64);
	uint32_t v = 0x12345678, got = 0;
	struct walk_fault f;

	ck_assert(mmu_st(&r->m, 0x5ffe, &v, 4, 0, &f));
	ck_assert(mmu_ld(&r->m, 0x5ffe, &got, 4, ACC_USER, &f));
	ck_assert_uint_eq(got, v);
	ck_assert_uint_eq(r->m.charge, 0);
	ck_assert_uint_eq(r->m.stats.lookups_model, 0);
	rig_free(r);
}
END_TEST

/* Nested paging: tables of the host at 0x100000, low 16 MiB in 4-Kbyte pages
 * or, large, in 2-Mbyte ones. */
static void
nest(struct rig *r, bool large)
{
	uint64_t a;

	put_le64(r->ram + 0x100000, 0x101000 | P | W | U);
	put_le64(r->ram + 0x101000, 0x102000 | P | W | U);
	for (a = 0; a < RAM; a += PAGE_SIZE)
		put_le64(r->ram + 0x110000 + a / PAGE_SIZE * 8, a | P | W | U);
	for (a = 0; a < RAM / (2 * MIB); a++)
		put_le64(r->ram + 0x102000 + 8 * a, P | W | U |
		    (large ? a * 2 * MIB | PS : 0x110000 + a * PAGE_SIZE));
	long_mode(&r->m.npg);
	r->m.npg.cr3 = 0x100000;
	r->m.nested = true;
	r->m.asid = 1;
	mmu_update(&r->m);
}

START_TEST(nested_walks_are_charged_by_both_walk_caches)
{
	struct rig *r = long_rig(0);

	nest(r, false);
	/* 24 references; four nested walks and the last profit from the upper
	 * levels that the first one entered. */
	ck_assert_uint_eq(cost(r, 0x10000, ACC_R), MISS_COST + 24 - 4 * 3);
	ck_assert_uint_eq(r->m.stats.refs[1][4], 5);
	/* Warm: nested and guest page-table entry, final nested entry. */
	ck_assert_uint_eq(cost(r, 0x11000, ACC_R), MISS_COST + 3);
	ck_assert_uint_eq(cost(r, 0x11000, ACC_X), 0);
	rig_free(r);
}
END_TEST

START_TEST(a_write_needs_both_dirty_bits)
{
	struct rig *r = long_rig(0);
	unsigned i;

	nest(r, false);
	put_pte(r, 0x10, 0x10000 | P | W | U | D);
	ck_assert(touch(r, 0x10000, ACC_R));
	ck_assert(!(get_le64(r->ram + 0x110000 + 8 * 0x10) & D));
	ck_assert_uint_ge(cost(r, 0x10000, ACC_W), MISS_COST);
	ck_assert(get_le64(r->ram + 0x110000 + 8 * 0x10) & D);
	ck_assert_uint_eq(cost(r, 0x10000, ACC_W), 0);
	/* Reading a guest table writes it as far as the host can tell. */
	for (i = 1; i <= 4; i++)
		ck_assert(get_le64(r->ram + 0x110000 + 8 * i) & D);
	rig_free(r);
}
END_TEST

START_TEST(nested_read_only_pages_stop_supervisors_without_wp)
{
	struct rig *r = long_rig(64);
	struct walk_fault f;
	struct mmu_ref ref;

	nest(r, false);
	r->m.pg.cr0 &= ~CR0_WP;
	mmu_update(&r->m);
	put_pte(r, 0x10, 0x10000 | P | A | D);
	put_le64(r->ram + 0x110000 + 8 * 0x10, 0x10000 | P | U | A | D);
	ck_assert(touch(r, 0x10000, ACC_R));
	ck_assert(!mmu_lookup(&r->m, 0x10000, ACC_W, &ref, &f));
	ck_assert_int_eq(f.stage, PF_NPT_FINAL);
	ck_assert_uint_eq(f.error_code, PF_P | PF_W | PF_U);
	rig_free(r);
}
END_TEST

START_TEST(a_nested_entry_has_the_smaller_page_size)
{
	struct rig *r = long_rig(0);

	nest(r, true);
	put_le64(r->ram + 0x3008, 2 * MIB | PS | P | W | U);
	ck_assert_uint_gt(cost(r, 2 * MIB, ACC_R), 0);
	ck_assert_uint_eq(cost(r, 3 * MIB, ACC_R), 0);
	mmu_flush_all(&r->m);
	nest(r, false);
	ck_assert_uint_gt(cost(r, 2 * MIB, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 3 * MIB, ACC_R), 0);
	/* INVLPG of the guest's 2-Mbyte page takes all pieces. */
	mmu_invlpg(&r->m, 2 * MIB + 0x5000);
	ck_assert_uint_gt(cost(r, 2 * MIB, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 3 * MIB, ACC_R), 0);
	rig_free(r);
}
END_TEST

/* Geometry and replacement. */

START_TEST(replacement_follows_fills_and_not_hits)
{
	struct rig *r = rig_new(64);
	unsigned i, n = TLB_WAYS + 1;
	uint64_t step = (uint64_t)TLB_SETS * PAGE_SIZE;

	/* 4-Kbyte pages of one set: a directory for 16 MiB at PT. */
	put_le64(r->ram + 0x1000, 0x2000 | P | W | U);
	put_le64(r->ram + 0x2000, 0x3000 | P | W | U);
	for (i = 0; i < 8; i++)
		put_le64(r->ram + 0x3000 + 8 * i, (PT + i * PAGE_SIZE) | P | W | U);
	for (i = 0; i < 4096; i++)
		put_le64(r->ram + PT + 8 * i, i * PAGE_SIZE | P | W | U);
	long_mode(&r->m.pg);
	mmu_update(&r->m);
	for (i = 0; i < TLB_WAYS; i++)
		ck_assert_uint_gt(cost(r, i * step, ACC_R), 0);
	for (i = 0; i < TLB_WAYS; i++)
		ck_assert_uint_eq(cost(r, i * step, ACC_R), 0);
	/* One more replaces the first filled, however often that was hit. */
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(cost(r, 0, ACC_R), 0);
	ck_assert_uint_gt(cost(r, (n - 1) * step, ACC_R), 0);
	ck_assert_uint_eq(cost(r, step, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 0, ACC_R), 0);
	/* That replaced the second; an invalidated way is taken first. */
	mmu_invlpg(&r->m, 5 * step);
	ck_assert_uint_gt(cost(r, step, ACC_R), 0);
	ck_assert_uint_eq(cost(r, 2 * step, ACC_R), 0);
	rig_free(r);
}
END_TEST

START_TEST(large_pages_are_one_entry)
{
	struct rig *r = long_rig(64);

	put_le64(r->ram + 0x3008, 2 * MIB | PS | P | W | U);
	put_le64(r->ram + 0x2008, 0x40000000 | PS | P | W | U);
	ck_assert_uint_eq(cost(r, 2 * MIB, ACC_R), MISS_COST + 3);
	ck_assert_uint_eq(cost(r, 4 * MIB - 1, ACC_R), 0);
	ck_assert_uint_eq(cost(r, 0x40000000, ACC_R), MISS_COST + 1);
	ck_assert_uint_eq(cost(r, 0x7fffffff, ACC_R), 0);
	mmu_invlpg(&r->m, 0x50000000);
	ck_assert_uint_gt(cost(r, 0x40000000, ACC_R), 0);
	rig_free(r);
}
END_TEST

START_TEST(four_mbyte_pages_take_two_entries_and_go_together)
{
	struct rig *r = rig_new(64);

	put_le32(r->ram + 0x1000, 0x400000 | PS | P | W | U);
	r->m.pg = (struct paging){
		.cr0 = CR0_PG | 1, .cr3 = 0x1000, .cr4 = CR4_PSE, .phys_bits = 40,
	};
	mmu_update(&r->m);
	ck_assert_uint_gt(cost(r, 0, ACC_R), 0);
	ck_assert_uint_eq(cost(r, 0x1fffff, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 0x200000, ACC_R), 0);
	mmu_invlpg(&r->m, 0x1000);
	ck_assert_uint_gt(cost(r, 0x3ff000, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 0, ACC_R), 0);
	rig_free(r);
}
END_TEST

/* Address spaces. */

START_TEST(entries_belong_to_their_asid_and_pcid)
{
	struct rig *r = long_rig(64);

	r->m.pg.cr4 |= CR4_PCIDE;
	r->m.pg.cr3 = 0x1001;
	mmu_update(&r->m);
	put_pte(r, 0x20, 0x20000 | P | W | U | G);
	ck_assert_uint_gt(cost(r, 0x10000, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 0x20000, ACC_R), 0);
	r->m.pg.cr3 = 0x1002;
	mmu_update(&r->m);
	ck_assert_uint_gt(cost(r, 0x10000, ACC_R), 0);
	ck_assert_uint_eq(cost(r, 0x20000, ACC_R), 0);
	r->m.pg.cr3 = 0x1001;
	mmu_update(&r->m);
	ck_assert_uint_eq(cost(r, 0x10000, ACC_R), 0);
	mmu_flush_pcid(&r->m, 2);
	ck_assert_uint_eq(cost(r, 0x10000, ACC_R), 0);
	r->m.asid = 3;
	mmu_update(&r->m);
	ck_assert_uint_gt(cost(r, 0x20000, ACC_R), 0);
	mmu_invlpga(&r->m, 0x10000, 0);
	mmu_flush_asid(&r->m, 3);
	ck_assert_uint_gt(cost(r, 0x20000, ACC_R), 0);
	r->m.asid = 0;
	mmu_update(&r->m);
	ck_assert_uint_eq(cost(r, 0x20000, ACC_R), 0);
	ck_assert_uint_gt(cost(r, 0x10000, ACC_R), 0);
	rig_free(r);
}
END_TEST

START_TEST(invalidations_empty_the_fetch_register)
{
	struct rig *r = long_rig(64);
	struct mmu *m = &r->m;

	m->fetch_page = 0x1000;
	mmu_fast_flush(m);
	mmu_update(m);
	ck_assert_uint_eq(m->fetch_page, 0x1000);
	mmu_invlpg(m, 0);
	ck_assert_uint_eq(m->fetch_page, FETCH_NONE);
	m->fetch_page = 0x1000;
	mmu_flush_nonglobal(m);
	ck_assert_uint_eq(m->fetch_page, FETCH_NONE);
	m->fetch_page = 0x1000;
	physmem_set_a20(r->pm, false);
	ck_assert_uint_eq(m->fetch_page, FETCH_NONE);
	m->fetch_page = 0x1000;
	physmem_map_ram(r->pm, 0x80000, 0x1000, 0x90, 0x90);
	ck_assert_uint_eq(m->fetch_page, FETCH_NONE);
	rig_free(r);
}
END_TEST

/* State. */

START_TEST(model_state_survives_encoding)
{
	struct rig *r = long_rig(64), *q = long_rig(0);
	size_t n = mmu_model_size(&r->m), i;
	uint8_t *a = malloc(n), *b = malloc(n);
	uint64_t s = 5;

	for (i = 0; i < 3000; i++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		touch(r, s >> 32 & 0x1fffff, ACC_R);
	}
	mmu_model_encode(&r->m, a);
	ck_assert(mmu_model_decode(&q->m, a, n));
	mmu_model_encode(&q->m, b);
	ck_assert_mem_eq(a, b, n);
	ck_assert(!mmu_model_decode(&q->m, a, n - 1));
	/* The copy goes on as the original does. */
	for (i = 0; i < 3000; i++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		ck_assert_uint_eq(cost(r, s >> 32 & 0x1fffff, ACC_R),
		    cost(q, s >> 32 & 0x1fffff, ACC_R));
	}
	/* Damage is refused, or is a state like any other. */
	for (i = 0; i < 20000; i++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		b[(s >> 20) % n] ^= (uint8_t)(1u << (s >> 60 & 7));
		if (mmu_model_decode(&q->m, b, n)) {
			touch(q, s >> 32 & 0x1fffff, ACC_W);
			mmu_invlpg(&q->m, s >> 32 & 0x1fffff);
		}
		memcpy(b, a, n);
	}
	free(a);
	free(b);
	rig_free(r);
	rig_free(q);
}
END_TEST

START_TEST(peeking_changes_no_state)
{
	struct rig *r = long_rig(64);
	size_t n = mmu_model_size(&r->m);
	uint8_t *a = malloc(n), *b = malloc(n), buf[8192];
	uint64_t e = pte(r, 0x10);
	hpa_t hpa;

	touch(r, 0x20000, ACC_R);
	mmu_model_encode(&r->m, a);
	ck_assert(mmu_peek(&r->m, 0x10123, ACC_W, &hpa));
	ck_assert_uint_eq(hpa, 0x10123);
	ck_assert_uint_eq(mmu_peek_bytes(&r->m, 0x1ff000, buf, 8192), 4096);
	mmu_model_encode(&r->m, b);
	ck_assert_mem_eq(a, b, n);
	ck_assert_uint_eq(pte(r, 0x10), e);
	ck_assert_uint_eq(r->m.stats.walks, 1);
	free(a);
	free(b);
	rig_free(r);
}
END_TEST

static void
walked(void *arg, const struct walk_req *req, const struct walk_res *res,
    const struct walk_fault *fault, const struct walk_refs *refs)
{
	char *text = arg;

	sprintf(text + strlen(text), "%llx %u %d %d %u\n",
	    (unsigned long long)req->va, req->acc, res != NULL, fault != NULL,
	    (unsigned)(refs->n[0][1] + refs->n[0][2] + refs->n[0][3] + refs->n[0][4]));
}

static void
add_line(void *arg, const char *s)
{
	strcat(arg, s);
	strcat(arg, "\n");
}

START_TEST(walks_and_entries_can_be_shown)
{
	struct rig *r = long_rig(0);
	char walks[200] = "", tlb[200] = "";

	r->m.on_walk = walked;
	r->m.on_walk_arg = walks;
	put_pte(r, 0x11, 0);
	touch(r, 0x10000, ACC_W | ACC_USER);
	touch(r, 0x11000, ACC_R);
	ck_assert_str_eq(walks, "10000 5 1 0 4\n11000 0 0 1 4\n");
	mmu_print(&r->m, add_line, tlb);
	ck_assert_str_eq(tlb,
	    "0000000000010000 -> 000000010000 4K uwxd- asid 0 pcid 0\n");
	rig_free(r);
}
END_TEST

Suite *mmu_tlb_suite(void);

Suite *
mmu_tlb_suite(void)
{
	Suite *s = suite_create("mmu_tlb");
	TCase *tc = tcase_create("mmu_tlb");

	tcase_add_test(tc, a_miss_costs_its_references_and_a_hit_nothing);
	tcase_add_test(tc, first_write_to_a_clean_page_walks_once_more);
	tcase_add_test(tc, a_denied_access_walks_and_drops_the_entry_when_it_faults);
	tcase_add_test(tc, a_faulting_walk_pays_the_references_it_made);
	tcase_add_test(tc, without_paging_nothing_is_looked_up);
	tcase_add_test(tc, nested_walks_are_charged_by_both_walk_caches);
	tcase_add_test(tc, a_write_needs_both_dirty_bits);
	tcase_add_test(tc, nested_read_only_pages_stop_supervisors_without_wp);
	tcase_add_test(tc, a_nested_entry_has_the_smaller_page_size);
	tcase_add_test(tc, replacement_follows_fills_and_not_hits);
	tcase_add_test(tc, large_pages_are_one_entry);
	tcase_add_test(tc, four_mbyte_pages_take_two_entries_and_go_together);
	tcase_add_test(tc, entries_belong_to_their_asid_and_pcid);
	tcase_add_test(tc, invalidations_empty_the_fetch_register);
	tcase_add_test(tc, model_state_survives_encoding);
	tcase_add_test(tc, peeking_changes_no_state);
	tcase_add_test(tc, walks_and_entries_can_be_shown);
	suite_add_tcase(s, tc);
	return s;
}
