/*
 * ui/monitor_ask.c - the other end of a monitor's socket
 *
 * Each command goes out behind MONITOR_ONESHOT; its answer ends with the line that
 * says how it went.
 */
#include "ui/monitor_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/endpoint.h"
#include "ui/monitor.h"

#define CONNECT_MS	10000

struct asker {
	char		*where;
	FILE		*in, *out;		/* of the connection */
	char		*line;			/* heard last */
	size_t		room;
};

static bool
complain(const char *where, const char *why)
{
	fprintf(stderr, "ringlab: monitor %s: %s\n", where, why);
	return false;
}

/* --- connecting --- */

/* A plain name is a path, too.  -1 and why. */
static int
connect_to(char *where, const char **why)
{
	struct endpoint e = { .path = where };
	int fd;

	*why = strncmp(where, "unix:", 5) && strncmp(where, "tcp:", 4) ? NULL :
	    endpoint_parse(&e, where);
	fd = *why ? -1 : endpoint_connect(&e, CONNECT_MS, why);
	if (fd < 0)
		return -1;
	/* Streams of stdio wait for what they are asked for. */
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) < 0) {
		*why = strerror(errno);
		close(fd);
		return -1;
	}
	return fd;
}

static bool
open_connection(struct asker *a, char *where)
{
	const char *why;
	int fd = connect_to(where, &why), second;

	if (fd < 0)
		return complain(a->where, why);
	second = dup(fd);
	a->in = fdopen(fd, "r");
	a->out = second < 0 ? NULL : fdopen(second, "w");
	return (a->in && a->out) || complain(a->where, strerror(errno));
}

/* --- asking --- */

/* The prompt of before is no part of the answer. */
static const char *
heard(const struct asker *a)
{
	size_t n = strlen(MONITOR_PROMPT);

	return strncmp(a->line, MONITOR_PROMPT, n) ? a->line : a->line + n;
}

/* False: it failed, or there is no answer any more. */
static bool
ask(struct asker *a, const char *command)
{
	const char *text;

	fprintf(a->out, "%c%s\n", MONITOR_ONESHOT, command);
	if (fflush(a->out) != 0)
		return complain(a->where, "the machine is gone");
	while (getline(&a->line, &a->room, a->in) > 0) {
		text = heard(a);
		if (!strcmp(text, MONITOR_DONE) || !strcmp(text, MONITOR_FAILED))
			return !strcmp(text, MONITOR_DONE);
		fputs(text, stdout);
	}
	return complain(a->where, "the machine is gone");
}

/* Words of the command line make one line. */
static bool
ask_words(struct asker *a, int argc, char **argv)
{
	char command[MONITOR_LINE] = "";
	size_t n = 0;
	int i;

	for (i = 0; i < argc; i++)
		n += (size_t)snprintf(command + n, n < sizeof(command) ? sizeof(command) - n : 0,
		    "%s%s", i ? " " : "", argv[i]);
	if (n + 2 >= sizeof(command) || strchr(command, '\n'))
		return complain(a->where, "the command is too long, or not one line");
	return ask(a, command);
}

static bool
ask_lines(struct asker *a)
{
	bool person = isatty(STDIN_FILENO), ok = true;
	char line[MONITOR_LINE];

	for (;;) {
		if (person)
			fputs(MONITOR_PROMPT, stdout);
		fflush(stdout);
		if (!fgets(line, sizeof(line) - 2, stdin))
			break;
		line[strcspn(line, "\n")] = '\0';
		ok = ask(a, line) && ok;
		if (feof(a->in))
			break;
	}
	return ok;
}

int
monitor_ask(int argc, char **argv)
{
	struct asker a = { .where = NULL };
	bool ok;

	if (!argc) {
		fprintf(stderr, "usage: ringlab monitor SOCKET [COMMAND...]\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	a.where = strdup(argv[0]);
	ok = a.where && open_connection(&a, argv[0]) &&
	    (argc > 1 ? ask_words(&a, argc - 1, argv + 1) : ask_lines(&a));
	if (a.in)
		fclose(a.in);
	if (a.out)
		fclose(a.out);
	free(a.line);
	free(a.where);
	return fflush(stdout) == 0 && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
