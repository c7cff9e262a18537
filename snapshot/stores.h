/*
 * snapshot/stores.h - where pages of a snapshot go: memory and disks
 *
 * Loading takes two readings of each file, newest file first: in the first all
 * page numbers are checked, in the second pages are written, each once.  What
 * was there before is kept until the end: packed pages can be found impossible
 * only when they are unpacked.
 */
#ifndef SNAPSHOT_STORES_H
#define SNAPSHOT_STORES_H

#include "hw/machine_state.h"
#include "snapshot/chunk.h"
#include "snapshot/container.h"
#include "snapshot/page_set.h"

#define STORES	(1 + MACHINE_DISKS)

/* Memory, or what was written to a disk. */
struct store {
	struct physmem	*pm;		/* one of the two; neither: not there */
	struct overlay	*o;
	struct page_set	seen;		/* in one file */
	struct page_set	done;		/* loaded */
};

/* A page as it was. */
struct undo_page {
	struct store	*store;
	uint64_t	number;
	uint8_t		*page;		/* NULL: no contents */
};

struct stores {
	struct store		store[STORES];	/* memory first */
	struct chunk		*chunk;
	struct packing		*packing;
	struct undo_page	*undo;
	size_t			undo_count, undo_room;
	uint8_t			**kept;		/* slabs of pages to go back to */
	size_t			kept_slabs, kept_left;
	uint8_t			*kept_next;	/* in the last slab */
};

/* False without memory; stores_fini() in any case. */
bool	stores_init(struct stores *s, struct machine *m) MUST_CHECK;
void	stores_fini(struct stores *s);
/* The store a section's pages are for, NULL for another section. */
struct store *stores_find(struct stores *s, const char *section);

/* First reading of a file, and of one section of it. */
void	stores_begin_file(struct stores *s);
bool	stores_check(struct stores *s, struct store *st, const struct container *c,
	    const struct container_section *sec, struct snapshot_error *e) MUST_CHECK;

/* Second reading; then what no file has goes. */
bool	stores_apply(struct stores *s, struct store *st, const struct container *c,
	    const struct container_section *sec, struct snapshot_error *e) MUST_CHECK;
bool	stores_apply_rest(struct stores *s, const struct container *c,
	    struct snapshot_error *e) MUST_CHECK;
/* Everything as it was; false if a disk could not be written. */
bool	stores_put_back(struct stores *s);

#endif
