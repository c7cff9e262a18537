/*
 * lab/guests.c - the programs that labs run in their machines
 */
#define _GNU_SOURCE	/* dup3 */
#include "lab/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/filehash.h"

#include "config.h"

#define FIRST_FD	200	/* of three digits, whatever else is open */

/* Of a build directory. */
static const char *const places[] = { "lab/guest", "vmm/guest", "vmm" };

/* The directory of the program; "" when the host does not say. */
static void
own_directory(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	dir[n > 0 ? n : 0] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
}

static bool
is_there(char path[PATH_MAX], const char *dir, const char *below, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s/%s", dir, below, name) < PATH_MAX &&
	    !access(path, R_OK);
}

static bool
locate(const struct lab_run *r, const char *name, char path[PATH_MAX])
{
	char dir[PATH_MAX];
	unsigned i;

	own_directory(dir);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (is_there(path, dir, places[i], name))
			return true;
	return is_there(path, DATADIR, ".", name) ||
	    lab_fail(r, "%s is neither below %s nor in %s", name, dir, DATADIR);
}

static bool
open_guest(const struct lab_run *r, const char *name)
{
	struct guests *g = r->guests;
	int fd, to = FIRST_FD + (int)g->n, err;
	char path[PATH_MAX];
	struct hash128 hash;

	if (!locate(r, name, path))
		return false;
	err = filehash(path, &hash, NULL);
	if (err)
		return lab_fail(r, "%s: %s", path, strerror(-err));
	fd = g->n < GUESTS_MAX ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || dup3(fd, to, O_CLOEXEC) < 0)
		return lab_fail(r, "%s: %s", path, strerror(errno));
	close(fd);
	g->fd[g->n] = to;
	snprintf(g->name[g->n++], GUEST_PATH, "%s", name);
	result_guest(r->result, name, hash);
	return true;
}

bool
guest_find(const struct lab_run *r, const char *name, char path[GUEST_PATH])
{
	struct guests *g = r->guests;
	unsigned i;

	for (i = 0; i < g->n && strcmp(g->name[i], name); i++)
		;
	if (i == g->n && !open_guest(r, name))
		return false;
	snprintf(path, GUEST_PATH, "/proc/self/fd/%d", g->fd[i]);
	return true;
}

void
guests_close(struct guests *g)
{
	while (g->n)
		close(g->fd[--g->n]);
}
