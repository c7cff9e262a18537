/*
 * tests/unit/mc146818_test.c - clock, alarms and memory of the RTC
 */
#include "hw/mc146818.h"

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define SECOND		((uint64_t)VCLOCK_HZ)
#define Y2024		1704067200u	/* 2024-01-01 00:00:00, a Monday */

struct rig {
	struct evheap		h;
	struct bench_line	irq, nmi_off;
	struct mc146818		*r;
};

static void
setup(struct rig *r, uint64_t base)
{
	struct mc146818_wires w;

	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->irq = r->nmi_off = (struct bench_line){ 0 };
	w.irq = bench_wire(&r->irq);
	w.nmi_off = bench_wire(&r->nmi_off);
	r->r = mc146818_new(&r->h.clock, w, base, NULL);
	ck_assert_ptr_nonnull(r->r);
}

static void
teardown(struct rig *r)
{
	mc146818_class.free(r->r);
	evheap_fini(&r->h);
}

static uint8_t
get(struct rig *r, uint8_t reg)
{
	out8(&mc146818_io, r->r, 0, reg);
	return in8(&mc146818_io, r->r, 1);
}

static void
put(struct rig *r, uint8_t reg, uint8_t val)
{
	out8(&mc146818_io, r->r, 0, reg);
	out8(&mc146818_io, r->r, 1, val);
}

static void
check_time(struct rig *r, unsigned date, unsigned time)
{
	unsigned d = (unsigned)get(r, 0x32) << 24 | (unsigned)get(r, 9) << 16 |
	    (unsigned)get(r, 8) << 8 | get(r, 7);
	unsigned t = (unsigned)get(r, 4) << 16 | (unsigned)get(r, 2) << 8 |
	    get(r, 0);

	ck_assert_msg(d == date && t == time, "%08x %06x instead of %08x %06x",
	    d, t, date, time);
}

START_TEST(base_is_the_time_at_power_on)
{
	struct rig r;

	setup(&r, Y2024);
	check_time(&r, 0x20240101, 0);
	ck_assert_uint_eq(get(&r, 6), 2);
	bench_run(&r.h, SECOND - 1);
	check_time(&r, 0x20240101, 0);
	bench_run(&r.h, SECOND);
	check_time(&r, 0x20240101, 1);
	teardown(&r);
}
END_TEST

START_TEST(calendar_knows_month_ends_leap_years_and_centuries)
{
	static const struct { uint64_t base; unsigned date; uint8_t weekday; } c[] = {
		{ 951782399, 0x20000229, 3 },	/* 2000-02-28 23:59:59 */
		{ 1709251199, 0x20240301, 6 },	/* 2024-02-29 23:59:59 */
		{ 1677628799, 0x20230301, 4 },	/* 2023-02-28 23:59:59 */
		{ 4107542399u, 0x21000301, 2 },	/* 2100-02-28 23:59:59 */
		{ 946684799, 0x20000101, 7 },	/* 1999-12-31 23:59:59 */
	};
	struct rig r;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(c); i++) {
		setup(&r, c[i].base);
		bench_run(&r.h, SECOND);
		check_time(&r, c[i].date, 0);
		ck_assert_uint_eq(get(&r, 6), c[i].weekday);
		teardown(&r);
	}
}
END_TEST

START_TEST(twelve_hour_clock_and_binary_mode)
{
	struct rig r;

	setup(&r, Y2024);
	put(&r, 0x0b, 0x84);		/* SET, binary, 12 h */
	put(&r, 4, 11);
	put(&r, 2, 59);
	put(&r, 0, 59);
	put(&r, 7, 31);
	put(&r, 0x0b, 0x04);
	bench_wait(&r.h, SECOND);
	ck_assert_uint_eq(get(&r, 4), 0x8c);	/* 12 pm */
	ck_assert_uint_eq(get(&r, 0), 0);
	bench_wait(&r.h, 3600 * SECOND);
	ck_assert_uint_eq(get(&r, 4), 0x81);
	bench_wait(&r.h, 11 * 3600 * SECOND);
	ck_assert_uint_eq(get(&r, 4), 12);	/* 12 am */
	ck_assert_uint_eq(get(&r, 7), 1);
	teardown(&r);
}
END_TEST

