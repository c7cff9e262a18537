/*
 * base/nearest.c - which of some names was meant
 */
#include "base/nearest.h"

#include <stddef.h>
#include <string.h>

unsigned
edit_distance(const char *a, const char *b)
{
	unsigned row[3][64] = { { 0 } };
	size_t n = strlen(b), i, j;

	if (n > 62 || strlen(a) > 62)
		return 64;
	for (j = 0; j <= n; j++)
		row[0][j] = (unsigned)j;
	for (i = 1; a[i - 1]; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (j = 1; j <= n; j++) {
			unsigned d = up[j - 1] + (a[i - 1] != b[j - 1]);

			d = up[j] + 1 < d ? up[j] + 1 : d;
			d = now[j - 1] + 1 < d ? now[j - 1] + 1 : d;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = up2[j - 2] + 1 < d ? up2[j - 2] + 1 : d;
			now[j] = d;
		}
	}
	return row[strlen(a) % 3][n];
}

const char *
nearest_name(const char *name, const char *const *names)
{
	const char *best = NULL;
	unsigned least = ~0u, d;

	for (; *names; names++) {
		d = edit_distance(name, *names);
		if (d < least) {
			least = d;
			best = *names;
		}
	}
	return best;
}
