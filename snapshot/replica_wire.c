/*
 * snapshot/replica_wire.c - messages between a machine and its standby
 */
#include "snapshot/replica_wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_MS	1000000u
#define WAIT_MS_MAX	1000u

void
replica_head_encode(const struct replica_head *h, uint8_t *to)
{
	put_le32(to, REPLICA_MAGIC);
	put_le32(to + 4, h->type);
	put_le64(to + 8, h->number);
	put_le64(to + 16, h->length);
}

static bool
length_possible(uint32_t type, uint64_t n)
{
	switch (type) {
	case REPLICA_HELLO:
		return n == REPLICA_HELLO_BYTES;
	case REPLICA_PART:
	case REPLICA_PIECE:
		return n && n <= REPLICA_BYTES_MAX;
	case REPLICA_REFUSED:
		return n <= REPLICA_REFUSED_MAX;
	case REPLICA_EPOCH:
	case REPLICA_WHOLE:
	case REPLICA_ALIVE:
	case REPLICA_READY:
	case REPLICA_DONE:
	case REPLICA_BYE:
		return !n;
	default:
		return false;
	}
}

bool
replica_head_decode(struct replica_head *h, const uint8_t *from)
{
	uint64_t n = get_le64(from + 16);

	h->type = get_le32(from + 4);
	h->number = get_le64(from + 8);
	h->length = (size_t)n;
	return get_le32(from) == REPLICA_MAGIC && length_possible(h->type, n);
}

/* --- sockets --- */

uint64_t
replica_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool
wait_for(int fd, short what, uint64_t deadline)
{
	struct pollfd p = { fd, what, 0 };
	uint64_t now, ms;
	int got;

	do {
		now = replica_now();
		if (now >= deadline) {
			errno = ETIMEDOUT;
			return false;
		}
		ms = (deadline - now + NS_PER_MS - 1) / NS_PER_MS;
		got = poll(&p, 1, (int)(ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX));
	} while (got == 0 || (got < 0 && errno == EINTR));
	return got > 0;
}

bool
replica_wait(int fd, uint64_t deadline)
{
	return wait_for(fd, POLLIN, deadline);
}

static bool
try_again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

bool
replica_send(int fd, const void *p, size_t n, uint64_t deadline)
{
	const uint8_t *at = p;
	ssize_t sent;

	while (n) {
		sent = send(fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0) {
			at += sent;
			n -= (size_t)sent;
		} else if (!try_again() || !wait_for(fd, POLLOUT, deadline)) {
			return false;
		}
	}
	return true;
}

long
replica_recv(int fd, void *p, size_t room)
{
	ssize_t got = recv(fd, p, room, MSG_DONTWAIT);

	if (got > 0)
		return got;
	if (got < 0 && try_again())
		return 0;
	if (!got)
		errno = 0;
	return -1;
}

const char *
replica_why(int err)
{
	return !err ? "the connection was closed" :
	    err == ETIMEDOUT ? "no answer" : strerror(err);
}
