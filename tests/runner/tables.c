/*
 * tests/runner/tables.c - the suites and scripts of tests/run
 */
#include "tests/runner/runner.h"

#define SUITE(name)		Suite *name##_suite(void);
#define SUITE_LONG(name)	Suite *name##_suite(void);
#include "tests/suites.def"
#undef SUITE
#undef SUITE_LONG

const struct suite_entry suite_table[] = {
#define SUITE(name)		{ #name, name##_suite, CHECK },
#define SUITE_LONG(name)	{ #name, name##_suite, LONG },
#include "tests/suites.def"
	{ NULL, NULL, CHECK }
};

const struct script_entry script_table[] = {
#define SCRIPT(suite, path, timeout, kind)	{ #suite, path, timeout, kind },
#include "tests/scripts.def"
	{ NULL, NULL, 0, CHECK }
};
