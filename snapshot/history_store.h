/*
 * snapshot/history_store.h - pages as they were at checkpoints
 *
 * A checkpoint keeps of a page only the 64-byte lines that differ from the
 * checkpoint before it.  The page at a checkpoint is put together from its
 * versions up to there, newest first; a line without any is zero.
 *
 * There is one store for RAM and one for each disk.  A disk's cluster that has no
 * version is not in the overlay at all: the first one has all lines.
 */
#ifndef SNAPSHOT_HISTORY_STORE_H
#define SNAPSHOT_HISTORY_STORE_H

#include "base/types.h"
#include "hw/machine.h"

#define HIST_PAGE	4096u
#define HIST_STORES	(1 + MACHINE_DISKS)	/* RAM, then the disks */

struct hist_version;

struct hist_checkpoint {
	/* Order: the cycle, and how many records of the log were before it. */
	uint64_t	cycle;
	size_t		records;
	uint64_t	busy;		/* cycles not idle: what going over it costs */
	bool		pinned;		/* the log refers to it */
	bool		visited;	/* not one of the regular ones */
	uint8_t		*sections;
	struct hist_version *changed[HIST_STORES];
};

struct hist_store {
	struct hist_version **newest;	/* of each page */
	uint64_t	*listed;	/* bit per page: is in ids */
	uint64_t	*ids;		/* may have changed since the base checkpoint */
	uint64_t	count, pages;
	unsigned	which;		/* index into hist_checkpoint.changed */
	bool		whole;		/* a first version has all lines */
	size_t		bytes;		/* held by versions */
};

/* false: no memory, as everywhere here. */
bool	hist_store_init(struct hist_store *s, uint64_t pages, bool whole)
	    MUST_CHECK;
void	hist_store_fini(struct hist_store *s);

/* The page may have changed. */
void	hist_store_list(struct hist_store *s, uint64_t id);
/* All that changed between two checkpoints: what c brought. */
void	hist_store_list_of(struct hist_store *s, const struct hist_checkpoint *c);
void	hist_store_unlist(struct hist_store *s);

/*
 * A page at the new checkpoint c; next: the one behind it, NULL for none.  What is
 * not noted is at c as it was before.  When it fails the page is not noted, the
 * others are.
 */
bool	hist_store_note(struct hist_store *s, struct hist_checkpoint *c,
	    struct hist_checkpoint *next, uint64_t id, const uint8_t *page) MUST_CHECK;
/* false: there was none. */
bool	hist_store_get(const struct hist_store *s, const struct hist_checkpoint *c,
	    uint64_t id, uint8_t out[HIST_PAGE]);
/* c is forgotten, next has what it brought. */
void	hist_store_fold(struct hist_store *s, struct hist_checkpoint *c,
	    struct hist_checkpoint *next);
/* c, the newest, is forgotten with what it brought. */
void	hist_store_drop(struct hist_store *s, struct hist_checkpoint *c);

#endif
