/*
 * snapshot/checkpoint_dir_priv.h - checkpoints on disk from the inside
 */
#ifndef SNAPSHOT_CHECKPOINT_DIR_PRIV_H
#define SNAPSHOT_CHECKPOINT_DIR_PRIV_H

#include "snapshot/checkpoint_dir.h"
#include "snapshot/epoch_file.h"

/* NUMBER.part: what changed; NUMBER.whole. */
#define PART_SUFFIX		".part"
#define WHOLE_SUFFIX		".whole"
#define NUMBER_DIGITS		16u

struct checkpoint_file {
	uint64_t	number;
	bool		whole;
	int		fd;		/* it is there; -1: in the directory */
	uint64_t	size;		/* of one that is there */
};

struct checkpoint_dir {
	char			*path;		/* or what messages call it */
	int			lock;		/* -1: it is in memory only */
	bool			used;		/* its lock was there */
	struct checkpoint_file	*file;		/* in order; of a number, the whole one last */
	size_t			files, room;
	uint64_t		bytes;		/* of files that are there */
	struct checkpoint_info	info;		/* of the newest */

	struct checkpoint_dir_config how;	/* attached: */
	struct epoch_writer	writer;
	unsigned		parts;		/* since the last whole one */
	uint64_t		child_number;	/* of the one that is being written */
};

/* Allocated; NULL: no memory. */
char	*checkpoint_file_path(const struct checkpoint_dir *d, const struct checkpoint_file *f);
struct container *checkpoint_file_open(const struct checkpoint_dir *d,
	    const struct checkpoint_file *f, struct snapshot_error *e);
/* snapshot/checkpoint_write.c: a child that writes is waited for. */
void	checkpoint_child_end(struct checkpoint_dir *d);
/* Adds one at its place; false: no memory. */
bool	checkpoint_list_add(struct checkpoint_dir *d, const struct checkpoint_file *f) MUST_CHECK;
/* Files that none of those to be kept builds on. */
void	checkpoint_remove_old(struct checkpoint_dir *d);

#endif
