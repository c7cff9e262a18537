/*
 * ui/gdbstub.h - gdb's remote serial protocol for a machine
 *
 * Listens on a socket; one debugger at a time, any number one after the other.
 * A machine stops when a debugger's first packet arrives and goes on when the
 * debugger leaves.  Being attached, stepping and breakpoints change no state
 * and no time of the machine; writing its registers and memory does.
 *
 * All functions take NULL for a stub that was not asked for.
 */
#ifndef UI_GDBSTUB_H
#define UI_GDBSTUB_H

#include "hw/machine.h"

struct gdbstub;
struct history;

/*
 * where: tcp:[HOST]:PORT (no host: this one only) or unix:PATH; qemu's
 * ",server=on" and ",wait=off" may follow.  stopped: the machine waits for a
 * debugger's word to start.  While it stands still, leave() is called now and
 * then; true ends the run.  NULL after a message.
 */
struct gdbstub *gdbstub_new(const char *where, bool stopped,
	    bool (*leave)(void *arg), void *arg);
void	gdbstub_free(struct gdbstub *s);
/* Commands that go back are served from h. */
void	gdbstub_set_history(struct gdbstub *s, struct history *h);

/* From struct machine_host's poll() and attended(). */
void	gdbstub_poll(struct gdbstub *s, struct machine *m);
bool	gdbstub_attended(const struct gdbstub *s);

/* As machine_run(); END_STOPPED when somebody else stopped it, leave() said so
 * or the debugger killed the machine. */
enum machine_end gdbstub_run(struct gdbstub *s, struct machine *m);
bool	gdbstub_killed(const struct gdbstub *s);
/* The run is over: the debugger hears the exit status. */
void	gdbstub_exit(struct gdbstub *s, int status);

#endif
