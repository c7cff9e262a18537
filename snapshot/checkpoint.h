/*
 * snapshot/checkpoint.h - a machine whose last moments can be taken back
 *
 * The run is cut into epochs of virtual time.  What the guest sends in an epoch waits
 * in the output buffer (snapshot/outbuf.h) until the epoch is over and the machine's
 * state at its end is safe: then it is committed, and what waited leaves.  Going back
 * leads to the last committed state; what waited is dropped, and a new timeline begins.
 * So nobody outside ever saw what did not happen.
 *
 * Ends of epochs are host stops: the guest cannot tell.  It is a tape
 * (hw/machine_tape.h) around the one the machine had, as a history is; a recording
 * underneath gets a record of each going back.  docs/checkpoint.md
 */
#ifndef SNAPSHOT_CHECKPOINT_H
#define SNAPSHOT_CHECKPOINT_H

#include "hw/machine_state.h"
#include "snapshot/outbuf.h"
#include "snapshot/undo.h"

struct checkpoints;

/* To a standby. */
struct checkpoint_sent {
	bool		any;
	uint64_t	bytes;		/* heads included */
	uint64_t	page_bytes;	/* changed pages and clusters, before they were packed */
	uint64_t	wait_ns, wait_most_ns;	/* until an epoch was there */
	bool		alone;		/* it has left */
};

/* Where an epoch's state goes before its output may leave; NULL hooks: memory is
 * enough. */
struct checkpoint_sink {
	/* The machine is at u's last mark; number counts epochs.  end: the run is
	 * over.  False: it is not safe, after a message. */
	bool	(*commit)(void *arg, struct undo *u, uint64_t number, enum machine_end end);
	/* What has been sent elsewhere. */
	void	(*sent)(void *arg, struct checkpoint_sent *s);
	void	*arg;
};

/* What leads to going back without being asked. */
#define CHECKPOINT_ON_TRIPLE_FAULT	0x01u
#define CHECKPOINT_ON_PANIC		0x02u
#define CHECKPOINT_ON_WATCHDOG		0x04u

#define CHECKPOINT_PANIC_TEXT	"Kernel panic"
#define CHECKPOINT_PANIC_MAX	64u
/* A guest that fails again without a new epoch being committed is left to fail. */
#define CHECKPOINT_TRIES	8u

struct checkpoints_config {
	uint64_t	every;			/* cycles */
	unsigned	on;			/* CHECKPOINT_ON_ */
	const char	*panic;			/* text on a serial port; NULL: Linux's */
	struct outbuf	*out;			/* in the machine's configuration already */
	struct checkpoint_sink sink;
	/* Of a resumed run: epochs committed before; how it had ended, END_NONE: it
	 * died. */
	uint64_t	number;
	enum machine_end end;
	/* What waited has left.  May be NULL, as the next. */
	void		(*left)(void *arg);
	/* It went back, by itself or asked, n cycles. */
	void		(*back)(void *arg, uint64_t n);
	/* There is a history (snapshot/history.h) around this, which is in the past:
	 * nothing is committed or taken back. */
	bool		(*in_past)(void *arg);
	void		*arg;
	struct log	*log;
};

/* The first checkpoint is taken now.  Disks that are not frozen are, onto memory.
 * NULL after a message. */
struct checkpoints *checkpoints_new(struct machine *m, const struct checkpoints_config *how);
/* What waits stays where it is. */
void	checkpoints_free(struct checkpoints *c);

/* The epoch ends here, unless this is the past.  False after a message: it could not be
 * made safe; nothing leaves any more, and the run should end. */
bool	checkpoints_commit(struct checkpoints *c);
/* The same; the run is over. */
bool	checkpoints_finish(struct checkpoints *c, enum machine_end end);
bool	checkpoints_failed(const struct checkpoints *c);
/* Somebody has put the machine elsewhere: a snapshot was loaded.  What waited leaves. */
bool	checkpoints_moved(struct checkpoints *c);

/* To the last committed state, between two calls of machine_run(); false after a
 * message. */
bool	checkpoints_rollback(struct checkpoints *c, const char *why);
/* The machine was stopped because it should go back: does so.  False: it was not. */
bool	checkpoints_due_back(struct checkpoints *c);

struct checkpoints_stats {
	uint64_t	epochs, forced, rollbacks, lost_cycles;
	uint64_t	pages, pages_most;	/* dirty, in all and in one epoch */
	uint64_t	pause_ns, pause_most_ns;
	size_t		bytes;			/* kept to go back */
	struct checkpoint_sent sent;
};
void	checkpoints_get_stats(const struct checkpoints *c, struct checkpoints_stats *s);
const struct outbuf *checkpoints_outbuf(const struct checkpoints *c);
/* Cycle of the last committed state. */
uint64_t checkpoints_committed(const struct checkpoints *c);

#endif
