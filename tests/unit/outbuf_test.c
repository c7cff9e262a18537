/*
 * tests/unit/outbuf_test.c - what waits, what does not, and in which order it leaves
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "snapshot/outbuf.h"
#include "tests/runner/runner.h"

Suite	*outbuf_suite(void);

#define LIMIT	4096u

/* Two ports, one card: what leaves is written down. */
struct rig {
	struct outbuf		*b;
	struct machine_out	out[2], nowhere;
	struct machine_nic	nic;
	int			port[2], card;
	char			log[4096];
	unsigned		full;
};

static void
note(struct rig *r, const char *what, unsigned value)
{
	size_t n = strlen(r->log);

	snprintf(r->log + n, sizeof(r->log) - n, "%s%u ", what, value);
}

static void
hear_a(void *arg, uint8_t byte)
{
	note(arg, "a", byte);
}

static void
hear_b(void *arg, uint8_t byte)
{
	note(arg, "b", byte);
}

static void
hear_frame(void *arg, const uint8_t *frame, size_t n)
{
	note(arg, "f", frame[n - 1]);
}

static void
hear_in(void *arg, const uint8_t *frame, size_t n)
{
	(void)frame;
	note(arg, "in", (unsigned)n);
}

static void
hear_full(void *arg)
{
	struct rig *r = arg;

	r->full++;
}

static struct rig *
rig_new(enum outbuf_hold hold)
{
	struct rig *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	r->b = outbuf_new(hold, LIMIT);
	ck_assert_ptr_nonnull(r->b);
	r->out[0] = (struct machine_out){ true, hear_a, r };
	r->out[1] = (struct machine_out){ true, hear_b, r };
	r->nowhere = (struct machine_out){ .present = false };
	r->nic = (struct machine_nic){ .present = true, .out = hear_frame, .in = hear_in,
	    .arg = r };
	r->port[0] = outbuf_take_bytes(r->b, &r->out[0]);
	r->port[1] = outbuf_take_bytes(r->b, &r->out[1]);
	ck_assert_int_eq(outbuf_take_bytes(r->b, &r->nowhere), -1);
	r->card = outbuf_take_nic(r->b, &r->nic);
	outbuf_on_full(r->b, hear_full, r);
	return r;
}

static void
rig_free(struct rig *r)
{
	outbuf_free(r->b);
	free(r);
}

static void
say(struct rig *r, unsigned port, uint8_t byte)
{
	r->out[port].byte(r->out[port].arg, byte);
}

/* Of an ethertype, with a byte at an offset; the last byte is a number. */
static void
send_frame(struct rig *r, uint16_t type, size_t at, uint8_t byte, uint8_t number)
{
	uint8_t frame[64] = { 0 };

	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	frame[at] = byte;
	frame[63] = number;
	r->nic.out(r->nic.arg, frame, sizeof(frame));
}

#define ARP(r, n)	send_frame(r, 0x0806, 20, 0, n)
#define ICMP(r, n)	send_frame(r, 0x0800, 23, 1, n)
#define UDP(r, n)	send_frame(r, 0x0800, 23, 17, n)
#define TCP(r, n)	send_frame(r, 0x0800, 23, 6, n)
#define OTHER(r, n)	send_frame(r, 0x88cc, 23, 6, n)

static struct outbuf_counts
counts(const struct rig *r, enum outbuf_class class)
{
	struct outbuf_counts c;

	outbuf_count(r->b, class, &c);
	return c;
}

static void
say_everything(struct rig *r)
{
	say(r, 0, 1);
	say(r, 0, 2);
	ARP(r, 3);
	say(r, 1, 4);
	ICMP(r, 5);
	UDP(r, 6);
	TCP(r, 7);
	OTHER(r, 8);
	say(r, 0, 9);
}

START_TEST(all_wait_and_leave_in_order)
{
	struct rig *r = rig_new(OUTBUF_ALL);
	unsigned i;

	say_everything(r);
	ck_assert_str_eq(r->log, "");
	outbuf_release(r->b);
	ck_assert_str_eq(r->log, "a1 a2 f3 b4 f5 f6 f7 f8 a9 ");
	ck_assert_uint_eq(outbuf_held(r->b), 0);
	for (i = 0; i < OUTBUF_CLASSES; i++) {
		ck_assert_uint_eq(counts(r, i).held, i == OUTBUF_SERIAL ? 4 : 1);
		ck_assert_uint_eq(counts(r, i).released, counts(r, i).held);
		ck_assert_uint_eq(counts(r, i).early, 0);
	}
	outbuf_release(r->b);
	ck_assert_str_eq(r->log, "a1 a2 f3 b4 f5 f6 f7 f8 a9 ");
	rig_free(r);
}
END_TEST

