/*
 * ui/window_input.c - what a person does at the window, on its way to the guest
 *
 * Keys reach the guest one by one in virtual time, so that a slow guest's keyboard,
 * which holds few bytes, does not lose them.
 */
#include "ui/window_input.h"

#include "hw/machine.h"

#define GAP		5000000u	/* cycles between keys */
#define KEY_FIRST	0x04		/* A */
#define KEY_LAST	0xe7		/* right GUI */
#define STEP		127		/* most that a mouse says at once */

static void
put(struct window_input *in, const struct window_event *e)
{
	in->event[(in->first + in->count++) % WINDOW_EVENTS] = *e;
}

/* For what goes down or moves: every key and the buttons can still come up. */
static bool
has_room(const struct window_input *in)
{
	return in->count + in->held + 2 < WINDOW_EVENTS;
}

/* Of a keyboard: the usages are of page 7, where others are rare and not keys. */
static bool
is_key(unsigned usage)
{
	return usage >= KEY_FIRST && usage <= KEY_LAST;
}

void
window_key(struct window_input *in, unsigned usage, bool down)
{
	struct window_event e = { .key = true, .down = down, .usage = (uint8_t)usage };

	if (!is_key(usage) || in->down[usage] == down || (down && !has_room(in)))
		return;
	in->down[usage] = down;
	in->held += down ? 1 : -1;
	put(in, &e);
}

void
window_motion(struct window_input *in, int dx, int dy, int dz)
{
	unsigned last = (in->first + in->count - 1) % WINDOW_EVENTS;
	struct window_event *e = &in->event[last];
	struct window_event new = { .buttons = in->buttons };

	if (!in->count || e->key || e->buttons != in->buttons) {
		if (!has_room(in))
			return;
		e = &in->event[(last + 1) % WINDOW_EVENTS];
		put(in, &new);
	}
	e->dx += dx;
	e->dy += dy;
	e->dz += dz;
}

void
window_button(struct window_input *in, uint8_t button, bool down)
{
	uint8_t now = down ? in->buttons | button : in->buttons & ~button;
	struct window_event e = { .buttons = now };

	if (now == in->buttons || (down && !has_room(in)))
		return;
	in->buttons = now;
	put(in, &e);
}

void
window_release(struct window_input *in)
{
	unsigned usage;

	for (usage = 0; usage < ARRAY_SIZE(in->down); usage++)
		if (in->down[usage])
			window_key(in, usage, false);
	window_button(in, 0xff, false);
}

/* --- to the machine --- */

static bool
feed_key(struct window_input *in, struct machine *m, const struct window_event *e)
{
	uint8_t payload[2] = { e->usage, e->down };

	if (!machine_input(m, INPUT_KEY, payload, sizeof(payload)))
		return false;
	in->next = machine_cycles(m) + GAP;
	return true;
}

/* As much of a way as can be said at once. */
static int
step(int *way)
{
	int d = *way > STEP ? STEP : *way < -STEP ? -STEP : *way;

	*way -= d;
	return d;
}

/* The rest of a long way follows at the next poll. */
static bool
feed_mouse(struct machine *m, struct window_event *e)
{
	struct window_event rest = *e;
	uint8_t payload[4];

	payload[0] = (uint8_t)step(&rest.dx);
	payload[1] = (uint8_t)step(&rest.dy);
	payload[2] = (uint8_t)step(&rest.dz);
	payload[3] = e->buttons;
	if (!machine_input(m, INPUT_MOUSE, payload, sizeof(payload)))
		return false;
	*e = rest;
	return !rest.dx && !rest.dy && !rest.dz;
}

/* Time may have gone back since the last key. */
static bool
too_early(const struct window_input *in, const struct machine *m)
{
	uint64_t now = machine_cycles(m);

	return now < in->next && in->next - now <= GAP;
}

void
window_feed(struct window_input *in, struct machine *m)
{
	while (in->count) {
		struct window_event *e = &in->event[in->first];

		if (e->key ? too_early(in, m) || !feed_key(in, m, e) : !feed_mouse(m, e))
			return;
		in->first = (in->first + 1) % WINDOW_EVENTS;
		in->count--;
	}
}
