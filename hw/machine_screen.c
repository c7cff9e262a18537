/*
 * hw/machine_screen.c - the guest's screen, for whoever looks at it
 *
 * A looker has his own picture and pays himself for finding out what changed:
 * the machine knows nothing of him.  Rows whose bytes have an old sum are not
 * drawn again.
 */
#include <stdlib.h>
#include <string.h>

#include "hw/machine_priv.h"
#include "hw/pc_priv.h"

struct machine_look {
	struct vga_picture	picture;
	uint64_t		*sum;		/* of each row's source */
	uint32_t		*row;
	uint64_t		insns;		/* executed by then */
};

static bool
screen_resize(struct machine_screen *s, uint32_t width, uint32_t height)
{
	free(s->pixels);
	free(s->look->sum);
	free(s->look->row);
	s->pixels = calloc((size_t)width * height, sizeof(*s->pixels));
	s->look->sum = calloc(height, sizeof(*s->look->sum));
	s->look->row = calloc(width, sizeof(*s->look->row));
	s->width = s->height = 0;
	if (!s->pixels || !s->look->sum || !s->look->row)
		return false;
	s->width = width;
	s->height = height;
	return true;
}

/* Nothing is shown: the last size, or a usual one, in black. */
static bool
screen_blank(struct machine_screen *s)
{
	if (!s->width && !screen_resize(s, MACHINE_SCREEN_WIDTH,
	    MACHINE_SCREEN_HEIGHT))
		return false;
	memset(s->pixels, 0, (size_t)s->width * s->height * sizeof(*s->pixels));
	return true;
}

static void
screen_changed(struct machine_screen *s, uint32_t first, uint32_t end)
{
	if (s->first >= s->end) {
		s->first = first;
		s->end = end;
		return;
	}
	s->first = first < s->first ? first : s->first;
	s->end = end > s->end ? end : s->end;
}

static void
screen_row(struct machine_screen *s, const struct vga *v, uint32_t y)
{
	uint32_t *to = s->pixels + (size_t)y * s->width;
	size_t size = s->width * sizeof(*to);

	vga_draw_row(v, &s->look->picture, y, s->look->row);
	if (!memcmp(to, s->look->row, size))
		return;
	memcpy(to, s->look->row, size);
	screen_changed(s, y, y + 1);
}

/* Has the memory behind row y another sum than before? */
static bool
screen_new_sum(struct machine_screen *s, const struct vga *v, uint32_t y)
{
	size_t n;
	const uint8_t *p = vga_row_source(v, &s->look->picture, y, &n);
	uint64_t sum = hash_bytes(p, n);
	bool new = sum != s->look->sum[y];

	s->look->sum[y] = sum;
	return new;
}

static void
screen_linear(struct machine_screen *s, const struct vga *v, bool all)
{
	uint32_t y;

	for (y = 0; y < s->height; y++)
		if (screen_new_sum(s, v, y) || all)
			screen_row(s, v, y);
}

/* Text and planes have one source for all rows.  When that is the same, there may
 * still be a cursor. */
static void
screen_shared(struct machine_screen *s, const struct vga *v, bool all,
    const struct vga_picture *was)
{
	const struct vga_picture *p = &s->look->picture;
	uint32_t y;

	all = screen_new_sum(s, v, 0) || all;
	if (!all && !memcmp(p, was, sizeof(*p)))
		return;
	for (y = 0; y < s->height; y++)
		if (all || vga_row_moves(v, was, p, y))
			screen_row(s, v, y);
}

static bool
screen_draw(struct machine_screen *s, const struct vga *v, bool idle)
{
	struct vga_picture *p = &s->look->picture, was = *p;
	bool all;

	vga_picture(v, p);
	all = !vga_picture_alike(p, &was) || !s->width;
	if (p->mode == VGA_BLANK) {
		if (all)
			screen_changed(s, 0, ~0u);
		return screen_blank(s);
	}
	if (p->width != s->width || p->height != s->height) {
		if (!screen_resize(s, p->width, p->height))
			return false;
		screen_changed(s, 0, p->height);
		all = true;
	}
	if (p->mode == VGA_LINEAR && idle && !all)
		return true;
	if (p->mode == VGA_LINEAR)
		screen_linear(s, v, all);
	else
		screen_shared(s, v, all, &was);
	return true;
}

bool
machine_screen(struct machine *m, struct machine_screen *s)
{
	uint64_t insns = machine_counter(m, COUNTER_INSNS);
	const struct vga *v = m->pc->vga;
	bool idle;

	s->first = s->end = 0;
	if (!s->look && !(s->look = calloc(1, sizeof(*s->look))))
		return false;
	idle = s->guest_only && insns == s->look->insns;
	s->look->insns = insns;
	if (!(v ? screen_draw(s, v, idle) : screen_blank(s)))
		return false;
	if (s->end > s->height)
		s->end = s->height;
	return true;
}

void
machine_screen_free(struct machine_screen *s)
{
	if (s->look) {
		free(s->look->sum);
		free(s->look->row);
	}
	free(s->look);
	free(s->pixels);
	memset(s, 0, sizeof(*s));
}
