/*
 * lab/guests.c - the programs that labs run in their machines
 */
#define _GNU_SOURCE	/* dup3, memfd_create */
#include "lab/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/filehash.h"
#include "base/fileio.h"

#include "config.h"

#define FIRST_FD	200	/* of three digits, whatever else is open */

/* Of a build directory. */
static const char *const places[] = { "lab/guest", "lab/linux", "vmm/guest", "vmm" };

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

/* fd is the guests' from now on, or closed. */
static bool
keep(const struct lab_run *r, const char *name, int fd, char path[GUEST_PATH])
{
	struct guests *g = r->guests;
	int to = FIRST_FD + (int)g->n, err;
	struct hash128 hash;

	if (g->n == GUESTS_MAX || dup3(fd, to, O_CLOEXEC) < 0) {
		err = g->n == GUESTS_MAX ? EMFILE : errno;
		close(fd);
		return lab_fail(r, "%s: %s", name, strerror(err));
	}
	close(fd);
	g->fd[g->n] = to;
	snprintf(g->name[g->n++], GUEST_PATH, "%s", name);
	snprintf(path, GUEST_PATH, "/proc/self/fd/%d", to);
	err = filehash(path, &hash, NULL);
	if (err)
		return lab_fail(r, "%s: %s", name, strerror(-err));
	result_guest(r->result, name, hash);
	return true;
}

static bool
is_open(const struct lab_run *r, const char *name, char path[GUEST_PATH])
{
	const struct guests *g = r->guests;
	unsigned i;

	for (i = 0; i < g->n && strcmp(g->name[i], name); i++)
		;
	if (i < g->n)
		snprintf(path, GUEST_PATH, "/proc/self/fd/%d", g->fd[i]);
	return i < g->n;
}

bool
guest_open(const struct lab_run *r, const char *name, const char *file, char path[GUEST_PATH])
{
	int fd;

	if (is_open(r, name, path))
		return true;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lab_fail(r, "%s: %s", file, strerror(errno));
	return keep(r, name, fd, path);
}

bool
guest_find(const struct lab_run *r, const char *name, char path[GUEST_PATH])
{
	char file[PATH_MAX];

	return is_open(r, name, path) ||
	    (locate(r, name, file) && guest_open(r, name, file, path));
}

bool
guest_make(const struct lab_run *r, const char *name, const void *data, size_t n,
    char path[GUEST_PATH])
{
	int fd, err;

	if (is_open(r, name, path))
		return true;
	fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0)
		return lab_fail(r, "%s: %s", name, strerror(errno));
	err = file_write(fd, data, n);
	if (err) {
		close(fd);
		return lab_fail(r, "%s: %s", name, strerror(-err));
	}
	return keep(r, name, fd, path);
}

bool
guest_beside(const char *below, char *path, size_t n)
{
	char dir[PATH_MAX];

	own_directory(dir);
	return (size_t)snprintf(path, n, "%s/%s", dir, below) < n && !access(path, R_OK);
}

void
guests_close(struct guests *g)
{
	while (g->n)
		close(g->fd[--g->n]);
}