START_TEST(what_is_dropped_never_leaves)
{
	struct rig *r = rig_new(OUTBUF_ALL);

	say(r, 0, 1);
	outbuf_release(r->b);
	say_everything(r);
	outbuf_drop(r->b);
	say(r, 0, 2);
	outbuf_release(r->b);
	ck_assert_str_eq(r->log, "a1 a2 ");
	ck_assert_uint_eq(counts(r, OUTBUF_SERIAL).dropped, 4);
	ck_assert_uint_eq(counts(r, OUTBUF_UDP).dropped, 1);
	ck_assert_uint_eq(counts(r, OUTBUF_UDP).retracted, 0);
	ck_assert_uint_eq(outbuf_left(r->b, r->port[0]), 2);
	rig_free(r);
}
END_TEST

START_TEST(tcp_alone_waits)
{
	struct rig *r = rig_new(OUTBUF_TCP_ONLY);

	say_everything(r);
	ck_assert_str_eq(r->log, "a1 a2 f3 b4 f5 f6 f8 a9 ");
	outbuf_drop(r->b);
	ck_assert_uint_eq(counts(r, OUTBUF_TCP).dropped, 1);
	ck_assert_uint_eq(counts(r, OUTBUF_TCP).retracted, 0);
	ck_assert_uint_eq(counts(r, OUTBUF_UDP).retracted, 1);
	ck_assert_uint_eq(counts(r, OUTBUF_ARP).retracted, 1);
	ck_assert_uint_eq(counts(r, OUTBUF_SERIAL).retracted, 4);
	/* What was sent before a release is not taken back. */
	UDP(r, 1);
	outbuf_release(r->b);
	outbuf_drop(r->b);
	ck_assert_uint_eq(counts(r, OUTBUF_UDP).early, 2);
	ck_assert_uint_eq(counts(r, OUTBUF_UDP).retracted, 1);
	rig_free(r);
}
END_TEST

START_TEST(nothing_waits)
{
	struct rig *r = rig_new(OUTBUF_NOTHING);

	say_everything(r);
	ck_assert_str_eq(r->log, "a1 a2 f3 b4 f5 f6 f7 f8 a9 ");
	outbuf_drop(r->b);
	ck_assert_uint_eq(counts(r, OUTBUF_TCP).retracted, 1);
	rig_free(r);
}
END_TEST

START_TEST(frames_in_pass)
{
	struct rig *r = rig_new(OUTBUF_ALL);
	const uint8_t frame[60] = { 0 };

	r->nic.in(r->nic.arg, frame, sizeof(frame));
	ck_assert_str_eq(r->log, "in60 ");
	rig_free(r);
}
END_TEST

START_TEST(classes_are_found)
{
	uint8_t f[128] = { 0 };

	ck_assert_int_eq(outbuf_class_of(f, 13), OUTBUF_OTHER);
	ck_assert_int_eq(outbuf_class_of(f, 64), OUTBUF_OTHER);
	f[12] = 0x81;				/* a tagged frame */
	f[16] = 0x08;
	f[18 + 9] = 6;
	ck_assert_int_eq(outbuf_class_of(f, 64), OUTBUF_TCP);
	ck_assert_int_eq(outbuf_class_of(f, 18 + 19), OUTBUF_OTHER);
	ck_assert_int_eq(outbuf_class_of(f, 15), OUTBUF_OTHER);
	memset(f, 0, sizeof(f));
	f[12] = 0x86;				/* IPv6 */
	f[13] = 0xdd;
	f[20] = 58;
	ck_assert_int_eq(outbuf_class_of(f, 64), OUTBUF_ICMP);
	ck_assert_int_eq(outbuf_class_of(f, 50), OUTBUF_OTHER);
	f[20] = 0;				/* hop-by-hop, fragment, UDP */
	f[54] = 44;
	f[62] = 17;
	ck_assert_int_eq(outbuf_class_of(f, 128), OUTBUF_UDP);
	ck_assert_int_eq(outbuf_class_of(f, 60), OUTBUF_OTHER);
	f[55] = 255;				/* a header longer than the frame */
	ck_assert_int_eq(outbuf_class_of(f, 128), OUTBUF_OTHER);
}
END_TEST

