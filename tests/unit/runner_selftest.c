/*
 * tests/unit/runner_selftest.c - the runner runs unit suites as promised
 *
 * What it does with tests that fail, skip and hang is in
 * tests/runner/selftest.sh.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tests/runner/runner.h"

START_TEST(environment_names_source_and_build_directory)
{
	char path[4096];

	ck_assert_ptr_nonnull(getenv("SRCDIR"));
	ck_assert_ptr_nonnull(getenv("BUILDDIR"));
	ck_assert_ptr_nonnull(getenv("RINGLAB"));
	snprintf(path, sizeof(path), "%s/tests/suites.def", getenv("SRCDIR"));
	ck_assert_int_eq(access(path, R_OK), 0);
	snprintf(path, sizeof(path), "%s/config.h", getenv("BUILDDIR"));
	ck_assert_int_eq(access(path, R_OK), 0);
}
END_TEST

START_TEST(script_is_named_after_its_file)
{
	const struct script_entry e = { "boot", "tests/boot/cd.iso.sh", 1, CHECK };
	char name[32];

	script_name(&e, name, sizeof(name));
	ck_assert_str_eq(name, "cd.iso");
}
END_TEST

START_TEST(scratch_directory_is_per_suite_and_test)
{
	char path[4096], expected[4096];

	scratch_path("boot", "cd", path, sizeof(path));
	snprintf(expected, sizeof(expected), "%s/boot/cd",
	    getenv("RINGLAB_SCRATCH"));
	ck_assert_str_eq(path, expected);
}
END_TEST

Suite	*runner_suite(void);

Suite *
runner_suite(void)
{
	Suite *s = suite_create("runner");
	TCase *tc = tcase_create("runner");

	tcase_add_test(tc, environment_names_source_and_build_directory);
	tcase_add_test(tc, script_is_named_after_its_file);
	tcase_add_test(tc, scratch_directory_is_per_suite_and_test);
	suite_add_tcase(s, tc);
	return s;
}
