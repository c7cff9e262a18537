/*
 * snapshot/replica_wire.h - what a replicated machine and its standby say to each other
 *
 * A message is a head of 24 bytes, little-endian, and its contents:
 *
 *	00  u32  magic, "RLRP"
 *	04  u32  type
 *	08  u64  number: the primary's messages are counted from 1; an answer has that of
 *		 the message it answers
 *	10  u64  length of the contents
 *
 * The primary begins with HELLO, which is answered by READY or REFUSED.  Each message
 * after it is answered by DONE when what it says is safe.  An epoch is a container
 * (snapshot/epoch_file.h), cut into messages; between them may be pieces of another
 * one, a whole machine that is sent beside the run.  docs/checkpoint.md
 */
#ifndef SNAPSHOT_REPLICA_WIRE_H
#define SNAPSHOT_REPLICA_WIRE_H

#include "base/bits.h"
#include "base/types.h"

#define REPLICA_MAGIC		0x50524c52u
#define REPLICA_VERSION		1u
#define REPLICA_HEAD		24u

enum replica_type {
	REPLICA_HELLO = 1,	/* u32 version, u32 0, u64 lease in ns */
	REPLICA_PART,		/* bytes of an epoch */
	REPLICA_EPOCH,		/* that is complete */
	REPLICA_PIECE,		/* bytes of a whole machine, of an epoch that was */
	REPLICA_WHOLE,		/* that is complete */
	REPLICA_ALIVE,
	REPLICA_READY = 16,
	REPLICA_DONE,
	REPLICA_REFUSED,	/* text: why */
	REPLICA_BYE,		/* the standby will not take over */
};

#define REPLICA_HELLO_BYTES	16u
#define REPLICA_REFUSED_MAX	512u
#define REPLICA_BYTES_MAX	((size_t)1 << 20)
/* Of an answer. */
#define REPLICA_ANSWER_MAX	(REPLICA_HEAD + REPLICA_REFUSED_MAX)

struct replica_head {
	uint32_t	type;
	uint64_t	number;
	size_t		length;
};

void	replica_head_encode(const struct replica_head *h, uint8_t *to);
/* False: no such message can be. */
bool	replica_head_decode(struct replica_head *h, const uint8_t *from) MUST_CHECK;

/* Host time in ns, that of deadlines. */
uint64_t replica_now(void);
/* All of it on a socket that does not block; false with errno, ETIMEDOUT at the
 * deadline. */
bool	replica_send(int fd, const void *p, size_t n, uint64_t deadline) MUST_CHECK;
/* What there is, up to room: their number, 0 if nothing is there now, -1 with errno,
 * which is 0 if the other end is gone. */
long	replica_recv(int fd, void *p, size_t room);
/* Until something comes or the time is over; false for the latter. */
bool	replica_wait(int fd, uint64_t deadline);
/* errno after one of them, for a person. */
const char *replica_why(int err);

#endif
