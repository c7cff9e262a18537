/*
 * ui/window.c - the guest's screen in a window, by SDL2
 *
 * SDL's scan codes are USB HID usages, as are the machine's keys.
 */
#include "ui/window.h"

#include "config.h"

#ifdef HAVE_SDL

#define SDL_MAIN_HANDLED
#include <SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/window_fit.h"
#include "ui/window_input.h"

#define MS		1000000u
/* Of the host, between looks at events and between pictures. */
#define HEAR_NS		(5 * MS)
#define SHOW_NS		(20 * MS)
#define QUIET_NS	(33 * MS)	/* when it was the same picture */
#define SLEEP_NS	(16 * MS)
/* Pictures take at most one part in so many of the time. */
#define SHARE		4
#define LEAST_WIDTH	320
#define LEAST_HEIGHT	200
#define TITLE		256
#define FORMAT		SDL_PIXELFORMAT_RGB888

struct window {
	SDL_Window		*window;
	SDL_Renderer		*renderer;
	SDL_Texture		*picture;	/* of the guest's size */
	SDL_Texture		*zoomed;	/* larger, when that is needed */
	int			zoom;		/* of zoomed */
	struct machine_screen	screen;
	struct window_input	in;
	struct window_state	state;
	const char		*name;
	char			title[TITLE];
	bool			visible, dirty;
	bool			sized;		/* a person has chosen a size */
	bool			grabbed, grabbed_before;	/* full screen */
	bool			full, closed, back;
	bool			drawing_failed;
	uint64_t		next_hear, next_show;
};

static uint64_t
host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- the title --- */

static void
window_title(struct window *w)
{
	const struct window_state *s = &w->state;
	char title[TITLE];

	snprintf(title, sizeof(title), "ringlab%s%.100s%s%s%s%s", w->name ? " - " : "",
	    w->name ? w->name : "", s->replaying ? " [replaying]" : "",
	    s->past ? " [in the past]" : "", s->stopped ? " [stopped]" : "",
	    w->grabbed ? " [Ctrl-Alt-G releases the mouse]" : "");
	if (!strcmp(title, w->title))
		return;
	strcpy(w->title, title);
	SDL_SetWindowTitle(w->window, title);
}

/* --- mouse and full screen --- */

static void
window_grab(struct window *w, bool on)
{
	if (on == w->grabbed)
		return;
	w->grabbed = on;
	SDL_SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
	SDL_SetWindowMouseGrab(w->window, on ? SDL_TRUE : SDL_FALSE);
	SDL_SetWindowKeyboardGrab(w->window, on ? SDL_TRUE : SDL_FALSE);
	if (!on)
		window_release(&w->in);
	window_title(w);
}

static void
window_full(struct window *w, bool on)
{
	if (SDL_SetWindowFullscreen(w->window, on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0))
		return;
	if (on)
		w->grabbed_before = w->grabbed;
	w->full = on;
	w->dirty = true;
	window_grab(w, on || w->grabbed_before);
}

/* --- what a person does --- */

/* The guest has had Ctrl and Alt, and gets their release.  Alt Gr is not Alt. */
static bool
window_hot_key(struct window *w, const SDL_Keysym *key)
{
	if (!(key->mod & KMOD_CTRL) || !(key->mod & KMOD_LALT))
		return false;
	if (key->scancode == SDL_SCANCODE_G)
		window_grab(w, !w->grabbed);
	else if (key->scancode == SDL_SCANCODE_F)
		window_full(w, !w->full);
	else if (key->scancode == SDL_SCANCODE_B)
		w->back = true;
	else
		return false;
	return true;
}

static bool
takes_input(const struct window *w)
{
	return !w->state.stopped && !w->state.replaying && !w->state.past;
}

static void
window_on_key(struct window *w, const SDL_KeyboardEvent *e)
{
	bool down = e->state == SDL_PRESSED;

	if (e->repeat || (down && window_hot_key(w, &e->keysym)))
		return;
	if (!down || takes_input(w))
		window_key(&w->in, e->keysym.scancode, down);
}

