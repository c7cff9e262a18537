/*
 * tests/unit/seg_test.c - segment loads, far transfers, selector questions
 *
 * AMD APM vol 2 chapter 4 "Segmented Virtual Memory".
 */
#include "tests/unit/cpu_box.h"

static struct box *b;
static struct cpu *c;

static void
setup_protected(void)
{
	b = box_new(NULL);
	c = b->c;
	box_protected(b);
}

static void
setup_long(void)
{
	b = box_new(NULL);
	c = b->c;
	box_long(b);
}

static void
teardown(void)
{
	box_free(b);
}

/* mov ds, ax with this selector, at BOX_CODE */
static void
mov_ds(uint16_t sel)
{
	c->rip = BOX_CODE;
	c->gpr[RAX] = sel;
	EXEC(b, 0x8e, 0xd8);
}

static void
mov_ss(uint16_t sel)
{
	c->rip = BOX_CODE;
	c->gpr[RAX] = sel;
	EXEC(b, 0x8e, 0xd0);
}

/* ---- loads ---- */

START_TEST(data_load_takes_base_limit_and_sets_accessed)
{
	mov_ds(SEL_BASED | 3);
	ASSERT_RETIRED(b, 2);
	ck_assert_uint_eq(c->seg[SEG_DS].sel, SEL_BASED | 3);
	ck_assert_uint_eq(c->seg[SEG_DS].base, 0x12345678);
	ck_assert_uint_eq(c->seg[SEG_DS].limit, 0x4321);
	ck_assert_uint_eq(c->seg[SEG_DS].attr, 0x4f3);
	ck_assert_uint_eq(box_ld64(b, BOX_GDT + SEL_BASED) >> 40 & 0xff, 0xf3);
}
END_TEST

START_TEST(granular_limit_counts_in_pages)
{
	mov_ds(SEL_UDATA32);
	ck_assert_uint_eq(c->seg[SEG_DS].limit, 0xffffffff);
}
END_TEST

START_TEST(data_load_above_its_dpl_is_gp)
{
	mov_ds(SEL_DATA32 | 3);
	ASSERT_FAULT(b, EXC_GP, SEL_DATA32);
	ck_assert_uint_eq(c->seg[SEG_DS].sel, SEL_DATA32);
}
END_TEST

START_TEST(execute_only_code_in_ds_is_gp)
{
	mov_ds(SEL_XONLY);
	ASSERT_FAULT(b, EXC_GP, SEL_XONLY);
}
END_TEST

START_TEST(conforming_code_in_ds_ignores_privilege)
{
	mov_ds(SEL_CONFORM | 3);
	ASSERT_RETIRED(b, 2);
}
END_TEST

START_TEST(absent_data_is_np_and_absent_stack_is_ss)
{
	mov_ds(SEL_ABSENT);
	ASSERT_FAULT(b, EXC_NP, SEL_ABSENT);
	mov_ss(SEL_ABSENT);
	ASSERT_FAULT(b, EXC_SS, SEL_ABSENT);
}
END_TEST

START_TEST(null_ds_loads_and_faults_on_use)
{
	mov_ds(3);
	ASSERT_RETIRED(b, 2);
	ck_assert(SEG_UNUSABLE(&c->seg[SEG_DS]));
	EXEC(b, 0xa0, 0, 0, 0, 0);			/* mov al, [0] */
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(null_ss_is_gp_in_protected_mode)
{
	mov_ss(0);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(read_only_stack_is_gp)
{
	mov_ss(SEL_RODATA);
	ASSERT_FAULT(b, EXC_GP, SEL_RODATA);
}
END_TEST

START_TEST(stack_of_another_level_is_gp)
{
	mov_ss(SEL_UDATA32);
	ASSERT_FAULT(b, EXC_GP, SEL_UDATA32 & ~3);
}
END_TEST

START_TEST(selector_beyond_gdt_is_gp)
{
	mov_ds(SEL_LAST + 1);
	ASSERT_FAULT(b, EXC_GP, SEL_LAST + 1);
}
END_TEST

START_TEST(ldt_selector_reads_ldt_and_reports_ti)
{
	mov_ds(0x0c);
	ck_assert_uint_eq(c->seg[SEG_DS].base, 0x80000);
	mov_ds(0x104);
	ASSERT_FAULT(b, EXC_GP, 0x104);
}
END_TEST

START_TEST(cs_cannot_be_loaded_by_mov)
{
	EXEC(b, 0x8e, 0xc8);				/* mov cs, ax */
	ASSERT_FAULT(b, EXC_UD, -1);
}
END_TEST

START_TEST(pop_ds_moves_stack_only_on_success)
{
	phys_st32(b->pm, BOX_STACK0 - 8, SEL_ABSENT);
	c->gpr[RSP] = BOX_STACK0 - 8;
	EXEC(b, 0x1f);
	ASSERT_FAULT(b, EXC_NP, SEL_ABSENT);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 8 - 16);
	c->gpr[RSP] = BOX_STACK0 - 8;
	c->rip = BOX_CODE;
	phys_st32(b->pm, BOX_STACK0 - 8, SEL_UDATA32);
	EXEC(b, 0x1f);
	ASSERT_RETIRED(b, 1);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 4);
}
END_TEST

