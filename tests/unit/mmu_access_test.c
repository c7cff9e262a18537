/*
 * tests/unit/mmu_access_test.c - loads, stores and read-modify-writes: page
 * crossing, address wrap, decoded code and dirty pages
 */
#include "mmu/mmu.h"

#include <string.h>

#include "tests/unit/mmu_rig.h"

static const unsigned sizes[] = { 0, 64 };

/* Page-crossing accesses. */

START_TEST(a_fault_on_the_second_page_changes_no_memory)
{
	struct rig *r = long_rig(sizes[_i]);
	uint8_t *before = malloc(RAM), buf[64];
	struct mmu_rmw rmw;
	struct walk_fault f;
	unsigned n;

	put_pte(r, 0x11, 0x11000 | P);
	put_pte(r, 0x12, 0);
	memset(buf, 0xff, sizeof(buf));
	for (n = 2; n <= 64; n++) {
		/* A bits may be set by the first access. */
		ck_assert(!mmu_st(&r->m, 0x11000 - n + 1, buf, n, ACC_USER, &f));
		memcpy(before, r->ram, RAM);
		ck_assert(!mmu_st(&r->m, 0x11000 - n + 1, buf, n, ACC_USER, &f));
		ck_assert_uint_eq(f.addr, 0x11000);
		ck_assert_uint_eq(f.error_code, PF_P | PF_W | PF_U);
		ck_assert(!mmu_rmw_begin(&r->m, 0x11000 - 1, n, ACC_USER, &rmw, &f));
		ck_assert_mem_eq(before, r->ram, RAM);
		buf[0] = 0x77;
		ck_assert(!mmu_ld(&r->m, 0x12000 - 1, buf, n, 0, &f));
		ck_assert_uint_eq(f.error_code, 0);
		ck_assert_uint_eq(buf[0], 0x77);
		buf[0] = 0xff;
	}
	free(before);
	rig_free(r);
}
END_TEST

