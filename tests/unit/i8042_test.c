/*
 * tests/unit/i8042_test.c - keyboard controller, keyboard, mouse
 */
#include "hw/i8042.h"

#include <stdio.h>
#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define BYTE_TIME	(100 * BENCH_US)

#define HID_A		0x04
#define HID_F7		0x40
#define HID_PRINT	0x46
#define HID_PAUSE	0x48
#define HID_UP		0x52
#define HID_LCTRL	0xe0
#define HID_LSHIFT	0xe1

struct rig {
	struct evheap		h;
	struct bench_line	irq1, irq12, a20, reset;
	struct i8042		*k;
};

static void
setup(struct rig *r)
{
	struct i8042_wires w;

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(evheap_init(&r->h), 0);
	w.irq1 = bench_wire(&r->irq1);
	w.irq12 = bench_wire(&r->irq12);
	w.a20 = bench_wire(&r->a20);
	w.reset = bench_wire(&r->reset);
	r->k = i8042_new(&r->h.clock, w, NULL);
	ck_assert_ptr_nonnull(r->k);
}

static void
teardown(struct rig *r)
{
	i8042_class.free(r->k);
	evheap_fini(&r->h);
}

static void
command(struct rig *r, uint8_t val)
{
	out8(&i8042_command_io, r->k, 0, val);
}

static void
data(struct rig *r, uint8_t val)
{
	out8(&i8042_data_io, r->k, 0, val);
}

static uint8_t
status(struct rig *r)
{
	return in8(&i8042_command_io, r->k, 0);
}

/* The next byte within 3 ms, or -1. */
static int
take(struct rig *r)
{
	unsigned i;

	for (i = 0; i < 30 && !(status(r) & 1); i++)
		bench_wait(&r->h, BYTE_TIME);
	return status(r) & 1 ? in8(&i8042_data_io, r->k, 0) : -1;
}

static void
set_ctr(struct rig *r, uint8_t ctr)
{
	command(r, 0x60);
	data(r, ctr);
}

static void
mouse(struct rig *r, uint8_t val)
{
	command(r, 0xd4);
	data(r, val);
}

/* The bytes that come, as a string of hex digits. */
static void
expect(struct rig *r, const char *want)
{
	char got[100] = "";
	size_t n = 0;
	int c;

	while (n < 90 && (c = take(r)) >= 0)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%02x",
		    n ? " " : "", (unsigned)c);
	ck_assert_str_eq(got, want);
}

START_TEST(controller_answers_its_commands)
{
	struct rig r;

	setup(&r);
	command(&r, 0xaa);
	expect(&r, "55");
	ck_assert_uint_eq(status(&r) & 0x14, 0x14);
	command(&r, 0xab);
	expect(&r, "00");
	command(&r, 0xa9);
	expect(&r, "00");
	set_ctr(&r, 0x47);
	command(&r, 0x20);
	expect(&r, "47");
	command(&r, 0x7f);
	data(&r, 0x99);
	command(&r, 0x3f);
	expect(&r, "99");
	command(&r, 0xd0);
	expect(&r, "c3");
	command(&r, 0xd3);
	data(&r, 0x5a);
	ck_assert_uint_eq(status(&r) & 0x21, 0x21);
	ck_assert(r.irq12.level);
	expect(&r, "5a");
	ck_assert(!r.irq12.level);
	teardown(&r);
}
END_TEST

START_TEST(a20_and_reset_lines)
{
	struct rig r;

	setup(&r);
	ck_assert(r.a20.level);
	command(&r, 0xd1);
	data(&r, 0xdd);
	ck_assert(!r.a20.level);
	command(&r, 0xdf);
	ck_assert(r.a20.level);
	command(&r, 0xfe);
	ck_assert_uint_eq(r.reset.rises, 1);
	ck_assert(!r.reset.level);
	command(&r, 0xff);
	ck_assert_uint_eq(r.reset.rises, 1);
	command(&r, 0xd1);
	data(&r, 0xde);
	ck_assert_uint_eq(r.reset.rises, 2);
	teardown(&r);
}
END_TEST

