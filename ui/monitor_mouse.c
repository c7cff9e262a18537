/*
 * ui/monitor_mouse.c - mouse_move, mouse_button, screendump
 */
#include <string.h>

#include "ui/monitor_priv.h"
#include "ui/screendump.h"

static void
mouse(struct monitor_call *call, int dx, int dy, int dz)
{
	uint8_t payload[4] = { (uint8_t)dx, (uint8_t)dy, (uint8_t)dz,
	    call->mon->buttons };

	(void)machine_input(call->mon->m, INPUT_MOUSE, payload, sizeof(payload));
}

static bool
may_press(struct monitor_call *call)
{
	const char *why = monitor_no_input(call->mon);

	if (why)
		monitor_fail(call, "%s", why);
	return !why;
}

/* One of several numbers separated by blanks; false after a message. */
static bool
step(struct monitor_call *call, const char **p, int *out)
{
	size_t len = strcspn(*p, " ");
	bool minus = **p == '-';
	const char *end = *p + minus;
	char word[32];
	uint64_t v;

	if (len >= sizeof(word)) {
		monitor_fail(call, "not a number: %s", *p);
		return false;
	}
	memcpy(word, end, len - minus);
	word[len - minus] = '\0';
	if (!monitor_address(call, word, &v))
		return false;
	if (v > 127) {
		monitor_fail(call, "at most 127 at once: %s", word);
		return false;
	}
	*out = minus ? -(int)v : (int)v;
	*p += len;
	*p += strspn(*p, " ");
	return true;
}

void
monitor_do_mouse_move(struct monitor_call *call)
{
	const char *p = call->args;
	int dx, dy, dz = 0;

	if (!may_press(call) || !step(call, &p, &dx) || !step(call, &p, &dy) ||
	    (*p && !step(call, &p, &dz)))
		return;
	if (*p)
		monitor_fail(call, "not understood: %s", p);
	else
		mouse(call, dx, dy, dz);
}

/* qemu's bits, which have left, right and middle where the mouse has them. */
void
monitor_do_mouse_button(struct monitor_call *call)
{
	uint64_t v;

	if (!may_press(call) || !monitor_address(call, call->args, &v))
		return;
	if (v > 7) {
		monitor_fail(call, "1 left, 2 right, 4 middle, or their sum");
		return;
	}
	call->mon->buttons = (uint8_t)v;
	mouse(call, 0, 0, 0);
}

void
monitor_do_screendump(struct monitor_call *call)
{
	const char *why = screendump(call->mon->m, call->args);

	if (why)
		monitor_fail(call, "%s: %s", call->args, why);
}
