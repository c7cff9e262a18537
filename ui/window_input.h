/*
 * ui/window_input.h - what a person does at the window, on its way to the guest
 *
 * A queue between the window's events, which come when they like, and the door of
 * the machine.  It knows no window system.  A key that went down can always come
 * up: presses and movements leave room for that.
 */
#ifndef UI_WINDOW_INPUT_H
#define UI_WINDOW_INPUT_H

#include "base/types.h"

#define WINDOW_EVENTS	256u

/* As in INPUT_MOUSE. */
enum {
	WINDOW_LEFT = 1, WINDOW_RIGHT = 2, WINDOW_MIDDLE = 4, WINDOW_SIDE = 8,
	WINDOW_EXTRA = 16
};

struct machine;

struct window_event {
	bool		key, down;
	uint8_t		usage;		/* HID */
	uint8_t		buttons;
	int		dx, dy, dz;
};

struct window_input {
	struct window_event event[WINDOW_EVENTS];
	unsigned	first, count;
	bool		down[256];	/* HID usages, when all has arrived */
	unsigned	held;		/* of them */
	uint8_t		buttons;	/* the same */
	uint64_t	next;		/* cycle of the next key */
};

/* Repeats, and what is no key of a keyboard, are dropped. */
void	window_key(struct window_input *in, unsigned usage, bool down);
/* To the right, down, and the wheel towards the user. */
void	window_motion(struct window_input *in, int dx, int dy, int dz);
void	window_button(struct window_input *in, uint8_t button, bool down);
/* All keys and buttons come up. */
void	window_release(struct window_input *in);
/* From struct machine_host's poll(). */
void	window_feed(struct window_input *in, struct machine *m);

#endif