START_TEST(key_arrives_translated_with_interrupt)
{
	struct rig r;

	setup(&r);
	i8042_key(r.k, HID_A, true);
	ck_assert(!r.irq1.level);
	bench_wait(&r.h, BYTE_TIME);
	ck_assert(r.irq1.level);
	ck_assert_int_eq(take(&r), 0x1e);
	ck_assert(!r.irq1.level);
	i8042_key(r.k, HID_A, false);
	expect(&r, "9e");
	i8042_key(r.k, HID_UP, true);
	i8042_key(r.k, HID_UP, false);
	expect(&r, "e0 48 e0 c8");
	i8042_key(r.k, HID_F7, true);
	i8042_key(r.k, HID_F7, false);
	expect(&r, "41 c1");
	teardown(&r);
}
END_TEST

START_TEST(pause_and_print_screen_send_their_sequences)
{
	struct rig r;

	setup(&r);
	i8042_key(r.k, HID_PAUSE, true);
	i8042_key(r.k, HID_PAUSE, false);
	expect(&r, "e1 1d 45 e1 9d c5");
	i8042_key(r.k, HID_PRINT, true);
	i8042_key(r.k, HID_PRINT, false);
	expect(&r, "e0 2a e0 37 e0 b7 e0 aa");
	i8042_key(r.k, HID_LCTRL, true);
	i8042_key(r.k, HID_PAUSE, true);
	expect(&r, "1d e0 46 e0 c6");
	teardown(&r);
}
END_TEST

START_TEST(scan_code_sets_without_translation)
{
	struct rig r;

	setup(&r);
	set_ctr(&r, 0x03);
	i8042_key(r.k, HID_A, true);
	i8042_key(r.k, HID_A, false);
	expect(&r, "1c f0 1c");
	data(&r, 0xf0);
	expect(&r, "fa");
	data(&r, 3);
	expect(&r, "fa");
	i8042_key(r.k, HID_UP, true);
	i8042_key(r.k, HID_UP, false);
	expect(&r, "63 f0 63");
	data(&r, 0xf0);
	data(&r, 1);
	take(&r);
	i8042_key(r.k, HID_UP, true);
	i8042_key(r.k, HID_UP, false);
	expect(&r, "e0 48 e0 c8");
	data(&r, 0xf0);
	take(&r);
	data(&r, 0);
	expect(&r, "fa 01");
	teardown(&r);
}
END_TEST

START_TEST(keyboard_answers_its_commands)
{
	struct rig r;

	setup(&r);
	set_ctr(&r, 0x03);
	data(&r, 0xff);
	expect(&r, "fa aa");
	data(&r, 0xf2);
	expect(&r, "fa ab 83");
	data(&r, 0xee);
	expect(&r, "ee");
	data(&r, 0xed);
	expect(&r, "fa");
	data(&r, 0x02);
	expect(&r, "fa");
	data(&r, 0x55);
	expect(&r, "fe");
	data(&r, 0xf5);
	expect(&r, "fa");
	i8042_key(r.k, HID_A, true);
	expect(&r, "");
	data(&r, 0xf4);
	expect(&r, "fa");
	teardown(&r);
}
END_TEST

START_TEST(held_key_repeats_after_the_delay_at_the_rate)
{
	unsigned n = 0;
	struct rig r;

	setup(&r);
	i8042_key(r.k, HID_A, true);
	ck_assert_int_eq(take(&r), 0x1e);
	bench_run(&r.h, 499 * BENCH_MS);
	ck_assert(!(status(&r) & 1));
	while (r.h.now < 1600 * BENCH_MS)
		n += take(&r) == 0x1e;
	ck_assert_uint_ge(n, 11);
	ck_assert_uint_le(n, 13);
	i8042_key(r.k, HID_LSHIFT, true);
	i8042_key(r.k, HID_A, false);
	while (take(&r) >= 0)
		;
	i8042_key(r.k, HID_LSHIFT, false);
	expect(&r, "aa");
	bench_wait(&r.h, VCLOCK_HZ);
	ck_assert(!(status(&r) & 1));
	teardown(&r);
}
END_TEST

