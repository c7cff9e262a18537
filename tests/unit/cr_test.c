/*
 * tests/unit/cr_test.c - control registers, EFER, invalidations, mode changes
 *
 * AMD APM vol 2 §3.1 "System-Control Registers", §5.5.3 "TLB Management".
 */
#include "cpu/timing.h"
#include "tests/unit/cpu_box.h"

static struct box *b;
static struct cpu *c;

static void
setup_protected(void)
{
	b = box_new("max");
	c = b->c;
	box_protected(b);
}

static void
setup_long(void)
{
	b = box_new("max");
	c = b->c;
	box_long(b);
}

static void
teardown(void)
{
	box_free(b);
}

static void
assert_gp(bool ok)
{
	ck_assert(!ok);
	ck_assert_uint_eq(c->fault.vector, EXC_GP);
	ck_assert(c->fault.has_error);
	ck_assert_uint_eq(c->fault.error, 0);
}

#define ASSERT_GP(call) assert_gp(call)

/* Does a data read of va go to memory for its translation now? */
static bool
walks(gva_t va)
{
	uint64_t before = c->mmu.stats.walks, v;

	ck_assert(sys_ld_u(c, va, 4, &v));
	return c->mmu.stats.walks != before;
}

/* ---- CR0 ---- */

START_TEST(cr0_illegal_combinations_are_gp)
{
	uint64_t old = c->cr0;

	ASSERT_GP(cr_write(c, 0, CR0_PG));
	ASSERT_GP(cr_write(c, 0, CR0_PE | CR0_NW));
	ASSERT_GP(cr_write(c, 0, CR0_PE | BIT(32)));
	ck_assert_uint_eq(c->cr0, old);
	ck_assert(cr_write(c, 0, CR0_PE | CR0_NW | CR0_CD | 0x40));
	ck_assert_uint_eq(c->cr0, CR0_PE | CR0_NW | CR0_CD | CR0_ET);
}
END_TEST

START_TEST(paging_with_lme_needs_pae_and_a_legacy_cs)
{
	ck_assert(efer_write(c, EFER_LME));
	ASSERT_GP(cr_write(c, 0, c->cr0 | CR0_PG));
	ck_assert(cr_write(c, 4, CR4_PAE));
	c->seg[SEG_CS].attr |= SA_L;
	ASSERT_GP(cr_write(c, 0, c->cr0 | CR0_PG));
	c->seg[SEG_CS].attr &= ~SA_L;
	c->tr.attr = 0x83;
	ASSERT_GP(cr_write(c, 0, c->cr0 | CR0_PG));
	c->tr.attr = 0x8b;
	ck_assert(cr_write(c, 0, c->cr0 | CR0_PG));
	ck_assert(c->efer & EFER_LMA);
	ck_assert(c->mode & MK_LMA);
	ck_assert(!(c->mode & MK_64));
	ck_assert(cr_write(c, 0, c->cr0 & ~CR0_PG));
	ck_assert(!(c->efer & EFER_LMA));
}
END_TEST

START_TEST(paging_off_in_64_bit_mode_is_gp)
{
	ASSERT_GP(cr_write(c, 0, c->cr0 & ~CR0_PG));
	ck_assert(c->efer & EFER_LMA);
}
END_TEST

START_TEST(lmsw_sets_pe_but_cannot_clear_it)
{
	c->gpr[RAX] = 0xe;
	EXEC(b, 0x0f, 0x01, 0xf0);
	ASSERT_RETIRED(b, 3);
	ck_assert_uint_eq(c->cr0 & 0xf, 0xf);
	EXEC(b, 0x0f, 0x06);				/* clts */
	ck_assert(!(c->cr0 & CR0_TS));
	ck_assert(!(c->mode & MK_TS));
}
END_TEST

