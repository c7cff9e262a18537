/*
 * tests/unit/devices_test.c - what holds for every chip
 *
 * Each test runs once per chip of tests/unit/chip_rig.c.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define CHIPS	23
#define SEEDS	6u
#define POKES	3000u
#define START	(5 * (uint64_t)VCLOCK_HZ + 123)

static struct bench_chip *
chip_new(int i, uint64_t now)
{
	struct bench_chip *b = calloc(1, sizeof(*b));

	ck_assert_ptr_nonnull(b);
	ck_assert(bench_make(b, (unsigned)i, now));
	ck_assert_ptr_nonnull(b->cls);
	return b;
}

static void
chip_free(struct bench_chip *b)
{
	bench_free(b);
	free(b);
}

/* A copy of the chip's surroundings: time, order of events, DMA memory. */
static struct bench_chip *
chip_beside(const struct bench_chip *a, int i)
{
	struct bench_chip *b = chip_new(i, a->clock.now);

	b->clock.next_seq = a->clock.next_seq;
	memcpy(b->ram, a->ram, BENCH_RAM);
	memcpy(b->disk.data, a->disk.data, 1024 * BLOCKDEV_SECTOR);
	return b;
}

/* Caller frees.  *n is the length. */
static uint8_t *
encode(const struct bench_chip *b, size_t *n)
{
	uint8_t *out;

	*n = snap_size(b->cls->fields);
	out = malloc(*n + 1);
	ck_assert_ptr_nonnull(out);
	snap_encode(b->cls->fields, b->dev, out);
	return out;
}

static void
check_same(const struct bench_chip *a, const struct bench_chip *b,
    const char *when, uint64_t seed)
{
	size_t n, m;
	uint8_t *x = encode(a, &n), *y = encode(b, &m);
	char where[200] = "";

	ck_assert_uint_eq(n, m);
	if (memcmp(x, y, n)) {
		snap_diff(a->cls->fields, x, y, where, sizeof(where));
		ck_abort_msg("%s, seed %llu: states differ %s: %s", a->cls->name,
		    (unsigned long long)seed, when, where);
	}
	free(x);
	free(y);
}

START_TEST(saved_state_restores_to_the_same_bytes_and_behaviour)
{
	struct bench_chip *a, *b;
	uint64_t seed, s, t;
	uint8_t *state;
	unsigned k, p;
	size_t n;

	for (k = 1; k <= SEEDS; k++) {
		a = chip_new(_i, START);
		seed = s = k;
		for (p = 0; p < POKES; p++)
			bench_poke(a, &s);
		b = chip_beside(a, _i);
		state = encode(a, &n);
		ck_assert_msg(bench_restore(b, state, n) == 0,
		    "%s, seed %u: its own state is refused", a->cls->name, k);
		check_same(a, b, "after restoring", seed);
		ck_assert_msg(!memcmp(a->line, b->line, sizeof(a->line[0].level)),
		    "%s: wires differ", a->cls->name);
		memcpy(b->disk.data, a->disk.data, 1024 * BLOCKDEV_SECTOR);
		for (p = 0, t = s; p < POKES; p++)
			ck_assert_uint_eq(bench_poke(a, &s), bench_poke(b, &t));
		check_same(a, b, "after running on", seed);
		free(state);
		chip_free(a);
		chip_free(b);
	}
}
END_TEST

START_TEST(outputs_after_restoring_are_the_saved_ones)
{
	struct bench_chip *a, *b;
	uint8_t *state;
	unsigned k, p, i;
	uint64_t s;
	size_t n;

	for (k = 1; k <= SEEDS; k++) {
		a = chip_new(_i, START);
		s = k * 977;
		for (p = 0; p < POKES; p++)
			bench_poke(a, &s);
		b = chip_beside(a, _i);
		state = encode(a, &n);
		ck_assert_int_eq(bench_restore(b, state, n), 0);
		for (i = 0; i < BENCH_LINES; i++)
			ck_assert_msg(a->line[i].level == b->line[i].level,
			    "%s: wire %u differs", a->cls->name, i);
		free(state);
		chip_free(a);
		chip_free(b);
	}
}
END_TEST

