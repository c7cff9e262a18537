/*
 * snapshot/standby.c - what a replicated machine sends, and when to go on for it
 *
 * The primary may be anybody: nothing is believed before it was looked at, and memory
 * is bounded.
 */
#define _GNU_SOURCE		/* memfd_create() */
#include "snapshot/standby.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fileio.h"
#include "snapshot/replica_wire.h"

#define MESSAGE_MAX	(REPLICA_HEAD + REPLICA_BYTES_MAX)
/* Taken in one poll. */
#define MESSAGES	64u
/* Beyond the lease: clocks of two hosts do not run alike. */
#define MARGIN_PART	8u
#define ANSWER_NS	((uint64_t)1000000000)

/* A container that is coming. */
struct incoming {
	int		fd;		/* -1: none */
	uint64_t	size;
};

struct standby {
	int			fd;
	bool			greeted, accepted, over;
	struct checkpoint_dir	*d;
	uint64_t		lease;
	uint64_t		heard;		/* when the last answer was given */
	uint64_t		number;		/* of the last message */
	struct incoming		epoch, whole;
	size_t			len;
	uint8_t			buf[MESSAGE_MAX];
};

/* --- answers --- */

/* One that cannot be sent is missed by the primary, which then stops. */
static void
answer(struct standby *s, enum replica_type type, const char *text)
{
	uint8_t out[REPLICA_ANSWER_MAX];
	struct replica_head h = { type, s->number, text ? strlen(text) : 0 };

	if (s->fd < 0)
		return;
	if (h.length > REPLICA_REFUSED_MAX)
		h.length = REPLICA_REFUSED_MAX;
	replica_head_encode(&h, out);
	if (h.length)
		memcpy(out + REPLICA_HEAD, text, h.length);
	s->heard = replica_now();
	(void)!replica_send(s->fd, out, REPLICA_HEAD + h.length, s->heard + ANSWER_NS);
}

void
standby_refuse(struct standby *s, const char *why)
{
	answer(s, REPLICA_REFUSED, why);
}

void
standby_accept(struct standby *s)
{
	s->accepted = true;
	answer(s, REPLICA_DONE, NULL);
}

void
standby_leave(struct standby *s)
{
	answer(s, REPLICA_BYE, NULL);
}

/* --- messages --- */

static bool
take_hello(struct standby *s, const uint8_t *p, struct snapshot_error *e)
{
	if (get_le32(p) != REPLICA_VERSION)
		return snapshot_fail(e, "the primary speaks version %" PRIu32 ", we %u",
		    get_le32(p), REPLICA_VERSION);
	s->lease = get_le64(p + 8);
	if (s->lease < STANDBY_LEASE_MIN || s->lease > STANDBY_LEASE_MAX)
		return snapshot_fail(e, "no such lease: %" PRIu64 " ns", s->lease);
	s->greeted = true;
	return true;
}

static bool
take_bytes(struct standby *s, struct incoming *in, const uint8_t *p, size_t n,
    struct snapshot_error *e)
{
	int err;

	if (in->fd < 0)
		in->fd = memfd_create("ringlab-standby", MFD_CLOEXEC);
	if (in->fd < 0)
		return snapshot_fail(e, "%s", strerror(errno));
	if (checkpoint_dir_bytes(s->d) + s->epoch.size + s->whole.size + n > STANDBY_MEMORY_MAX)
		return snapshot_fail(e, "the primary sends more than %" PRIu64 " GiB",
		    STANDBY_MEMORY_MAX >> 30);
	err = file_write(in->fd, p, n);
	in->size += n;
	return !err || snapshot_fail(e, "%s", strerror(-err));
}

static bool
take_container(struct standby *s, struct incoming *in, struct snapshot_error *e)
{
	int fd = in->fd;

	in->fd = -1;
	in->size = 0;
	if (fd < 0)
		return snapshot_fail(e, "the end of what was not begun");
	if (!checkpoint_dir_add(s->d, fd, e))
		return false;
	s->over = checkpoint_dir_info(s->d)->end != END_NONE;
	return true;
}

