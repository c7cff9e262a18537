/*
 * ui/monitor_server.h - the monitor on a socket, or on plain standard input and
 * output
 *
 * Several clients may be connected.  Nothing here waits for one of them.
 */
#ifndef UI_MONITOR_SERVER_H
#define UI_MONITOR_SERVER_H

#include <poll.h>

#include "ui/monitor.h"

#define MONITOR_CLIENTS	8u
#define MONITOR_FDS	(2 * MONITOR_CLIENTS + 1)

struct monitor_server;

/* where: "stdio", or as for listener_open().  NULL after a message. */
struct monitor_server *monitor_server_new(const char *where, struct monitor *mon);
/* What was answered is written, but a client that does not read is not waited
 * for long. */
void	monitor_server_free(struct monitor_server *s);

/* What to wait for, up to MONITOR_FDS. */
unsigned monitor_server_fds(const struct monitor_server *s, struct pollfd *p);
/* Reads and writes what can be. */
void	monitor_server_poll(struct monitor_server *s);
bool	monitor_server_pending(const struct monitor_server *s);
/* Executes a line of each client that has sent one. */
void	monitor_server_serve(struct monitor_server *s);
/* Somebody is connected who may say something. */
bool	monitor_server_attended(const struct monitor_server *s);

#endif