START_TEST(lss_loads_register_only_with_segment)
{
	phys_st32(b->pm, 0x8000, 0x1234);
	phys_st16(b->pm, 0x8004, SEL_RODATA);
	EXEC(b, 0x0f, 0xb2, 0x25, 0x00, 0x80, 0, 0);	/* lss esp, [0x8000] */
	ASSERT_FAULT(b, EXC_GP, SEL_RODATA);
	c->rip = BOX_CODE;
	c->gpr[RSP] = BOX_STACK0;
	phys_st16(b->pm, 0x8004, SEL_DATA16);
	EXEC(b, 0x0f, 0xb2, 0x25, 0x00, 0x80, 0, 0);
	ASSERT_RETIRED(b, 7);
	ck_assert_uint_eq(c->gpr[RSP], 0x1234);
	ck_assert(!(c->mode & MK_SS32));
	ck_assert_uint_eq(c->inhibit, 0);
}
END_TEST

START_TEST(real_mode_load_keeps_limit_and_attributes)
{
	struct box *r = box_new(NULL);

	r->c->seg[SEG_DS].limit = 0xffffffff;
	r->c->rip = 0x100;
	r->c->seg[SEG_CS].base = 0;
	r->c->gpr[RAX] = 0x1234;
	EXEC(r, 0x8e, 0xd8);
	ck_assert_uint_eq(r->c->seg[SEG_DS].base, 0x12340);
	ck_assert_uint_eq(r->c->seg[SEG_DS].limit, 0xffffffff);
	box_free(r);
}
END_TEST

