/*
 * snapshot/player_marks.h - the moments of a recorded run that it went back to later
 *
 * A journal says in its records of type JOURNAL_BACK which moments these are.  When a
 * replay comes by, they are marked (snapshot/undo.h), and kept until the last record
 * that leads there.
 */
#ifndef SNAPSHOT_PLAYER_MARKS_H
#define SNAPSHOT_PLAYER_MARKS_H

#include "hw/machine_state.h"
#include "snapshot/journal.h"

#define BACK_BYTES	32u

struct player_marks;

/* *pm is NULL for a journal that never went back.  False: no memory. */
bool	player_marks_new(struct player_marks **pm, const struct journal *j, struct machine *m)
	    MUST_CHECK;
void	player_marks_free(struct player_marks *pm);

/* The cycle at which player_marks_pass() is to be called, ~0 for never; place: offset
 * of the next record that is to be played. */
uint64_t player_marks_next(const struct player_marks *pm, uint64_t place);
/* The machine is there.  False: no memory. */
bool	player_marks_pass(struct player_marks *pm, uint64_t place) MUST_CHECK;
/* Does what record i, of type JOURNAL_BACK, says.  NULL, or what is wrong. */
const char *player_marks_back(struct player_marks *pm, size_t i, const struct journal_record *r);

#endif
