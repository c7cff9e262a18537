/*
 * snapshot/history.h - a machine that can go back
 *
 * Keeps checkpoints of a running machine in memory, each only what changed since
 * the one before, and every input it accepted.  Going to a position restores
 * the last checkpoint before it and runs the machine from there, feeding the
 * inputs again: the same instructions with the same results.  What the guest
 * prints meanwhile was printed before and is kept from the outside.
 *
 * Memory is bounded: over the limit, checkpoints are merged, those far back
 * first, so that the past stays reachable but takes longer.
 *
 * The history is a tape (hw/machine_tape.h) around the one the machine had: a
 * recording or a replay goes on underneath.
 */
#ifndef SNAPSHOT_HISTORY_H
#define SNAPSHOT_HISTORY_H

#include "hw/machine_state.h"

struct history;

struct history_config {
	uint64_t	every;		/* cycles between checkpoints; 0: default */
	uint64_t	memory;		/* bytes at most; 0: default */
};

/* Takes the first checkpoint now; nothing before it can be reached.  NULL: no
 * memory. */
struct history *history_new(struct machine *m, const struct history_config *how);
void	history_free(struct history *h);

/* Oldest reachable cycle; the newest the machine has been at (its live end). */
uint64_t history_oldest(const struct history *h);
uint64_t history_live(const struct history *h);
/* The machine is before its live end: running goes over known ground. */
bool	history_in_past(const struct history *h);

/* Goes to the first boundary at or after cycle; -ERANGE before the oldest. */
int	history_goto(struct history *h, uint64_t cycle) MUST_CHECK;
/* From the past: forget what comes after the present position; new inputs may
 * come.  The machine begins a new timeline. */
void	history_branch(struct history *h);
/* Somebody changed the machine by hand (a debugger): remembered at once. */
void	history_disturbed(struct history *h);

#endif
