/*
 * snapshot/snapshot_files.c - the files a machine is made of, by contents
 *
 * A description has their paths (hw/machine_state.h), a snapshot also what was
 * in them: a line "KEY=HASH,SIZE" for each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/filehash.h"
#include "snapshot/snapshots_priv.h"

/* The path in a line of a description, allocated; NULL without memory. */
static char *
path_in(const char *line, size_t n)
{
	const char *equals = memchr(line, '=', n);

	return strndup(equals + 1, n - (size_t)(equals + 1 - line));
}

static bool
hash_line(FILE *out, const char *line, size_t n, const char *file, struct snapshot_error *e)
{
	char *path = path_in(line, n), hex[33];
	struct hash128 h;
	uint64_t size;
	int err;

	if (!path)
		return snapshot_fail(e, "%s: out of memory", file);
	err = filehash(path, &h, &size);
	if (err) {
		snapshot_fail(e, "%s: needs %s: %s", file, path, strerror(-err));
	} else {
		hash_hex(h, hex);
		fprintf(out, "%.*s=%s,%" PRIu64 "\n", (int)snapshot_key_length(line, n), line,
		    hex, size);
	}
	free(path);
	return !err;
}

char *
snapshot_files(const char *description, const char *file, struct snapshot_error *e)
{
	char *text = NULL;
	size_t size, n;
	FILE *out = open_memstream(&text, &size);
	const char *line;
	bool ok = out;

	if (!out)
		snapshot_fail(e, "%s: out of memory", file);
	for (line = description; ok && *line; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		if (snapshot_is_path(line, n))
			ok = hash_line(out, line, n, file, e);
	}
	if (out && fclose(out) != 0 && ok)
		ok = snapshot_fail(e, "%s: out of memory", file);
	if (ok)
		return text;
	free(text);
	return NULL;
}

/* The path of the first line of a description that has this key. */
static void
path_of_key(const char *description, const char *key, size_t n, char *buf, size_t room)
{
	size_t len;

	snprintf(buf, room, "a file");
	for (; *description; description += len + (description[len] == '\n')) {
		len = strcspn(description, "\n");
		if (len > n && description[n] == '=' && !memcmp(description, key, n)) {
			snprintf(buf, room, "%.*s", (int)(len - n - 1), description + n + 1);
			return;
		}
	}
}

bool
snapshot_files_fit(const char *file, const char *theirs, const char *description,
    struct snapshot_error *e)
{
	char *ours = snapshot_files(description, file, e), path[200];
	const char *a = theirs, *b = ours;
	size_t n;
	bool ok;

	if (!ours)
		return false;
	ok = !strcmp(theirs, ours);
	if (!ok) {
		while (*a && *a == *b) {
			a++;
			b++;
		}
		while (b > ours && b[-1] != '\n')
			b--;
		n = strcspn(b, "=");
		path_of_key(description, b, n, path, sizeof(path));
		snapshot_fail(e, "%s: %s is not what it was when the snapshot was made",
		    file, path);
	}
	free(ours);
	return ok;
}
