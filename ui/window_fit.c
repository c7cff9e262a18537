/*
 * ui/window_fit.c - where in a window the picture is, and how it gets its size
 */
#include "ui/window_fit.h"

#include <stdbool.h>
#include <stdint.h>

/* A multiple is taken when it has so many per cent of the possible size. */
#define NEARLY		90
#define ZOOM_MAX	8

/* Is a/b < c/d? */
static bool
less(int a, int b, int c, int d)
{
	return (int64_t)a * d < (int64_t)c * b;
}

static int
at_least_1(int64_t v)
{
	return v < 1 ? 1 : (int)v;
}

struct window_fit
window_fit(int w, int h, int out_w, int out_h)
{
	struct window_fit f = { .w = out_w, .h = out_h };
	int whole;

	if (less(out_w, w, out_h, h))
		f.h = at_least_1((int64_t)out_w * h / w);
	else
		f.w = at_least_1((int64_t)out_h * w / h);
	whole = f.w / w;
	if (f.h / h < whole)
		whole = f.h / h;
	if (whole && (int64_t)whole * w * 100 >= (int64_t)f.w * NEARLY) {
		f.w = whole * w;
		f.h = whole * h;
	}
	f.x = (out_w - f.w) / 2;
	f.y = (out_h - f.h) / 2;
	f.zoom = (f.w + w - 1) / w;
	if (f.zoom > ZOOM_MAX)
		f.zoom = ZOOM_MAX;
	return f;
}
