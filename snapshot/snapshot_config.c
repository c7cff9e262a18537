/*
 * snapshot/snapshot_config.c - does a snapshot belong to this machine?
 *
 * Two descriptions have the same keys in the same order up to the first
 * difference of substance, which is what the message names.
 */
#include <stdio.h>
#include <string.h>

#include "snapshot/snapshots_priv.h"

/* Where a power-on begins; a loaded machine is past that. */
static const char *const power_on_keys[] = { "rtc_base", "seed" };

/* Length of the line at s without its newline, 0 at the end. */
static size_t
line_length(const char *s)
{
	return strcspn(s, "\n");
}

size_t
snapshot_key_length(const char *line, size_t n)
{
	const char *equals = memchr(line, '=', n);

	return equals ? (size_t)(equals - line) : n;
}

static bool
line_matters(const char *line, size_t n)
{
	size_t key = snapshot_key_length(line, n), i;

	for (i = 0; i < ARRAY_SIZE(power_on_keys); i++)
		if (strlen(power_on_keys[i]) == key && !memcmp(line, power_on_keys[i], key))
			return false;
	return true;
}

/* Skips what does not matter; the length of the line that does. */
static size_t
next_line(const char **s)
{
	size_t n = line_length(*s);

	while (n && !line_matters(*s, n)) {
		*s += n + ((*s)[n] == '\n');
		n = line_length(*s);
	}
	return n;
}

/* Files are compared by their contents, elsewhere. */
bool
snapshot_is_path(const char *line, size_t n)
{
	size_t key = snapshot_key_length(line, n);

	return key >= 4 && key < n && !memcmp(line + key - 4, "path", 4);
}

static bool
lines_agree(const char *a, size_t na, const char *b, size_t nb)
{
	if (snapshot_is_path(a, na) && snapshot_is_path(b, nb)) {
		na = snapshot_key_length(a, na);
		nb = snapshot_key_length(b, nb);
	}
	return na == nb && !memcmp(a, b, na);
}

/* A line for a message. */
static void
quote(char out[160], const char *line, size_t n)
{
	snprintf(out, 160, "%.*s", n ? (int)(n < 159 ? n : 159) : 7, n ? line : "nothing");
}

bool
snapshot_config_fits(const char *file, const char *theirs, const char *ours,
    struct snapshot_error *e)
{
	char a[160], b[160];
	size_t na, nb;

	for (;; theirs += na + (theirs[na] == '\n'), ours += nb + (ours[nb] == '\n')) {
		na = next_line(&theirs);
		nb = next_line(&ours);
		if (!na && !nb)
			return true;
		if (lines_agree(theirs, na, ours, nb))
			continue;
		quote(a, theirs, na);
		quote(b, ours, nb);
		return snapshot_fail(e, "%s: made with %s, this machine has %s", file, a, b);
	}
}