START_TEST(smsw_obeys_umip)
{
	box_user(b);
	EXEC(b, 0x0f, 0x01, 0xe0);
	ASSERT_RETIRED(b, 3);
	ck_assert_uint_eq(c->gpr[RAX], (uint32_t)c->cr0);
	ck_assert(cr_write(c, 4, CR4_UMIP));
	EXEC(b, 0x0f, 0x01, 0xe0);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

/* ---- CR4 ---- */

START_TEST(cr4_reserved_bits_and_long_mode_rules)
{
	ASSERT_GP(cr_write(c, 4, c->cr4 | BIT(13)));
	ASSERT_GP(cr_write(c, 4, c->cr4 & ~CR4_PAE));
	c->cr3 |= 5;
	ASSERT_GP(cr_write(c, 4, c->cr4 | CR4_PCIDE));
	c->cr3 &= ~(uint64_t)5;
	ck_assert(cr_write(c, 4, c->cr4 | CR4_PCIDE));
	ASSERT_GP(cr_write(c, 0, c->cr0 & ~CR0_PG));
}
END_TEST

START_TEST(pcide_outside_long_mode_is_gp)
{
	ASSERT_GP(cr_write(c, 4, CR4_PCIDE));
}
END_TEST

START_TEST(cr4_bit_without_its_feature_is_gp)
{
	struct box *o = box_new("max,-smep,-xsave");

	ck_assert(!cr_write(o->c, 4, CR4_SMEP));
	ck_assert(!cr_write(o->c, 4, CR4_OSXSAVE));
	ck_assert(cr_write(o->c, 4, CR4_SMAP));
	box_free(o);
}
END_TEST

START_TEST(processor_without_cr4_raises_ud)
{
	struct box *o = box_new("486");
	uint64_t v;

	ck_assert(!cr_read(o->c, 4, &v));
	ck_assert_uint_eq(o->c->fault.vector, EXC_UD);
	ck_assert(!cr_write(o->c, 4, 0));
	ck_assert_uint_eq(o->c->fault.vector, EXC_UD);
	box_free(o);
}
END_TEST

START_TEST(tsd_keeps_rdtsc_to_level_0)
{
	ck_assert(cr_write(c, 4, CR4_TSD));
	EXEC(b, 0x0f, 0x31);
	ASSERT_RETIRED(b, 2);
	box_user(b);
	EXEC(b, 0x0f, 0x31);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(rdpmc_needs_pce_at_level_3)
{
	c->gpr[RCX] = 0;
	box_user(b);
	EXEC(b, 0x0f, 0x33);
	ASSERT_FAULT(b, EXC_GP, 0);
	box_user(b);
	c->rip = BOX_CODE;
	ck_assert(cr_write(c, 4, CR4_PCE));
	EXEC(b, 0x0f, 0x33);
	ASSERT_RETIRED(b, 2);
	c->gpr[RCX] = 4;
	EXEC(b, 0x0f, 0x33);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(unused_control_registers_are_ud)
{
	EXEC(b, 0x0f, 0x20, 0xc8);			/* mov eax, cr1 */
	ASSERT_FAULT(b, EXC_UD, -1);
}
END_TEST

START_TEST(mov_cr_at_level_3_is_gp)
{
	box_user(b);
	EXEC(b, 0x0f, 0x20, 0xc0);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(stac_and_clac_are_ud_above_level_0)
{
	EXEC(b, 0x0f, 0x01, 0xcb);
	ck_assert(c->rflags & F_AC);
	ck_assert(c->mmu.ac);
	EXEC(b, 0x0f, 0x01, 0xca);
	ck_assert(!(c->rflags & F_AC));
	box_user(b);
	EXEC(b, 0x0f, 0x01, 0xcb);
	ASSERT_FAULT(b, EXC_UD, -1);
}
END_TEST

/* ---- CR3 and flushes ---- */

START_TEST(cr3_write_flushes_all_but_global)
{
	ck_assert(cr_write(c, 4, c->cr4 | CR4_PGE));
	box_pte(b, 0x8000, 0x100, 0);
	ck_assert(walks(0x8000));
	ck_assert(walks(0x9000));
	ck_assert(!walks(0x8000));
	ck_assert(cr_write(c, 3, c->cr3));
	ck_assert(!walks(0x8000));
	ck_assert(walks(0x9000));
	ck_assert(cr_write(c, 4, c->cr4 & ~CR4_PGE));
	ck_assert(walks(0x8000));
	ck_assert_uint_eq(c->stats.cr3_loads, 1);
}
END_TEST

START_TEST(cr3_reserved_bits_are_gp_in_long_mode)
{
	uint64_t old = c->cr3;

	ASSERT_GP(cr_write(c, 3, old | BIT(50)));
	ASSERT_GP(cr_write(c, 3, old | CR3_NOFLUSH));
	ck_assert_uint_eq(c->cr3, old);
}
END_TEST

START_TEST(bit_63_keeps_a_pcids_entries)
{
	uint64_t root = c->cr3;

	ck_assert(cr_write(c, 4, c->cr4 | CR4_PCIDE));
	ck_assert(cr_write(c, 3, root | 1));
	ck_assert(walks(0x8000));
	ck_assert(cr_write(c, 3, root | 2));
	ck_assert(walks(0x8000));
	ck_assert(cr_write(c, 3, root | 1 | CR3_NOFLUSH));
	ck_assert_uint_eq(c->cr3, root | 1);
	ck_assert(!walks(0x8000));
	ck_assert(cr_write(c, 3, root | 1));
	ck_assert(walks(0x8000));
	ck_assert(cr_write(c, 3, root | 2 | CR3_NOFLUSH));
	ck_assert(!walks(0x8000));
	ck_assert(cr_write(c, 3, root | CR3_NOFLUSH));
	ck_assert(cr_write(c, 4, c->cr4 & ~CR4_PCIDE));
	ck_assert(walks(0x8000));
}
END_TEST

START_TEST(cr3_and_mode_writes_empty_the_fetch_register)
{
	c->mmu.fetch_page = BOX_CODE;
	ck_assert(cr_write(c, 3, c->cr3));
	ck_assert_uint_eq(c->mmu.fetch_page, FETCH_NONE);
	c->mmu.fetch_page = BOX_CODE;
	ck_assert(cr_write(c, 0, c->cr0 | CR0_TS));
	ck_assert_uint_eq(c->mmu.fetch_page, BOX_CODE);
	ck_assert(cr_write(c, 0, c->cr0 & ~CR0_WP));
	ck_assert_uint_eq(c->mmu.fetch_page, FETCH_NONE);
	c->mmu.fetch_page = BOX_CODE;
	ck_assert(cr_write(c, 4, c->cr4 | CR4_OSFXSR));
	ck_assert_uint_eq(c->mmu.fetch_page, BOX_CODE);
	ck_assert(cr_write(c, 4, c->cr4 | CR4_SMEP));
	ck_assert_uint_eq(c->mmu.fetch_page, FETCH_NONE);
	c->mmu.fetch_page = BOX_CODE;
	cpu_set_cpl(c, 3);
	ck_assert_uint_eq(c->mmu.fetch_page, FETCH_NONE);
}
END_TEST

START_TEST(invlpg_drops_one_page_global_or_not)
{
	ck_assert(cr_write(c, 4, c->cr4 | CR4_PGE));
	box_pte(b, 0x8000, 0x100, 0);
	ck_assert(walks(0x8000));
	ck_assert(walks(0x9000));
	c->gpr[RAX] = 0x8123;
	EXEC(b, 0x0f, 0x01, 0x38);
	ASSERT_RETIRED(b, 3);
	ck_assert(walks(0x8000));
	ck_assert(!walks(0x9000));
}
END_TEST

/* invpcid rax, [rbx] */
static void
invpcid(uint64_t type, uint64_t pcid, uint64_t va)
{
	phys_st64(b->pm, 0x7000, pcid);
	phys_st64(b->pm, 0x7008, va);
	c->gpr[RAX] = type;
	c->gpr[RBX] = 0x7000;
	c->rip = BOX_CODE;
	EXEC(b, 0x66, 0x0f, 0x38, 0x82, 0x03);
}

START_TEST(invpcid_types)
{
	uint64_t root = c->cr3;

	ck_assert(cr_write(c, 4, c->cr4 | CR4_PCIDE | CR4_PGE));
	box_pte(b, 0xa000, 0x100, 0);
	ck_assert(cr_write(c, 3, root | 1));
	ck_assert(walks(0x8000));
	ck_assert(walks(0x9000));
	ck_assert(walks(0xa000));
	invpcid(0, 1, 0x8000);
	ck_assert(walks(0x8000));
	ck_assert(!walks(0x9000));
	invpcid(1, 2, 0);
	ck_assert(!walks(0x9000));
	invpcid(1, 1, 0);
	ck_assert(walks(0x9000));
	ck_assert(!walks(0xa000));
	invpcid(3, 0, 0);
	ck_assert(walks(0x9000));
	ck_assert(!walks(0xa000));
	invpcid(2, 0, 0);
	ck_assert(walks(0xa000));
	ASSERT_RETIRED(b, 5);
}
END_TEST

START_TEST(invpcid_bad_operands_are_gp)
{
	invpcid(4, 0, 0);
	ASSERT_FAULT(b, EXC_GP, 0);
	invpcid(0, 0x1000, 0);
	ASSERT_FAULT(b, EXC_GP, 0);
	invpcid(1, 1, 0);				/* CR4.PCIDE is clear */
	ASSERT_FAULT(b, EXC_GP, 0);
	invpcid(0, 0, 0x800000000000);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

/* ---- CR8, EFER, XCR0 ---- */

START_TEST(cr8_is_the_apics_priority)
{
	c->gpr[RAX] = 9;
	EXEC(b, 0x44, 0x0f, 0x22, 0xc0);		/* mov cr8, rax */
	ck_assert_uint_eq(b->tpr, 9);
	EXEC(b, 0x44, 0x0f, 0x20, 0xc3);		/* mov rbx, cr8 */
	ck_assert_uint_eq(c->gpr[RBX], 9);
	ASSERT_GP(cr_write(c, 8, 16));
}
END_TEST

START_TEST(efer_reserved_lme_and_lma)
{
	uint64_t v;

	ASSERT_GP(efer_write(c, BIT(1)));
	ASSERT_GP(efer_write(c, EFER_SVME));
	ASSERT_GP(efer_write(c, c->efer & ~EFER_LME));
	ck_assert(efer_write(c, (c->efer & ~EFER_LMA) | EFER_SCE));
	ck_assert(msr_read(c, 0xc0000080, &v));
	ck_assert(v & EFER_LMA);
}
END_TEST

START_TEST(nxe_change_flushes)
{
	ck_assert(walks(0x8000));
	ck_assert(!walks(0x8000));
	ck_assert(efer_write(c, c->efer & ~EFER_NXE));
	ck_assert(walks(0x8000));
}
END_TEST

START_TEST(xsetbv_takes_x87_and_sse)
{
	EXEC(b, 0x0f, 0x01, 0xd0);			/* xgetbv without OSXSAVE */
	ASSERT_FAULT(b, EXC_UD, -1);
	c->rip = BOX_CODE;
	ck_assert(cr_write(c, 4, c->cr4 | CR4_OSXSAVE));
	c->gpr[RCX] = c->gpr[RDX] = 0;
	c->gpr[RAX] = 3;
	EXEC(b, 0x0f, 0x01, 0xd1);
	ASSERT_RETIRED(b, 3);
	ck_assert_uint_eq(c->xcr0, 3);
	c->gpr[RAX] = 2;
	EXEC(b, 0x0f, 0x01, 0xd1);
	ASSERT_FAULT(b, EXC_GP, 0);
	ck_assert_uint_eq(c->xcr0, 3);
}
END_TEST

START_TEST(lgdt_base_has_24_bits_with_16_bit_operands)
{
	phys_st16(b->pm, 0x8000, 0x7f);
	phys_st32(b->pm, 0x8002, 0x89abcdef);
	c->gpr[RAX] = 0x8000;
	EXEC(b, 0x66, 0x0f, 0x01, 0x10);
	ck_assert_uint_eq(c->gdtr.base, 0xabcdef);
	ck_assert_uint_eq(c->gdtr.limit, 0x7f);
	EXEC(b, 0x0f, 0x01, 0x10);
	ck_assert_uint_eq(c->gdtr.base, 0x89abcdef);
}
END_TEST

START_TEST(fsgsbase_needs_cr4_and_canonical)
{
	EXEC(b, 0xf3, 0x48, 0x0f, 0xae, 0xc0);		/* rdfsbase rax */
	ASSERT_FAULT(b, EXC_UD, -1);
	c->rip = BOX_CODE;
	ck_assert(cr_write(c, 4, c->cr4 | CR4_FSGSBASE));
	c->gpr[RAX] = 0x123456789abc;
	EXEC(b, 0xf3, 0x48, 0x0f, 0xae, 0xd8);		/* wrgsbase rax */
	ck_assert_uint_eq(c->seg[SEG_GS].base, 0x123456789abc);
	c->kernel_gs_base = 0x42;
	EXEC(b, 0x0f, 0x01, 0xf8);			/* swapgs */
	ck_assert_uint_eq(c->seg[SEG_GS].base, 0x42);
	ck_assert_uint_eq(c->kernel_gs_base, 0x123456789abc);
	ASSERT_RETIRED(b, 8);
	c->gpr[RAX] = 0x800000000000;
	EXEC(b, 0xf3, 0x48, 0x0f, 0xae, 0xd8);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(flat_mode_bit_follows_segments)
{
	ck_assert(c->mode & MK_FLAT);
	c->gpr[RAX] = SEL_BASED | 3;
	EXEC(b, 0x8e, 0xd8);
	ck_assert(!(c->mode & MK_FLAT));
	c->gpr[RAX] = SEL_DATA32;
	EXEC(b, 0x8e, 0xd8);
	ck_assert(c->mode & MK_FLAT);
	c->gpr[RAX] = SEL_RODATA;
	EXEC(b, 0x8e, 0xd8);
	ck_assert(!(c->mode & MK_FLAT));
}
END_TEST

Suite	*cr_suite(void);

Suite *
cr_suite(void)
{
	Suite *s = suite_create("cr");
	TCase *p = tcase_create("protected"), *l = tcase_create("long");

	tcase_add_checked_fixture(p, setup_protected, teardown);
	tcase_add_test(p, cr0_illegal_combinations_are_gp);
	tcase_add_test(p, paging_with_lme_needs_pae_and_a_legacy_cs);
	tcase_add_test(p, lmsw_sets_pe_but_cannot_clear_it);
	tcase_add_test(p, smsw_obeys_umip);
	tcase_add_test(p, pcide_outside_long_mode_is_gp);
	tcase_add_test(p, cr4_bit_without_its_feature_is_gp);
	tcase_add_test(p, processor_without_cr4_raises_ud);
	tcase_add_test(p, tsd_keeps_rdtsc_to_level_0);
	tcase_add_test(p, rdpmc_needs_pce_at_level_3);
	tcase_add_test(p, unused_control_registers_are_ud);
	tcase_add_test(p, mov_cr_at_level_3_is_gp);
	tcase_add_test(p, stac_and_clac_are_ud_above_level_0);
	tcase_add_test(p, lgdt_base_has_24_bits_with_16_bit_operands);
	tcase_add_test(p, flat_mode_bit_follows_segments);
	tcase_add_checked_fixture(l, setup_long, teardown);
	tcase_add_test(l, paging_off_in_64_bit_mode_is_gp);
	tcase_add_test(l, cr4_reserved_bits_and_long_mode_rules);
	tcase_add_test(l, cr3_write_flushes_all_but_global);
	tcase_add_test(l, cr3_reserved_bits_are_gp_in_long_mode);
	tcase_add_test(l, bit_63_keeps_a_pcids_entries);
	tcase_add_test(l, cr3_and_mode_writes_empty_the_fetch_register);
	tcase_add_test(l, invlpg_drops_one_page_global_or_not);
	tcase_add_test(l, invpcid_types);
	tcase_add_test(l, invpcid_bad_operands_are_gp);
	tcase_add_test(l, cr8_is_the_apics_priority);
	tcase_add_test(l, efer_reserved_lme_and_lma);
	tcase_add_test(l, nxe_change_flushes);
	tcase_add_test(l, xsetbv_takes_x87_and_sse);
	tcase_add_test(l, fsgsbase_needs_cr4_and_canonical);
	suite_add_tcase(s, p);
	suite_add_tcase(s, l);
	return s;
}
