/*
 * tests/unit/i8254_test.c - the interval timer, clock by clock
 */
#include "hw/i8254.h"

#include "base/bits.h"
#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

struct rig {
	struct evheap		h;
	struct bench_line	irq0;
	struct i8254		*p;
};

static void
setup(struct rig *r)
{
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->irq0 = (struct bench_line){ 0 };
	r->p = i8254_new(&r->h.clock, bench_wire(&r->irq0), NULL);
	ck_assert_ptr_nonnull(r->p);
}

static void
teardown(struct rig *r)
{
	i8254_class.free(r->p);
	evheap_fini(&r->h);
}

/* To the first cycle of CLK period clk. */
static void
at(struct rig *r, uint64_t clk)
{
	bench_run(&r->h, muldiv64_up(clk, VCLOCK_HZ, I8254_HZ));
}

static void
control(struct rig *r, uint8_t val)
{
	out8(&i8254_io, r->p, 3, val);
}

static void
count(struct rig *r, unsigned ch, unsigned n)
{
	out8(&i8254_io, r->p, ch, (uint8_t)n);
	out8(&i8254_io, r->p, ch, (uint8_t)(n >> 8));
}

static unsigned
value(struct rig *r, unsigned ch)
{
	unsigned lo;

	control(r, (uint8_t)(ch << 6));
	lo = in8(&i8254_io, r->p, ch);
	return lo | (unsigned)in8(&i8254_io, r->p, ch) << 8;
}

static bool
out2(struct rig *r)
{
	return in8(&i8254_port61_io, r->p, 0) & 0x20;
}

START_TEST(mode_0_raises_out_n_plus_1_clocks_after_the_write)
{
	struct rig r;

	setup(&r);
	at(&r, 100);
	control(&r, 0x30);
	count(&r, 0, 10);
	at(&r, 110);
	ck_assert(!r.irq0.level);
	at(&r, 111);
	ck_assert(r.irq0.level);
	ck_assert_uint_eq(value(&r, 0), 0);
	at(&r, 113);
	ck_assert_uint_eq(value(&r, 0), 0xfffe);	/* it counts on */
	ck_assert_uint_eq(r.irq0.rises, 1);
	control(&r, 0x30);
	ck_assert(!r.irq0.level);
	teardown(&r);
}
END_TEST

START_TEST(mode_2_is_low_for_one_clock_every_n_without_drift)
{
	struct rig r;

	setup(&r);
	at(&r, 5);
	control(&r, 0x34);
	count(&r, 0, 1193);
	ck_assert(r.irq0.level);
	at(&r, 5 + 1 + 1192 - 1);
	ck_assert(r.irq0.level);
	at(&r, 5 + 1 + 1192);
	ck_assert(!r.irq0.level);
	at(&r, 5 + 1 + 1193);
	ck_assert(r.irq0.level);
	r.irq0.rises = 0;
	at(&r, 5 + 1 + 1193 + 1193 * 10000ull);
	ck_assert_uint_eq(r.irq0.rises, 10000);
	teardown(&r);
}
END_TEST

START_TEST(mode_2_counts_down_to_1_and_reloads)
{
	struct rig r;

	setup(&r);
	control(&r, 0x34);
	count(&r, 0, 4);
	at(&r, 1);
	ck_assert_uint_eq(value(&r, 0), 4);
	at(&r, 4);
	ck_assert_uint_eq(value(&r, 0), 1);
	at(&r, 5);
	ck_assert_uint_eq(value(&r, 0), 4);
	teardown(&r);
}
END_TEST

START_TEST(mode_2_takes_a_new_count_at_the_end_of_the_period)
{
	struct rig r;

	setup(&r);
	control(&r, 0x34);
	count(&r, 0, 100);
	at(&r, 50);
	count(&r, 0, 10);
	ck_assert_uint_eq(value(&r, 0), 51);
	at(&r, 101);
	ck_assert_uint_eq(value(&r, 0), 10);
	r.irq0.rises = 0;
	at(&r, 201);
	ck_assert_uint_eq(r.irq0.rises, 10);
	teardown(&r);
}
END_TEST

START_TEST(mode_3_is_high_for_the_longer_half_of_an_odd_count)
{
	struct rig r;

	setup(&r);
	control(&r, 0x36);
	count(&r, 0, 7);
	at(&r, 1);
	ck_assert(r.irq0.level);
	ck_assert_uint_eq(value(&r, 0), 6);
	at(&r, 4);
	ck_assert(r.irq0.level);
	at(&r, 5);
	ck_assert(!r.irq0.level);
	ck_assert_uint_eq(value(&r, 0), 6);
	at(&r, 7);
	ck_assert(!r.irq0.level);
	ck_assert_uint_eq(value(&r, 0), 2);
	at(&r, 8);
	ck_assert(r.irq0.level);
	teardown(&r);
}
END_TEST

