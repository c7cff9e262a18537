/*
 * snapshot/checkpoint_dir.h - checkpoints on disk, and a run that goes on from them
 *
 * A directory has a file for each epoch (docs/snapshot-format.md): what changed in
 * it, or, now and then, the whole machine; and what the guest sent in it.  A file has
 * its name only when it is complete and on the disk.  The newest one with those it
 * builds on is where the run goes on, whatever ended it; the output in it may have
 * left or not.
 *
 * While a run uses the directory it holds a lock on it.
 */
#ifndef SNAPSHOT_CHECKPOINT_DIR_H
#define SNAPSHOT_CHECKPOINT_DIR_H

#include "snapshot/checkpoint.h"
#include "snapshot/error.h"

struct checkpoint_dir;

/* What a file says besides the machine. */
struct checkpoint_info {
	uint32_t	timing;		/* TIMING_VERSION */
	uint32_t	whole;		/* 1: builds on no other */
	uint64_t	run[2];		/* the same in all files of a directory */
	uint64_t	number;		/* of the epoch */
	uint64_t	cycle, outside;
	uint64_t	every;
	uint32_t	end;		/* enum machine_end: the run was over */
	uint32_t	exit_status;
};

/* Made if it is not there; refused if it has checkpoints.  NULL with *e. */
struct checkpoint_dir *checkpoint_dir_create(const char *path, struct snapshot_error *e);
/* One with checkpoints.  NULL with *e. */
struct checkpoint_dir *checkpoint_dir_open(const char *path, struct snapshot_error *e);
/* One in memory, which is filled by what a standby is sent; name is what messages
 * call it.  NULL with *e. */
struct checkpoint_dir *checkpoint_dir_in_memory(const char *name, struct snapshot_error *e);
/* Adds to that the file in fd, which it takes: the next epoch, or a whole one.  False
 * with *e if it cannot be that. */
bool	checkpoint_dir_add(struct checkpoint_dir *d, int fd, struct snapshot_error *e) MUST_CHECK;
bool	checkpoint_dir_empty(const struct checkpoint_dir *d);
uint64_t checkpoint_dir_bytes(const struct checkpoint_dir *d);	/* in memory */
void	checkpoint_dir_free(struct checkpoint_dir *d);

/* --- of an opened one --- */

/* The newest file's. */
const struct checkpoint_info *checkpoint_dir_info(const struct checkpoint_dir *d);
/* The machine's description, and the directory it was made in: allocated, or NULL
 * with *e. */
char	*checkpoint_dir_config(struct checkpoint_dir *d, char **cwd, struct snapshot_error *e);
/* Into the machine that was made of it, whose disks are frozen; and what waits into
 * the buffer.  False with *e. */
bool	checkpoint_dir_load(struct checkpoint_dir *d, struct machine *m,
	    const struct machine_config *cfg, struct outbuf *out, struct snapshot_error *e)
	    MUST_CHECK;

/* --- going on --- */

struct checkpoint_dir_config {
	struct machine			*m;
	const struct machine_config	*cfg;
	struct outbuf			*out;
	uint64_t			every;
	unsigned			keep;	/* newest checkpoints that stay */
	struct log			*log;
};
/* From here on m's epochs are kept.  In the directory that names of its files are
 * relative to. */
bool	checkpoint_dir_attach(struct checkpoint_dir *d, const struct checkpoint_dir_config *how,
	    struct snapshot_error *e) MUST_CHECK;
/* A run has used it before, even if it died before its first checkpoint. */
bool	checkpoint_dir_used(const struct checkpoint_dir *d);
/* Absolute. */
const char *checkpoint_dir_path(const struct checkpoint_dir *d);
struct checkpoint_sink checkpoint_dir_sink(struct checkpoint_dir *d);

#endif