START_TEST(set_bit_stops_updates_and_clears_uie)
{
	struct rig r;

	setup(&r, Y2024);
	put(&r, 0x0b, 0x92);
	ck_assert_uint_eq(get(&r, 0x0b), 0x82);
	bench_wait(&r.h, 10 * SECOND);
	check_time(&r, 0x20240101, 0);
	put(&r, 0x0b, 0x02);
	check_time(&r, 0x20240101, 0);
	bench_wait(&r.h, SECOND);
	check_time(&r, 0x20240101, 1);
	teardown(&r);
}
END_TEST

START_TEST(divider_reset_puts_the_next_update_half_a_second_off)
{
	struct rig r;

	setup(&r, Y2024);
	bench_wait(&r.h, SECOND / 10);
	put(&r, 0x0a, 0x70);
	bench_wait(&r.h, 5 * SECOND);
	put(&r, 0x0a, 0x26);
	bench_wait(&r.h, SECOND / 2 - 1);
	check_time(&r, 0x20240101, 0);
	bench_wait(&r.h, 1);
	check_time(&r, 0x20240101, 1);
	bench_wait(&r.h, SECOND);
	check_time(&r, 0x20240101, 2);
	teardown(&r);
}
END_TEST

START_TEST(uip_is_set_for_2228_us_before_the_update)
{
	struct rig r;

	setup(&r, Y2024);
	bench_run(&r.h, SECOND - 2229 * BENCH_US);
	ck_assert(!(get(&r, 0x0a) & 0x80));
	bench_run(&r.h, SECOND - 2228 * BENCH_US);
	ck_assert(get(&r, 0x0a) & 0x80);
	bench_run(&r.h, SECOND - 1);
	ck_assert(get(&r, 0x0a) & 0x80);
	bench_run(&r.h, SECOND);
	ck_assert(!(get(&r, 0x0a) & 0x80));
	teardown(&r);
}
END_TEST

START_TEST(update_interrupt_is_held_until_c_is_read)
{
	struct rig r;

	setup(&r, Y2024);
	get(&r, 0x0c);
	put(&r, 0x0b, 0x12);
	bench_wait(&r.h, SECOND - 1);
	ck_assert(!r.irq.level);
	bench_wait(&r.h, 1);
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 0x0c) & 0xb0, 0x90);
	ck_assert(!r.irq.level);
	ck_assert_uint_eq(get(&r, 0x0c), 0);
	teardown(&r);
}
END_TEST

START_TEST(flags_are_set_without_interrupts_enabled)
{
	struct rig r;

	setup(&r, Y2024);
	get(&r, 0x0c);
	bench_wait(&r.h, SECOND);
	ck_assert_uint_eq(get(&r, 0x0c), 0x50);
	ck_assert_uint_eq(r.irq.rises, 0);
	teardown(&r);
}
END_TEST

START_TEST(periodic_rate_is_exact)
{
	uint64_t edge;
	unsigned n = 0;
	struct rig r;

	setup(&r, Y2024);
	get(&r, 0x0c);
	put(&r, 0x0b, 0x42);		/* 1024 Hz */
	for (edge = 1; edge <= 1024; edge++) {
		bench_run(&r.h, edge * SECOND / 1024 + (edge * SECOND % 1024 != 0));
		ck_assert(r.irq.level);
		n += get(&r, 0x0c) >> 6 & 1;
		ck_assert(!r.irq.level);
	}
	ck_assert_uint_eq(n, 1024);
	put(&r, 0x0a, 0x2f);		/* 2 Hz */
	r.irq.rises = 0;
	for (edge = 0; edge < 100; edge++) {
		bench_wait(&r.h, SECOND / 10);
		get(&r, 0x0c);
	}
	ck_assert_uint_eq(r.irq.rises, 20);
	teardown(&r);
}
END_TEST

