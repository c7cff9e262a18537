/*
 * ui/serial_stdio.h - standard input and output as a serial line, and a monitor's
 *
 * A terminal is put into raw mode and restored by stdio_close(); there Ctrl-a is
 * the escape key, which also says who gets what is typed: the serial port or the
 * monitor.  Output is buffered until stdio_poll(), which is called often.
 */
#ifndef UI_SERIAL_STDIO_H
#define UI_SERIAL_STDIO_H

#include <poll.h>
#include <termios.h>

#include "base/types.h"

#define STDIO_OUT	4096
#define STDIO_IN	256
#define STDIO_FDS	2

enum stdio_focus { FOCUS_SERIAL, FOCUS_MONITOR, FOCUSES };

struct stdio_input {
	uint8_t		byte[STDIO_IN];	/* not yet taken */
	size_t		len;
};

struct stdio_line {
	bool		terminal;	/* input: we have set its mode */
	bool		escapes;	/* Ctrl-a is ours */
	bool		answers;	/* input: a terminal or a socket */
	bool		eof;
	bool		escape;		/* Ctrl-a was typed */
	bool		quit;		/* Ctrl-a x was */
	bool		back;		/* Ctrl-a b was */
	bool		here[FOCUSES];	/* who is behind standard input */
	enum stdio_focus focus;
	bool		out_failed;
	int		signals;	/* signalfd, or -1 */
	int		signal;		/* the one that arrived */
	struct termios	saved;
	uint8_t		out[STDIO_OUT];
	size_t		out_len;
	uint8_t		last;		/* byte written last */
	struct stdio_input in[FOCUSES];
};

void	stdio_init(struct stdio_line *t);
/* From here on INT, TERM and HUP only arrive in t->signal. */
void	stdio_open(struct stdio_line *t);
/* Reads standard input, too, for who; the first one has the focus. */
void	stdio_take_input(struct stdio_line *t, enum stdio_focus who);
/* Ctrl-a is the escape key even where there is no terminal. */
void	stdio_take_escapes(struct stdio_line *t);
void	stdio_close(struct stdio_line *t);
/* Our terminal mode again, after somebody else had his. */
void	stdio_raw_again(const struct stdio_line *t);
/* Byte sink: arg is the struct stdio_line. */
void	stdio_byte(void *arg, uint8_t byte);
void	stdio_flush(struct stdio_line *t);
/* What to wait for, up to STDIO_FDS. */
unsigned stdio_fds(const struct stdio_line *t, struct pollfd *p);
/* As poll(), up to wait nanoseconds. */
void	stdio_wait(struct pollfd *p, unsigned n, uint64_t wait);
/* Takes what has come: new input is in t->in. */
void	stdio_poll(struct stdio_line *t);
/* n bytes of t->in[who] were taken. */
void	stdio_taken(struct stdio_line *t, enum stdio_focus who, size_t n);

#endif
