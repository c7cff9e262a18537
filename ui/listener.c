/*
 * ui/listener.c - sockets that the monitor and the debugger's stub wait at
 */
#define _GNU_SOURCE		/* accept4() */
#include "ui/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/options.h"

static bool
option_ignored(const char *s)
{
	static const char *const known[] = {
		"server", "server=on", "nowait", "wait=off", "nodelay", "nodelay=on", NULL
	};
	unsigned i;

	for (i = 0; known[i]; i++)
		if (!strcmp(s, known[i]))
			return true;
	return false;
}

/* Cuts the options off. */
static bool
cut_options(char *where)
{
	char *s = strchr(where, ',');
	char *next;

	while (s) {
		*s++ = '\0';
		next = strchr(s, ',');
		if (next)
			*next = '\0';
		if (!option_ignored(s))
			return false;
		s = next;
	}
	return true;
}

static int
socket_listen(int family, const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, addr, len) && !listen(fd, 4))
		return fd;
	one = errno;
	close(fd);
	errno = one;
	return -1;
}

static bool
listen_tcp(struct listener *l, const char *option, const char *where, char *host)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE };
	char *port = strrchr(host, ':');
	struct addrinfo *list, *a;
	int err;

	if (!port || !port[1])
		return option_bad(option, where, "tcp:HOST:PORT or tcp::PORT");
	*port++ = '\0';
	/* getaddrinfo() would take such a number modulo 65536. */
	if (!port[strspn(port, "0123456789")] && strtoul(port, NULL, 10) > 65535)
		return option_bad(option, where, "ports end at 65535");
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	err = getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &list);
	if (err)
		return option_bad(option, where, gai_strerror(err));
	for (a = list; a && l->fd < 0; a = a->ai_next)
		l->fd = socket_listen(a->ai_family, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(list);
	return l->fd >= 0 || option_bad(option, where, strerror(errno));
}

/* A socket that a dead process left behind is in the way. */
static void
remove_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
	    errno == ECONNREFUSED && !stat(addr->sun_path, &st) && S_ISSOCK(st.st_mode))
		(void)unlink(addr->sun_path);
	close(fd);
}

static bool
listen_unix(struct listener *l, const char *option, const char *where, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (!*path || strlen(path) >= sizeof(addr.sun_path))
		return option_bad(option, where, "not a usable path");
	strcpy(addr.sun_path, path);
	remove_stale(&addr);
	l->fd = socket_listen(AF_UNIX, (struct sockaddr *)&addr, sizeof(addr));
	if (l->fd < 0)
		return option_bad(option, where, strerror(errno));
	strcpy(l->path, path);
	return true;
}

bool
listener_open(struct listener *l, const char *option, const char *where)
{
	char *copy = strdup(where);
	bool ok;

	*l = (struct listener){ .fd = -1 };
	if (!copy)
		return option_bad(option, where, "out of memory");
	if (!cut_options(copy))
		ok = option_bad(option, where, "unknown option behind the comma");
	else if (!strncmp(copy, "tcp:", 4))
		ok = listen_tcp(l, option, where, copy + 4);
	else if (!strncmp(copy, "unix:", 5))
		ok = listen_unix(l, option, where, copy + 5);
	else
		ok = option_bad(option, where, "tcp::PORT, tcp:HOST:PORT or unix:PATH");
	free(copy);
	return ok;
}

void
listener_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->path[0])
		(void)unlink(l->path);
	*l = (struct listener){ .fd = -1 };
}

int
listener_accept(const struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int one = 1;

	/* Fails, harmlessly, on a local socket. */
	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}
