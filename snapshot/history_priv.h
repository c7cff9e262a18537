/*
 * snapshot/history_priv.h - inside of a history
 */
#ifndef SNAPSHOT_HISTORY_PRIV_H
#define SNAPSHOT_HISTORY_PRIV_H

#include "hw/machine_tape.h"
#include "snapshot/history.h"
#include "snapshot/history_store.h"

enum hist_event {
	HIST_INPUT,		/* value: offset of the payload */
	HIST_DISTURBED,		/* checkpoint: the state there is */
	HIST_TIMELINE		/* value: that begins */
};

struct hist_record {
	uint64_t		cycle;
	enum hist_event		event;
	enum machine_source	source;
	size_t			n;
	uint64_t		value;
	uint64_t		place;		/* behind it, in what the inner tape records */
	struct hist_checkpoint	*checkpoint;
};

struct history {
	struct machine		*m;
	uint64_t		every, memory;
	const struct machine_tape *inner;	/* NULL: none, or no longer */

	/* snapshot/history.c: in the order of time */
	struct hist_checkpoint	**checkpoint;
	size_t			checkpoints, checkpoint_room;
	size_t			base;		/* what the stores' lists are about */
	struct hist_store	store[HIST_STORES];
	int			consumer[HIST_STORES];	/* -1: no such disk */
	size_t			section_bytes;
	uint64_t		taken, taken_ns;

	/* snapshot/history_tape.c */
	struct machine_tape	live, past;
	bool			in_past;
	uint64_t		live_end;	/* in the past */
	bool			stop_at_live;
	struct cpu_trace	*trace;		/* the live end's */
	uint64_t		due;		/* live: the next checkpoint */
	uint64_t		timelines;	/* numbers given out */
	uint64_t		first_place;	/* as hist_record.place, before all of them */
	struct hist_record	*record;
	size_t			records, record_room;
	size_t			played;		/* records before here; live: all */
	uint8_t			*payload;
	size_t			payload_bytes, payload_room;
	bool			broken;		/* no memory: it has a hole */
};

/* --- snapshot/history_pages.c --- */

bool	hist_open(struct history *h);
void	hist_close(struct history *h);
/* Into the stores' lists: what was written since this was asked last. */
void	hist_list_dirty(struct history *h);
/* What is listed, in c; next: the checkpoint behind it, or NULL. */
bool	hist_note(struct history *h, struct hist_checkpoint *c, struct hist_checkpoint *next);
void	hist_load(struct history *h, const struct hist_checkpoint *c);

/* --- snapshot/history.c --- */

/* A checkpoint here, behind the last one before. */
bool	hist_take(struct history *h, bool visited);
void	hist_restore(struct history *h, size_t i);
/* Cycles that were not idle. */
uint64_t hist_busy(const struct history *h);
/* Index of the last checkpoint at or before the machine's position. */
size_t	hist_present(const struct history *h);
/* Forgets the checkpoints behind the present position. */
void	hist_truncate(struct history *h);

/* --- snapshot/history_tape.c --- */

void	hist_tape_init(struct history *h);
void	hist_tape_fini(struct history *h);
/* The machine has been put where fewer records were played. */
void	hist_go_past(struct history *h);
void	hist_go_live(struct history *h);
/* Forgets the records that were not played. */
void	hist_forget(struct history *h);
bool	hist_record(struct history *h, const struct hist_record *r, const void *payload);
/* Inputs since the last checkpoint, and so on. */
size_t	hist_log_bytes(const struct history *h);

#endif
