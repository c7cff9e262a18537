/*
 * tests/unit/mmu_memo_test.c - whoever changes a nested table, the next walk sees it
 *
 * mmu_fast_test.c compares random operations with a machine that remembers nothing;
 * here is each way to change a table once.
 */
#include "mmu/mmu.h"

#include <string.h>

#include "tests/unit/mmu_rig.h"

/* The guest's tables are those of long_rig(); nested ones, also page n to n. */
#define NCR3		0x10000u
#define NPT		0x13000u
#define PAGE		0x50u		/* guest page that is moved about */
#define ENTRY		(NPT + 8 * PAGE)

static void
in_guest(struct rig *r, bool guest)
{
	r->m.asid = guest;
	r->m.nested = guest;
	mmu_update(&r->m);
}

static struct rig *
nested_rig(void)
{
	struct rig *r = long_rig(1024);
	unsigned i;

	put_le64(r->ram + NCR3, 0x11000 | P | W | U);
	put_le64(r->ram + 0x11000, 0x12000 | P | W | U);
	put_le64(r->ram + 0x12000, NPT | P | W | U);
	for (i = 0; i < 512; i++)
		put_le64(r->ram + NPT + 8 * i, i * PAGE_SIZE | P | W | U);
	long_mode(&r->m.npg);
	r->m.npg.cr3 = NCR3;
	return r;
}

/* Where the guest's page is now, or 0 at a fault; with no help of a TLB. */
static hpa_t
leads(struct rig *r, unsigned acc)
{
	struct walk_fault f;
	struct mmu_ref ref;
	hpa_t hpa;

	in_guest(r, true);
	mmu_flush_all(&r->m);
	hpa = mmu_lookup(&r->m, PAGE * PAGE_SIZE, acc, &ref, &f) ? ref.hpa : 0;
	in_guest(r, false);
	return hpa;
}

/* The table's page through the host's own paging, where a fast entry may serve it. */
static void
store(struct rig *r, uint64_t entry)
{
	struct walk_fault f;
	uint8_t b[8];

	put_le64(b, entry);
	ck_assert(mmu_st(&r->m, ENTRY, b, sizeof(b), 0, &f));
}

static void
load_page(struct rig *r, uint64_t entry)
{
	uint8_t page[PAGE_SIZE];

	memcpy(page, r->ram + NPT, PAGE_SIZE);
	put_le64(page + 8 * PAGE, entry);
	physmem_load_page(r->pm, NPT / PAGE_SIZE, page);
}

enum way { BUS, DMA, POKE, SNAPSHOT, STORE, STORE_ENTERED, WAYS };

static void
change(struct rig *r, enum way way, uint64_t entry)
{
	uint8_t b[8];

	put_le64(b, entry);
	switch (way) {
	case BUS: phys_st64(r->pm, ENTRY, entry); break;
	case DMA: phys_write(r->pm, ENTRY, b, 8); break;
	case POKE: phys_poke(r->pm, ENTRY, b, 8); break;
	case SNAPSHOT: load_page(r, entry); break;
	case STORE: store(r, entry); break;
	default:	/* looked up for a store that comes later */
		ck_assert(touch(r, ENTRY, ACC_W));
		store(r, entry);
	}
}

START_TEST(a_store_to_a_nested_table_is_seen)
{
	struct rig *r = nested_rig();
	unsigned i;

	for (i = 0; i < 4; i++) {
		ck_assert_uint_eq(leads(r, ACC_R), i ? 0x60000 : PAGE * PAGE_SIZE);
		change(r, _i, 0x70000 | P | W | U);
		ck_assert_uint_eq(leads(r, ACC_R), 0x70000);
		ck_assert_uint_eq(leads(r, ACC_W), 0x70000);
		ck_assert(get_le64(r->ram + ENTRY) & D);
		/* D is cleared, and a write sets it again. */
		change(r, _i, 0x70000 | P | W | U | A);
		ck_assert_uint_eq(leads(r, ACC_R), 0x70000);
		ck_assert(!(get_le64(r->ram + ENTRY) & D));
		ck_assert_uint_eq(leads(r, ACC_W), 0x70000);
		ck_assert(get_le64(r->ram + ENTRY) & D);
		change(r, _i, 0x70000 | P | U);
		ck_assert_uint_eq(leads(r, ACC_R), 0x70000);
		ck_assert_uint_eq(leads(r, ACC_W), 0);
		change(r, _i, 0x70000 | P | W | U | NX);
		ck_assert_uint_eq(leads(r, ACC_X), 0);
		change(r, _i, 0);
		ck_assert_uint_eq(leads(r, ACC_R), 0);
		change(r, _i, 0x60000 | P | W | U);
	}
	rig_free(r);
}
END_TEST

START_TEST(other_tables_and_rules_are_seen)
{
	struct rig *r = nested_rig();
	uint64_t walks;

	phys_st64(r->pm, ENTRY, (PAGE * PAGE_SIZE) | P | W | U | NX);
	ck_assert_uint_eq(leads(r, ACC_X), 0);
	ck_assert_uint_eq(leads(r, ACC_R), PAGE * PAGE_SIZE);
	r->m.npg.efer &= ~EFER_NXE;		/* NX is a reserved bit now */
	ck_assert_uint_eq(leads(r, ACC_R), 0);
	r->m.npg.efer |= EFER_NXE;
	ck_assert_uint_eq(leads(r, ACC_R), PAGE * PAGE_SIZE);
	/* Another tree, which shares all but the top. */
	put_le64(r->ram + 0x20000, 0x21000 | P | W | U);
	put_le64(r->ram + 0x21000, 0);
	r->m.npg.cr3 = 0x20000;
	ck_assert_uint_eq(leads(r, ACC_R), 0);
	r->m.npg.cr3 = NCR3;
	ck_assert_uint_eq(leads(r, ACC_R), PAGE * PAGE_SIZE);
	/* Other memory where the table is. */
	memcpy(r->ram + 0x90000, r->ram + NPT, PAGE_SIZE);
	put_le64(r->ram + 0x90000 + 8 * PAGE, 0x71000 | P | W | U);
	ck_assert_int_gt(physmem_map_ram(r->pm, NPT, PAGE_SIZE, 0x90, 0x90), 0);
	ck_assert_uint_eq(leads(r, ACC_R), 0x71000);
	/* What is remembered is counted as ever. */
	walks = r->m.stats.refs[1][1] + r->m.stats.refs[1][4];
	ck_assert_uint_eq(leads(r, ACC_R), 0x71000);
	ck_assert_uint_eq(r->m.stats.refs[1][1] + r->m.stats.refs[1][4] - walks, 10);
	rig_free(r);
}
END_TEST

Suite *mmu_memo_suite(void);

Suite *
mmu_memo_suite(void)
{
	Suite *s = suite_create("mmu_memo");
	TCase *tc = tcase_create("mmu_memo");

	tcase_add_loop_test(tc, a_store_to_a_nested_table_is_seen, 0, WAYS);
	tcase_add_test(tc, other_tables_and_rules_are_seen);
	suite_add_tcase(s, tc);
	return s;
}
