/*
 * tests/runner/skip.c - skipped tests
 *
 * A test runs in a process of its own, so a skip is one line appended to
 * $RINGLAB_SCRATCH/skips, which the runner prints at the end.  With
 * RINGLAB_NO_SKIP=1 or CI=true a skip is a failure.
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

void
skip_record(const char *suite, const char *test, const char *reason)
{
	const char *suffix = strstr(test, "_fn");	/* START_TEST adds it */
	int n = suffix == NULL ? (int)strlen(test) : (int)(suffix - test);
	FILE *f;

	if (env_is("RINGLAB_NO_SKIP", "1") || env_is("CI", "true"))
		ck_abort_msg("skipped, which is not allowed here: %s", reason);
	f = skip_open("a");
	if (f == NULL)
		ck_abort_msg("skipped, and could not say so: %s", reason);
	fprintf(f, "%s/%.*s: %s\n", suite, n, test, reason);
	fclose(f);
}

unsigned
skip_print(FILE *out)
{
	FILE *f = skip_open("r");
	unsigned count = 0;
	char line[1024];

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		fprintf(out, "skipped %s", line);
		count++;
	}
	fclose(f);
	return count;
}