START_TEST(mode_3_with_count_0_gives_18_2_hz)
{
	struct rig r;

	setup(&r);
	control(&r, 0x36);
	count(&r, 0, 0);
	r.irq0.rises = 0;
	bench_run(&r.h, 3600ull * VCLOCK_HZ);
	ck_assert_uint_eq(r.irq0.rises, 3600ull * I8254_HZ / 65536);
	teardown(&r);
}
END_TEST

START_TEST(mode_4_strobes_low_for_one_clock)
{
	struct rig r;

	setup(&r);
	control(&r, 0x38);
	ck_assert(r.irq0.level);
	count(&r, 0, 20);
	at(&r, 20);
	ck_assert(r.irq0.level);
	at(&r, 21);
	ck_assert(!r.irq0.level);
	at(&r, 22);
	ck_assert(r.irq0.level);
	r.irq0.rises = 0;
	at(&r, 200000);
	ck_assert_uint_eq(r.irq0.rises, 0);
	teardown(&r);
}
END_TEST

START_TEST(mode_1_is_low_for_n_clocks_after_each_trigger)
{
	struct rig r;

	setup(&r);
	control(&r, 0xb2);
	count(&r, 2, 30);
	at(&r, 10);
	ck_assert(out2(&r));
	i8254_set_gate(r.p, 2, true);
	at(&r, 11);
	ck_assert(!out2(&r));
	at(&r, 30);
	i8254_set_gate(r.p, 2, false);
	i8254_set_gate(r.p, 2, true);	/* triggers again */
	at(&r, 60);
	ck_assert(!out2(&r));
	at(&r, 61);
	ck_assert(out2(&r));
	teardown(&r);
}
END_TEST

START_TEST(gate_2_of_port_61_stops_mode_0)
{
	struct rig r;

	setup(&r);
	control(&r, 0xb0);
	count(&r, 2, 100);
	at(&r, 500);
	ck_assert_uint_eq(value(&r, 2), 100);
	out8(&i8254_port61_io, r.p, 0, 0x01);
	at(&r, 540);
	ck_assert_uint_eq(value(&r, 2), 60);
	out8(&i8254_port61_io, r.p, 0, 0x00);
	at(&r, 1000);
	ck_assert_uint_eq(value(&r, 2), 60);
	ck_assert(!out2(&r));
	out8(&i8254_port61_io, r.p, 0, 0x03);
	at(&r, 1060);
	ck_assert(out2(&r));
	ck_assert(i8254_speaker(r.p));
	teardown(&r);
}
END_TEST

START_TEST(refresh_bit_toggles_every_18_clocks)
{
	unsigned i, toggles = 0;
	uint8_t was = 0, now;
	struct rig r;

	setup(&r);
	for (i = 0; i < 1800; i++) {
		at(&r, i);
		now = in8(&i8254_port61_io, r.p, 0) & 0x10;
		toggles += now != was;
		was = now;
	}
	ck_assert_uint_eq(toggles, 99);
	teardown(&r);
}
END_TEST

START_TEST(latched_count_holds_until_read)
{
	struct rig r;

	setup(&r);
	control(&r, 0x34);
	count(&r, 0, 1000);
	at(&r, 101);
	control(&r, 0x00);
	at(&r, 500);
	control(&r, 0x00);		/* no effect */
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 900 & 255);
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 900 >> 8);
	ck_assert_uint_eq(value(&r, 0), 501);
	teardown(&r);
}
END_TEST

START_TEST(read_back_latches_status_before_count)
{
	struct rig r;

	setup(&r);
	control(&r, 0x36);
	control(&r, 0xe2);		/* status of counter 0 */
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 0xc0 | 0x36);
	count(&r, 0, 100);
	at(&r, 10);
	control(&r, 0xc2);		/* both */
	at(&r, 90);
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 0x80 | 0x36);
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 82);
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 0);
	teardown(&r);
}
END_TEST

START_TEST(bcd_counts_in_decades)
{
	struct rig r;

	setup(&r);
	control(&r, 0x31);
	count(&r, 0, 0x1000);
	at(&r, 2);
	ck_assert_uint_eq(value(&r, 0), 0x0999);
	at(&r, 1002);
	ck_assert_uint_eq(value(&r, 0), 0x9999);
	ck_assert(r.irq0.level);
	teardown(&r);
}
END_TEST

START_TEST(lsb_only_counts_use_one_byte)
{
	struct rig r;

	setup(&r);
	control(&r, 0x14);
	out8(&i8254_io, r.p, 0, 50);
	at(&r, 11);
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 40);
	ck_assert_uint_eq(in8(&i8254_io, r.p, 0), 40);
	teardown(&r);
}
END_TEST

/*
 * Counter 2 as the datasheet tells it, one CLK after the other: an independent
 * model of modes 0, 2, 3 and 4 with counts of 2 and more.
 */
struct model {
	unsigned	mode;
	uint32_t	cr, ce;
	bool		load, counting, gate, out, armed;
	bool		odd;		/* mode 3: of the count in CE */
};

