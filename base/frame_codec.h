/*
 * base/frame_codec.h - Ethernet frames in a stream of bytes, both ways
 *
 * The framing of qemu's -netdev stream and socket: four bytes of length, the
 * highest first, then the frame.  Nothing here knows a socket.  Whoever is at the
 * other end may send anything.
 */
#ifndef BASE_FRAME_CODEC_H
#define BASE_FRAME_CODEC_H

#include "base/types.h"

#define FRAME_HEADER	4u
/* qemu's NET_BUFSIZE: nobody has longer ones. */
#define FRAME_MAX	69632u

/* --- bytes in, frames out --- */

struct frame_reader {
	size_t	first, end;		/* what is in buf */
	uint8_t	buf[2 * (FRAME_HEADER + FRAME_MAX)];
};

enum frame_result { FRAME_NONE, FRAME_WHOLE, FRAME_BAD };

void	frame_reader_clear(struct frame_reader *r);
/* Where the next bytes go, and how many at most: some, whenever frame_reader_next()
 * has answered FRAME_NONE. */
size_t	frame_reader_room(struct frame_reader *r, uint8_t **at);
/* n of them came. */
void	frame_reader_got(struct frame_reader *r, size_t n);
/* The next frame, valid until frame_reader_room() is called.  FRAME_NONE: not all of
 * it is there.  FRAME_BAD: *len is no length, and what follows has no meaning. */
enum frame_result frame_reader_next(struct frame_reader *r, const uint8_t **frame, size_t *len);

/* --- frames in, bytes out --- */

/* Of bounded size: what does not fit is dropped and counted. */
struct frame_queue {
	uint8_t		*buf;
	size_t		size, first, len;
	uint64_t	dropped;	/* frames */
};

bool	frame_queue_init(struct frame_queue *q, size_t size) MUST_CHECK;
void	frame_queue_fini(struct frame_queue *q);
void	frame_queue_clear(struct frame_queue *q);
/* False: dropped. */
bool	frame_queue_put(struct frame_queue *q, const uint8_t *frame, size_t n);
/* The bytes to send next: some, unless the queue is empty. */
size_t	frame_queue_bytes(const struct frame_queue *q, const uint8_t **at);
/* n of them are sent. */
void	frame_queue_sent(struct frame_queue *q, size_t n);

#endif