static uint8_t
button_bit(uint8_t button)
{
	switch (button) {
	case SDL_BUTTON_LEFT:	return WINDOW_LEFT;
	case SDL_BUTTON_MIDDLE:	return WINDOW_MIDDLE;
	case SDL_BUTTON_RIGHT:	return WINDOW_RIGHT;
	case SDL_BUTTON_X1:	return WINDOW_SIDE;
	case SDL_BUTTON_X2:	return WINDOW_EXTRA;
	default:		return 0;
	}
}

/* The click that takes the mouse is not the guest's. */
static void
window_on_button(struct window *w, const SDL_MouseButtonEvent *e)
{
	bool down = e->state == SDL_PRESSED;

	if (!w->grabbed && down && e->button == SDL_BUTTON_LEFT)
		window_grab(w, true);
	else if (!down || (w->grabbed && takes_input(w)))
		window_button(&w->in, button_bit(e->button), down);
}

static void
window_on_move(struct window *w, int dx, int dy, int dz)
{
	if (w->grabbed && takes_input(w))
		window_motion(&w->in, dx, dy, dz);
}

static void
window_on_window(struct window *w, uint8_t what)
{
	switch (what) {
	case SDL_WINDOWEVENT_RESIZED:
		w->sized = w->sized || !w->full;
		break;
	case SDL_WINDOWEVENT_FOCUS_LOST:
		window_release(&w->in);
		window_grab(w, false);
		break;
	default:
		break;
	}
	w->dirty = true;
}

static void	window_drop_textures(struct window *w);

static void
window_on(struct window *w, const SDL_Event *e)
{
	switch (e->type) {
	case SDL_QUIT:
		w->closed = true;
		break;
	case SDL_KEYDOWN:
	case SDL_KEYUP:
		window_on_key(w, &e->key);
		break;
	case SDL_MOUSEMOTION:
		window_on_move(w, e->motion.xrel, e->motion.yrel, 0);
		break;
	case SDL_MOUSEBUTTONDOWN:
	case SDL_MOUSEBUTTONUP:
		window_on_button(w, &e->button);
		break;
	case SDL_MOUSEWHEEL:
		window_on_move(w, 0, 0, e->wheel.direction == SDL_MOUSEWHEEL_FLIPPED ?
		    e->wheel.y : -e->wheel.y);
		break;
	case SDL_WINDOWEVENT:
		window_on_window(w, e->window.event);
		break;
	case SDL_RENDER_TARGETS_RESET:
	case SDL_RENDER_DEVICE_RESET:
		window_drop_textures(w);
		break;
	default:
		break;
	}
}

/* --- the picture --- */

static void
window_drop_textures(struct window *w)
{
	if (w->picture)
		SDL_DestroyTexture(w->picture);
	if (w->zoomed)
		SDL_DestroyTexture(w->zoomed);
	w->picture = w->zoomed = NULL;
	w->dirty = true;
}

/* As large as the picture, unless a person wants another size or has no room. */
static void
window_follow(struct window *w)
{
	int width = (int)w->screen.width, height = (int)w->screen.height;
	SDL_Rect room;

	if (w->sized || w->full)
		return;
	if (!SDL_GetDisplayUsableBounds(SDL_GetWindowDisplayIndex(w->window), &room) &&
	    (width > room.w || height > room.h)) {
		struct window_fit f = window_fit(width, height, room.w, room.h);

		width = f.w;
		height = f.h;
	}
	SDL_SetWindowSize(w->window, width < LEAST_WIDTH ? LEAST_WIDTH : width,
	    height < LEAST_HEIGHT ? LEAST_HEIGHT : height);
}

static bool
window_make_picture(struct window *w)
{
	w->picture = SDL_CreateTexture(w->renderer, FORMAT, SDL_TEXTUREACCESS_STREAMING,
	    (int)w->screen.width, (int)w->screen.height);
	if (!w->picture)
		return false;
	SDL_SetTextureScaleMode(w->picture, SDL_ScaleModeNearest);
	w->screen.first = 0;
	w->screen.end = w->screen.height;
	return true;
}

