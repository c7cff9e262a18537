/*
 * base/frame_codec.c - Ethernet frames in a stream of bytes, both ways
 */
#include "base/frame_codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* --- bytes in, frames out --- */

void
frame_reader_clear(struct frame_reader *r)
{
	r->first = r->end = 0;
}

/* What is left of a frame moves to the front; buf has room for two. */
size_t
frame_reader_room(struct frame_reader *r, uint8_t **at)
{
	if (r->first) {
		memmove(r->buf, r->buf + r->first, r->end - r->first);
		r->end -= r->first;
		r->first = 0;
	}
	*at = r->buf + r->end;
	return sizeof(r->buf) - r->end;
}

void
frame_reader_got(struct frame_reader *r, size_t n)
{
	r->end += n;
}

enum frame_result
frame_reader_next(struct frame_reader *r, const uint8_t **frame, size_t *len)
{
	const uint8_t *p = r->buf + r->first;
	size_t have = r->end - r->first;

	if (have < FRAME_HEADER)
		return FRAME_NONE;
	*len = get_be32(p);
	if (!*len || *len > FRAME_MAX)
		return FRAME_BAD;
	if (have - FRAME_HEADER < *len)
		return FRAME_NONE;
	*frame = p + FRAME_HEADER;
	r->first += FRAME_HEADER + *len;
	return FRAME_WHOLE;
}

/* --- frames in, bytes out --- */

bool
frame_queue_init(struct frame_queue *q, size_t size)
{
	*q = (struct frame_queue){ .buf = malloc(size), .size = size };
	return q->buf;
}

void
frame_queue_fini(struct frame_queue *q)
{
	free(q->buf);
	*q = (struct frame_queue){ .buf = NULL };
}

void
frame_queue_clear(struct frame_queue *q)
{
	q->first = q->len = 0;
}

/* There is room. */
static void
queue_append(struct frame_queue *q, const uint8_t *p, size_t n)
{
	size_t at = (q->first + q->len) % q->size;
	size_t part = n < q->size - at ? n : q->size - at;

	memcpy(q->buf + at, p, part);
	memcpy(q->buf, p + part, n - part);
	q->len += n;
}

bool
frame_queue_put(struct frame_queue *q, const uint8_t *frame, size_t n)
{
	uint8_t header[FRAME_HEADER];

	if (n > FRAME_MAX || q->size - q->len < FRAME_HEADER + n) {
		q->dropped++;
		return false;
	}
	put_be32(header, (uint32_t)n);
	queue_append(q, header, sizeof(header));
	queue_append(q, frame, n);
	return true;
}

size_t
frame_queue_bytes(const struct frame_queue *q, const uint8_t **at)
{
	size_t to_end = q->size - q->first;

	*at = q->buf + q->first;
	return q->len < to_end ? q->len : to_end;
}

void
frame_queue_sent(struct frame_queue *q, size_t n)
{
	q->first = (q->first + n) % q->size;
	q->len -= n;
	if (!q->len)
		q->first = 0;
}