START_TEST(null_ss_loads_in_64_bit_mode_below_level_3)
{
	mov_ss(0);
	ASSERT_RETIRED(b, 2);
	box_user(b);
	mov_ss(3);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(null_fs_clears_its_base)
{
	c->seg[SEG_FS].base = 0x1234567890;
	c->gpr[RAX] = 0;
	EXEC(b, 0x8e, 0xe0);				/* mov fs, ax */
	ASSERT_RETIRED(b, 2);
	ck_assert_uint_eq(c->seg[SEG_FS].base, 0);
}
END_TEST

/* ---- questions ---- */

START_TEST(lar_and_lsl_answer_what_is_visible)
{
	c->gpr[RBX] = SEL_BASED | 3;
	EXEC(b, 0x0f, 0x02, 0xc3);			/* lar eax, ebx */
	ck_assert_uint_eq(c->gpr[RAX], 0x0040f200);
	ck_assert(rflags_get(c) & F_ZF);
	EXEC(b, 0x0f, 0x03, 0xc3);			/* lsl eax, ebx */
	ck_assert_uint_eq(c->gpr[RAX], 0x4321);
	c->gpr[RBX] = SEL_DATA32 | 3;
	EXEC(b, 0x0f, 0x03, 0xc3);
	ck_assert(!(rflags_get(c) & F_ZF));
	ck_assert_uint_eq(c->gpr[RAX], 0x4321);
	c->gpr[RBX] = 0xfff8;
	EXEC(b, 0x0f, 0x02, 0xc3);
	ck_assert(!(rflags_get(c) & F_ZF));
	ASSERT_RETIRED(b, 12);
}
END_TEST

START_TEST(verr_verw_check_type_and_privilege)
{
	static const struct { uint16_t sel; bool r, w; } cases[] = {
		{ SEL_DATA32, true, true }, { SEL_RODATA, true, false },
		{ SEL_XONLY, false, false }, { SEL_CODE32, true, false },
		{ SEL_CONFORM | 3, true, false }, { SEL_DATA32 | 3, false, false },
		{ SEL_TSS, false, false }, { 0, false, false }
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		c->rip = BOX_CODE;
		c->gpr[RAX] = cases[i].sel;
		EXEC(b, 0x0f, 0x00, 0xe0);
		ck_assert_msg(!(rflags_get(c) & F_ZF) == !cases[i].r, "verr %x", cases[i].sel);
		EXEC(b, 0x0f, 0x00, 0xe8);
		ck_assert_msg(!(rflags_get(c) & F_ZF) == !cases[i].w, "verw %x", cases[i].sel);
	}
}
END_TEST

START_TEST(arpl_raises_rpl)
{
	c->gpr[RAX] = 0x10;
	c->gpr[RBX] = 3;
	EXEC(b, 0x63, 0xd8);
	ck_assert_uint_eq(c->gpr[RAX], 0x13);
	ck_assert(rflags_get(c) & F_ZF);
	EXEC(b, 0x63, 0xd8);
	ck_assert_uint_eq(c->gpr[RAX], 0x13);
	ck_assert(!(rflags_get(c) & F_ZF));
}
END_TEST

START_TEST(ltr_marks_busy_and_refuses_busy)
{
	c->gpr[RAX] = SEL_TSS_B;
	EXEC(b, 0x0f, 0x00, 0xd8);
	ASSERT_RETIRED(b, 3);
	ck_assert_uint_eq(c->tr.base, BOX_TSS_B);
	ck_assert_uint_eq(box_ld64(b, BOX_GDT + SEL_TSS_B) >> 40 & 0xff, 0x8b);
	EXEC(b, 0x0f, 0x00, 0xd8);
	ASSERT_FAULT(b, EXC_GP, SEL_TSS_B);
}
END_TEST

/* ---- far transfers ---- */

static void
call_gate(uint16_t sel, uint32_t off, unsigned params, unsigned attr)
{
	uint64_t d = 0;

	d = bits_put(d, 0, 16, off);
	d = bits_put(d, 48, 16, off >> 16);
	d = bits_put(d, 16, 16, sel);
	d = bits_put(d, 32, 5, params);
	box_gdt(b, SEL_GATE, bits_put(d, 40, 8, attr));
	box_gdt(b, SEL_GATE + 8, 0);
}

START_TEST(far_jump_stays_at_cpl)
{
	EXEC(b, 0xea, 0x00, 0x02, 0x00, 0x00, SEL_CODE16, 0x00);
	ck_assert_uint_eq(c->rip, 0x200);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, SEL_CODE16);
	ck_assert(!(c->mode & MK_32));
}
END_TEST

START_TEST(far_jump_beyond_limit_is_gp)
{
	EXEC(b, 0xea, 0x00, 0x00, 0x01, 0x00, SEL_CODE16, 0x00);
	ASSERT_FAULT(b, EXC_GP, 0);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, SEL_CODE32);
}
END_TEST

START_TEST(far_jump_to_other_level_is_gp)
{
	EXEC(b, 0xea, 0, 2, 1, 0, SEL_UCODE32, 0x00);
	ASSERT_FAULT(b, EXC_GP, SEL_UCODE32 & ~3);
}
END_TEST

START_TEST(conforming_target_keeps_level_3)
{
	box_user(b);
	EXEC(b, 0xea, 0, 2, 1, 0, SEL_CONFORM, 0x00);
	ck_assert_uint_eq(c->rip, 0x10200);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, SEL_CONFORM | 3);
}
END_TEST

START_TEST(far_call_and_return_balance)
{
	EXEC(b, 0x9a, 0, 2, 1, 0, SEL_CODE32, 0x00);
	ck_assert_uint_eq(c->rip, 0x10200);
	ck_assert_uint_eq(box_stack(b, 0, 4), BOX_CODE + 7);
	ck_assert_uint_eq(box_stack(b, 1, 4), SEL_CODE32);
	EXEC(b, 0xca, 0x04, 0x00);			/* retf 4 */
	ASSERT_RETIRED(b, 7);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 + 4);
}
END_TEST

