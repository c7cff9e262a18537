/*
 * snapshot/undo.h - marks in a machine's run, and going back to them
 *
 * A mark is the machine's sections, and of each page and disk cluster that was
 * written since, what it held.  It is kept the moment before the first write: a mark
 * costs what changes after it, whatever the size of the machine.  Going back puts
 * that into place.
 *
 * Disks must be frozen (machine_freeze_disks()).  All functions are called at
 * instruction boundaries, when snapshots may be loaded too.
 */
#ifndef SNAPSHOT_UNDO_H
#define SNAPSHOT_UNDO_H

#include "hw/machine_state.h"

struct undo;

/* NULL: no memory, or too many others watch the machine's pages. */
struct undo *undo_new(struct machine *m);
void	undo_free(struct undo *u);

/* Here is another mark; false: no memory. */
bool	undo_mark(struct undo *u) MUST_CHECK;
size_t	undo_marks(const struct undo *u);
uint64_t undo_cycle(const struct undo *u, size_t mark);
/* Goes to one of the marks, which stays; those after it are forgotten.  False: there
 * was no memory for what has changed since, or a disk cannot be written; the machine
 * is worth nothing after the latter. */
bool	undo_back(struct undo *u, size_t mark) MUST_CHECK;
/* The oldest cannot be gone to any more. */
void	undo_forget_oldest(struct undo *u);
void	undo_forget_all(struct undo *u);

/* What was written between the last mark but one (or the beginning) and the last. */
struct undo_changes {
	void	(*page)(void *arg, uint32_t id);
	void	(*cluster)(void *arg, unsigned disk, uint64_t cluster);
	void	*arg;
};
void	undo_each_change(const struct undo *u, const struct undo_changes *fn);
uint64_t undo_changed(const struct undo *u);
/* The machine's sections at the last mark, one behind the other. */
const uint8_t *undo_sections(const struct undo *u);
/* Bytes held for pages and clusters. */
size_t	undo_bytes(const struct undo *u);

#endif
