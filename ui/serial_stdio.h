/*
 * ui/serial_stdio.h - standard input and output as a serial line
 *
 * A terminal is put into raw mode and restored by stdio_close(); there Ctrl-a is
 * the escape key.  Output is buffered until stdio_poll(), which is called often.
 */
#ifndef UI_SERIAL_STDIO_H
#define UI_SERIAL_STDIO_H

#include <termios.h>

#include "base/types.h"

#define STDIO_OUT	4096
#define STDIO_IN	256

struct stdio_line {
	bool		terminal;	/* input: Ctrl-a is ours */
	bool		answers;	/* input: a terminal or a socket */
	bool		eof;
	bool		escape;		/* Ctrl-a was typed */
	bool		quit;		/* Ctrl-a x was */
	bool		out_failed;
	int		signals;	/* signalfd, or -1 */
	int		signal;		/* the one that arrived */
	struct termios	saved;
	uint8_t		out[STDIO_OUT];
	size_t		out_len;
	uint8_t		last;		/* byte written last */
	uint8_t		in[STDIO_IN];	/* not yet taken by the machine */
	size_t		in_len;
};

void	stdio_init(struct stdio_line *t);
/* From here on INT, TERM and HUP only arrive in t->signal. */
void	stdio_open(struct stdio_line *t);
/* Reads standard input, too. */
void	stdio_take_input(struct stdio_line *t);
void	stdio_close(struct stdio_line *t);
/* Byte sink: arg is the struct stdio_line. */
void	stdio_byte(void *arg, uint8_t byte);
void	stdio_flush(struct stdio_line *t);
/* Waits up to wait ns for input or a signal; new input is in t->in. */
void	stdio_poll(struct stdio_line *t, uint64_t wait);
/* n bytes of t->in were taken. */
void	stdio_taken(struct stdio_line *t, size_t n);

#endif