/* An idle timer's place in the order means nothing. */
static void
forget_order(void *arg, struct vtimer *t)
{
	(void)arg;
	if (!vtimer_armed(t))
		t->seq = 0;
}

START_TEST(reset_gives_one_state_whatever_went_before)
{
	char where[200] = "";
	struct bench_chip *a;
	uint8_t *first, *second;
	uint64_t s = 99;
	unsigned p;
	size_t n;

	a = chip_new(_i, START);
	if (!strcmp(a->cls->name, "mc146818") || !strcmp(a->cls->name, "i8259") ||
	    !strcmp(a->cls->name, "uart16550") || !strcmp(a->cls->name, "ide") ||
	    !strcmp(a->cls->name, "fdc")) {
		/* These keep by design what outlives a reset: CMOS, input
		 * levels, modem lines, a changed medium's event, a head's place. */
		chip_free(a);
		return;
	}
	first = encode(a, &n);
	for (p = 0; p < POKES; p++)
		bench_poke(a, &s);
	a->cls->reset(a->dev);
	snap_each_timer(a->cls->fields, a->dev, forget_order, NULL);
	second = encode(a, &n);
	snap_diff(a->cls->fields, first, second, where, sizeof(where));
	ck_assert_msg(!memcmp(first, second, n), "%s: %s", a->cls->name, where);
	free(first);
	free(second);
	chip_free(a);
}
END_TEST

/* Some bytes of a good state, or all of them. */
static void
damage(uint8_t *state, size_t n, uint64_t *s)
{
	size_t changes = bench_random(s) % 4 ? 1 + bench_random(s) % 8 : n;

	while (changes-- && n)
		state[bench_random(s) % n] = (uint8_t)(bench_random(s) >>
		    (bench_random(s) & 1 ? 7 : 0) & (bench_random(s) & 1 ? 1 : 255));
}

START_TEST(damaged_state_never_crashes)
{
	struct bench_chip *a, *b;
	uint8_t *state;
	unsigned k, p;
	uint64_t s = 4711;
	size_t n;

	a = chip_new(_i, START);
	for (k = 0; k < 120; k++) {
		for (p = 0; p < 50; p++)
			bench_poke(a, &s);
		state = encode(a, &n);
		damage(state, n, &s);
		b = chip_beside(a, _i);
		if (bench_restore(b, state, n) == 0) {
			for (p = 0; p < 300; p++)
				bench_poke(b, &s);
		}
		free(state);
		chip_free(b);
	}
	chip_free(a);
}
END_TEST

START_TEST(state_of_another_length_is_refused)
{
	struct bench_chip *a = chip_new(_i, START);
	uint8_t *state;
	size_t n;

	state = encode(a, &n);
	ck_assert(!snap_decode(a->cls->fields, a->dev, state, n + 1));
	if (n)
		ck_assert(!snap_decode(a->cls->fields, a->dev, state, n - 1));
	free(state);
	chip_free(a);
}
END_TEST

START_TEST(free_takes_null)
{
	struct bench_chip *a = chip_new(_i, START);

	a->cls->free(NULL);
	chip_free(a);
}
END_TEST

START_TEST(list_is_complete)
{
	struct bench_chip *b = calloc(1, sizeof(*b));

	ck_assert(!bench_make(b, CHIPS, 0));
	free(b);
}
END_TEST

Suite *
devices_suite(void)
{
	Suite *s = suite_create("devices");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc,
	    saved_state_restores_to_the_same_bytes_and_behaviour, 0, CHIPS);
	tcase_add_loop_test(tc, outputs_after_restoring_are_the_saved_ones, 0,
	    CHIPS);
	tcase_add_loop_test(tc, reset_gives_one_state_whatever_went_before, 0,
	    CHIPS);
	tcase_add_loop_test(tc, damaged_state_never_crashes, 0, CHIPS);
	tcase_add_loop_test(tc, state_of_another_length_is_refused, 0, CHIPS);
	tcase_add_loop_test(tc, free_takes_null, 0, CHIPS);
	tcase_add_test(tc, list_is_complete);
	suite_add_tcase(s, tc);
	return s;
}
