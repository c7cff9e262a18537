/*
 * ui/monitor_ask.h - "ringlab monitor SOCKET [COMMAND...]"
 *
 * Asks the monitor of a ringlab that runs, prints the answers, and says by its
 * exit status whether all commands went well.
 */
#ifndef UI_MONITOR_ASK_H
#define UI_MONITOR_ASK_H

/* argv[0] is the socket: a path, unix:PATH or tcp:HOST:PORT.  What follows is one
 * command; nothing: the lines of standard input are.  The exit status. */
int	monitor_ask(int argc, char **argv);

#endif
