/*
 * tests/checkpoint/wire.c - the other end of -nic stream, with a memory
 *
 * wire SOCKET FILE: listens on a Unix socket, takes one peer after the other, and
 * appends to FILE, line by line, the text of UDP datagrams to port 5000.  Each is
 * written at once: what is in the file was seen outside.
 *
 * wire SOCKET FILE hub: connects instead, to a hub, which it ends with.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UDP_HEAD	42
#define PORT		5000

static int
read_all(int fd, void *buf, size_t n)
{
	uint8_t *p = buf;
	ssize_t got;

	for (; n; n -= (size_t)got, p += got) {
		got = read(fd, p, n);
		if (got <= 0)
			return 0;
	}
	return 1;
}

static void
note(int log, const uint8_t *f, size_t n)
{
	const uint8_t *end;

	if (n <= UDP_HEAD || f[12] != 8 || f[13] || f[23] != 17 || f[36] != PORT >> 8 ||
	    f[37] != (PORT & 0xff))
		return;
	end = memchr(f + UDP_HEAD, '\n', n - UDP_HEAD);
	if (end && write(log, f + UDP_HEAD, (size_t)(end - f) + 1 - UDP_HEAD) < 0)
		perror("wire");
}

static void
serve(int fd, int log)
{
	static uint8_t frame[65536];
	uint32_t n;

	while (read_all(fd, &n, sizeof(n)) && (n = ntohl(n)) <= sizeof(frame) &&
	    read_all(fd, frame, n))
		note(log, frame, n);
	close(fd);
}

static int
listen_at(int s, const struct sockaddr_un *at, int log)
{
	int fd;

	if (bind(s, (const struct sockaddr *)at, sizeof(*at)) || listen(s, 8)) {
		perror("wire");
		return 1;
	}
	while ((fd = accept(s, NULL, NULL)) >= 0)
		serve(fd, log);
	return 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), log;

	if (argc != 3 && (argc != 4 || strcmp(argv[3], "hub")))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", argv[1]);
	log = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (s < 0 || log < 0) {
		perror("wire");
		return 1;
	}
	if (argc == 3)
		return listen_at(s, &at, log);
	if (connect(s, (const struct sockaddr *)&at, sizeof(at))) {
		perror("wire");
		return 1;
	}
	serve(s, log);
	return 0;
}
