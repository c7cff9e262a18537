/*
 * snapshot/outbuf.h - what a guest has sent and nobody may see yet
 *
 * Put between a machine and its serial ports, console and network cards.  What is
 * held leaves in the order it was sent, all cards and ports together, when
 * outbuf_release() says that the state it came from will not be taken back; or it
 * never leaves, after outbuf_drop().  Classes of output that are not held go through
 * at once and are counted: they are what can contradict a machine that goes back.
 */
#ifndef SNAPSHOT_OUTBUF_H
#define SNAPSHOT_OUTBUF_H

#include "hw/machine.h"

#define OUTBUF_LIMIT	((size_t)16 << 20)
/* Ports are numbered in the order they were put in. */
#define OUTBUF_PORTS	(MACHINE_SERIALS + 2 + MACHINE_NICS)

enum outbuf_class {
	OUTBUF_ARP, OUTBUF_ICMP, OUTBUF_UDP, OUTBUF_TCP, OUTBUF_OTHER, OUTBUF_SERIAL,
	OUTBUF_CLASSES
};
enum outbuf_hold { OUTBUF_ALL, OUTBUF_TCP_ONLY, OUTBUF_NOTHING };

/* Frames, or bytes of class OUTBUF_SERIAL. */
struct outbuf_counts {
	uint64_t	held, released, dropped;
	uint64_t	early;		/* left before the state was safe */
	uint64_t	retracted;	/* and then the state was taken back */
	uint64_t	overflowed;	/* lost, as there was no room at all */
};

struct outbuf;

/* full: more than limit bytes are held, told once; release soon.  Up to four times
 * the limit is taken.  NULL: no memory. */
struct outbuf *outbuf_new(enum outbuf_hold hold, size_t limit);
void	outbuf_free(struct outbuf *b);
void	outbuf_on_full(struct outbuf *b, void (*full)(void *arg), void *arg);

/* Between what is there and the machine that is going to be made of it, in an order
 * that is always the same.  The port's number, or -1 for one the machine has not. */
int	outbuf_take_bytes(struct outbuf *b, struct machine_out *out);
int	outbuf_take_nic(struct outbuf *b, struct machine_nic *nic);

/* What is held leaves. */
void	outbuf_release(struct outbuf *b);
/* It never was. */
void	outbuf_drop(struct outbuf *b);

size_t	outbuf_held(const struct outbuf *b);		/* bytes, about */
size_t	outbuf_most(const struct outbuf *b);		/* so far */
void	outbuf_count(const struct outbuf *b, enum outbuf_class class,
	    struct outbuf_counts *c);
const char *outbuf_class_name(enum outbuf_class class);
enum outbuf_class outbuf_class_of(const uint8_t *frame, size_t n);

/*
 * For files: what is held as bytes, and how many bytes left each port before.  load
 * is false for what no buffer with these ports can hold, which is then empty.
 */
#define OUTBUF_STATE	(8 * OUTBUF_PORTS)		/* without what is held */
size_t	outbuf_save_size(const struct outbuf *b);
void	outbuf_save(const struct outbuf *b, uint8_t *to);
bool	outbuf_load(struct outbuf *b, const uint8_t *from, size_t n) MUST_CHECK;
/* Bytes that have left a port, and that are held for it. */
uint64_t outbuf_left(const struct outbuf *b, int port);
void	outbuf_set_left(struct outbuf *b, int port, uint64_t n);
uint64_t outbuf_waiting(const struct outbuf *b, int port);
/* The first n that wait for a port have left already. */
void	outbuf_skip(struct outbuf *b, int port, uint64_t n);

#endif
