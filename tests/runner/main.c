/*
 * tests/run - the test runner
 *
 * Runs suite after suite, prints for each the number of tests and the seconds
 * it took, then the failures and the skipped tests, and last Check's closing
 * line.
 */
#include "tests/runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct run {
	SRunner		*sr;
	enum test_kind	kind;		/* of what runs when nothing is named */
	char		**names;	/* "suite" or "suite/test" from the command line */
	int		count;
	double		seconds;
	char		(*script_names)[SCRIPT_NAME_MAX];	/* by table index */
	unsigned	jobs;		/* scripts at a time */
};

static const char usage[] =
"usage: tests/run [-l] [--long] [-j N] [suite | suite/test]...\n"
"  -l, --list  list the tests of the suites, run nothing\n"
"  --long      run the tests of check-long instead of those of check; also\n"
"              in the suites that are named\n"
"  -j, --jobs N  run N tests at a time if they are scripts (default: as many\n"
"              as there are processors)\n"
"Environment: CI=true or RINGLAB_NO_SKIP=1 (a skip is a failure),\n"
"RINGLAB_KEEP=1 (keep the files of tests that pass), RINGLAB_SHORT=1\n"
"(scripts shorten themselves), CK_TIMEOUT_MULTIPLIER, CK_FORK=no.\n";

double
clock_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
complain(const char *what, const char *name)
{
	fprintf(stderr, "tests/run: %s: %s\n", what, name);
	return -1;
}

/* BUILDDIR is where tests/run is; SRCDIR is where it was made from. */
static int
set_environment(void)
{
	char exe[PATH_MAX], path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *build;

	if (n < 0)
		return complain("cannot find out where it is", strerror(errno));
	exe[n] = '\0';
	build = dirname(dirname(exe));
	setenv("BUILDDIR", build, 0);
	setenv("SRCDIR", SRCDIR, 0);
	snprintf(path, sizeof(path), "%s/ringlab", build);
	setenv("RINGLAB", path, 0);
	setenv("RINGLAB_SHORT", "", 0);
	snprintf(path, sizeof(path), "%s/tests/scratch", build);
	setenv("RINGLAB_SCRATCH", path, 0);
	unsetenv("DISPLAY");		/* nothing opens a window by itself */
	unsetenv("WAYLAND_DISPLAY");
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
	return 0;
}

/* One runner at a time per scratch directory. */
static int
lock_scratch(void)
{
	const char *dir = getenv("RINGLAB_SCRATCH");
	char path[PATH_MAX];
	int fd;

	mkdir(dir, 0777);
	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return complain(path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		fprintf(stderr, "tests/run: waiting for another one\n");
		flock(fd, LOCK_EX);
	}
	return 0;
}

/* Does argument "suite" or "suite/test" name the suite, or this test of it? */
static bool
names(const char *arg, const char *suite, const char *test)
{
	size_t n = strlen(suite);

	if (strncmp(arg, suite, n) != 0)
		return false;
	if (arg[n] == '\0')
		return true;
	return arg[n] == '/' && (test == NULL || strcmp(arg + n + 1, test) == 0);
}

/* Does a suite have scripts of this kind? */
static bool
has_scripts(const char *suite, enum test_kind kind)
{
	const struct script_entry *e;

	for (e = script_table; e->path != NULL; e++)
		if (e->kind == kind && strcmp(e->suite, suite) == 0)
			return true;
	return false;
}

/*
 * Named on the command line, or nothing is and the kind is right.  A suite's name
 * means its scripts of the right kind, or all if there are none.
 */
static bool
selected(const struct run *r, const char *suite, const char *test,
    enum test_kind kind)
{
	bool right = kind == r->kind;
	int i;

	if (r->count == 0)
		return right;
	if (test == NULL)
		right = true;		/* a unit suite: the name is enough */
	for (i = 0; i < r->count; i++)
		if (names(r->names[i], suite, test) &&
		    (right || strchr(r->names[i], '/') != NULL ||
		    !has_scripts(suite, r->kind)))
			return true;
	return false;
}

/* Script i is one of the suite and has run; end is how it ended. */
static bool
script_ran(const struct run *r, unsigned i, const char *suite, struct script_end *end)
{
	return strcmp(script_table[i].suite, suite) == 0 &&
	    r->script_names[i][0] != '\0' && lanes_ended(i, end);
}

