/*
 * snapshot/history.h - a machine that can go back
 *
 * Keeps checkpoints of a running machine in memory, each only what changed since
 * the one before, and every input it accepted.  Going to a position restores
 * the last checkpoint before it and runs the machine from there, feeding the
 * inputs again: the same instructions with the same results.  What the guest
 * prints in the past was printed before and is kept from the outside, and so are
 * hash lines and traces.  Going somewhere asks no debugger and polls nobody.
 *
 * A position is a cycle: the first boundary at or after it, when the inputs of
 * that boundary are in.
 *
 * Memory is bounded: over the limit, checkpoints are merged, those far back
 * first, so that the past stays reachable but takes longer; in the end the oldest
 * is given up.  One copy of all memory the guest has written is kept in any case.
 *
 * The history is a tape (hw/machine_tape.h) around the one the machine had: a
 * recording or a replay goes on underneath, and neither sees the past again.
 * Nobody else may set a tape meanwhile.
 *
 * Images are not written: disks that are not frozen yet (machine_freeze_disks())
 * are, onto memory.
 *
 * All functions are called between two calls of machine_run(), not from poll().
 */
#ifndef SNAPSHOT_HISTORY_H
#define SNAPSHOT_HISTORY_H

#include "hw/machine_state.h"

#define HISTORY_EVERY	((uint64_t)50000000)
#define HISTORY_MEMORY	((uint64_t)1 << 30)

struct history;

struct history_config {
	/* Cycles between checkpoints, idle time not counted; 0: HISTORY_EVERY */
	uint64_t	every;
	uint64_t	memory;		/* bytes at most; 0: HISTORY_MEMORY */
};

/* Takes the first checkpoint now; nothing before it can be reached.  NULL: no
 * memory, or the disks cannot be frozen. */
struct history *history_new(struct machine *m, const struct history_config *how);
/* The machine goes on from where it is, in the past too. */
void	history_free(struct history *h);

/* Oldest reachable cycle; the newest the machine has been at (its live end). */
uint64_t history_oldest(const struct history *h);
uint64_t history_live(const struct history *h);
/* The machine is before its live end: running goes over known ground, and what
 * the outside offers is dropped.  At the live end it is live again. */
bool	history_in_past(const struct history *h);

/* Goes to the first boundary at or after cycle; -ERANGE before the oldest and
 * after the live end, -EBUSY inside a slice of several processors. */
int	history_goto(struct history *h, uint64_t cycle) MUST_CHECK;
/* Cycle of the last checkpoint before cycle, or the oldest: to go there is fast. */
uint64_t history_before(const struct history *h, uint64_t cycle);
/* From the past: on to cycle as machine_run_apart(), with the debugger that is
 * set. */
enum machine_end history_run(struct history *h, uint64_t cycle);

/* machine_run() returns END_STOPPED where known ground ends. */
void	history_stop_at_live(struct history *h, bool stop);

/* False: what happened is being recorded by somebody who knows one line of events
 * only, or has been seen outside: what comes after a checkpoint. */
bool	history_may_branch(const struct history *h);
/* From the past: forget what comes after the present position; new inputs may
 * come.  The machine begins a new timeline.  A replay underneath ends. */
void	history_branch(struct history *h);
/* Somebody changed the machine by hand (a debugger): remembered at once, and done
 * again whenever the machine passes here.  In the past it is a branch. */
void	history_disturbed(struct history *h);

struct history_stats {
	uint64_t	checkpoints, bytes;
	uint64_t	taken, taken_ns;	/* so far, and what they cost */
	uint64_t	inputs;
};
void	history_get_stats(const struct history *h, struct history_stats *s);

#endif
