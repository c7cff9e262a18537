/*
 * tests/checkpoint/relay.c - a link between two processes that can be cut or stalled
 *
 * relay PORT TO: takes one connection at 127.0.0.1:PORT and makes it one to TO there.
 * Killed it is a link that was cut, stopped one that stalls.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in
address(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(port)) };
}

static int
pass(int from, int to)
{
	static char buf[65536];
	ssize_t n = read(from, buf, sizeof(buf)), done, k;

	for (done = 0; done < n; done += k) {
		k = write(to, buf + done, (size_t)(n - done));
		if (k <= 0)
			return 0;
	}
	return n > 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in here, there;
	struct pollfd p[2];
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (argc != 3)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	here = address(argv[1]);
	there = address(argv[2]);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&here, sizeof(here)) || listen(s, 1)) {
		perror("relay");
		return 1;
	}
	p[0] = (struct pollfd){ accept(s, NULL, NULL), POLLIN, 0 };
	p[1] = (struct pollfd){ socket(AF_INET, SOCK_STREAM, 0), POLLIN, 0 };
	if (connect(p[1].fd, (struct sockaddr *)&there, sizeof(there))) {
		perror("relay");
		return 1;
	}
	while (poll(p, 2, -1) > 0)
		if ((p[0].revents && !pass(p[0].fd, p[1].fd)) ||
		    (p[1].revents && !pass(p[1].fd, p[0].fd)))
			break;
	return 0;
}