START_TEST(alarm_matches_its_second_and_dont_care_bytes)
{
	struct rig r;

	setup(&r, Y2024);
	put(&r, 1, 0x05);
	put(&r, 3, 0x01);
	put(&r, 5, 0xc0);
	put(&r, 0x0b, 0x22);
	bench_run(&r.h, 65 * SECOND - 1);
	ck_assert_uint_eq(r.irq.rises, 0);
	bench_run(&r.h, 65 * SECOND);
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 0x0c) & 0xa0, 0xa0);
	bench_run(&r.h, 3665 * SECOND - 1);
	ck_assert_uint_eq(r.irq.rises, 1);
	bench_run(&r.h, 3665 * SECOND);
	ck_assert_uint_eq(r.irq.rises, 2);
	teardown(&r);
}
END_TEST

START_TEST(reset_keeps_time_and_memory_and_stops_interrupts)
{
	struct rig r;

	setup(&r, Y2024);
	put(&r, 0x0f, 0x55);
	put(&r, 0x0b, 0x12);
	bench_wait(&r.h, SECOND);
	mc146818_class.reset(r.r);
	ck_assert(!r.irq.level);
	check_time(&r, 0x20240101, 1);
	ck_assert_uint_eq(get(&r, 0x0f), 0x55);
	ck_assert_uint_eq(get(&r, 0x0b), 0x02);
	teardown(&r);
}
END_TEST

START_TEST(port_70_masks_nmi_and_port_72_reaches_the_upper_bank)
{
	struct rig r;

	setup(&r, Y2024);
	mc146818_set(r.r, 0x15, 0x80);
	ck_assert_uint_eq(get(&r, 0x95), 0x80);
	ck_assert(r.nmi_off.level);
	get(&r, 0x15);
	ck_assert(!r.nmi_off.level);
	out8(&mc146818_ext_io, r.r, 0, 0x15);
	out8(&mc146818_ext_io, r.r, 1, 0x42);
	ck_assert_uint_eq(mc146818_get(r.r, 0x95), 0x42);
	ck_assert_uint_eq(get(&r, 0x15), 0x80);
	teardown(&r);
}
END_TEST

START_TEST(impossible_dates_count_on)
{
	struct rig r;
	unsigned i;

	setup(&r, Y2024);
	for (i = 0; i < 10; i++)
		put(&r, (uint8_t)i, 0xff);
	bench_wait(&r.h, 3 * SECOND);
	ck_assert_uint_eq(get(&r, 8), 0x01);
	teardown(&r);
}
END_TEST

Suite *
mc146818_suite(void)
{
	Suite *s = suite_create("mc146818");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, base_is_the_time_at_power_on);
	tcase_add_test(tc, calendar_knows_month_ends_leap_years_and_centuries);
	tcase_add_test(tc, twelve_hour_clock_and_binary_mode);
	tcase_add_test(tc, set_bit_stops_updates_and_clears_uie);
	tcase_add_test(tc, divider_reset_puts_the_next_update_half_a_second_off);
	tcase_add_test(tc, uip_is_set_for_2228_us_before_the_update);
	tcase_add_test(tc, update_interrupt_is_held_until_c_is_read);
	tcase_add_test(tc, flags_are_set_without_interrupts_enabled);
	tcase_add_test(tc, periodic_rate_is_exact);
	tcase_add_test(tc, alarm_matches_its_second_and_dont_care_bytes);
	tcase_add_test(tc, reset_keeps_time_and_memory_and_stops_interrupts);
	tcase_add_test(tc, port_70_masks_nmi_and_port_72_reaches_the_upper_bank);
	tcase_add_test(tc, impossible_dates_count_on);
	suite_add_tcase(s, tc);
	return s;
}
