/*
 * tests/runner/report.c - what went wrong, for a person
 *
 * A failed test is printed with its place and message; a failed script with
 * the end of its output, and its directory stays for a closer look.
 */
#include "tests/runner/runner.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAIL_LINES	30

/* Leaves f where its last n lines begin. */
static void
seek_tail(FILE *f, unsigned n)
{
	long pos;

	fseek(f, 0, SEEK_END);
	pos = ftell(f) - 1;		/* the end of the last line does not count */
	while (pos > 0 && n > 0) {
		fseek(f, --pos, SEEK_SET);
		if (getc(f) == '\n')
			n--;
	}
	fseek(f, pos > 0 ? pos + 1 : 0, SEEK_SET);
}

static void
print_tail(const char *path, FILE *out)
{
	FILE *f = fopen(path, "r");
	char line[1024];

	if (f == NULL)
		return;
	seek_tail(f, TAIL_LINES);
	while (fgets(line, sizeof(line), f) != NULL)
		fprintf(out, "    | %s%s", line, strchr(line, '\n') ? "" : "\n");
	fclose(f);
	fprintf(out, "    (all of it: %s)\n", path);
}

static bool
keep_passed(void)
{
	const char *v = getenv("RINGLAB_KEEP");

	return v != NULL && *v != '\0';
}

static void
report_one(TestResult *tr, const char *suite, FILE *out)
{
	const char *tcase = tr_tcname(tr);
	char dir[PATH_MAX / 2], path[PATH_MAX];

	scratch_path(suite, tcase, dir, sizeof(dir));
	if (tr_rtype(tr) == CK_PASS) {
		if (!keep_passed())
			scratch_remove(dir);
		return;
	}
	fprintf(out, "FAILED %s/%s: %s:%d: %s\n", suite, tcase,
	    tr_lfile(tr) ? tr_lfile(tr) : "?", tr_lno(tr), tr_msg(tr));
	snprintf(path, sizeof(path), "%s/output", dir);
	print_tail(path, out);
}

void
report_failures(SRunner *sr, const char *suite, unsigned first, FILE *out)
{
	unsigned n = (unsigned)srunner_ntests_run(sr);
	TestResult **results = srunner_results(sr);
	unsigned i;

	for (i = first; i < n; i++)
		report_one(results[i], suite, out);
	free(results);
}
