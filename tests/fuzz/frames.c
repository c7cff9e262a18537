/*
 * tests/fuzz/frames.c - fuzz target: a stream of frames in pieces of any size
 *
 * The first byte says how long the pieces are.  However they are cut, the same
 * frames come out; and what goes through a queue comes out as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "base/frame_codec.h"

#define QUEUE	5000u

struct sum {
	uint64_t		frames, bytes;
	uint32_t		mix;
	enum frame_result	end;
};

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
through_queue(struct frame_queue *q, const uint8_t *frame, size_t n)
{
	const uint8_t *p;
	size_t done = 0, have;

	if (!frame_queue_put(q, frame, n))
		return;
	while ((have = frame_queue_bytes(q, &p))) {
		size_t skip = done < FRAME_HEADER ? FRAME_HEADER - done : 0;

		skip = skip < have ? skip : have;
		if (have > skip && memcmp(p + skip, frame + done + skip - FRAME_HEADER, have - skip))
			abort();
		done += have;
		frame_queue_sent(q, have);
	}
	if (done != n + FRAME_HEADER)
		abort();
}

static struct sum
cut(struct frame_reader *r, struct frame_queue *q, const uint8_t *data, size_t size, size_t piece)
{
	struct sum s = { .end = FRAME_NONE };
	const uint8_t *frame;
	uint8_t *at;
	size_t n, i;

	frame_reader_clear(r);
	while (size && s.end != FRAME_BAD) {
		n = frame_reader_room(r, &at);
		n = n < piece ? n : piece;
		n = n < size ? n : size;
		if (!n)
			abort();
		memcpy(at, data, n);
		frame_reader_got(r, n);
		data += n;
		size -= n;
		while ((s.end = frame_reader_next(r, &frame, &n)) == FRAME_WHOLE) {
			for (i = 0; i < n; i++)
				s.mix = s.mix * 31 + frame[i];
			s.frames++;
			s.bytes += n;
			through_queue(q, frame, n);
		}
	}
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_reader *r = malloc(sizeof(*r));
	struct frame_queue q;
	struct sum a, b;

	if (!r || !frame_queue_init(&q, QUEUE))
		abort();
	if (size) {
		a = cut(r, &q, data + 1, size - 1, SIZE_MAX);
		b = cut(r, &q, data + 1, size - 1, 1u + data[0]);
		if (a.frames != b.frames || a.bytes != b.bytes || a.mix != b.mix || a.end != b.end)
			abort();
	}
	frame_queue_fini(&q);
	free(r);
	return 0;
}
