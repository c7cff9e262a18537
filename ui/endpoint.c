/*
 * ui/endpoint.c - where a stream socket is: a path, or a host and a port
 */
#define _GNU_SOURCE		/* accept4() */
#include "ui/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_TYPE	(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

/* --- text --- */

const char *
endpoint_parse_tcp(struct endpoint *e, char *host)
{
	char *port = strrchr(host, ':');

	if (!port || !port[1])
		return "tcp:HOST:PORT or tcp::PORT";
	*port++ = '\0';
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	*e = (struct endpoint){ .host = host, .port = port };
	return NULL;
}

const char *
endpoint_parse(struct endpoint *e, char *text)
{
	*e = (struct endpoint){ .path = text + 5 };
	if (!strncmp(text, "unix:", 5))
		return NULL;
	if (!strncmp(text, "tcp:", 4))
		return endpoint_parse_tcp(e, text + 4);
	return "tcp::PORT, tcp:HOST:PORT or unix:PATH";
}

void
endpoint_print(const struct endpoint *e, char *buf, size_t n)
{
	const char *host = e->host ? e->host : "";
	bool brackets = strchr(host, ':');

	if (e->path)
		snprintf(buf, n, "unix:%s", e->path);
	else
		snprintf(buf, n, "tcp:%s%s%s:%s", brackets ? "[" : "", host, brackets ? "]" : "",
		    e->port);
}

/* --- addresses --- */

static const char *
local_address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!*path || strlen(path) >= sizeof(a->sun_path))
		return "not a usable path";
	strcpy(a->sun_path, path);
	return NULL;
}

static const char *
resolve(const struct endpoint *e, int flags, struct addrinfo **list)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
	    .ai_flags = flags };
	const char *host = e->host && *e->host ? e->host : "127.0.0.1";
	int err;

	/* getaddrinfo() would take such a number modulo 65536. */
	if (!e->port[strspn(e->port, "0123456789")] && strtoul(e->port, NULL, 10) > 65535)
		return "ports end at 65535";
	err = getaddrinfo(host, e->port, &hints, list);
	return err ? gai_strerror(err) : NULL;
}

static int
close_keeping_errno(int fd)
{
	int err = errno;

	close(fd);
	errno = err;
	return -1;
}

/* Fails, harmlessly, on a local socket. */
static void
send_at_once(int fd)
{
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* --- waiting for others --- */

static int
socket_listen(int family, const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(family, SOCKET_TYPE, 0), one = 1;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, addr, len) && !listen(fd, SOMAXCONN))
		return fd;
	return close_keeping_errno(fd);
}

/* A socket that a dead process left behind is in the way. */
static void
remove_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCKET_TYPE, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
	    errno == ECONNREFUSED && !stat(addr->sun_path, &st) && S_ISSOCK(st.st_mode))
		(void)unlink(addr->sun_path);
	close(fd);
}

static int
listen_local(const char *path, const char **why)
{
	struct sockaddr_un a;
	int fd;

	*why = local_address(&a, path);
	if (*why)
		return -1;
	remove_stale(&a);
	fd = socket_listen(AF_UNIX, (struct sockaddr *)&a, sizeof(a));
	*why = strerror(errno);
	return fd;
}

int
endpoint_listen(const struct endpoint *e, const char **why)
{
	struct addrinfo *list, *a;
	int fd = -1;

	if (e->path)
		return listen_local(e->path, why);
	*why = resolve(e, AI_PASSIVE, &list);
	if (*why)
		return -1;
	for (a = list; a && fd < 0; a = a->ai_next)
		fd = socket_listen(a->ai_family, a->ai_addr, a->ai_addrlen);
	*why = strerror(errno);
	freeaddrinfo(list);
	return fd;
}

int
endpoint_accept(int fd)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (peer >= 0)
		send_at_once(peer);
	return peer;
}

/* --- going to others --- */

static int
wait_connected(int fd, int timeout_ms)
{
	struct pollfd p = { fd, POLLOUT, 0 };
	socklen_t len = sizeof(errno);
	int err = 0;

	if (poll(&p, 1, timeout_ms) <= 0)
		err = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -1;
	errno = err;
	return err ? -1 : 0;
}

static int
socket_connect(int family, const struct sockaddr *addr, socklen_t len, int timeout_ms)
{
	int fd = socket(family, SOCKET_TYPE, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, addr, len) &&
	    (errno != EINPROGRESS || wait_connected(fd, timeout_ms)))
		return close_keeping_errno(fd);
	send_at_once(fd);
	return fd;
}

static int
connect_local(const char *path, int timeout_ms, const char **why)
{
	struct sockaddr_un a;
	int fd;

	*why = local_address(&a, path);
	if (*why)
		return -1;
	fd = socket_connect(AF_UNIX, (struct sockaddr *)&a, sizeof(a), timeout_ms);
	*why = strerror(errno);
	return fd;
}

int
endpoint_connect(const struct endpoint *e, int timeout_ms, const char **why)
{
	struct addrinfo *list, *a;
	int fd = -1;

	if (e->path)
		return connect_local(e->path, timeout_ms, why);
	*why = resolve(e, 0, &list);
	if (*why)
		return -1;
	for (a = list; a && fd < 0; a = a->ai_next)
		fd = socket_connect(a->ai_family, a->ai_addr, a->ai_addrlen, timeout_ms);
	*why = strerror(errno);
	freeaddrinfo(list);
	return fd;
}
