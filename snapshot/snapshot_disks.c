/*
 * snapshot/snapshot_disks.c - images that a snapshot needs as they are
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/overlay.h"
#include "snapshot/snapshots_priv.h"

#define OVERLAY_SUFFIX	".ovl"
#define OVERLAY_TRIES	1000u

static bool
all_frozen(struct snapshots *s)
{
	struct overlay *o;
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		o = machine_overlay(s->m, i);
		if (o && !overlay_frozen(o))
			return false;
	}
	return true;
}

/* FILE.ovl, FILE.ovl2...: the first that no other run has; allocated. */
static char *
free_overlay_name(const char *path)
{
	size_t room = strlen(path) + sizeof(OVERLAY_SUFFIX) + 8;
	char *name = malloc(room);
	unsigned i;

	if (!name)
		return NULL;
	snprintf(name, room, "%s" OVERLAY_SUFFIX, path);
	for (i = 2; access(name, F_OK) == 0 && i < OVERLAY_TRIES; i++)
		snprintf(name, room, "%s" OVERLAY_SUFFIX "%u", path, i);
	return name;
}

bool
snapshot_freeze_disks(struct snapshots *s, const char *path, struct snapshot_error *e)
{
	struct overlay_file *f;
	char *name;
	bool ok = true;

	if (!all_frozen(s)) {
		name = free_overlay_name(path);
		ok = name && machine_freeze_disks(s->m, name);
		if (!ok)
			snapshot_fail(e, "%s: cannot keep what is written to disks in %s",
			    path, name ? name : "memory");
		free(name);
	}
	f = machine_overlay_file(s->m);
	if (ok && f && overlay_file_add_user(f, path))
		ok = snapshot_fail(e, "%s: the overlay cannot take note of it", path);
	return ok;
}

void
snapshot_hold_disks(struct snapshots *s, bool hold)
{
	struct overlay *o;
	unsigned i;

	if (s->holding == hold)
		return;
	s->holding = hold;
	for (i = 0; i < MACHINE_DISKS; i++) {
		o = machine_overlay(s->m, i);
		if (o && hold)
			overlay_hold(o);
		else if (o)
			overlay_release(o);
	}
}
