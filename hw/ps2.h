/*
 * hw/ps2.h - PS/2 keyboard and mouse
 *
 * Two state machines that live inside the i8042: each takes bytes from the
 * host side, and has bytes waiting for it.  They call ready() when a byte is
 * waiting that was not before.
 *
 * Keys are named by their USB HID usage (page 7), which are also SDL's scan
 * codes.  The keyboard repeats a held key itself, so the window drops repeats.
 */
#ifndef HW_PS2_H
#define HW_PS2_H

#include "base/snap.h"
#include "base/vclock.h"

struct log;

#define PS2_KEYS	16	/* bytes of keys the keyboard holds */
#define PS2_REPLY	8

struct ps2_queue {
	uint8_t		data[PS2_KEYS];
	uint8_t		head;
	uint8_t		count;
};

/* What both devices have: replies go before reports. */
struct ps2_port {
	struct ps2_queue	reply;
	struct ps2_queue	report;
	uint8_t			last;		/* for "resend" */
	uint8_t			command;	/* waits for its argument; 0 = none */
	bool			enabled;
	struct vclock		*clock;
	void			(*ready)(void *arg);
	void			*arg;
	struct log		*log;
};

struct ps2_keyboard {
	struct ps2_port		port;
	uint8_t			leds;		/* scroll, num, caps lock */
	uint8_t			set;		/* scan code set 1..3 */
	uint8_t			typematic;
	uint8_t			repeat_key;	/* HID usage; 0 = none */
	uint8_t			down[32];	/* bit per HID usage */
	uint64_t		repeat_when;
	struct vtimer		repeat;
};

struct ps2_mouse {
	struct ps2_port		port;
	uint8_t			id;		/* 0, 3 (wheel), 4 (5 buttons) */
	uint8_t			rates[3];	/* last sample rates set */
	uint8_t			rate;
	uint8_t			resolution;
	bool			scaling;
	bool			remote;
	bool			wrap;
	uint8_t			buttons;
	uint8_t			sent_buttons;
	uint32_t		dx, dy, dz;	/* not yet reported; two's complement */
	uint64_t		sample_when;
	struct vtimer		sample;		/* armed: too early for a report */
};

void	ps2_keyboard_init(struct ps2_keyboard *k, struct vclock *clock,
	    void (*ready)(void *arg), void *arg, struct log *log);
void	ps2_keyboard_reset(struct ps2_keyboard *k);
int	ps2_keyboard_restored(struct ps2_keyboard *k);
/* A byte from the host. */
void	ps2_keyboard_write(struct ps2_keyboard *k, uint8_t val);
void	ps2_keyboard_key(struct ps2_keyboard *k, unsigned usage, bool down);

void	ps2_mouse_init(struct ps2_mouse *m, struct vclock *clock,
	    void (*ready)(void *arg), void *arg, struct log *log);
void	ps2_mouse_reset(struct ps2_mouse *m);
int	ps2_mouse_restored(struct ps2_mouse *m);
void	ps2_mouse_write(struct ps2_mouse *m, uint8_t val);
/* dx to the right, dy down, dz wheel towards the user; buttons: bit 0 left, 1
 * right, 2 middle, 3 and 4 the side buttons. */
void	ps2_mouse_move(struct ps2_mouse *m, int dx, int dy, int dz, uint8_t buttons);

bool	ps2_pending(const struct ps2_port *p);
/* The next byte; only if one is pending. */
uint8_t	ps2_take(struct ps2_port *p);

extern const struct snap_field ps2_keyboard_fields[];
extern const struct snap_field ps2_mouse_fields[];

#endif
