/*
 * tests/unit/hpet_test.c - high precision event timers
 */
#include <check.h>
#include <string.h>

#include "hw/hpet.h"
#include "tests/unit/chip_rig.h"

#define TICK	10u
#define CONF(n)	(0x100u + 0x20 * (n))
#define CMP(n)	(CONF(n) + 8)

static struct evheap heap;
static struct hpet *hpet;
static struct bench_line line[HPET_IRQS], irq0, irq8, legacy;

static void
wr(uint32_t off, uint64_t v, unsigned size)
{
	hpet_io.write(hpet, off, v, size);
}

static uint64_t
rd(uint32_t off, unsigned size)
{
	return hpet_io.read(hpet, off, size);
}

static void
setup(void)
{
	struct hpet_wires w = { .irq0 = bench_wire(&irq0), .irq8 = bench_wire(&irq8),
		.legacy = bench_wire(&legacy) };
	unsigned i;

	ck_assert_int_eq(evheap_init(&heap), 0);
	memset(line, 0, sizeof(line));
	memset(&irq0, 0, sizeof(irq0));
	memset(&irq8, 0, sizeof(irq8));
	memset(&legacy, 0, sizeof(legacy));
	for (i = 0; i < HPET_IRQS; i++)
		w.irq[i] = bench_wire(&line[i]);
	heap.now = 777;
	hpet = hpet_new(&heap.clock, &w);
	hpet_class.reset(hpet);
}

static void
teardown(void)
{
	hpet_class.free(hpet);
	evheap_fini(&heap);
}

START_TEST(capabilities_say_three_timers_of_64_bits_at_10_ns)
{
	ck_assert_uint_eq(rd(0, 8), 0x009896808086a201u);
	ck_assert_uint_eq(rd(4, 4), 10000000);
	ck_assert_uint_eq(rd(CONF(2), 4), 0x30);
	ck_assert_uint_eq(rd(CONF(2) + 4, 4), 0x00ff0104);
}
END_TEST

START_TEST(counter_runs_only_when_enabled_and_keeps_its_value)
{
	bench_wait(&heap, 1000);
	ck_assert_uint_eq(rd(0xf0, 8), 0);
	wr(0xf0, 0xfffffff0, 8);
	wr(0x10, 1, 4);
	bench_wait(&heap, 200 * TICK);
	ck_assert_uint_eq(rd(0xf0, 8), 0xfffffff0 + 200ull);
	ck_assert_uint_eq(rd(0xf4, 4), 1);
	wr(0xf0, 5, 8);			/* not while it runs */
	wr(0x10, 0, 4);
	bench_wait(&heap, 1000);
	ck_assert_uint_eq(rd(0xf0, 8), 0xfffffff0 + 200ull);
}
END_TEST

START_TEST(one_shot_edge_comes_at_its_tick_once)
{
	wr(CONF(1), 4 | 16 << 9, 4);
	wr(CMP(1), 1000, 8);
	wr(0x10, 1, 4);
	bench_wait(&heap, 1000 * TICK - 1);
	ck_assert_uint_eq(line[16].rises, 0);
	bench_wait(&heap, 1);
	ck_assert_uint_eq(line[16].rises, 1);
	ck_assert(!line[16].level);
	ck_assert_uint_eq(rd(0x20, 4), 0);
	bench_wait(&heap, 100000 * TICK);
	ck_assert_uint_eq(line[16].rises, 1);
}
END_TEST

START_TEST(level_stays_until_its_status_is_cleared)
{
	wr(CONF(0), 4 | 2 | 20 << 9, 4);
	wr(CMP(0), 10, 8);
	wr(0x10, 1, 4);
	bench_wait(&heap, 11 * TICK);
	ck_assert(line[20].level);
	ck_assert_uint_eq(rd(0x20, 4), 1);
	wr(0x20, 2, 4);
	ck_assert(line[20].level);
	wr(0x20, 1, 4);
	ck_assert(!line[20].level);
}
END_TEST

/* As Linux programs it: the first time with VAL_SET, then the period. */
START_TEST(periodic_timer_repeats_from_the_value_set)
{
	wr(0x10, 1, 4);
	bench_wait(&heap, 50 * TICK);
	wr(CONF(0), 4 | 8 | 0x40 | 0x100, 4);
	wr(CMP(0), 1050, 4);
	wr(CMP(0), 1000, 4);
	wr(0x10, 3, 4);
	ck_assert(legacy.level);
	bench_wait(&heap, 1000 * TICK);
	ck_assert_uint_eq(irq0.rises, 1);
	bench_wait(&heap, 7000 * TICK);
	ck_assert_uint_eq(irq0.rises, 8);
	ck_assert_uint_eq(rd(CMP(0), 4), 9050);
	ck_assert_uint_eq(line[0].rises, 0);
}
END_TEST

START_TEST(a_comparator_of_32_bits_wraps)
{
	wr(0xf0, 0x1fffffff0, 8);
	wr(CONF(2), 4 | 0x100 | 8 << 9, 4);
	wr(CMP(2), 0x10, 8);
	wr(0x10, 1, 4);
	bench_wait(&heap, 0x20 * TICK);
	ck_assert_uint_eq(line[8].rises, 1);
	bench_wait(&heap, ((uint64_t)TICK << 32) - TICK);
	ck_assert_uint_eq(line[8].rises, 1);
	bench_wait(&heap, TICK);
	ck_assert_uint_eq(line[8].rises, 2);
}
END_TEST

START_TEST(a_period_of_0_does_not_hang)
{
	wr(CONF(0), 4 | 8 | 0x40, 4);
	wr(CMP(0), 0, 8);
	wr(0x10, 1, 4);
	bench_wait(&heap, 100);
	ck_assert_uint_le(evheap_next(&heap) - heap.now, VTIMER_IDLE);
}
END_TEST

START_TEST(a_disabled_timer_or_a_forbidden_route_is_silent)
{
	wr(CONF(0), 16 << 9, 4);
	wr(CONF(1), 4 | 5 << 9, 4);
	wr(CMP(0), 10, 8);
	wr(CMP(1), 10, 8);
	wr(0x10, 1, 4);
	bench_wait(&heap, 100 * TICK);
	ck_assert_uint_eq(line[16].rises, 0);
	ck_assert_uint_eq(line[5].rises, 0);
}
END_TEST

Suite *hpet_suite(void);

Suite *
hpet_suite(void)
{
	Suite *s = suite_create("hpet");
	TCase *tc = tcase_create("hpet");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, capabilities_say_three_timers_of_64_bits_at_10_ns);
	tcase_add_test(tc, counter_runs_only_when_enabled_and_keeps_its_value);
	tcase_add_test(tc, one_shot_edge_comes_at_its_tick_once);
	tcase_add_test(tc, level_stays_until_its_status_is_cleared);
	tcase_add_test(tc, periodic_timer_repeats_from_the_value_set);
	tcase_add_test(tc, a_comparator_of_32_bits_wraps);
	tcase_add_test(tc, a_period_of_0_does_not_hang);
	tcase_add_test(tc, a_disabled_timer_or_a_forbidden_route_is_silent);
	suite_add_tcase(s, tc);
	return s;
}
