/*
 * tests/boot/monitor_client.c - talks to a monitor from a script
 *
 *	monitor_client socket PATH <SCRIPT	over a socket
 *	monitor_client pty PROGRAM ARG... <SCRIPT	to a program on a terminal
 *	monitor_client pipe PATH		standard input to the socket, end of
 *						file, and the answer to standard output
 *	monitor_client flood PATH COMMAND N	N times COMMAND, reading nothing for
 *						so long as the other side lives
 *
 * A script's lines are "> TEXT" (say it, with C's escapes), "< TEXT" (wait until
 * that was said), "! TEXT" (it was not said since the last "<"), "~ MS" (wait) and
 * "." (close the connection, or wait for the program's end).  What was said is on standard
 * output; exit status 2 when something did not come, with pty the program's.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS	20000
#define ROOM		(8u << 20)

struct talk {
	int	fd;
	size_t	n, seen;		/* bytes heard, of them passed by "<" */
	char	heard[ROOM + 1];
};

static int
fail(const char *what, const char *text)
{
	fprintf(stderr, "monitor_client: %s: %s\n", what, text);
	return 2;
}

static int
open_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		exit(fail(path, strerror(errno)));
	return fd;
}

/* False when nothing comes any more. */
static int
hear(struct talk *t, int ms)
{
	struct pollfd p = { t->fd, POLLIN, 0 };
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return 0;
	n = read(t->fd, t->heard + t->n, ROOM - t->n);
	if (n <= 0)
		return 0;
	fwrite(t->heard + t->n, 1, (size_t)n, stdout);
	fflush(stdout);
	t->n += (size_t)n;
	return 1;
}

static char *
find(const struct talk *t, const char *text)
{
	size_t len = strlen(text), i;

	for (i = t->seen; i + len <= t->n; i++)
		if (!memcmp(t->heard + i, text, len))
			return (char *)t->heard + i;
	return NULL;
}

static int
wait_for(struct talk *t, const char *text)
{
	char *at;

	while (!(at = find(t, text)))
		if (!hear(t, PATIENCE_MS))
			return 0;
	t->seen = (size_t)(at - t->heard) + strlen(text);
	return 1;
}

/* \n \r \t \\ and three octal digits */
static size_t
unescape(char *s)
{
	char *out = s, *in = s;

	for (; *in; in++) {
		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		switch (*++in) {
		case 'n': *out++ = '\n'; break;
		case 'r': *out++ = '\r'; break;
		case 't': *out++ = '\t'; break;
		case '\\': *out++ = '\\'; break;
		default:
			*out++ = (char)strtol((char[]){ in[0], in[1], in[2], 0 }, NULL, 8);
			in += 2;
		}
	}
	*out = '\0';
	return (size_t)(out - s);
}

static int
say(struct talk *t, const char *text, size_t n)
{
	return write(t->fd, text, n) == (ssize_t)n;
}

static int
play(struct talk *t)
{
	char line[1024], *text;
	size_t n;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		text = line + (line[0] && line[1] == ' ' ? 2 : 1);
		if (line[0] == '.')
			return 0;
		if (line[0] == '~')
			usleep((useconds_t)atoi(text) * 1000);
		if (line[0] != '>' && line[0] != '<' && line[0] != '!')
			continue;
		n = unescape(text);
		if (line[0] == '>' && !say(t, text, n))
			return fail("cannot say", text);
		if (line[0] == '<' && !wait_for(t, text))
			return fail("did not come", text);
		if (line[0] == '!' && find(t, text))
			return fail("came", text);
	}
	return 0;
}

static int
play_pty(struct talk *t, char **argv)
{
	int pid = forkpty(&t->fd, NULL, NULL, NULL), status, err;

	if (pid < 0)
		return fail("forkpty", strerror(errno));
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	err = play(t);
	while (!err && hear(t, PATIENCE_MS))
		;
	if (err)
		kill(pid, 9);
	waitpid(pid, &status, 0);
	return err ? err : WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static int
pass(struct talk *t)
{
	char buf[4096];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0)
		if (!say(t, buf, n))
			return fail("cannot say", "");
	shutdown(t->fd, SHUT_WR);
	while (hear(t, PATIENCE_MS))
		;
	return 0;
}

static int
flood(struct talk *t, const char *command, long n)
{
	while (n-- > 0)
		if (!say(t, command, strlen(command)) || !say(t, "\n", 1))
			return 0;
	return fail("nobody hung up", command);
}

int
main(int argc, char **argv)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t || argc < 3)
		return fail("usage", "socket, pty, pipe or flood");
	if (!strcmp(argv[1], "pty"))
		return play_pty(t, argv + 2);
	signal(SIGPIPE, SIG_IGN);
	t->fd = open_socket(argv[2]);
	if (!strcmp(argv[1], "socket"))
		return play(t);
	if (!strcmp(argv[1], "pipe"))
		return pass(t);
	return argc > 4 ? flood(t, argv[3], atol(argv[4])) : 2;
}