START_TEST(crossing_accesses_go_to_both_pages)
{
	struct rig *r = long_rig(sizes[_i]);
	uint8_t in[64], out[64];
	struct walk_fault f;
	struct mmu_rmw rmw;
	unsigned n, cut;

	put_pte(r, 0x10, 0x30000 | P | W | U);
	put_pte(r, 0x11, 0x20000 | P | W | U);
	for (n = 1; n <= 64; n++) {
		for (cut = 0; cut <= n; cut++) {
			memset(in, (int)(n ^ cut), sizeof(in));
			in[0] ^= 0x55;
			ck_assert(mmu_st(&r->m, 0x11000 - cut, in, n, 0, &f));
			ck_assert_mem_eq(r->ram + 0x31000 - cut, in, cut);
			ck_assert_mem_eq(r->ram + 0x20000, in + cut, n - cut);
			ck_assert(mmu_ld(&r->m, 0x11000 - cut, out, n, 0, &f));
			ck_assert_mem_eq(in, out, n);
			ck_assert(mmu_rmw_begin(&r->m, 0x11000 - cut, n, 0, &rmw, &f));
			mmu_rmw_read(&r->m, &rmw, out);
			ck_assert_mem_eq(in, out, n);
			memset(out, 0x11, sizeof(out));
			mmu_rmw_write(&r->m, &rmw, out);
			mmu_peek_bytes(&r->m, 0x11000 - cut, in, n);
			ck_assert_mem_eq(in, out, n);
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(addresses_wrap_at_4_gib_outside_long_mode)
{
	struct rig *r = rig_new(64);
	uint32_t v = 0x44332211, got;
	struct walk_fault f;

	put_le32(r->ram + 0x1000, 0x2000 | P | W);
	put_le32(r->ram + 0x1ffc, 0x3000 | P | W);
	put_le32(r->ram + 0x2000, 0x4000 | P | W);
	put_le32(r->ram + 0x3ffc, 0x5000 | P | W);
	r->m.pg = (struct paging){
		.cr0 = CR0_PG | 1, .cr3 = 0x1000, .phys_bits = 40,
	};
	mmu_update(&r->m);
	ck_assert(mmu_st(&r->m, 0xfffffffe, &v, 4, 0, &f));
	ck_assert_uint_eq(get_le16(r->ram + 0x5ffe), 0x2211);
	ck_assert_uint_eq(get_le16(r->ram + 0x4000), 0x4433);
	ck_assert(mmu_ld(&r->m, 0xfffffffe, &got, 4, 0, &f));
	ck_assert_uint_eq(got, v);
	rig_free(r);
}
END_TEST

/* Decoded code and dirty epochs against fast write entries. */

static void
count_hook(void *arg, uint32_t id, uint32_t off, uint32_t len)
{
	*(uint64_t *)arg = *(uint64_t *)arg * 31 + id * 7 + off * 3 + len;
}

START_TEST(a_page_that_gains_code_loses_its_write_entries)
{
	struct rig *r = long_rig(1024);
	struct walk_fault f;
	uint64_t calls = 0, v = 1;

	physmem_set_code_hook(r->pm, count_hook, &calls);
	put_pte(r, 0x11, 0x10000 | P | W | U);	/* the same page twice */
	ck_assert(mmu_st(&r->m, 0x10000, &v, 8, 0, &f));
	ck_assert(mmu_st(&r->m, 0x11000, &v, 8, ACC_USER, &f));
	physmem_add_code(r->pm, 0x10, BIT(3));
	ck_assert(mmu_st(&r->m, 0x10000, &v, 8, 0, &f));
	ck_assert_uint_eq(calls, 0);
	ck_assert(mmu_st(&r->m, 0x110c0, &v, 8, ACC_USER, &f));
	ck_assert_uint_ne(calls, 0);
	rig_free(r);
}
END_TEST

/* Shadowing: a page may be read from ROM while stores go to RAM below. */
START_TEST(split_pages_are_read_and_written_apart)
{
	struct rig *r = long_rig(sizes[_i]);
	struct walk_fault f;
	struct mmu_rmw rmw;
	uint8_t v = 0;

	physmem_map_ram(r->pm, 0x10000, PAGE_SIZE, 0x20, 0x21);
	r->ram[0x20005] = 3;
	ck_assert(mmu_ld(&r->m, 0x10005, &v, 1, 0, &f));
	ck_assert_uint_eq(v, 3);
	ck_assert(mmu_rmw_begin(&r->m, 0x10005, 1, 0, &rmw, &f));
	mmu_rmw_read(&r->m, &rmw, &v);
	ck_assert_uint_eq(v, 3);
	v = 4;
	mmu_rmw_write(&r->m, &rmw, &v);
	ck_assert_uint_eq(r->ram[0x20005], 3);
	ck_assert_uint_eq(r->ram[0x21005], 4);
	v = 5;
	ck_assert(mmu_st(&r->m, 0x10005, &v, 1, 0, &f));
	ck_assert_uint_eq(r->ram[0x20005], 3);
	ck_assert_uint_eq(r->ram[0x21005], 5);
	rig_free(r);
}
END_TEST

START_TEST(stores_through_the_fast_tlb_reach_the_hash)
{
	struct rig *r = long_rig(64);
	struct hash128 a, b;
	struct walk_fault f;
	uint64_t v = 1;
	unsigned i;

	for (i = 0; i < 4; i++, v++) {
		ck_assert(mmu_st(&r->m, 0x10000, &v, 8, 0, &f));
		a = physmem_hash(r->pm);
		ck_assert(mmu_st(&r->m, 0x10008, &v, 8, 0, &f));
		b = physmem_hash(r->pm);
		ck_assert(a.lo != b.lo);
		b = physmem_hash(r->pm);
	}
	rig_free(r);
}
END_TEST

START_TEST(turning_paging_on_forgets_identity_addresses)
{
	struct rig *r = long_rig(64);
	struct walk_fault f;
	uint8_t v;

	r->m.pg.cr0 = 1;
	mmu_update(&r->m);
	ck_assert(mmu_ld(&r->m, 0x10000, &v, 1, 0, &f));
	put_pte(r, 0x10, 0x20000 | P);
	r->ram[0x20000] = 7;
	long_mode(&r->m.pg);
	mmu_update(&r->m);
	ck_assert(mmu_ld(&r->m, 0x10000, &v, 1, 0, &f));
	ck_assert_uint_eq(v, 7);
	rig_free(r);
}
END_TEST

START_TEST(bad_fast_sizes_are_refused)
{
	struct physmem *pm = physmem_new(MIB, 0, NULL);
	struct mmu m;

	ck_assert_int_lt(mmu_init(&m, pm, 32), 0);
	ck_assert_int_lt(mmu_init(&m, pm, 100), 0);
	ck_assert_int_lt(mmu_init(&m, pm, 131072), 0);
	ck_assert_int_eq(mmu_init(&m, pm, 65536), 0);
	mmu_fini(&m);
	mmu_fini(&m);
	physmem_free(pm);
}
END_TEST

Suite *mmu_access_suite(void);

Suite *
mmu_access_suite(void)
{
	Suite *s = suite_create("mmu_access");
	TCase *tc = tcase_create("mmu_access");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_fault_on_the_second_page_changes_no_memory,
	    0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, crossing_accesses_go_to_both_pages,
	    0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, addresses_wrap_at_4_gib_outside_long_mode);
	tcase_add_test(tc, a_page_that_gains_code_loses_its_write_entries);
	tcase_add_loop_test(tc, split_pages_are_read_and_written_apart,
	    0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, stores_through_the_fast_tlb_reach_the_hash);
	tcase_add_test(tc, turning_paging_on_forgets_identity_addresses);
	tcase_add_test(tc, bad_fast_sizes_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
