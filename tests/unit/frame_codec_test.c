/*
 * tests/unit/frame_codec_test.c - frames in a stream of bytes
 */
#include "base/frame_codec.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"

#define QUEUE	200000u

static struct frame_reader *
reader(void)
{
	struct frame_reader *r = malloc(sizeof(*r));

	ck_assert_ptr_nonnull(r);
	frame_reader_clear(r);
	return r;
}

static void
feed(struct frame_reader *r, const void *p, size_t n)
{
	uint8_t *at;

	ck_assert_uint_ge(frame_reader_room(r, &at), n);
	memcpy(at, p, n);
	frame_reader_got(r, n);
}

START_TEST(length_is_big_endian)
{
	struct frame_queue q;
	const uint8_t *p;

	ck_assert(frame_queue_init(&q, QUEUE));
	ck_assert(frame_queue_put(&q, (const uint8_t *)"abc", 3));
	ck_assert_uint_eq(frame_queue_bytes(&q, &p), 7);
	ck_assert_mem_eq(p, "\0\0\0\3abc", 7);
	frame_queue_fini(&q);
}
END_TEST

START_TEST(frames_come_out_of_single_bytes)
{
	static const char stream[] = "\0\0\0\2ab\0\0\0\1c\0\0\0\3de";
	struct frame_reader *r = reader();
	const uint8_t *frame;
	char got[8] = "";
	size_t i, n;

	for (i = 0; i < sizeof(stream) - 1; i++) {
		feed(r, stream + i, 1);
		while (frame_reader_next(r, &frame, &n) == FRAME_WHOLE)
			strncat(got, (const char *)frame, n);
	}
	ck_assert_str_eq(got, "abc");
	ck_assert_int_eq(frame_reader_next(r, &frame, &n), FRAME_NONE);
	feed(r, "f", 1);
	ck_assert_int_eq(frame_reader_next(r, &frame, &n), FRAME_WHOLE);
	ck_assert_mem_eq(frame, "def", 3);
	free(r);
}
END_TEST

START_TEST(no_length_and_too_much_are_bad)
{
	struct frame_reader *r = reader();
	const uint8_t *frame;
	size_t n;

	feed(r, "\0\0\0\0", 4);
	ck_assert_int_eq(frame_reader_next(r, &frame, &n), FRAME_BAD);
	frame_reader_clear(r);
	feed(r, "\0\1\x10\1", 4);
	ck_assert_int_eq(frame_reader_next(r, &frame, &n), FRAME_BAD);
	ck_assert_uint_eq(n, FRAME_MAX + 1);
	frame_reader_clear(r);
	feed(r, "\xff\xff\xff\xff", 4);
	ck_assert_int_eq(frame_reader_next(r, &frame, &n), FRAME_BAD);
	free(r);
}
END_TEST

/* Whatever the pieces, there is room as long as a frame is not complete. */
START_TEST(longest_frame_fits_behind_others)
{
	static uint8_t stream[3 * (FRAME_HEADER + FRAME_MAX)];
	struct frame_reader *r = reader();
	size_t done = 0, len, room, i;
	const uint8_t *frame;
	unsigned frames = 0;
	uint8_t *at;

	for (i = 0; i < 3; i++)
		memcpy(stream + i * (FRAME_HEADER + FRAME_MAX), "\0\1\x10\0", 4);
	while (done < sizeof(stream)) {
		room = frame_reader_room(r, &at);
		ck_assert_uint_gt(room, 0);
		room = room < sizeof(stream) - done ? room : sizeof(stream) - done;
		memcpy(at, stream + done, room);
		frame_reader_got(r, room);
		done += room;
		while (frame_reader_next(r, &frame, &len) == FRAME_WHOLE) {
			ck_assert_uint_eq(len, FRAME_MAX);
			frames++;
		}
	}
	ck_assert_uint_eq(frames, 3);
	free(r);
}
END_TEST

START_TEST(full_queue_drops_whole_frames)
{
	static uint8_t frame[1000];
	struct frame_queue q;
	unsigned taken = 0, i;

	ck_assert(frame_queue_init(&q, QUEUE));
	for (i = 0; i < 300; i++)
		taken += frame_queue_put(&q, frame, sizeof(frame));
	ck_assert_uint_eq(taken, QUEUE / (sizeof(frame) + FRAME_HEADER));
	ck_assert_uint_eq(q.dropped, 300 - taken);
	ck_assert_uint_eq(q.len, taken * (sizeof(frame) + FRAME_HEADER));
	ck_assert(!frame_queue_put(&q, frame, (size_t)FRAME_MAX + 1));
	frame_queue_fini(&q);
}
END_TEST

/* Queue to reader in uneven pieces, the ring wrapping many times. */
START_TEST(what_goes_in_comes_out)
{
	struct frame_reader *r = reader();
	struct frame_queue q;
	const uint8_t *p, *got;
	uint8_t frame[1500];
	unsigned sent = 0, came = 0;
	size_t n, len;

	ck_assert(frame_queue_init(&q, 5000));
	while (came < 5000) {
		len = 1 + sent * 37 % sizeof(frame);
		memset(frame, (int)sent, len);
		if (frame_queue_put(&q, frame, len))
			sent++;
		n = frame_queue_bytes(&q, &p);
		n = n < 1 + sent % 999 ? n : 1 + sent % 999;
		feed(r, p, n);
		frame_queue_sent(&q, n);
		while (frame_reader_next(r, &got, &len) == FRAME_WHOLE) {
			ck_assert_uint_eq(len, 1 + came * 37 % sizeof(frame));
			ck_assert_uint_eq(got[0], (uint8_t)came);
			ck_assert_uint_eq(got[len - 1], (uint8_t)came);
			came++;
		}
	}
	frame_queue_fini(&q);
	free(r);
}
END_TEST

Suite *
frame_codec_suite(void)
{
	Suite *s = suite_create("frame_codec");
	TCase *t = tcase_create("codec");

	tcase_add_test(t, length_is_big_endian);
	tcase_add_test(t, frames_come_out_of_single_bytes);
	tcase_add_test(t, no_length_and_too_much_are_bad);
	tcase_add_test(t, longest_frame_fits_behind_others);
	tcase_add_test(t, full_queue_drops_whole_frames);
	tcase_add_test(t, what_goes_in_comes_out);
	suite_add_tcase(s, t);
	return s;
}
