/*
 * ui/serial_stdio.c - standard input and output as a serial line
 */
#define _GNU_SOURCE		/* ppoll() */
#include "ui/serial_stdio.h"

#include <errno.h>
#include <poll.h>
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
static void
stdio_raw(struct stdio_line *t)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &t->saved) != 0)
		return;
	raw = t->saved;
	cfmakeraw(&raw);
	raw.c_oflag |= OPOST;
	t->terminal = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
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
stdio_take_input(struct stdio_line *t)
{
	struct stat st;

	t->eof = false;
	if (isatty(STDIN_FILENO)) {
		t->answers = true;
		stdio_raw(t);
	} else if (fstat(STDIN_FILENO, &st) == 0) {
		t->answers = S_ISSOCK(st.st_mode);
	} else {
		t->eof = true;
	}
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
	    "\r\nCtrl-a x  quit\r\nCtrl-a h  this\r\nCtrl-a Ctrl-a  send Ctrl-a\r\n";
	const char *p;

	for (p = text; *p; p++)
		stdio_byte(t, (uint8_t)*p);
	stdio_flush(t);
}

/* Takes the escape key and what follows it out of what was typed. */
static void
stdio_typed(struct stdio_line *t, uint8_t byte)
{
	if (!t->terminal || (byte != CTRL_A && !t->escape)) {
		t->in[t->in_len++] = byte;
		return;
	}
	if (!t->escape) {
		t->escape = true;
		return;
	}
	t->escape = false;
	switch (byte) {
	case CTRL_A:	t->in[t->in_len++] = CTRL_A; break;
	case 'x':	t->quit = true; break;
	case 'h':
	case '?':	stdio_help(t); break;
	default:	break;
	}
}

static void
stdio_read(struct stdio_line *t)
{
	uint8_t buf[STDIO_IN];
	ssize_t n, i;

	n = read(STDIN_FILENO, buf, sizeof(buf) - t->in_len);
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

void
stdio_poll(struct stdio_line *t, uint64_t wait)
{
	struct timespec ts = { (time_t)(wait / 1000000000u), (long)(wait % 1000000000u) };
	struct pollfd p[2] = { { t->signals, POLLIN, 0 }, { -1, POLLIN, 0 } };

	stdio_flush(t);
	/* What waits for the machine has to go first. */
	if (!t->eof && t->in_len < STDIO_IN / 2)
		p[1].fd = STDIN_FILENO;
	if (ppoll(p, 2, &ts, NULL) <= 0)
		return;
	if (p[0].revents & POLLIN)
		stdio_signalled(t);
	if (p[1].revents)
		stdio_read(t);
}

void
stdio_taken(struct stdio_line *t, size_t n)
{
	t->in_len -= n;
	memmove(t->in, t->in + n, t->in_len);
}
