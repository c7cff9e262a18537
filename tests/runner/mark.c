/*
 * tests/runner/mark.c - where a test is, told once for each place
 *
 * Every assertion that holds tells Check its place, with a write to a file, so
 * that it can say where a test crashed.  Tests that assert a million times in a
 * loop did little else.  Here a process tells each place once; an assertion
 * that fails tells its own as before.
 *
 * The runner is linked with --wrap=_mark_point.
 */
#include "tests/runner/runner.h"

#include <stdint.h>

#define PLACES	1024u		/* a power of two */

void	__real__mark_point(const char *file, int line);
void	__wrap__mark_point(const char *file, int line);

void
__wrap__mark_point(const char *file, int line)
{
	static struct {
		const char	*file;
		int		line;
	} told[PLACES];
	uintptr_t hash = (uintptr_t)file / 8 + (unsigned)line;

	if (told[hash % PLACES].file == file && told[hash % PLACES].line == line)
		return;
	told[hash % PLACES].file = file;
	told[hash % PLACES].line = line;
	__real__mark_point(file, line);
}