START_TEST(call_gate_switches_stack_and_copies_parameters)
{
	box_user(b);
	call_gate(SEL_CODE32, 0x10200, 2, 0xec);
	c->gpr[RSP] = BOX_STACK3 - 8;
	phys_st32(b->pm, BOX_STACK3 - 8, 0x11111111);
	phys_st32(b->pm, BOX_STACK3 - 4, 0x22222222);
	EXEC(b, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0x00);
	ck_assert_uint_eq(c->rip, 0x10200);
	ck_assert_uint_eq(c->cpl, 0);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_DATA32);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 24);
	ck_assert_uint_eq(box_stack(b, 0, 4), BOX_CODE + 7);
	ck_assert_uint_eq(box_stack(b, 1, 4), SEL_UCODE32);
	ck_assert_uint_eq(box_stack(b, 2, 4), 0x11111111);
	ck_assert_uint_eq(box_stack(b, 3, 4), 0x22222222);
	ck_assert_uint_eq(box_stack(b, 4, 4), BOX_STACK3 - 8);
	ck_assert_uint_eq(box_stack(b, 5, 4), SEL_UDATA32);
	c->seg[SEG_DS].attr &= ~0x60;			/* a level 0 segment */
	EXEC(b, 0xca, 0x08, 0x00);			/* retf 8 */
	ASSERT_RETIRED(b, 7);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK3);
	ck_assert(SEG_UNUSABLE(&c->seg[SEG_DS]));
	ck_assert(!SEG_UNUSABLE(&c->seg[SEG_ES]));
}
END_TEST

START_TEST(call_gate_16_pushes_words)
{
	box_user(b);
	call_gate(SEL_CODE32, 0x0200, 1, 0xe4);
	c->gpr[RSP] = BOX_STACK3 - 2;
	phys_st16(b->pm, BOX_STACK3 - 2, 0x3333);
	EXEC(b, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0x00);
	ck_assert_uint_eq(c->rip, 0x200);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 10);
	ck_assert_uint_eq(box_stack(b, 2, 2), 0x3333);
}
END_TEST

START_TEST(gate_above_its_dpl_is_gp)
{
	box_user(b);
	call_gate(SEL_CODE32, 0x10200, 0, 0x8c);
	EXEC(b, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0x00);
	ASSERT_FAULT(b, EXC_GP, SEL_GATE);
}
END_TEST

START_TEST(jump_through_gate_to_inner_level_is_gp)
{
	box_user(b);
	call_gate(SEL_CODE32, 0x10200, 0, 0xec);
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_GATE | 3, 0x00);
	ASSERT_FAULT(b, EXC_GP, SEL_CODE32);
}
END_TEST

START_TEST(gate_with_bad_inner_stack_is_ts_and_changes_nothing)
{
	box_user(b);
	call_gate(SEL_CODE1 & ~3, 0x10200, 0, 0xec);
	phys_st32(b->pm, BOX_TSS + 16, SEL_DATA32 | 1);
	EXEC(b, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0x00);
	ASSERT_FAULT(b, EXC_TS, SEL_DATA32);
	ck_assert_uint_eq(box_stack(b, 1, 4), BOX_CODE);
	ck_assert_uint_eq(box_stack(b, 4, 4), BOX_STACK3);
}
END_TEST

START_TEST(gate_frame_beyond_stack_limit_is_ss_of_new_stack)
{
	box_user(b);
	call_gate(SEL_CODE1 & ~3, 0x10200, 0, 0xec);
	box_gdt(b, SEL_DATA1, box_desc(0, BOX_STACK1 - 8, 0x4b2));
	EXEC(b, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0x00);
	ASSERT_FAULT(b, EXC_SS, SEL_DATA1 & ~3);
}
END_TEST

START_TEST(retf_to_inner_level_is_gp)
{
	box_user(b);
	phys_st32(b->pm, BOX_STACK3 - 8, 0x10200);
	phys_st32(b->pm, BOX_STACK3 - 4, SEL_CODE32);
	c->gpr[RSP] = BOX_STACK3 - 8;
	EXEC(b, 0xcb);
	ASSERT_FAULT(b, EXC_GP, SEL_CODE32);
}
END_TEST

START_TEST(code_with_l_and_d_is_gp_in_long_mode)
{
	phys_st32(b->pm, 0x8000, 0x10200);
	phys_st16(b->pm, 0x8004, SEL_BOTH_LD);
	EXEC(b, 0xff, 0x2c, 0x25, 0x00, 0x80, 0, 0);	/* jmp far [0x8000] */
	ASSERT_FAULT(b, EXC_GP, SEL_BOTH_LD);
}
END_TEST

START_TEST(rex_w_far_pointer_is_32_bits)
{
	phys_st32(b->pm, 0x8000, 0x10200);
	phys_st16(b->pm, 0x8004, SEL_CODE32);
	EXEC(b, 0x48, 0xff, 0x2c, 0x25, 0x00, 0x80, 0, 0);
	ck_assert_uint_eq(c->rip, 0x10200);
	ck_assert(!(c->mode & MK_64));
	ck_assert(c->mode & MK_LMA);
}
END_TEST

