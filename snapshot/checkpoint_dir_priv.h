/*
 * snapshot/checkpoint_dir_priv.h - checkpoints on disk from the inside
 */
#ifndef SNAPSHOT_CHECKPOINT_DIR_PRIV_H
#define SNAPSHOT_CHECKPOINT_DIR_PRIV_H

#include "snapshot/checkpoint_dir.h"
#include "snapshot/snapshots_priv.h"

#define SECTION_CHECKPOINT	"checkpoint"
#define SECTION_OUTPUT		"output"
#define SECTION_CWD		"directory"
#define CHECKPOINT_VERSION	1u
#define OUTPUT_VERSION		1u
#define CWD_VERSION		1u

/* NUMBER.part: what changed; NUMBER.whole. */
#define PART_SUFFIX		".part"
#define WHOLE_SUFFIX		".whole"
#define NUMBER_DIGITS		16u

/* At most so many files build on a whole one; enforced when they are read, too. */
#define PARTS_MAX		512u
/* After so many a whole one is written beside the run. */
#define PARTS_ENOUGH		256u

extern const struct snap_field checkpoint_info_fields[];

struct checkpoint_file {
	uint64_t	number;
	bool		whole;
};

struct checkpoint_dir {
	char			*path;
	int			lock;
	bool			used;		/* its lock was there */
	struct checkpoint_file	*file;		/* in order; of a number, the whole one last */
	size_t			files, room;
	struct checkpoint_info	info;		/* of the newest */

	struct checkpoint_dir_config how;	/* attached: */
	struct snapshots	*s;		/* for what it knows about files */
	unsigned		parts;		/* since the last whole one */
	pid_t			child;		/* writes one; 0: none */
	uint64_t		child_number;
	char			*config, *names, *cwd;	/* texts of whole files */
};

/* Allocated; NULL: no memory. */
char	*checkpoint_file_path(const struct checkpoint_dir *d, const struct checkpoint_file *f);
bool	checkpoint_info_decode(struct checkpoint_info *info, const uint8_t *in, size_t n)
	    MUST_CHECK;
/* snapshot/checkpoint_write.c: a child that writes is waited for. */
void	checkpoint_child_end(struct checkpoint_dir *d);
/* Adds one at its place; false: no memory. */
bool	checkpoint_list_add(struct checkpoint_dir *d, uint64_t number, bool whole) MUST_CHECK;

#endif