START_TEST(disabled_keyboard_keeps_its_bytes)
{
	struct rig r;

	setup(&r);
	command(&r, 0xad);
	i8042_key(r.k, HID_A, true);
	i8042_key(r.k, HID_A, false);
	bench_wait(&r.h, 10 * BYTE_TIME);
	ck_assert(!(status(&r) & 1));
	command(&r, 0xae);
	expect(&r, "1e 9e");
	teardown(&r);
}
END_TEST

START_TEST(full_keyboard_reports_an_overrun)
{
	struct rig r;
	unsigned i;

	setup(&r);
	set_ctr(&r, 0x03);
	command(&r, 0xad);
	for (i = 0; i < 20; i++)
		i8042_key(r.k, HID_A + i, true);
	command(&r, 0xae);
	for (i = 0; i < 15; i++)
		ck_assert_int_gt(take(&r), 0);
	ck_assert_int_eq(take(&r), 0x00);
	teardown(&r);
}
END_TEST

START_TEST(mouse_reports_movement_when_enabled)
{
	struct rig r;

	setup(&r);
	mouse(&r, 0xff);
	expect(&r, "fa aa 00");
	i8042_mouse(r.k, 5, 5, 0, 0);
	expect(&r, "");
	mouse(&r, 0xf4);
	expect(&r, "fa");
	i8042_mouse(r.k, 10, 3, 0, 1);
	bench_wait(&r.h, BYTE_TIME);
	ck_assert(r.irq12.level);
	ck_assert_uint_eq(status(&r) & 0x21, 0x21);
	expect(&r, "29 0a fd");
	teardown(&r);
}
END_TEST

START_TEST(mouse_reports_at_most_at_the_sample_rate)
{
	struct rig r;

	setup(&r);
	mouse(&r, 0xf4);
	expect(&r, "fa");
	bench_wait(&r.h, 20 * BENCH_MS);
	i8042_mouse(r.k, 1, 0, 0, 0);
	i8042_mouse(r.k, 2, 0, 0, 0);
	i8042_mouse(r.k, 300, 0, 0, 0);
	expect(&r, "08 01 00");
	bench_wait(&r.h, 10 * BENCH_MS);	/* 100 per second */
	expect(&r, "08 ff 00");
	bench_wait(&r.h, 10 * BENCH_MS);
	expect(&r, "08 2f 00");
	teardown(&r);
}
END_TEST

START_TEST(knocking_turns_the_mouse_into_a_wheel_mouse)
{
	static const uint8_t rates[3] = { 200, 100, 80 };
	struct rig r;
	unsigned i;

	setup(&r);
	mouse(&r, 0xf2);
	expect(&r, "fa 00");
	for (i = 0; i < 3; i++) {
		mouse(&r, 0xf3);
		expect(&r, "fa");
		mouse(&r, rates[i]);
		expect(&r, "fa");
	}
	mouse(&r, 0xf2);
	expect(&r, "fa 03");
	mouse(&r, 0xf4);
	expect(&r, "fa");
	i8042_mouse(r.k, 0, 0, -1, 0);
	expect(&r, "08 00 00 ff");
	mouse(&r, 0xe9);
	expect(&r, "fa 20 02 50");
	teardown(&r);
}
END_TEST

Suite *
i8042_suite(void)
{
	Suite *s = suite_create("i8042");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, controller_answers_its_commands);
	tcase_add_test(tc, a20_and_reset_lines);
	tcase_add_test(tc, key_arrives_translated_with_interrupt);
	tcase_add_test(tc, pause_and_print_screen_send_their_sequences);
	tcase_add_test(tc, scan_code_sets_without_translation);
	tcase_add_test(tc, keyboard_answers_its_commands);
	tcase_add_test(tc, held_key_repeats_after_the_delay_at_the_rate);
	tcase_add_test(tc, disabled_keyboard_keeps_its_bytes);
	tcase_add_test(tc, full_keyboard_reports_an_overrun);
	tcase_add_test(tc, mouse_reports_movement_when_enabled);
	tcase_add_test(tc, mouse_reports_at_most_at_the_sample_rate);
	tcase_add_test(tc, knocking_turns_the_mouse_into_a_wheel_mouse);
	suite_add_tcase(s, tc);
	return s;
}