static void
model_control(struct model *m, unsigned mode)
{
	m->mode = mode;
	m->out = mode != 0;
	m->load = m->counting = m->armed = false;
}

static void
model_count(struct model *m, uint32_t n)
{
	m->cr = n;
	if (m->mode == 0)
		m->out = false;
	if (m->mode == 0 || m->mode == 4 || (!m->counting && m->gate))
		m->load = true;
	m->armed = m->armed || m->mode >= 2;
}

static void
model_gate(struct model *m, bool level)
{
	bool rose = level && !m->gate;

	m->gate = level;
	if (m->mode != 2 && m->mode != 3)
		return;
	if (!level) {
		m->out = true;
		m->load = m->counting = false;
	} else if (rose && m->armed) {
		m->load = true;
	}
}

static void
model_reload(struct model *m)
{
	m->odd = m->cr & 1;
	m->ce = m->mode == 3 ? m->cr & ~1u : m->cr;
}

static void
model_mode_3(struct model *m)
{
	if (m->ce == 0 || (m->ce == 2 && !(m->odd && m->out))) {
		m->out = !m->out;
		model_reload(m);
	} else {
		m->ce -= 2;
	}
}

static void
model_clk(struct model *m)
{
	if (m->load) {
		m->load = false;
		m->counting = true;
		m->armed = true;
		if (m->mode != 0)
			m->out = true;
		model_reload(m);
		return;
	}
	if (m->mode == 4)
		m->out = true;
	if (!m->counting || !m->gate)
		return;
	if (m->mode == 3) {
		model_mode_3(m);
		return;
	}
	m->ce = (m->ce - 1) & 0xffff;
	if (m->mode == 2 && m->ce == 0) {
		m->out = true;
		model_reload(m);
	} else if (m->mode == 2 && m->ce == 1) {
		m->out = false;
	} else if (m->ce == 0 && m->armed) {
		m->out = m->mode == 0;
		m->armed = false;	/* OUT changes once per count */
	}
}

START_TEST(modes_0_2_3_4_agree_with_a_clock_by_clock_model)
{
	static const unsigned modes[4] = { 0, 2, 3, 4 };
	struct model m = { .gate = false };
	uint64_t seed = _i + 1, clk;
	struct rig r;
	uint32_t n;

	setup(&r);
	model_control(&m, 0);
	for (clk = 1; clk < 20000; clk++) {
		at(&r, clk);
		model_clk(&m);
		ck_assert_msg(out2(&r) == m.out,
		    "clk %llu mode %u: OUT is %d", (unsigned long long)clk,
		    m.mode, !m.out);
		if (m.counting && !m.load)
			ck_assert_msg(value(&r, 2) == (m.ce & 0xffff),
			    "clk %llu mode %u: CE is %u, not %u",
			    (unsigned long long)clk, m.mode, value(&r, 2), m.ce);
		n = bench_random(&seed);
		if (n % 300 == 0 || clk == 1) {
			model_control(&m, modes[n >> 16 & 3]);
			control(&r, (uint8_t)(0xb0 | m.mode << 1));
		}
		if (n % 70 == 0) {
			n = 2 + (n >> 8) % (n & 0x100 ? 12 : 100);
			count(&r, 2, n);
			model_count(&m, n);
		} else if (n % 70 == 1) {
			model_gate(&m, n & 0x100);
			i8254_set_gate(r.p, 2, n & 0x100);
		}
	}
	teardown(&r);
}
END_TEST

Suite *
i8254_suite(void)
{
	Suite *s = suite_create("i8254");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, mode_0_raises_out_n_plus_1_clocks_after_the_write);
	tcase_add_test(tc, mode_2_is_low_for_one_clock_every_n_without_drift);
	tcase_add_test(tc, mode_2_counts_down_to_1_and_reloads);
	tcase_add_test(tc, mode_2_takes_a_new_count_at_the_end_of_the_period);
	tcase_add_test(tc, mode_3_is_high_for_the_longer_half_of_an_odd_count);
	tcase_add_test(tc, mode_3_with_count_0_gives_18_2_hz);
	tcase_add_test(tc, mode_4_strobes_low_for_one_clock);
	tcase_add_test(tc, mode_1_is_low_for_n_clocks_after_each_trigger);
	tcase_add_test(tc, gate_2_of_port_61_stops_mode_0);
	tcase_add_test(tc, refresh_bit_toggles_every_18_clocks);
	tcase_add_test(tc, latched_count_holds_until_read);
	tcase_add_test(tc, read_back_latches_status_before_count);
	tcase_add_test(tc, bcd_counts_in_decades);
	tcase_add_test(tc, lsb_only_counts_use_one_byte);
	tcase_add_loop_test(tc, modes_0_2_3_4_agree_with_a_clock_by_clock_model,
	    0, 10);
	suite_add_tcase(s, tc);
	return s;
}
