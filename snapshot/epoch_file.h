/*
 * snapshot/epoch_file.h - one epoch of a machine as a container
 *
 * What a directory of checkpoints has in files and a standby is sent: what changed in
 * an epoch, or the whole machine; and what the guest sent in it.
 * docs/snapshot-format.md
 */
#ifndef SNAPSHOT_EPOCH_FILE_H
#define SNAPSHOT_EPOCH_FILE_H

#include "base/snap.h"
#include "snapshot/checkpoint_dir.h"
#include "snapshot/container.h"
#include "snapshot/snapshots_priv.h"

#define SECTION_CHECKPOINT	"checkpoint"
#define SECTION_OUTPUT		"output"
#define SECTION_CWD		"directory"
#define CHECKPOINT_VERSION	1u
#define OUTPUT_VERSION		1u
#define CWD_VERSION		1u

/* At most so many build on a whole one; enforced when they are read, too. */
#define PARTS_MAX		512u
/* After so many a whole one is made beside the run. */
#define PARTS_ENOUGH		256u

extern const struct snap_field checkpoint_info_fields[];

/* False: not possible. */
bool	checkpoint_info_decode(struct checkpoint_info *info, const uint8_t *in, size_t n)
	    MUST_CHECK;
/* What the machine says; not run and every. */
void	checkpoint_info_fill(struct checkpoint_info *info, struct machine *m, uint64_t number,
	    bool whole, enum machine_end end);
/* 128 bits that no other run has. */
bool	checkpoint_info_name(struct checkpoint_info *info, struct snapshot_error *e) MUST_CHECK;

/* The first section of a container. */
bool	epoch_file_info(struct container *c, struct checkpoint_info *info,
	    struct snapshot_error *e) MUST_CHECK;

/* s saves nothing by itself: it lends its page sets and what it knows of files. */
struct epoch_writer {
	struct machine		*m;
	struct outbuf		*out;
	struct snapshots	*s;
	char			*config, *names, *cwd;	/* texts of whole ones */
	const char		*what;			/* in messages; the caller's */
	int			level;			/* of zlib; 0: none */
	pid_t			child;			/* writes a whole one; 0: none */
};

/* In the directory that names of the machine's files are relative to. */
bool	epoch_writer_init(struct epoch_writer *w, struct machine *m,
	    const struct machine_config *cfg, struct outbuf *out, const char *what,
	    struct snapshot_error *e) MUST_CHECK;
void	epoch_writer_fini(struct epoch_writer *w);
/* What changed in the epoch that u's last mark ended. */
void	epoch_writer_collect(struct epoch_writer *w, const struct undo *u);
bool	epoch_writer_put(struct epoch_writer *w, const struct checkpoint_info *info,
	    struct container_writer *c, struct snapshot_error *e) MUST_CHECK;

/*
 * A whole one beside the run: fork() gives a child all of the machine as it is now,
 * and write() puts it somewhere.  The child dies with the run.  False: there is none.
 */
bool	epoch_child_start(struct epoch_writer *w, bool (*write)(void *arg), void *arg);
enum epoch_child { EPOCH_CHILD_NONE, EPOCH_CHILD_BUSY, EPOCH_CHILD_DONE, EPOCH_CHILD_FAILED };
/* Done and failed are told once; wait: not busy. */
enum epoch_child epoch_child_look(struct epoch_writer *w, bool wait);

#endif