START_TEST(long_call_gate_takes_rsp0_and_null_ss)
{
	box_user(b);
	call_gate(SEL_CODE64, 0x10200, 0, 0xec);
	phys_st32(b->pm, 0x8000, 0);
	phys_st16(b->pm, 0x8004, SEL_GATE | 3);
	EXEC(b, 0xff, 0x1c, 0x25, 0x00, 0x80, 0, 0);	/* call far [0x8000] */
	ck_assert_uint_eq(c->rip, 0x10200);
	ck_assert_uint_eq(c->cpl, 0);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, 0);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 32);
	ck_assert_uint_eq(box_stack(b, 0, 8), BOX_CODE + 7);
	ck_assert_uint_eq(box_stack(b, 3, 8), SEL_UDATA32);
	EXEC(b, 0x48, 0xcb);				/* retfq */
	ASSERT_RETIRED(b, 7);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK3);
}
END_TEST

START_TEST(tss_target_is_gp_in_long_mode)
{
	phys_st32(b->pm, 0x8000, 0);
	phys_st16(b->pm, 0x8004, SEL_TSS_B);
	box_gdt(b, SEL_TSS_B + 8, 0);
	EXEC(b, 0xff, 0x2c, 0x25, 0x00, 0x80, 0, 0);
	ASSERT_FAULT(b, EXC_GP, SEL_TSS_B);
}
END_TEST

Suite	*seg_suite(void);

Suite *
seg_suite(void)
{
	Suite *s = suite_create("seg");
	TCase *p = tcase_create("protected"), *l = tcase_create("long");

	tcase_add_checked_fixture(p, setup_protected, teardown);
	tcase_add_test(p, data_load_takes_base_limit_and_sets_accessed);
	tcase_add_test(p, granular_limit_counts_in_pages);
	tcase_add_test(p, data_load_above_its_dpl_is_gp);
	tcase_add_test(p, execute_only_code_in_ds_is_gp);
	tcase_add_test(p, conforming_code_in_ds_ignores_privilege);
	tcase_add_test(p, absent_data_is_np_and_absent_stack_is_ss);
	tcase_add_test(p, null_ds_loads_and_faults_on_use);
	tcase_add_test(p, null_ss_is_gp_in_protected_mode);
	tcase_add_test(p, read_only_stack_is_gp);
	tcase_add_test(p, stack_of_another_level_is_gp);
	tcase_add_test(p, selector_beyond_gdt_is_gp);
	tcase_add_test(p, ldt_selector_reads_ldt_and_reports_ti);
	tcase_add_test(p, cs_cannot_be_loaded_by_mov);
	tcase_add_test(p, pop_ds_moves_stack_only_on_success);
	tcase_add_test(p, lss_loads_register_only_with_segment);
	tcase_add_test(p, real_mode_load_keeps_limit_and_attributes);
	tcase_add_test(p, lar_and_lsl_answer_what_is_visible);
	tcase_add_test(p, verr_verw_check_type_and_privilege);
	tcase_add_test(p, arpl_raises_rpl);
	tcase_add_test(p, ltr_marks_busy_and_refuses_busy);
	tcase_add_test(p, far_jump_stays_at_cpl);
	tcase_add_test(p, far_jump_beyond_limit_is_gp);
	tcase_add_test(p, far_jump_to_other_level_is_gp);
	tcase_add_test(p, conforming_target_keeps_level_3);
	tcase_add_test(p, far_call_and_return_balance);
	tcase_add_test(p, call_gate_switches_stack_and_copies_parameters);
	tcase_add_test(p, call_gate_16_pushes_words);
	tcase_add_test(p, gate_above_its_dpl_is_gp);
	tcase_add_test(p, jump_through_gate_to_inner_level_is_gp);
	tcase_add_test(p, gate_with_bad_inner_stack_is_ts_and_changes_nothing);
	tcase_add_test(p, gate_frame_beyond_stack_limit_is_ss_of_new_stack);
	tcase_add_test(p, retf_to_inner_level_is_gp);
	tcase_add_checked_fixture(l, setup_long, teardown);
	tcase_add_test(l, null_ss_loads_in_64_bit_mode_below_level_3);
	tcase_add_test(l, null_fs_clears_its_base);
	tcase_add_test(l, code_with_l_and_d_is_gp_in_long_mode);
	tcase_add_test(l, rex_w_far_pointer_is_32_bits);
	tcase_add_test(l, long_call_gate_takes_rsp0_and_null_ss);
	tcase_add_test(l, tss_target_is_gp_in_long_mode);
	suite_add_tcase(s, p);
	suite_add_tcase(s, l);
	return s;
}
