/*
 * snapshot/replica.h - a machine's epochs sent to a standby, which goes on if we die
 *
 * A sink of checkpoints (snapshot/checkpoint.h): what the guest sent leaves when the
 * standby has said that it has the epoch it was sent in.
 *
 * Never both run: every answer of the standby is a lease, which begins at the moment
 * the message it answers was sent.  When it is over we stop, and nothing leaves any
 * more; the standby takes over that long, and some more, after its last answer.
 */
#ifndef SNAPSHOT_REPLICA_H
#define SNAPSHOT_REPLICA_H

#include "snapshot/checkpoint.h"
#include "snapshot/error.h"

struct replica;

struct replica_config {
	struct machine			*m;
	const struct machine_config	*cfg;
	struct outbuf			*out;
	uint64_t			every;
	uint64_t			lease_ns;
	int				level;	/* of zlib; 0: none */
	int				fd;	/* connected, does not block; is taken */
	const char			*name;	/* of the standby, in messages; copied */
	struct log			*log;
};

/* Greets the standby and hears that it is ready.  In the directory that names of the
 * machine's files are relative to.  NULL with *e. */
struct replica *replica_new(const struct replica_config *how, struct snapshot_error *e);
void	replica_free(struct replica *r);
struct checkpoint_sink replica_sink(struct replica *r);

/* Often, also while the machine stands still.  False: the lease is over, or the
 * standby refuses; after a message.  The run should end. */
bool	replica_poll(struct replica *r);
bool	replica_failed(const struct replica *r);

#endif
