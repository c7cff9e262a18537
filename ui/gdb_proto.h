/*
 * ui/gdb_proto.h - packets of gdb's remote serial protocol
 *
 * Bytes of a stream become packets, replies become bytes.  The other side is
 * not trusted: whatever arrives, nothing is written outside the buffers here; a
 * packet that is too long or damaged is refused.  "Debugging with GDB",
 * appendix E "GDB Remote Serial Protocol", section E.1 "Overview".
 */
#ifndef UI_GDB_PROTO_H
#define UI_GDB_PROTO_H

#include "base/types.h"

#define GDB_PACKET	0x4000u		/* largest payload, both ways */

enum gdb_link_state { LINK_IDLE, LINK_DATA, LINK_ESCAPE, LINK_SUM1, LINK_SUM2 };

struct gdb_link {
	void		(*send)(void *arg, const void *buf, size_t n);
	/* Payload, unescaped, with a zero byte behind it that is not counted. */
	void		(*packet)(void *arg, char *payload, size_t n);
	void		(*interrupt)(void *arg);	/* Ctrl-C: a byte 03h */
	void		*arg;

	enum gdb_link_state state;
	bool		no_ack;		/* QStartNoAckMode was agreed on */
	bool		too_long;	/* the packet that is coming in */
	uint8_t		sum, sum_sent;
	size_t		in_len, out_len;
	char		in[GDB_PACKET + 1];
	char		out[1 + GDB_PACKET + 3];	/* $, payload, #xx: kept for '-' */
	size_t		sent;		/* bytes of the last packet in out */
};

/* A new connection; the callbacks stay. */
void	gdb_link_reset(struct gdb_link *l);
void	gdb_link_feed(struct gdb_link *l, const uint8_t *buf, size_t n);

/*
 * A reply: begin, put, end.  What has no room is left out: a caller that puts
 * more than gdb_room() allows sends a cut packet.
 */
void	gdb_begin(struct gdb_link *l);
void	gdb_put(struct gdb_link *l, const char *s);
void	gdb_put_hex(struct gdb_link *l, const void *bytes, size_t n);
void	gdb_put_num(struct gdb_link *l, uint64_t v);		/* hexadecimal */
/* Escaped bytes; returns how many had room. */
size_t	gdb_put_binary(struct gdb_link *l, const void *bytes, size_t n);
size_t	gdb_room(const struct gdb_link *l);
void	gdb_end(struct gdb_link *l);
/* All at once. */
void	gdb_say(struct gdb_link *l, const char *s);
void	gdb_say_error(struct gdb_link *l, unsigned code);

/* -1 if c is no hexadecimal digit. */
int	gdb_digit(char c);
/* Reads a hexadecimal number and moves *p behind it; false without a digit or
 * with more than 64 bits. */
bool	gdb_number(const char **p, uint64_t *v) MUST_CHECK;
/* n bytes from 2n digits at *p, which moves; false when they are not there. */
bool	gdb_bytes(const char **p, void *out, size_t n) MUST_CHECK;

#endif
