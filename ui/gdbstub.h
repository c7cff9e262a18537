/*
 * ui/gdbstub.h - gdb's remote serial protocol for a machine
 *
 * Listens on a socket; one debugger at a time, any number one after the other.
 * A machine stops when a debugger's first packet arrives and goes on when the
 * debugger leaves.  Being attached, stepping and breakpoints change no state
 * and no time of the machine; writing its registers and memory does.
 *
 * All functions but gdbstub_run() take NULL for a stub that was not asked for.
 */
#ifndef UI_GDBSTUB_H
#define UI_GDBSTUB_H

#include "hw/machine.h"

struct gdbstub;
struct history;
struct monitor;

struct gdbstub_host {
	/* While a debugger holds the machine, called now and then; true ends the
	 * run. */
	bool		(*leave)(void *arg);
	/* A debugger said continue, step or detach. */
	void		(*resumed)(void *arg);
	/* As machine_run(); may stand still, then it calls gdbstub_poll() and
	 * returns END_STOPPED when gdbstub_asks(). */
	enum machine_end (*run)(void *arg, struct machine *m);
	void		*arg;
};

/*
 * where: as for listener_open().  monitor answers the debugger's "monitor"; it
 * may be NULL.  NULL after a message.
 */
struct gdbstub *gdbstub_new(const char *where, const struct gdbstub_host *host,
	    struct monitor *monitor);
void	gdbstub_free(struct gdbstub *s);
/* Commands that go back are served from h. */
void	gdbstub_set_history(struct gdbstub *s, struct history *h);

/* From struct machine_host's poll() and attended(). */
void	gdbstub_poll(struct gdbstub *s, struct machine *m);
bool	gdbstub_attended(const struct gdbstub *s);
/* Something to read here is something to do; -1: nothing can come. */
int	gdbstub_fd(const struct gdbstub *s);
/* gdbstub_poll() wants the run to end: the debugger has said something. */
bool	gdbstub_asks(const struct gdbstub *s);
/* The debugger has stopped the machine. */
bool	gdbstub_holds(const struct gdbstub *s);

/* As machine_run(); END_STOPPED when somebody else stopped it, leave() said so
 * or the debugger killed the machine. */
enum machine_end gdbstub_run(struct gdbstub *s, struct machine *m);
bool	gdbstub_killed(const struct gdbstub *s);
/* The run is over: the debugger hears the exit status. */
void	gdbstub_exit(struct gdbstub *s, int status);

#endif
