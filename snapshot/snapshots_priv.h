/*
 * snapshot/snapshots_priv.h - snapshots from the inside
 */
#ifndef SNAPSHOT_SNAPSHOTS_PRIV_H
#define SNAPSHOT_SNAPSHOTS_PRIV_H

#include <sys/types.h>

#include "base/hash.h"
#include "base/snap.h"
#include "hw/machine_state.h"
#include "snapshot/page_set.h"
#include "snapshot/snapshots.h"

#define SNAPSHOT_SUFFIX		".rls"
/* A chain of parents longer than this is refused, and not made. */
#define SNAPSHOT_CHAIN_MAX	64u

/* Sections besides the machine's own. */
#define SECTION_INFO		"snapshot"
#define SECTION_CONFIG		"config"
#define SECTION_FILES		"files"
#define SECTION_RAM		"ram"
#define SECTION_DISK		"disk"		/* and a number */
#define INFO_VERSION		1u
#define CONFIG_VERSION		1u
#define FILES_VERSION		1u

/* Contents of the section "snapshot", the first of a file. */
struct snapshot_info {
	uint32_t	timing;		/* TIMING_VERSION */
	uint32_t	depth;		/* parents above */
	uint64_t	timeline, slice, cycle;
	uint32_t	vcpu;
	uint64_t	parent[2];	/* id: lo, hi */
	char		parent_file[512]; /* beside this one if without a slash; "": none */
	char		name[128];
	char		program[32];	/* what wrote it */
};
extern const struct snap_field snapshot_info_fields[];
/* False: not possible. */
bool	snapshot_info_decode(struct snapshot_info *info, const uint8_t *in, size_t n) MUST_CHECK;

/* The file the machine was saved to or loaded from last. */
struct snapshot_base {
	char		*path;		/* NULL: none */
	struct hash128	id;
	uint32_t	depth;
};

/* What changed since then: of memory and of each disk. */
struct snapshot_changes {
	bool		on;
	int		consumer;
	struct page_set	set;
};

struct snapshots {
	struct machine			*m;
	const struct machine_config	*cfg;
	struct snapshots_config		how;
	char				*dir;
	struct snapshot_base		base;
	struct snapshot_changes		ram, disk[MACHINE_DISKS];
	/* The child that writes; pid 0: none. */
	pid_t				pid;
	int				pipe;
	char				*saving;	/* its file */
	uint32_t			saving_depth;
	bool				holding;	/* overlays, for the child */
};

/* One file to be written. */
struct snapshot_job {
	const char		*path;
	bool			incremental;
	struct snapshot_info	info;
	int			level;		/* of zlib; 0: none */
};

/* What the child says when it is done; shorter than PIPE_BUF. */
struct snapshot_report {
	bool			ok;
	struct hash128		id;
	struct snapshot_error	error;
};

/* snapshot/snapshot_disks.c: images stay as they are from now on, as the file at
 * path needs them. */
bool	snapshot_freeze_disks(struct snapshots *s, const char *path,
	    struct snapshot_error *e) MUST_CHECK;
/* For the child: what is in overlay files stays there. */
void	snapshot_hold_disks(struct snapshots *s, bool hold);

/* snapshot/snapshots.c: what started is over. */
void	snapshot_save_ended(struct snapshots *s, const struct snapshot_report *r);
void	snapshot_wait_until_idle(struct snapshots *s);

/* snapshot/snapshot_child.c */
bool	snapshot_start_child(struct snapshots *s, const struct snapshot_job *job,
	    struct snapshot_error *e) MUST_CHECK;

/* snapshot/snapshot_dir.c: the first section of a file; false: no snapshot. */
bool	snapshot_info_read(const char *path, struct snapshot_info *info) MUST_CHECK;
/* Is a file there, with this id, and all its parents? */
bool	snapshot_chain_is_there(const char *path, struct hash128 id);
/* True, with *e, if a file beside it was made after it. */
bool	snapshot_is_parent(const char *path, struct snapshot_error *e);

/* snapshot/snapshot_names.c */
bool	snapshot_has_suffix(const char *name);
/* "DIR/NAMESUFFIX", allocated; NULL without memory. */
char	*snapshot_join(const char *dir, const char *name, const char *suffix);
/* The file of a name, allocated; NULL with *e. */
char	*snapshot_path_of(const struct snapshots *s, const char *name,
	    struct snapshot_error *e);
/* Behind the last slash, without the suffix. */
void	snapshot_name_of(const char *path, char *out, size_t room);
/* How a file at path names the file base; false if there is no room. */
bool	snapshot_name_parent(const char *path, const char *base, char *out, size_t room);
/* The path of what a file at path calls its parent, allocated. */
char	*snapshot_parent_path(const char *path, const char *parent);
bool	snapshot_same_file(const char *a, const char *b);

/* snapshot/snapshot_save.c: the machine as it is now. */
bool	snapshot_write(struct snapshots *s, const struct snapshot_job *job,
	    struct hash128 *id, struct snapshot_error *e) MUST_CHECK;
/* A part of it: the machine's sections, pages and clusters. */
struct container_writer;
bool	snapshot_put_machine(struct snapshots *s, const struct snapshot_job *job,
	    struct container_writer *out, struct snapshot_error *e) MUST_CHECK;

/* snapshot/snapshot_load.c: *base is what was loaded. */
bool	snapshot_read(struct snapshots *s, const char *path, struct snapshot_base *base,
	    struct snapshot_error *e) MUST_CHECK;

/* snapshot/snapshot_files.c: contents of the section "files", allocated; NULL
 * with *e.  file is for messages. */
char	*snapshot_files(struct snapshots *s, const char *file, struct snapshot_error *e);
bool	snapshot_files_fit(struct snapshots *s, const char *file, const char *theirs,
	    struct snapshot_error *e) MUST_CHECK;

/* snapshot/changes.c: up to now; the file that was saved or loaded has them. */
void	changes_collect(struct snapshots *s);
void	changes_forget(struct snapshots *s);
bool	changes_known(const struct snapshots *s);
void	changes_stop(struct snapshots *s);

#endif
