/*
 * tests/unit/i8259_test.c - the interrupt controller pair
 */
#include "hw/i8259.h"

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

struct rig {
	struct i8259		*p;
	struct bench_line	intr;
};

static void
out(struct rig *r, unsigned port, uint8_t val)
{
	out8(port < 0xa0 ? &i8259_master_io : &i8259_slave_io, r->p, port & 1, val);
}

static uint8_t
in(struct rig *r, unsigned port)
{
	return in8(port < 0xa0 ? &i8259_master_io : &i8259_slave_io, r->p,
	    port & 1);
}

static void
set(struct rig *r, int line, bool level)
{
	i8259_set_irq(r->p, line, level);
}

/* As a PC's firmware does: vectors 08h and 70h. */
static void
setup(struct rig *r, uint8_t icw4_master, uint8_t icw4_slave)
{
	r->intr = (struct bench_line){ 0 };
	r->p = i8259_new(bench_wire(&r->intr), NULL);
	ck_assert_ptr_nonnull(r->p);
	out(r, 0x20, 0x11);
	out(r, 0x21, 0x08);
	out(r, 0x21, 0x04);
	out(r, 0x21, icw4_master);
	out(r, 0xa0, 0x11);
	out(r, 0xa1, 0x70);
	out(r, 0xa1, 0x02);
	out(r, 0xa1, icw4_slave);
}

static void
teardown(struct rig *r)
{
	i8259_class.free(r->p);
}

START_TEST(request_raises_intr_and_intack_gives_its_vector)
{
	struct rig r;

	setup(&r, 1, 1);
	ck_assert(!r.intr.level);
	set(&r, 4, true);
	ck_assert(r.intr.level);
	ck_assert_int_eq(in(&r, 0x20), 0x10);	/* IRR by default */
	ck_assert_int_eq(i8259_intack(r.p), 0x0c);
	ck_assert(!r.intr.level);
	out(&r, 0x20, 0x0b);
	ck_assert_int_eq(in(&r, 0x20), 0x10);	/* ISR */
	out(&r, 0x20, 0x20);
	ck_assert_int_eq(in(&r, 0x20), 0);
	teardown(&r);
}
END_TEST

START_TEST(slave_request_goes_through_ir2_and_needs_two_eois)
{
	struct rig r;

	setup(&r, 1, 1);
	set(&r, 14, true);
	ck_assert(r.intr.level);
	ck_assert_int_eq(i8259_intack(r.p), 0x76);
	out(&r, 0x20, 0x0b);
	out(&r, 0xa0, 0x0b);
	ck_assert_int_eq(in(&r, 0x20), 0x04);
	ck_assert_int_eq(in(&r, 0xa0), 0x40);
	set(&r, 14, false);
	set(&r, 14, true);
	ck_assert(!r.intr.level);
	out(&r, 0xa0, 0x20);
	ck_assert(!r.intr.level);	/* the master still has IR2 in service */
	out(&r, 0x20, 0x20);
	ck_assert(r.intr.level);
	teardown(&r);
}
END_TEST

START_TEST(lower_priority_waits_and_higher_interrupts)
{
	struct rig r;

	setup(&r, 1, 1);
	set(&r, 3, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0b);
	set(&r, 5, true);
	ck_assert(!r.intr.level);
	set(&r, 1, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x09);
	out(&r, 0x20, 0x20);
	out(&r, 0x20, 0x20);
	ck_assert_int_eq(i8259_intack(r.p), 0x0d);
	teardown(&r);
}
END_TEST

START_TEST(request_gone_before_intack_is_spurious_ir7_without_in_service)
{
	struct rig r;

	setup(&r, 1, 1);
	set(&r, 5, true);
	set(&r, 5, false);
	ck_assert(!r.intr.level);
	ck_assert_int_eq(i8259_intack(r.p), 0x0f);
	out(&r, 0x20, 0x0b);
	ck_assert_int_eq(in(&r, 0x20), 0);
	teardown(&r);
}
END_TEST

START_TEST(held_edge_line_asks_once_and_level_line_again_after_eoi)
{
	struct rig r;

	setup(&r, 1, 1);
	set(&r, 10, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x72);
	out(&r, 0xa0, 0x20);
	out(&r, 0x20, 0x20);
	ck_assert(!r.intr.level);
	set(&r, 10, false);
	out8(&i8259_elcr_io, r.p, 1, 0x04);
	ck_assert_int_eq(in8(&i8259_elcr_io, r.p, 1), 0x04);
	set(&r, 10, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x72);
	out(&r, 0xa0, 0x20);
	out(&r, 0x20, 0x20);
	ck_assert(r.intr.level);
	set(&r, 10, false);
	ck_assert(!r.intr.level);
	teardown(&r);
}
END_TEST

START_TEST(elcr_keeps_timer_keyboard_cascade_rtc_and_fpu_edge_triggered)
{
	struct rig r;

	setup(&r, 1, 1);
	out8(&i8259_elcr_io, r.p, 0, 0xff);
	out8(&i8259_elcr_io, r.p, 1, 0xff);
	ck_assert_int_eq(in8(&i8259_elcr_io, r.p, 0), 0xf8);
	ck_assert_int_eq(in8(&i8259_elcr_io, r.p, 1), 0xde);
	teardown(&r);
}
END_TEST

START_TEST(masked_request_waits_in_irr)
{
	struct rig r;

	setup(&r, 1, 1);
	out(&r, 0x21, 0x01);
	set(&r, 0, true);
	ck_assert(!r.intr.level);
	ck_assert_int_eq(in(&r, 0x20), 0x01);
	ck_assert_int_eq(in(&r, 0x21), 0x01);
	out(&r, 0x21, 0x00);
	ck_assert(r.intr.level);
	teardown(&r);
}
END_TEST

