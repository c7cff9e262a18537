/*
 * tests/runner/selftest_tables.c - tables for the test of the runner
 *
 * Tests that pass, fail, skip, crash and hang; tests/runner/selftest.sh knows
 * what the runner must make of each.
 */
#include "tests/runner/runner.h"

#include <stdlib.h>

START_TEST(passes)
{
}
END_TEST

START_TEST(fails)
{
	ck_assert_int_eq(6 * 9, 42);
}
END_TEST

START_TEST(skips)
{
	SKIP("unit", "no unit of this kind");
}
END_TEST

START_TEST(crashes)
{
	abort();
}
END_TEST

static Suite *
one_test_suite(const char *suite, const char *name, const TTest *test)
{
	Suite *s = suite_create(suite);
	TCase *tc = tcase_create(name);

	tcase_add_test(tc, test);
	suite_add_tcase(s, tc);
	return s;
}

static Suite *
unit_passes(void)
{
	return one_test_suite("passes", "passes", passes);
}

static Suite *
unit_fails(void)
{
	return one_test_suite("fails", "fails", fails);
}

static Suite *
unit_skips(void)
{
	return one_test_suite("skips", "skips", skips);
}

static Suite *
unit_crashes(void)
{
	return one_test_suite("crashes", "crashes", crashes);
}

const struct suite_entry suite_table[] = {
	{ "passes", unit_passes, CHECK },
	{ "fails", unit_fails, LONG },
	{ "skips", unit_skips, LONG },
	{ "crashes", unit_crashes, LONG },
	{ NULL, NULL, CHECK }
};

const struct script_entry script_table[] = {
	{ "script", "tests/runner/selftest/passes.sh", 10, CHECK },
	{ "script", "tests/runner/selftest/fails.sh", 10, LONG },
	{ "script", "tests/runner/selftest/skips.sh", 10, LONG },
	{ "script", "tests/runner/selftest/cannot.sh", 10, LONG },
	{ "script", "tests/runner/selftest/hangs.sh", 1, LONG },
	{ NULL, NULL, 0, CHECK }
};
