/*
 * tests/runner/skip.c - tests that were not run
 *
 * A test runs in a process of its own, so a skip is one line appended to
 * $RINGLAB_SCRATCH/skips, which the runner prints at the end.  With
 * RINGLAB_NO_SKIP=1 or CI=true a skip is a failure.  What the machine cannot do
 * (run 32-bit programs, say, where its kernel or hypervisor does not) is no
 * failure anywhere: installing something would not help.
 */
#include "tests/runner/runner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *
skip_open(const char *mode)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/skips", getenv("RINGLAB_SCRATCH"));
	return fopen(path, mode);
}

static bool
env_is(const char *name, const char *value)
{
	const char *v = getenv(name);

	return v != NULL && strcmp(v, value) == 0;
}

void
skip_clear(void)
{
	FILE *f = skip_open("w");

	if (f != NULL)
		fclose(f);
}

static void
record(const char *kind, const char *suite, const char *test, const char *reason)
{
	const char *suffix = strstr(test, "_fn");	/* START_TEST adds it */
	int n = suffix == NULL ? (int)strlen(test) : (int)(suffix - test);
	FILE *f = skip_open("a");

	if (f == NULL)
		ck_abort_msg("%s, and could not say so: %s", kind, reason);
	fprintf(f, "%s %s/%.*s: %s\n", kind, suite, n, test, reason);
	fclose(f);
}

void
skip_record(const char *suite, const char *test, const char *reason)
{
	if (env_is("RINGLAB_NO_SKIP", "1") || env_is("CI", "true"))
		ck_abort_msg("skipped, which is not allowed here: %s", reason);
	record("skipped", suite, test, reason);
}

void
cannot_record(const char *suite, const char *test, const char *reason)
{
	record("impossible", suite, test, reason);
}

void
skip_print(FILE *out)
{
	FILE *f = skip_open("r");
	unsigned skipped = 0, impossible = 0;
	char line[1024];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		fputs(line, out);
		if (strncmp(line, "skipped ", 8) == 0)
			skipped++;
		else
			impossible++;
	}
	if (f != NULL)
		fclose(f);
	if (impossible != 0)
		fprintf(out, "%u impossible on this machine\n", impossible);
	fprintf(out, "%u skipped\n", skipped);
}
