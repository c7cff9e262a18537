/*
 * snapshot/snapshots.h - snapshots of a machine as files
 *
 * NAME is the file NAME.rls in the directory of struct snapshots_config; a name
 * with a slash in it, or one that ends in .rls, is the file itself.  A snapshot
 * holds everything but the contents of the images and the firmware, which it
 * names with their content hashes.  docs/snapshot-format.md has the bytes.
 *
 * All functions are called at instruction boundaries.  Saving returns as soon
 * as the guest may go on; a child process writes the file, which has its name
 * only when it is complete.  Messages go into a struct snapshot_error.
 */
#ifndef SNAPSHOT_SNAPSHOTS_H
#define SNAPSHOT_SNAPSHOTS_H

#include "snapshot/error.h"

struct machine;
struct machine_config;
struct snapshots;

enum snapshot_compress { SNAPSHOT_ZLIB, SNAPSHOT_PLAIN };

struct snapshots_config {
	const char		*dir;		/* NULL: the current directory */
	enum snapshot_compress	compress;
	bool			incremental;	/* after the first: only what changed */
	/* A save that was going on in the background has ended; text is for a
	 * person.  From snapshots_poll(). */
	void			(*done)(void *arg, bool ok, const char *text);
	void			*arg;
};

/* cfg: what m was made of; both must outlive it.  NULL: no memory. */
struct snapshots *snapshots_new(struct machine *m, const struct machine_config *cfg,
	    const struct snapshots_config *how);
/* Waits for a save that is going on. */
void	snapshots_free(struct snapshots *s);

bool	snapshots_save(struct snapshots *s, const char *name, struct snapshot_error *e);
/* As snapshots_save(), but returns when the file is complete. */
bool	snapshots_save_now(struct snapshots *s, const char *name, struct snapshot_error *e);
/* The machine is not touched unless all of the file (and its parents) is good.
 * false with the machine as it was before. */
bool	snapshots_load(struct snapshots *s, const char *name, struct snapshot_error *e);
/* Refused while another snapshot in the directory has it as its parent. */
bool	snapshots_delete(struct snapshots *s, const char *name, struct snapshot_error *e);
/* A heading and a line for each file of the directory. */
void	snapshots_list(struct snapshots *s, void (*line)(void *arg, const char *text),
	    void *arg);
/* Now and then, from struct machine_host's poll(). */
void	snapshots_poll(struct snapshots *s);
bool	snapshots_busy(const struct snapshots *s);
/* Sleeps until the save that is going on has ended. */
void	snapshots_wait(struct snapshots *s);

#endif