/* Changed rows. */
static bool
window_upload(struct window *w)
{
	struct machine_screen *s = &w->screen;
	SDL_Rect rows = { 0, (int)s->first, (int)s->width, (int)(s->end - s->first) };
	int width = 0, height = 0;

	if (w->picture)
		SDL_QueryTexture(w->picture, NULL, NULL, &width, &height);
	if (width != (int)s->width || height != (int)s->height) {
		window_drop_textures(w);
		window_follow(w);
		if (!window_make_picture(w))
			return false;
		rows = (SDL_Rect){ 0, 0, (int)s->width, (int)s->height };
	}
	if (rows.h <= 0)
		return true;
	w->dirty = true;
	return SDL_UpdateTexture(w->picture, &rows, s->pixels + (size_t)rows.y * s->width,
	    rows.w * (int)sizeof(*s->pixels)) == 0;
}

/* Enlarged by a whole number with hard edges; what is left to do may be soft. */
static SDL_Texture *
window_zoom(struct window *w, int zoom)
{
	if (w->zoomed && w->zoom != zoom) {
		SDL_DestroyTexture(w->zoomed);
		w->zoomed = NULL;
	}
	if (!w->zoomed)
		w->zoomed = SDL_CreateTexture(w->renderer, FORMAT, SDL_TEXTUREACCESS_TARGET,
		    (int)w->screen.width * zoom, (int)w->screen.height * zoom);
	w->zoom = zoom;
	if (!w->zoomed || SDL_SetRenderTarget(w->renderer, w->zoomed))
		return w->picture;
	SDL_SetTextureScaleMode(w->zoomed, SDL_ScaleModeLinear);
	SDL_RenderCopy(w->renderer, w->picture, NULL, NULL);
	SDL_SetRenderTarget(w->renderer, NULL);
	return w->zoomed;
}

static void
window_draw(struct window *w)
{
	SDL_Texture *from = w->picture;
	struct window_fit f;
	int out_w, out_h;

	if (SDL_GetRendererOutputSize(w->renderer, &out_w, &out_h) || out_w < 1 || out_h < 1)
		return;
	f = window_fit((int)w->screen.width, (int)w->screen.height, out_w, out_h);
	if (f.w != f.zoom * (int)w->screen.width || f.h != f.zoom * (int)w->screen.height)
		from = window_zoom(w, f.zoom);
	SDL_SetRenderDrawColor(w->renderer, 0, 0, 0, SDL_ALPHA_OPAQUE);
	SDL_RenderClear(w->renderer);
	SDL_RenderCopy(w->renderer, from, NULL, &(SDL_Rect){ f.x, f.y, f.w, f.h });
	SDL_RenderPresent(w->renderer);
	w->dirty = false;
}

static void
window_show(struct window *w, struct machine *m)
{
	/* A debugger writes while the machine stands still. */
	w->screen.guest_only = !w->state.stopped;
	if (!machine_screen(m, &w->screen) || !window_upload(w)) {
		if (!w->drawing_failed)
			fprintf(stderr, "ringlab: -display sdl: cannot draw: %s\n", SDL_GetError());
		w->drawing_failed = true;
		return;
	}
	if (!w->visible) {
		w->visible = true;
		SDL_ShowWindow(w->window);
		if (w->full)
			window_full(w, true);
	}
	if (w->dirty)
		window_draw(w);
}

/* --- the window --- */

static bool
in_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* Others that SDL knows take the whole console: only for who names them. */
bool
window_possible(void)
{
	return in_environment("DISPLAY") || in_environment("WAYLAND_DISPLAY") ||
	    in_environment("SDL_VIDEODRIVER");
}

static void
window_hints(void)
{
	/* Signals arrive at standard input's line. */
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
	SDL_SetHint(SDL_HINT_APP_NAME, "ringlab");
	/* Most pictures are like the one before: no graphics processor is worth its
	 * start, its memory and its threads.  SDL_RENDER_DRIVER says otherwise. */
	SDL_SetHint(SDL_HINT_RENDER_DRIVER, "software");
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
}

