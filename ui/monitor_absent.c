/*
 * ui/monitor_absent.c - what snapshot/ declares and does not have yet
 *
 * The monitor calls these only when somebody gave it a struct snapshots,
 * which nobody can.  To go when snapshot/ has them.
 */
#include "snapshot/snapshots.h"

#define ABSENT		__attribute__((weak))

ABSENT bool
snapshots_save(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	(void)s;
	(void)name;
	e->text[0] = '\0';
	return false;
}

ABSENT bool
snapshots_load(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	(void)s;
	(void)name;
	e->text[0] = '\0';
	return false;
}

ABSENT bool
snapshots_delete(struct snapshots *s, const char *name, struct snapshot_error *e)
{
	(void)s;
	(void)name;
	e->text[0] = '\0';
	return false;
}

ABSENT void
snapshots_list(struct snapshots *s, void (*line)(void *arg, const char *text), void *arg)
{
	(void)s;
	(void)line;
	(void)arg;
}

