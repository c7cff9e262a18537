/*
 * snapshot/standby.h - what a replicated machine sends, and when to go on for it
 *
 * The other end of snapshot/replica.h.  Everything is kept in memory: a directory of
 * checkpoints without files, whose newest is where to go on.
 */
#ifndef SNAPSHOT_STANDBY_H
#define SNAPSHOT_STANDBY_H

#include "snapshot/checkpoint_dir.h"

struct standby;

enum standby_state {
	STANDBY_GREETING,	/* nothing is there yet */
	STANDBY_WAITING,	/* d's newest epoch is the last that was committed */
	STANDBY_TAKE_OVER,	/* the primary has not been heard of for too long */
	STANDBY_OVER,		/* its run has ended; there is nothing to go on with */
	STANDBY_FAILED		/* *e says why */
};

/* All that is kept; more is refused. */
#define STANDBY_MEMORY_MAX	((uint64_t)16 << 30)
#define STANDBY_LEASE_MIN	((uint64_t)200000000)		/* ns: the primary looks at less */
#define STANDBY_LEASE_MAX	((uint64_t)3600000000000)

/* fd: connected, does not block, is taken.  d: in memory, stays the caller's.  NULL: no
 * memory. */
struct standby *standby_new(int fd, struct checkpoint_dir *d);
void	standby_free(struct standby *s);

/* Takes what has come and answers it. */
enum standby_state standby_poll(struct standby *s, struct snapshot_error *e);
int	standby_fd(const struct standby *s);	/* -1: the primary has left */
/* ns until it is time to look again. */
uint64_t standby_patience(const struct standby *s);
/* The first epoch was tried: it is answered only now, and the lease begins. */
void	standby_accept(struct standby *s);
/* The primary is told why this cannot be its standby, or that it will not. */
void	standby_refuse(struct standby *s, const char *why);
void	standby_leave(struct standby *s);

#endif
