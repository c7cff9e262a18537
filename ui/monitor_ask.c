/*
 * ui/monitor_ask.c - the other end of a monitor's socket
 *
 * Each command goes out behind MONITOR_ONESHOT; its answer ends with the line that
 * says how it went.
 */
#include "ui/monitor_ask.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ui/monitor.h"

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

static int
connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* host:port, which is cut. */
static int
connect_tcp(char *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char *port = strrchr(host, ':');
	struct addrinfo *list, *a;
	int fd = -1;

	errno = EINVAL;
	if (!port)
		return -1;
	*port++ = '\0';
	if (getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &list))
		return -1;
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static bool
open_connection(struct asker *a, char *where)
{
	int fd, second;

	if (!strncmp(where, "tcp:", 4))
		fd = connect_tcp(where + 4);
	else
		fd = connect_unix(where + (strncmp(where, "unix:", 5) ? 0 : 5));
	if (fd < 0)
		return complain(a->where, strerror(errno));
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
