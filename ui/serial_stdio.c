/*
 * ui/serial_stdio.c - standard input and output as a serial line, and a monitor's
 */
#define _GNU_SOURCE		/* ppoll() */
#include "ui/serial_stdio.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define CTRL_A		1

static void
stdio_signals(struct stdio_line *t)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Everything but output processing: messages of ours are lines, too. */
static bool
stdio_set_raw(const struct stdio_line *t, int when)
{
	struct termios raw = t->saved;

	cfmakeraw(&raw);
	raw.c_oflag |= OPOST;
	return tcsetattr(STDIN_FILENO, when, &raw) == 0;
}

void
stdio_raw_again(const struct stdio_line *t)
{
	if (t->terminal)
		(void)stdio_set_raw(t, TCSADRAIN);
}

void
stdio_init(struct stdio_line *t)
{
	memset(t, 0, sizeof(*t));
	t->last = '\n';
	t->eof = true;
	t->signals = -1;
}

void
stdio_open(struct stdio_line *t)
{
	stdio_signals(t);
}

void
stdio_take_input(struct stdio_line *t, enum stdio_focus who)
{
	struct stat st;
	bool first = !t->here[FOCUS_SERIAL] && !t->here[FOCUS_MONITOR];

	t->here[who] = true;
	if (!first)
		return;
	t->focus = who;
	t->eof = false;
	if (isatty(STDIN_FILENO)) {
		t->answers = t->escapes = true;
		t->terminal = tcgetattr(STDIN_FILENO, &t->saved) == 0 &&
		    stdio_set_raw(t, TCSAFLUSH);
	} else if (fstat(STDIN_FILENO, &st) == 0) {
		t->answers = S_ISSOCK(st.st_mode);
	} else {
		t->eof = true;
	}
}

void
stdio_take_escapes(struct stdio_line *t)
{
	t->escapes = true;
}

void
stdio_close(struct stdio_line *t)
{
	stdio_flush(t);
	if (t->terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
	t->terminal = false;
	if (t->signals >= 0)
		close(t->signals);
	t->signals = -1;
}

/* --- output --- */

void
stdio_flush(struct stdio_line *t)
{
	size_t done = 0;

	while (done < t->out_len && !t->out_failed) {
		ssize_t n = write(STDOUT_FILENO, t->out + done, t->out_len - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { STDOUT_FILENO, POLLOUT, 0 };

			poll(&p, 1, -1);
		} else if (n == 0 || errno != EINTR) {
			t->out_failed = true;
		}
	}
	t->out_len = 0;
}

void
stdio_byte(void *arg, uint8_t byte)
{
	struct stdio_line *t = arg;

	t->out[t->out_len++] = t->last = byte;
	if (t->out_len == STDIO_OUT || byte == '\n')
		stdio_flush(t);
}

/* --- input --- */

static void
stdio_help(struct stdio_line *t)
{
	static const char text[] =
	    "\r\nCtrl-a h  this\r\nCtrl-a x  quit\r\nCtrl-a b  roll back\r\nCtrl-a Ctrl-a  send Ctrl-a\r\n";
	static const char both[] = "Ctrl-a c  serial port or monitor\r\n";
	const char *p;

	for (p = text; *p; p++)
		stdio_byte(t, (uint8_t)*p);
	for (p = both; *p && t->here[FOCUS_SERIAL] && t->here[FOCUS_MONITOR]; p++)
		stdio_byte(t, (uint8_t)*p);
	stdio_flush(t);
}

static void
stdio_switch(struct stdio_line *t)
{
	enum stdio_focus other = t->focus == FOCUS_SERIAL ? FOCUS_MONITOR : FOCUS_SERIAL;

	if (t->here[other])
		t->focus = other;
}

/* Takes the escape key and what follows it out of what was typed. */
static void
stdio_typed(struct stdio_line *t, uint8_t byte)
{
	struct stdio_input *in = &t->in[t->focus];

	if (!t->escapes || (byte != CTRL_A && !t->escape)) {
		in->byte[in->len++] = byte;
		return;
	}
	if (!t->escape) {
		t->escape = true;
		return;
	}
	t->escape = false;
	switch (byte) {
	case CTRL_A:	in->byte[in->len++] = CTRL_A; break;
	case 'x':	t->quit = true; break;
	case 'b':	t->back = true; break;
	case 'c':	stdio_switch(t); break;
	case 'h':
	case '?':	stdio_help(t); break;
	default:	break;
	}
}

/* What may be read now: whoever has the focus must be able to take it. */
static size_t
stdio_room(const struct stdio_line *t)
{
	size_t a = t->in[FOCUS_SERIAL].len, b = t->in[FOCUS_MONITOR].len;

	return t->eof ? 0 : STDIO_IN - (a > b ? a : b);
}

static void
stdio_read(struct stdio_line *t)
{
	uint8_t buf[STDIO_IN];
	ssize_t n, i;

	n = read(STDIN_FILENO, buf, stdio_room(t));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		t->eof = true;
	for (i = 0; i < n; i++)
		stdio_typed(t, buf[i]);
}

static void
stdio_signalled(struct stdio_line *t)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		t->signal = (int)info.ssi_signo;
}

/* What waits for the machine has to go first. */
unsigned
stdio_fds(const struct stdio_line *t, struct pollfd *p)
{
	unsigned n = 0;

	if (t->signals >= 0)
		p[n++] = (struct pollfd){ t->signals, POLLIN, 0 };
	if (stdio_room(t) > STDIO_IN / 2)
		p[n++] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	return n;
}

void
stdio_wait(struct pollfd *p, unsigned n, uint64_t wait)
{
	struct timespec ts = { (time_t)(wait / 1000000000u), (long)(wait % 1000000000u) };

	(void)ppoll(p, n, &ts, NULL);
}

void
stdio_poll(struct stdio_line *t)
{
	struct pollfd p[STDIO_FDS];
	unsigned n, i;

	stdio_flush(t);
	n = stdio_fds(t, p);
	if (poll(p, n, 0) <= 0)
		return;
	for (i = 0; i < n; i++) {
		if (!p[i].revents)
			continue;
		if (p[i].fd == t->signals)
			stdio_signalled(t);
		else
			stdio_read(t);
	}
}

void
stdio_taken(struct stdio_line *t, enum stdio_focus who, size_t n)
{
	struct stdio_input *in = &t->in[who];

	in->len -= n;
	memmove(in->byte, in->byte + n, in->len);
}
