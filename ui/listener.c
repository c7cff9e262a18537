/*
 * ui/listener.c - sockets that the monitor and the debugger's stub wait at
 */
#include "ui/listener.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/options.h"

static bool
option_ignored(const char *s)
{
	static const char *const known[] = {
		"server", "server=on", "nowait", "wait=off", "nodelay", "nodelay=on", NULL
	};
	unsigned i;

	for (i = 0; known[i]; i++)
		if (!strcmp(s, known[i]))
			return true;
	return false;
}

/* Cuts the options off. */
static bool
cut_options(char *where)
{
	char *s = strchr(where, ',');
	char *next;

	while (s) {
		*s++ = '\0';
		next = strchr(s, ',');
		if (next)
			*next = '\0';
		if (!option_ignored(s))
			return false;
		s = next;
	}
	return true;
}

const char *
listener_open_at(struct listener *l, const struct endpoint *e)
{
	const char *why;

	*l = (struct listener){ .fd = endpoint_listen(e, &why) };
	if (l->fd < 0)
		return why;
	if (e->path)
		strcpy(l->path, e->path);
	return NULL;
}

bool
listener_open(struct listener *l, const char *option, const char *where)
{
	const char *why = "unknown option behind the comma";
	char *copy = strdup(where);
	struct endpoint e;

	*l = (struct listener){ .fd = -1 };
	if (!copy)
		return option_bad(option, where, "out of memory");
	if (cut_options(copy))
		why = endpoint_parse(&e, copy);
	if (!why)
		why = listener_open_at(l, &e);
	free(copy);
	return !why || option_bad(option, where, why);
}

void
listener_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->path[0])
		(void)unlink(l->path);
	*l = (struct listener){ .fd = -1 };
}

int
listener_accept(const struct listener *l)
{
	return endpoint_accept(l->fd);
}
