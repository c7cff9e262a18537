/*
 * ui/window.h - the guest's screen in a window, its keyboard and its mouse
 *
 * The window looks at the machine between instructions and changes nothing in it:
 * a run with a window is the same run.  What a person does reaches the guest
 * through machine_input() only.  Keys are told apart by where they are, not by what
 * is printed on them.  Ctrl-Alt-G takes and gives back the mouse, Ctrl-Alt-F fills
 * the screen; a click takes the mouse, too.
 *
 * All functions but window_new() take NULL where there is no window.
 */
#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include "hw/machine.h"

struct window;

/* What the title says about the machine. */
struct window_state {
	bool		stopped;	/* it stands still */
	bool		replaying;	/* these two take no input */
	bool		past;
};

/* Whether this ringlab has windows, and a display for them. */
bool	window_possible(void);
/*
 * name: for the title, may be NULL.  NULL when there is none; *why says why not.
 * It appears with the first picture.
 */
struct window *window_new(const char *name, bool full_screen, const char **why);
void	window_free(struct window *w);
/* Takes what has come, and shows m as it is now when a new picture is due. */
void	window_poll(struct window *w, struct machine *m, const struct window_state *state);
/* From struct machine_host's poll(): what has come goes to the guest. */
void	window_input(struct window *w, struct machine *m);
/* A person has asked to roll back; had: it was done. */
bool	window_wants_back(const struct window *w);
void	window_had_back(struct window *w);
/* A person has closed it. */
bool	window_closed(const struct window *w);
/* Of a sleep of wait nanoseconds, what the window can do without being looked at. */
uint64_t window_patience(const struct window *w, uint64_t wait);

#endif
