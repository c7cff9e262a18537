/*
 * ui/window_fit.h - where in a window the picture is, and how it gets its size
 */
#ifndef UI_WINDOW_FIT_H
#define UI_WINDOW_FIT_H

struct window_fit {
	int	x, y, w, h;	/* in the window */
	int	zoom;		/* first this much larger, each pixel a square */
};

/*
 * A picture of w by h in a window of out_w by out_h: as large as it can be at the
 * same shape; when a whole multiple is nearly as large, that, as it is sharp.
 */
struct window_fit window_fit(int w, int h, int out_w, int out_h);

#endif