static bool
window_open(struct window *w)
{
	window_hints();
	SDL_SetMainReady();
	if (SDL_InitSubSystem(SDL_INIT_VIDEO))
		return false;
	/* Keys are wanted, not characters: no input method in between. */
	SDL_StopTextInput();
	w->window = SDL_CreateWindow("ringlab", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
	    MACHINE_SCREEN_WIDTH, MACHINE_SCREEN_HEIGHT, SDL_WINDOW_HIDDEN | SDL_WINDOW_RESIZABLE);
	if (!w->window)
		return false;
	SDL_SetWindowMinimumSize(w->window, LEAST_WIDTH, LEAST_HEIGHT);
	w->renderer = SDL_CreateRenderer(w->window, -1, 0);
	if (!w->renderer)
		return false;
	window_title(w);
	return true;
}

struct window *
window_new(const char *name, bool full_screen, const char **why)
{
	struct window *w = calloc(1, sizeof(*w));

	if (!w || !window_possible()) {
		*why = w ? "no display: neither DISPLAY nor WAYLAND_DISPLAY is set" :
		    "out of memory";
		free(w);
		return NULL;
	}
	w->name = name;
	w->full = full_screen;
	if (window_open(w))
		return w;
	*why = SDL_GetError();
	if (w->window)
		SDL_DestroyWindow(w->window);
	free(w);
	return NULL;
}

void
window_free(struct window *w)
{
	if (!w)
		return;
	window_drop_textures(w);
	SDL_DestroyRenderer(w->renderer);
	SDL_DestroyWindow(w->window);
	SDL_QuitSubSystem(SDL_INIT_VIDEO);
	machine_screen_free(&w->screen);
	free(w);
}

void
window_poll(struct window *w, struct machine *m, const struct window_state *state)
{
	uint64_t now;
	SDL_Event e;

	if (!w || (now = host_ns()) < w->next_hear)
		return;
	w->next_hear = now + HEAR_NS;
	w->state = *state;
	while (SDL_PollEvent(&e))
		window_on(w, &e);
	if (now < w->next_show)
		return;
	window_title(w);
	window_show(w, m);
	w->next_show = now + (w->screen.first < w->screen.end ? SHOW_NS : QUIET_NS);
	if (host_ns() - now > SHOW_NS / SHARE)
		w->next_show = now + (host_ns() - now) * SHARE;
}

void
window_input(struct window *w, struct machine *m)
{
	if (w)
		window_feed(&w->in, m);
}

bool
window_wants_back(const struct window *w)
{
	return w && w->back;
}

void
window_had_back(struct window *w)
{
	if (w)
		w->back = false;
}

bool
window_closed(const struct window *w)
{
	return w && w->closed;
}

uint64_t
window_patience(const struct window *w, uint64_t wait)
{
	uint64_t most = w && w->in.count ? HEAR_NS : SLEEP_NS;

	return w && wait > most ? most : wait;
}

#else

bool
window_possible(void)
{
	return false;
}

struct window *
window_new(const char *name, bool full_screen, const char **why)
{
	(void)name;
	(void)full_screen;
	*why = "this ringlab was built without SDL2";
	return NULL;
}

void
window_free(struct window *w)
{
	(void)w;
}

void
window_poll(struct window *w, struct machine *m, const struct window_state *state)
{
	(void)w;
	(void)m;
	(void)state;
}

void
window_input(struct window *w, struct machine *m)
{
	(void)w;
	(void)m;
}

bool
window_wants_back(const struct window *w)
{
	(void)w;
	return false;
}

void
window_had_back(struct window *w)
{
	(void)w;
}

bool
window_closed(const struct window *w)
{
	(void)w;
	return false;
}

uint64_t
window_patience(const struct window *w, uint64_t wait)
{
	(void)w;
	return wait;
}

#endif
