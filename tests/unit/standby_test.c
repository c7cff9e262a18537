/*
 * tests/unit/standby_test.c - what passes between a machine and its standby
 *
 * One end is the real one, the other is this test: a primary that is honest, late or
 * hostile; the whole of both in one process is tests/checkpoint/failover.sh.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bits.h"
#include "snapshot/replica_wire.h"
#include "snapshot/standby.h"
#include "tests/runner/runner.h"

Suite	*standby_suite(void);

#define LEASE	STANDBY_LEASE_MIN

struct rig {
	int			fd;		/* the primary's end */
	struct checkpoint_dir	*d;
	struct standby		*s;
	struct snapshot_error	e;
	uint64_t		number;
};

static void
rig_new(struct rig *r)
{
	int pair[2];

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	r->fd = pair[0];
	r->d = checkpoint_dir_in_memory("test", &r->e);
	ck_assert_ptr_nonnull(r->d);
	r->s = standby_new(pair[1], r->d);
	ck_assert_ptr_nonnull(r->s);
}

static void
rig_free(struct rig *r)
{
	standby_free(r->s);
	checkpoint_dir_free(r->d);
	close(r->fd);
}

static void
say(struct rig *r, uint32_t type, const void *contents, size_t n)
{
	struct replica_head h = { type, ++r->number, n };
	uint8_t head[REPLICA_HEAD];

	replica_head_encode(&h, head);
	ck_assert_int_eq(write(r->fd, head, sizeof(head)), sizeof(head));
	if (n)
		ck_assert_int_eq(write(r->fd, contents, n), (ssize_t)n);
}

static void
greet(struct rig *r, uint32_t version, uint64_t lease)
{
	uint8_t hello[REPLICA_HELLO_BYTES] = { 0 };

	put_le32(hello, version);
	put_le64(hello + 8, lease);
	say(r, REPLICA_HELLO, hello, sizeof(hello));
}

/* What it answers next: the type; its text into why. */
static uint32_t
answer(struct rig *r, char *why)
{
	struct replica_head h;
	uint8_t head[REPLICA_HEAD];

	ck_assert_int_eq(read(r->fd, head, sizeof(head)), sizeof(head));
	ck_assert(replica_head_decode(&h, head));
	if (h.length)
		ck_assert_int_eq(read(r->fd, why, h.length), (ssize_t)h.length);
	why[h.length] = '\0';
	return h.type;
}

/* It is told why, and so are we. */
static void
check_refused(struct rig *r, const char *text)
{
	char why[REPLICA_REFUSED_MAX + 1];

	ck_assert_int_eq(standby_poll(r->s, &r->e), STANDBY_FAILED);
	ck_assert_ptr_nonnull(strstr(r->e.text, text));
	ck_assert_uint_eq(answer(r, why), REPLICA_REFUSED);
	ck_assert_str_eq(why, r->e.text);
	ck_assert_int_eq(standby_fd(r->s), -1);
}

static void
greeted(struct rig *r)
{
	char why[REPLICA_REFUSED_MAX + 1];

	rig_new(r);
	greet(r, REPLICA_VERSION, LEASE);
	ck_assert_int_eq(standby_poll(r->s, &r->e), STANDBY_GREETING);
	ck_assert_uint_eq(answer(r, why), REPLICA_READY);
}

START_TEST(greeting)
{
	struct rig r;
	char why[REPLICA_REFUSED_MAX + 1];

	greeted(&r);
	say(&r, REPLICA_ALIVE, NULL, 0);
	ck_assert_int_eq(standby_poll(r.s, &r.e), STANDBY_GREETING);
	ck_assert_uint_eq(answer(&r, why), REPLICA_DONE);
	/* Without a machine there is nothing to take over. */
	usleep(2 * LEASE / 1000);
	ck_assert_int_eq(standby_poll(r.s, &r.e), STANDBY_GREETING);
	close(r.fd);
	ck_assert_int_eq(standby_poll(r.s, &r.e), STANDBY_FAILED);
	r.fd = -1;
	standby_free(r.s);
	checkpoint_dir_free(r.d);
}
END_TEST

START_TEST(bad_greeting)
{
	struct rig r;

	rig_new(&r);
	greet(&r, REPLICA_VERSION + 1, LEASE);
	check_refused(&r, "version");
	rig_free(&r);
	rig_new(&r);
	greet(&r, REPLICA_VERSION, 1);
	check_refused(&r, "lease");
	rig_free(&r);
	rig_new(&r);
	say(&r, REPLICA_ALIVE, NULL, 0);
	check_refused(&r, "out of turn");
	rig_free(&r);
	greeted(&r);
	greet(&r, REPLICA_VERSION, LEASE);
	check_refused(&r, "out of turn");
	rig_free(&r);
}
END_TEST

START_TEST(bad_messages)
{
	struct rig r;
	uint8_t head[REPLICA_HEAD];
	const struct replica_head long_one = { REPLICA_PART, 2, REPLICA_BYTES_MAX + 1 };

	greeted(&r);
	ck_assert_int_eq(write(r.fd, "GET / HTTP/1.1\r\nHost: x\r\n", 25), 25);
	check_refused(&r, "no primary");
	rig_free(&r);
	greeted(&r);
	replica_head_encode(&long_one, head);
	ck_assert_int_eq(write(r.fd, head, sizeof(head)), sizeof(head));
	check_refused(&r, "no primary");
	rig_free(&r);
	greeted(&r);
	r.number++;
	say(&r, REPLICA_ALIVE, NULL, 0);
	check_refused(&r, "out of turn");
	rig_free(&r);
	greeted(&r);
	say(&r, REPLICA_DONE, NULL, 0);
	check_refused(&r, "no primary");
	rig_free(&r);
	greeted(&r);
	say(&r, REPLICA_EPOCH, NULL, 0);
	check_refused(&r, "not begun");
	rig_free(&r);
	greeted(&r);
	say(&r, REPLICA_PART, "rubbish", 7);
	say(&r, REPLICA_EPOCH, NULL, 0);
	ck_assert_int_eq(standby_poll(r.s, &r.e), STANDBY_FAILED);
	ck_assert_ptr_nonnull(strstr(r.e.text, "not a snapshot"));
	rig_free(&r);
}
END_TEST

/* Heads that are told apart: whatever is decoded is what was encoded. */
START_TEST(heads)
{
	struct replica_head h = { REPLICA_PART, 77, 4096 }, again;
	uint8_t buf[REPLICA_HEAD];

	replica_head_encode(&h, buf);
	ck_assert(replica_head_decode(&again, buf));
	ck_assert(again.type == h.type && again.number == h.number && again.length == h.length);
	put_le32(buf + 4, 99);
	ck_assert(!replica_head_decode(&again, buf));
	h = (struct replica_head){ REPLICA_HELLO, 1, REPLICA_HELLO_BYTES - 1 };
	replica_head_encode(&h, buf);
	ck_assert(!replica_head_decode(&again, buf));
}
END_TEST

Suite *
standby_suite(void)
{
	Suite *s = suite_create("standby");
	TCase *tc = tcase_create("wire");

	tcase_add_test(tc, greeting);
	tcase_add_test(tc, bad_greeting);
	tcase_add_test(tc, bad_messages);
	tcase_add_test(tc, heads);
	suite_add_tcase(s, tc);
	return s;
}
