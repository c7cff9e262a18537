/*
 * ui/monitor_absent.c - what snapshot/ declares and does not have yet
 *
 * The monitor calls these only when somebody gave it a struct snapshots or a
 * struct history, which nobody can.  To go when snapshot/ has them.
 */
#include "snapshot/history.h"
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

ABSENT uint64_t
history_oldest(const struct history *h)
{
	(void)h;
	return 0;
}

ABSENT uint64_t
history_live(const struct history *h)
{
	(void)h;
	return 0;
}

ABSENT bool
history_in_past(const struct history *h)
{
	(void)h;
	return false;
}

ABSENT int
history_goto(struct history *h, uint64_t cycle)
{
	(void)h;
	(void)cycle;
	return -1;
}

ABSENT void
history_branch(struct history *h)
{
	(void)h;
}
