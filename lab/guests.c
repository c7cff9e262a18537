/*
 * lab/guests.c - where the programs are that labs run in their machines
 */
#include "lab/guests.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/filehash.h"

#include "config.h"

/* Of a build directory. */
static const char *const places[] = { "lab/guest", "vmm/guest", "vmm", "." };

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

bool
guest_find(const struct lab_run *r, const char *name, char path[PATH_MAX])
{
	char dir[PATH_MAX];
	struct hash128 hash;
	unsigned i;
	int err;

	own_directory(dir);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (is_there(path, dir, places[i], name))
			break;
	if (i == ARRAY_SIZE(places) && !is_there(path, DATADIR, ".", name))
		return lab_fail(r, "%s is neither below %s nor in %s", name, dir, DATADIR);
	err = filehash(path, &hash, NULL);
	if (err)
		return lab_fail(r, "%s: %s", path, strerror(-err));
	result_guest(r->result, name, hash);
	return true;
}