/* Where scripts share the time, a suite's is what they took themselves. */
static double
script_seconds(const struct run *r, const char *suite, double elapsed)
{
	struct script_end end;
	double seconds = 0;
	bool any = false;
	unsigned i;

	for (i = 0; script_table[i].path != NULL; i++) {
		if (!script_ran(r, i, suite, &end))
			continue;
		seconds += end.seconds;
		any = true;
	}
	return any ? seconds : elapsed;
}

/* Each of a suite's scripts, when there are several of them. */
static void
print_scripts(const struct run *r, const char *suite, unsigned tests)
{
	struct script_end end;
	unsigned i;

	if (tests < 2)
		return;
	for (i = 0; script_table[i].path != NULL; i++)
		if (script_ran(r, i, suite, &end))
			printf("  %-22s %23.1f s\n", r->script_names[i], end.seconds);
	fflush(stdout);
}

static void
print_result(const char *name, unsigned tests, double seconds)
{
	printf("%-24s %6u tests %9.1f s\n", name, tests, seconds);
	fflush(stdout);
}

/* tcase is NULL for all of the suite. */
static void
run_suite(struct run *r, Suite *s, const char *name, const char *tcase)
{
	unsigned before = (unsigned)srunner_ntests_run(r->sr), tests;
	double start = clock_seconds();

	srunner_add_suite(r->sr, s);
	srunner_run(r->sr, name, tcase, CK_SILENT);
	tests = (unsigned)srunner_ntests_run(r->sr) - before;
	print_result(name, tests, script_seconds(r, name, clock_seconds() - start));
	print_scripts(r, name, tests);
	report_failures(r->sr, name, before, stdout);
}

/* The one "suite/tcase" of a unit suite that is asked for, else all of it. */
static const char *
only_tcase(const struct run *r, const char *suite)
{
	const char *only = NULL;
	size_t n = strlen(suite);
	int i;

	for (i = 0; i < r->count; i++) {
		if (!names(r->names[i], suite, NULL))
			continue;
		if (r->names[i][n] == '\0')
			return NULL;
		only = r->names[i] + n + 1;
	}
	return only;
}

static int
run_unit(struct run *r, const struct suite_entry *e)
{
	unsigned before = (unsigned)srunner_ntests_run(r->sr);
	const char *only = only_tcase(r, e->name);

	if (!selected(r, e->name, NULL, e->kind))
		return 0;
	run_suite(r, e->make(), e->name, only);
	if ((unsigned)srunner_ntests_run(r->sr) == before)
		return complain("no such test, or suite_create() with another name",
		    e->name);
	return 0;
}

static unsigned
count_scripts(void)
{
	unsigned n = 0;

	while (script_table[n].path != NULL)
		n++;
	return n;
}

static bool
first_of_suite(unsigned index)
{
	unsigned i;

	for (i = 0; i < index; i++)
		if (strcmp(script_table[i].suite, script_table[index].suite) == 0)
			return false;
	return true;
}

/* Names the scripts that are to run; from the first of a suite on, those of it
 * follow each other in index[].  Returns how many. */
static unsigned
list_scripts(struct run *r, unsigned *index)
{
	unsigned n = 0, first, i;
	char name[SCRIPT_NAME_MAX];

	for (first = 0; script_table[first].path != NULL; first++) {
		const char *suite = script_table[first].suite;

		for (i = first; first_of_suite(first) && script_table[i].path != NULL; i++) {
			script_name(&script_table[i], name, sizeof(name));
			if (strcmp(script_table[i].suite, suite) != 0 ||
			    !selected(r, suite, name, script_table[i].kind))
				continue;
			strcpy(r->script_names[i], name);
			index[n++] = i;
		}
	}
	return n;
}

/* The scripts of one suite, from its first on. */
static void
run_scripts(struct run *r, unsigned first)
{
	const char *suite = script_table[first].suite;
	Suite *s = NULL;
	unsigned i;

	for (i = first; script_table[i].path != NULL; i++) {
		if (strcmp(script_table[i].suite, suite) != 0 ||
		    r->script_names[i][0] == '\0')
			continue;
		if (s == NULL)
			s = suite_create(suite);
		script_add(s, i, r->script_names[i]);
	}
	if (s != NULL)
		run_suite(r, s, suite, NULL);
}

static int
run_all(struct run *r)
{
	const struct suite_entry *e;
	int result = 0;
	unsigned i;

	for (e = suite_table; e->name != NULL; e++)
		if (run_unit(r, e) != 0)
			result = -1;
	for (i = 0; script_table[i].path != NULL; i++)
		if (first_of_suite(i))
			run_scripts(r, i);
	return result;
}