START_TEST(full_is_told_once_and_bounded)
{
	struct rig *r = rig_new(OUTBUF_ALL);
	unsigned i;

	for (i = 0; i < LIMIT / 64; i++)
		UDP(r, 1);
	ck_assert_uint_eq(r->full, 1);
	for (i = 0; i < 100 * LIMIT; i++)
		UDP(r, 1);
	ck_assert_uint_eq(r->full, 1);
	ck_assert_uint_le(outbuf_held(r->b), 4 * LIMIT);
	ck_assert_uint_gt(counts(r, OUTBUF_UDP).overflowed, 0);
	for (i = 0; i < 100 * LIMIT; i++)
		say(r, 0, 1);
	ck_assert_uint_le(outbuf_most(r->b), 4 * LIMIT);
	outbuf_release(r->b);
	say(r, 1, 1);
	ck_assert_uint_eq(r->full, 1);
	for (i = 0; i < LIMIT; i++)
		say(r, 1, 1);
	ck_assert_uint_eq(r->full, 2);
	rig_free(r);
}
END_TEST

START_TEST(what_waits_can_be_kept)
{
	struct rig *r = rig_new(OUTBUF_ALL), *s = rig_new(OUTBUF_ALL);
	uint8_t *state;
	size_t n;

	say(r, 0, 7);
	outbuf_release(r->b);
	say_everything(r);
	n = outbuf_save_size(r->b);
	state = malloc(n);
	ck_assert_ptr_nonnull(state);
	outbuf_save(r->b, state);
	ck_assert(outbuf_load(s->b, state, n));
	ck_assert_uint_eq(outbuf_left(s->b, s->port[0]), 1);
	ck_assert_uint_eq(outbuf_waiting(s->b, s->port[0]), 3);
	outbuf_skip(s->b, s->port[0], 2);
	outbuf_release(s->b);
	ck_assert_str_eq(s->log, "f3 b4 f5 f6 f7 f8 a9 ");
	ck_assert_uint_eq(outbuf_left(s->b, s->port[0]), 4);
	free(state);
	rig_free(r);
	rig_free(s);
}
END_TEST

/* Whatever is in a file: refused, or it can leave. */
START_TEST(damaged_states_are_refused)
{
	struct rig *r = rig_new(OUTBUF_ALL), *s = rig_new(OUTBUF_ALL);
	uint8_t *state, *bad;
	size_t n, i;

	say_everything(r);
	n = outbuf_save_size(r->b);
	state = malloc(n);
	bad = malloc(n);
	ck_assert_ptr_nonnull(state);
	ck_assert_ptr_nonnull(bad);
	outbuf_save(r->b, state);
	for (i = 0; i < n; i++)
		ck_assert(!outbuf_load(s->b, state, i) || i == OUTBUF_STATE ||
		    outbuf_held(s->b) == i - OUTBUF_STATE);
	for (i = OUTBUF_STATE; i < n; i++) {
		memcpy(bad, state, n);
		bad[i] ^= 0x40;
		if (!outbuf_load(s->b, bad, n))
			ck_assert_uint_eq(outbuf_held(s->b), 0);
		s->log[0] = '\0';
		outbuf_release(s->b);
	}
	free(state);
	free(bad);
	rig_free(r);
	rig_free(s);
}
END_TEST

Suite *
outbuf_suite(void)
{
	Suite *s = suite_create("outbuf");
	TCase *tc = tcase_create("outbuf");

	tcase_add_test(tc, all_wait_and_leave_in_order);
	tcase_add_test(tc, what_is_dropped_never_leaves);
	tcase_add_test(tc, tcp_alone_waits);
	tcase_add_test(tc, nothing_waits);
	tcase_add_test(tc, frames_in_pass);
	tcase_add_test(tc, classes_are_found);
	tcase_add_test(tc, full_is_told_once_and_bounded);
	tcase_add_test(tc, what_waits_can_be_kept);
	tcase_add_test(tc, damaged_states_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
