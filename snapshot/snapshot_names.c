/*
 * snapshot/snapshot_names.c - names of snapshots and paths of their files
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "snapshot/snapshots_priv.h"

bool
snapshot_has_suffix(const char *name)
{
	size_t n = strlen(name), suffix = strlen(SNAPSHOT_SUFFIX);

	return n > suffix && !strcmp(name + n - suffix, SNAPSHOT_SUFFIX);
}

char *
snapshot_join(const char *dir, const char *name, const char *suffix)
{
	size_t n = strlen(dir) + strlen(name) + strlen(suffix) + 2;
	char *path = malloc(n);

	if (path)
		snprintf(path, n, "%s/%s%s", dir, name, suffix);
	return path;
}

char *
snapshot_path_of(const struct snapshots *s, const char *name, struct snapshot_error *e)
{
	char *path;

	if (!*name || name[strlen(name) - 1] == '/') {
		snapshot_fail(e, "a snapshot needs a name");
		return NULL;
	}
	if (strchr(name, '/') || snapshot_has_suffix(name))
		path = strdup(name);
	else
		path = snapshot_join(s->dir, name, SNAPSHOT_SUFFIX);
	if (!path)
		snapshot_fail(e, "%s: out of memory", name);
	return path;
}

void
snapshot_name_of(const char *path, char *out, size_t room)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = strlen(base) - (snapshot_has_suffix(base) ? strlen(SNAPSHOT_SUFFIX) : 0);

	snprintf(out, room, "%.*s", (int)n, base);
}

static bool
same_directory(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
	size_t n = x ? (size_t)(x - a) : 0, k = y ? (size_t)(y - b) : 0;

	return !x == !y && n == k && !memcmp(a, b, n);
}

bool
snapshot_name_parent(const char *path, const char *base, char *out, size_t room)
{
	const char *slash = strrchr(base, '/');
	char *whole;
	bool ok;

	if (same_directory(path, base))
		return (size_t)snprintf(out, room, "%s", slash ? slash + 1 : base) < room;
	whole = realpath(base, NULL);
	ok = whole && (size_t)snprintf(out, room, "%s", whole) < room;
	free(whole);
	return ok;
}

char *
snapshot_parent_path(const char *path, const char *parent)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash && !strchr(parent, '/') ? (size_t)(slash - path) + 1 : 0;
	char *whole = malloc(n + strlen(parent) + 1);

	if (!whole)
		return NULL;
	memcpy(whole, path, n);
	strcpy(whole + n, parent);
	return whole;
}

bool
snapshot_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}
