/*
 * ui/hub.h - an Ethernet segment: what one says, all others hear
 *
 * The segment without its sockets: bytes of the framing in base/frame_codec.h come
 * in at one port and go out at all others.  One who reads slowly loses frames, the
 * others do not.
 */
#ifndef UI_HUB_H
#define UI_HUB_H

#include "base/types.h"

struct hub;
struct hub_port;

struct hub_totals {
	uint64_t	ports;		/* that ever were */
	uint64_t	frames, bytes;	/* that came in */
	uint64_t	dropped;	/* copies of frames that somebody did not get */
};

/* heard, which may be NULL, is told of each frame.  NULL: no memory. */
struct hub *hub_new(void (*heard)(void *arg, const uint8_t *frame, size_t n), void *arg);
void	hub_free(struct hub *h);
const struct hub_totals *hub_totals(const struct hub *h);

/* NULL: no memory. */
struct hub_port *hub_join(struct hub *h);
void	hub_leave(struct hub *h, struct hub_port *p);

/* Where bytes from p go, and how many at most; never 0. */
size_t	hub_room(struct hub_port *p, uint8_t **at);
/* n of them came: passes on what is complete.  False: *len is no length of a frame,
 * nothing that p says makes sense any more. */
bool	hub_got(struct hub *h, struct hub_port *p, size_t n, size_t *len) MUST_CHECK;
/* Bytes for p: 0 when there are none. */
size_t	hub_bytes(const struct hub_port *p, const uint8_t **at);
void	hub_sent(struct hub_port *p, size_t n);
uint64_t hub_dropped(const struct hub_port *p);

#endif