START_TEST(auto_eoi_leaves_nothing_in_service)
{
	struct rig r;

	setup(&r, 3, 1);
	set(&r, 3, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0b);
	out(&r, 0x20, 0x0b);
	ck_assert_int_eq(in(&r, 0x20), 0);
	set(&r, 5, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0d);
	teardown(&r);
}
END_TEST

START_TEST(rotate_on_eoi_makes_the_served_level_the_lowest)
{
	struct rig r;

	setup(&r, 1, 1);
	set(&r, 4, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0c);
	out(&r, 0x20, 0xa0);		/* rotate on non-specific EOI */
	set(&r, 4, false);
	set(&r, 4, true);
	set(&r, 6, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0e);	/* 5, 6, 7, 0 ... 4 */
	teardown(&r);
}
END_TEST

START_TEST(set_priority_and_specific_eoi)
{
	struct rig r;

	setup(&r, 1, 1);
	out(&r, 0x20, 0xc3);		/* IR3 lowest, IR4 highest */
	set(&r, 0, true);
	set(&r, 5, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0d);
	out(&r, 0x20, 0x65);		/* specific EOI of 5 */
	ck_assert_int_eq(i8259_intack(r.p), 0x08);
	teardown(&r);
}
END_TEST

START_TEST(special_mask_mode_lets_lower_levels_through)
{
	struct rig r;

	setup(&r, 1, 1);
	set(&r, 3, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x0b);
	set(&r, 6, true);
	ck_assert(!r.intr.level);
	out(&r, 0x21, 0x08);
	ck_assert(!r.intr.level);
	out(&r, 0x20, 0x68);
	ck_assert(r.intr.level);
	ck_assert_int_eq(i8259_intack(r.p), 0x0e);
	out(&r, 0x20, 0x20);		/* ends 6: 3 is masked */
	out(&r, 0x20, 0x0b);
	ck_assert_int_eq(in(&r, 0x20), 0x08);
	teardown(&r);
}
END_TEST

START_TEST(special_fully_nested_master_takes_a_second_slave_request)
{
	struct rig r;

	setup(&r, 0x11, 1);
	set(&r, 12, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x74);
	set(&r, 9, true);
	ck_assert(r.intr.level);
	ck_assert_int_eq(i8259_intack(r.p), 0x71);
	teardown(&r);
}
END_TEST

START_TEST(two_slave_requests_with_auto_eoi_are_both_delivered)
{
	struct rig r;

	setup(&r, 3, 3);
	set(&r, 12, true);
	set(&r, 14, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x74);
	ck_assert(r.intr.level);
	ck_assert_int_eq(i8259_intack(r.p), 0x76);
	ck_assert(!r.intr.level);
	teardown(&r);
}
END_TEST

START_TEST(poll_acknowledges_and_names_the_level)
{
	struct rig r;

	setup(&r, 1, 1);
	out(&r, 0x20, 0x0c);
	ck_assert_int_eq(in(&r, 0x20), 0x00);
	set(&r, 6, true);
	out(&r, 0x20, 0x0c);
	ck_assert_int_eq(in(&r, 0x20), 0x86);
	ck_assert(!r.intr.level);
	out(&r, 0x20, 0x0b);
	ck_assert_int_eq(in(&r, 0x20), 0x40);
	teardown(&r);
}
END_TEST

START_TEST(icw1_forgets_latched_edges_and_the_mask)
{
	struct rig r;

	setup(&r, 1, 1);
	out(&r, 0x21, 0x40);
	set(&r, 5, true);
	out(&r, 0x20, 0x11);
	out(&r, 0x21, 0x20);
	out(&r, 0x21, 0x04);
	out(&r, 0x21, 0x01);
	ck_assert(!r.intr.level);
	ck_assert_int_eq(in(&r, 0x21), 0);
	set(&r, 5, false);
	set(&r, 5, true);
	ck_assert_int_eq(i8259_intack(r.p), 0x25);
	teardown(&r);
}
END_TEST

Suite *
i8259_suite(void)
{
	Suite *s = suite_create("i8259");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, request_raises_intr_and_intack_gives_its_vector);
	tcase_add_test(tc, slave_request_goes_through_ir2_and_needs_two_eois);
	tcase_add_test(tc, lower_priority_waits_and_higher_interrupts);
	tcase_add_test(tc,
	    request_gone_before_intack_is_spurious_ir7_without_in_service);
	tcase_add_test(tc, held_edge_line_asks_once_and_level_line_again_after_eoi);
	tcase_add_test(tc,
	    elcr_keeps_timer_keyboard_cascade_rtc_and_fpu_edge_triggered);
	tcase_add_test(tc, masked_request_waits_in_irr);
	tcase_add_test(tc, auto_eoi_leaves_nothing_in_service);
	tcase_add_test(tc, rotate_on_eoi_makes_the_served_level_the_lowest);
	tcase_add_test(tc, set_priority_and_specific_eoi);
	tcase_add_test(tc, special_mask_mode_lets_lower_levels_through);
	tcase_add_test(tc,
	    special_fully_nested_master_takes_a_second_slave_request);
	tcase_add_test(tc, two_slave_requests_with_auto_eoi_are_both_delivered);
	tcase_add_test(tc, poll_acknowledges_and_names_the_level);
	tcase_add_test(tc, icw1_forgets_latched_edges_and_the_mask);
	suite_add_tcase(s, tc);
	return s;
}