static void
list_all(const struct run *r)
{
	const struct suite_entry *e;
	const struct script_entry *s;
	char name[SCRIPT_NAME_MAX];

	for (e = suite_table; e->name != NULL; e++)
		if (selected(r, e->name, NULL, e->kind))
			printf("%s\n", e->name);
	for (s = script_table; s->path != NULL; s++) {
		script_name(s, name, sizeof(name));
		if (selected(r, s->suite, name, s->kind))
			printf("%s/%s (%s)\n", s->suite, name, s->path);
	}
}

static bool
known(const char *arg)
{
	const struct suite_entry *e;
	const struct script_entry *s;
	char name[SCRIPT_NAME_MAX];

	for (e = suite_table; e->name != NULL; e++)
		if (names(arg, e->name, NULL))
			return true;
	for (s = script_table; s->path != NULL; s++) {
		script_name(s, name, sizeof(name));
		if (names(arg, s->suite, name))
			return true;
	}
	return false;
}

/* Two tests of a suite would use one directory. */
static int
check_script_names(void)
{
	char name[SCRIPT_NAME_MAX], other[SCRIPT_NAME_MAX];
	const struct script_entry *s, *t;

	for (s = script_table; s->path != NULL; s++) {
		script_name(s, name, sizeof(name));
		for (t = script_table; t < s; t++) {
			script_name(t, other, sizeof(other));
			if (strcmp(s->suite, t->suite) == 0 && strcmp(name, other) == 0)
				return complain("two scripts of this name in a suite", name);
		}
	}
	return 0;
}

/* Check runs suites by name, so a name is either one unit suite's or scripts'. */
static int
check_tables(void)
{
	const struct suite_entry *e;
	const struct script_entry *s;

	for (e = suite_table; e->name != NULL; e++)
		for (s = script_table; s->path != NULL; s++)
			if (strcmp(e->name, s->suite) == 0)
				return complain("both in suites.def and scripts.def",
				    e->name);
	return check_script_names();
}

static int
check_names(const struct run *r)
{
	int i;

	for (i = 0; i < r->count; i++)
		if (!known(r->names[i]))
			return complain("no such suite or test", r->names[i]);
	return 0;
}

static int
run_in_lanes(struct run *r)
{
	unsigned *index = calloc(count_scripts() + 1, sizeof(*index));
	double start = clock_seconds();
	struct lanes lanes;
	int result;

	r->script_names = calloc(count_scripts() + 1, sizeof(*r->script_names));
	if (r->script_names == NULL || index == NULL) {
		free(index);
		return complain("no memory", "names");
	}
	lanes_open(&lanes, index, list_scripts(r, index), r->jobs);
	result = run_all(r);
	lanes_close(&lanes);
	r->seconds = clock_seconds() - start;
	free(index);
	return result;
}

/* Returns 0 when everything that ran passed. */
static int
run_and_report(struct run *r)
{
	int result, failed;

	if (set_environment() != 0 || lock_scratch() != 0)
		return -1;
	skip_clear();
	r->sr = srunner_create(NULL);
	result = run_in_lanes(r);
	print_result("all", (unsigned)srunner_ntests_run(r->sr), r->seconds);
	skip_print(stdout);
	fflush(stdout);
	srunner_print(r->sr, CK_MINIMAL);
	fflush(stdout);
	failed = srunner_ntests_failed(r->sr);
	srunner_free(r->sr);
	free(r->script_names);
	return failed != 0 ? -1 : result;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "long", no_argument, NULL, 'L' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct run r = { .kind = CHECK, .jobs = processors > 1 ? (unsigned)processors : 1 };
	bool list = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "lhj:", options, NULL)) != -1) {
		if (opt == 'l') {
			list = true;
		} else if (opt == 'L') {
			r.kind = LONG;
		} else if (opt == 'j' && atoi(optarg) > 0) {
			r.jobs = (unsigned)atoi(optarg);
		} else {
			fputs(usage, opt == 'h' ? stdout : stderr);
			return opt == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
		}
	}
	r.names = argv + optind;
	r.count = argc - optind;
	if (check_tables() != 0 || check_names(&r) != 0)
		return EXIT_FAILURE;
	if (list) {
		list_all(&r);
		return EXIT_SUCCESS;
	}
	return run_and_report(&r) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
