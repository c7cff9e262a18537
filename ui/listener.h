/*
 * ui/listener.h - sockets that the monitor and the debugger's stub wait at
 */
#ifndef UI_LISTENER_H
#define UI_LISTENER_H

#include <sys/un.h>

#include "ui/endpoint.h"

struct listener {
	int	fd;		/* does not block; -1: none */
	char	path[sizeof(((struct sockaddr_un *)0)->sun_path)];	/* "": not a file */
};

/*
 * where: tcp:[HOST]:PORT (no host: this one only) or unix:PATH; qemu's
 * ",server=on" and ",wait=off" may follow.  A socket file that a dead process
 * left behind is replaced.  False after a message about option.
 */
bool	listener_open(struct listener *l, const char *option, const char *where) MUST_CHECK;
/* The same without a message: NULL, or why not. */
const char *listener_open_at(struct listener *l, const struct endpoint *e);
/* Removes the socket file. */
void	listener_close(struct listener *l);
/* A connection that does not block, or -1. */
int	listener_accept(const struct listener *l);

#endif
