/*
 * snapshot/snapshot_dir.c - the snapshots of a directory: listed, deleted
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot/container.h"
#include "snapshot/snapshots_priv.h"

bool
snapshot_info_read(const char *path, struct snapshot_info *info)
{
	struct container *c = container_open(path, NULL);
	struct container_section sec;
	bool ok;

	if (!c)
		return false;
	ok = container_first(c, &sec, NULL) && !strcmp(sec.name, SECTION_INFO) &&
	    snapshot_info_decode(info, sec.contents, sec.length);
	container_close(c);
	return ok;
}

bool
snapshot_chain_is_there(const char *path, struct hash128 id)
{
	char *at = strdup(path), *next;
	struct snapshot_info info;
	struct hash128 is;
	unsigned n;
	bool ok = at;

	for (n = 0; ok; n++) {
		ok = n <= SNAPSHOT_CHAIN_MAX && container_peek_id(at, &is) && is.lo == id.lo &&
		    is.hi == id.hi && snapshot_info_read(at, &info);
		if (!ok || !info.depth)
			break;
		id = (struct hash128){ info.parent[0], info.parent[1] };
		next = snapshot_parent_path(at, info.parent_file);
		free(at);
		at = next;
		ok = at;
	}
	free(at);
	return ok;
}

static int
is_snapshot(const struct dirent *entry)
{
	return snapshot_has_suffix(entry->d_name);
}

/* Calls fn for each .rls file by name; fn ends it by returning false. */
static bool
each_file(const char *dir, bool (*fn)(void *arg, const char *path), void *arg)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, is_snapshot, alphasort), i;
	bool go = true;
	char *path;

	for (i = 0; i < n; i++) {
		path = snapshot_join(dir, entry[i]->d_name, "");
		go = go && path && fn(arg, path);
		free(path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return go;
}

struct listing {
	void	(*line)(void *arg, const char *text);
	void	*arg;
};

static bool
list_file(void *arg, const char *path)
{
	const struct listing *l = arg;
	char text[512], name[128], size[32] = "";
	struct snapshot_info info;
	struct stat st;

	snapshot_name_of(path, name, sizeof(name));
	if (stat(path, &st) == 0)
		snprintf(size, sizeof(size), "%.1f MiB", (double)st.st_size / 1048576);
	if (snapshot_info_read(path, &info))
		snprintf(text, sizeof(text), "%-24s %12s %16" PRIu64 "  %.200s", name, size,
		    info.cycle, info.parent_file[0] ? info.parent_file : "-");
	else
		snprintf(text, sizeof(text), "%-24s %12s  not a snapshot", name, size);
	l->line(l->arg, text);
	return true;
}

void
snapshots_list(struct snapshots *s, void (*line)(void *arg, const char *text), void *arg)
{
	struct listing l = { line, arg };
	char text[80];

	snprintf(text, sizeof(text), "%-24s %12s %16s  %s", "NAME", "SIZE", "CYCLE", "PARENT");
	line(arg, text);
	each_file(s->dir, list_file, &l);
}

struct child_search {
	const char	*parent;	/* path */
	const char	*base;		/* of it, behind the slash */
	char		found[256];
};

static bool
is_no_child(void *arg, const char *path)
{
	struct child_search *c = arg;
	struct snapshot_info info;

	if (!snapshot_info_read(path, &info) || !info.depth)
		return true;
	if (strcmp(info.parent_file, c->base) &&
	    !(strchr(info.parent_file, '/') && snapshot_same_file(info.parent_file, c->parent)))
		return true;
	snapshot_name_of(path, c->found, sizeof(c->found));
	return false;
}

bool
snapshot_is_parent(const char *path, struct snapshot_error *e)
{
	const char *slash = strrchr(path, '/');
	struct child_search c = { path, slash ? slash + 1 : path, "" };
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	bool found = dir && !each_file(dir, is_no_child, &c);

	free(dir);
	if (found)
		snapshot_fail(e, "%s: %s needs it", path, c.found);
	return found;
}

bool
snapshots_delete(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	char *path;
	bool ok;

	snapshot_wait_until_idle(s);
	path = snapshot_path_of(s, name, e);
	if (!path)
		return false;
	ok = !snapshot_is_parent(path, e);
	if (ok && unlink(path) != 0)
		ok = snapshot_fail(e, "%s: %s", path, strerror(errno));
	free(path);
	return ok;
}
