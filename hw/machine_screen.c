/*
 * hw/machine_screen.c - the guest's screen, for whoever looks at it
 *
 * A looker has his own picture and pays himself for finding out what changed:
 * the machine knows nothing of him.  Rows whose bytes have an old sum are not
 * drawn again; who looks more than once at a frame buffer sums only rows of pages
 * that were written.
 */
#include <stdlib.h>
#include <string.h>

#include "hw/machine_priv.h"
#include "hw/pc_priv.h"

#define LOOK_PAGES	4096u	/* of a frame buffer that are told apart: 16 MiB */

struct machine_look {
	struct vga_picture	picture;
	uint64_t		*sum;		/* of each row's source */
	uint32_t		*row;
	uint64_t		insns;		/* executed by then */
	struct physmem		*pm;		/* with a list of written pages, or NULL */
	int			list;
	uint32_t		base;		/* page id of the picture's start */
	uint64_t		written[LOOK_PAGES / 64];
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
look_note(void *arg, uint32_t id)
{
	struct machine_look *l = arg;

	id -= l->base;
	if (id < LOOK_PAGES)
		l->written[id / 64] |= BIT(id % 64);
}

static uint32_t
look_page(const struct machine_look *l, const uint8_t *p)
{
	return (uint32_t)((size_t)(p - physmem_host(l->pm, 0)) / PAGE_SIZE);
}

/* Which pages of the picture were written since the last look?  False: not known. */
static bool
look_written(struct machine_look *l, struct physmem *pm, const struct vga *v)
{
	size_t n;

	if (!l->pm) {
		l->list = physmem_dirty_open(pm);
		if (l->list >= 0)
			l->pm = pm;
		return false;
	}
	memset(l->written, 0, sizeof(l->written));
	l->base = look_page(l, vga_row_source(v, &l->picture, 0, &n));
	physmem_dirty_take(l->pm, l->list, look_note, l);
	return true;
}

static bool
look_row_written(const struct machine_look *l, const struct vga *v, uint32_t y)
{
	size_t n;
	const uint8_t *p = vga_row_source(v, &l->picture, y, &n);
	uint32_t i, last;

	if (!n)
		return false;
	last = look_page(l, p + n - 1) - l->base;
	for (i = look_page(l, p) - l->base; i <= last; i++)
		if (i >= LOOK_PAGES || (l->written[i / 64] >> i % 64 & 1))
			return true;
	return false;
}

static void
screen_linear(struct machine_screen *s, struct machine *m, bool all)
{
	const struct vga *v = m->pc->vga;
	bool known = !all && look_written(s->look, m->pm, v);
	uint32_t y;

	for (y = 0; y < s->height; y++) {
		if (known && !look_row_written(s->look, v, y))
			continue;
		if (screen_new_sum(s, v, y) || all)
			screen_row(s, v, y);
	}
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
screen_draw(struct machine_screen *s, struct machine *m, bool idle)
{
	const struct vga *v = m->pc->vga;
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
		screen_linear(s, m, all);
	else
		screen_shared(s, v, all, &was);
	return true;
}

bool
machine_screen(struct machine *m, struct machine_screen *s)
{
	uint64_t insns = machine_counter(m, COUNTER_INSNS);
	bool idle;

	s->first = s->end = 0;
	if (!s->look && !(s->look = calloc(1, sizeof(*s->look))))
		return false;
	idle = s->guest_only && insns == s->look->insns;
	s->look->insns = insns;
	if (!(m->pc->vga ? screen_draw(s, m, idle) : screen_blank(s)))
		return false;
	if (s->end > s->height)
		s->end = s->height;
	return true;
}

void
machine_screen_free(struct machine_screen *s)
{
	if (s->look) {
		if (s->look->pm)
			physmem_dirty_close(s->look->pm, s->look->list);
		free(s->look->sum);
		free(s->look->row);
	}
	free(s->look);
	free(s->pixels);
	memset(s, 0, sizeof(*s));
}