static bool
take_message(struct standby *s, const struct replica_head *h, const uint8_t *p,
    struct snapshot_error *e)
{
	if (h->number != s->number + 1 || (h->type == REPLICA_HELLO) == s->greeted)
		return snapshot_fail(e, "the primary speaks out of turn");
	s->number = h->number;
	switch (h->type) {
	case REPLICA_HELLO:
		return take_hello(s, p, e);
	case REPLICA_PART:
		return take_bytes(s, &s->epoch, p, h->length, e);
	case REPLICA_EPOCH:
		return take_container(s, &s->epoch, e);
	case REPLICA_PIECE:
		return take_bytes(s, &s->whole, p, h->length, e);
	case REPLICA_WHOLE:
		return take_container(s, &s->whole, e);
	case REPLICA_ALIVE:
		return true;
	default:
		return snapshot_fail(e, "this is no primary");
	}
}

/* The first message of the buffer: 1; not all of it there: 0; bad: -1. */
static int
next_message(struct standby *s, struct snapshot_error *e)
{
	struct replica_head h;
	size_t n;

	if (s->len < REPLICA_HEAD)
		return 0;
	if (!replica_head_decode(&h, s->buf))
		return snapshot_fail(e, "this is no primary") ? 0 : -1;
	n = REPLICA_HEAD + h.length;
	if (s->len < n)
		return 0;
	if (!take_message(s, &h, s->buf + REPLICA_HEAD, e))
		return -1;
	if (h.type != REPLICA_EPOCH || s->accepted)
		answer(s, h.type == REPLICA_HELLO ? REPLICA_READY : REPLICA_DONE, NULL);
	s->len -= n;
	memmove(s->buf, s->buf + n, s->len);
	return 1;
}

/* --- time --- */

static uint64_t
take_over_at(const struct standby *s)
{
	return s->heard + s->lease + s->lease / MARGIN_PART;
}

static enum standby_state
state(const struct standby *s)
{
	if (s->over)
		return s->fd >= 0 ? STANDBY_WAITING : STANDBY_OVER;
	if (checkpoint_dir_empty(s->d))
		return STANDBY_GREETING;
	return replica_now() < take_over_at(s) ? STANDBY_WAITING : STANDBY_TAKE_OVER;
}

uint64_t
standby_patience(const struct standby *s)
{
	uint64_t now = replica_now(), at = take_over_at(s);

	return !s->greeted ? ANSWER_NS : at > now ? at - now : 0;
}

static void
hang_up(struct standby *s)
{
	close(s->fd);
	s->fd = -1;
}

/* Nobody is there any more. */
static enum standby_state
lost(struct standby *s, int err, struct snapshot_error *e)
{
	hang_up(s);
	if (!checkpoint_dir_empty(s->d))
		return state(s);
	snapshot_fail(e, "the primary is gone before it sent its machine: %s", replica_why(err));
	return STANDBY_FAILED;
}

enum standby_state
standby_poll(struct standby *s, struct snapshot_error *e)
{
	unsigned i;
	long got;
	int more;

	for (i = 0; i < MESSAGES && s->fd >= 0; i++) {
		got = replica_recv(s->fd, s->buf + s->len, sizeof(s->buf) - s->len);
		if (got < 0)
			return lost(s, errno, e);
		s->len += (size_t)got;
		while ((more = next_message(s, e)) > 0)
			;
		if (more < 0) {
			standby_refuse(s, e->text);
			hang_up(s);
			return STANDBY_FAILED;
		}
		if (!got)
			break;
	}
	return state(s);
}

/* --- life --- */

int
standby_fd(const struct standby *s)
{
	return s->fd;
}

struct standby *
standby_new(int fd, struct checkpoint_dir *d)
{
	struct standby *s = calloc(1, sizeof(*s));

	if (!s) {
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->d = d;
	s->epoch.fd = s->whole.fd = -1;
	return s;
}

void
standby_free(struct standby *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->epoch.fd >= 0)
		close(s->epoch.fd);
	if (s->whole.fd >= 0)
		close(s->whole.fd);
	free(s);
}
