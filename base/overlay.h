/*
 * base/overlay.h - what was written over a disk image
 *
 * An overlay lies over another block device.  At first it lets writes through
 * (it is transparent); from overlay_freeze() on the device below is never
 * written again and what is written stays here, in clusters of 4 KiB: in memory
 * or, with a file attached, in that.
 *
 * The file is one for all drives of a run.  Its header names for each drive the
 * image, its size and content hash, and every journal and snapshot that needs
 * those images as they are; overlay_commit() folds it back into the images.
 * docs/snapshot-format.md has the bytes.
 */
#ifndef BASE_OVERLAY_H
#define BASE_OVERLAY_H

#include <stdio.h>

#include "base/blockdev.h"
#include "base/hash.h"

#define OVERLAY_CLUSTER		4096u
#define OVERLAY_CONSUMERS	8

struct log;
struct overlay;
struct overlay_file;

/* Transparent.  What base points to must outlive it.  A guest cannot write when
 * base->readonly is set, frozen or not.  NULL when memory is short. */
struct overlay *overlay_new(const struct blockdev *base, struct log *log);
void	overlay_free(struct overlay *o);
/* What the controller sees; stays valid and the same after overlay_freeze(). */
const struct blockdev *overlay_dev(const struct overlay *o);

/* f: where clusters are kept, NULL: in memory; unit is one of f's disks.
 * Freezing again is allowed and does nothing.  f must outlive o's use. */
void	overlay_freeze(struct overlay *o, struct overlay_file *f, unsigned unit);
bool	overlay_frozen(const struct overlay *o);

/* Clusters of the whole disk; the last may be cut short. */
uint64_t overlay_clusters(const struct overlay *o);
/* Copies a cluster that was written; false: the image's contents hold.  Bytes
 * past the disk's end are zero.  Zeros after an error, see overlay_error(). */
bool	overlay_get(struct overlay *o, uint64_t cluster, uint8_t out[OVERLAY_CLUSTER]);
/* -errno once overlay_get() could not read its file: what was copied from the
 * overlay is worth nothing. */
int	overlay_error(const struct overlay *o);
/* Makes a cluster what a snapshot says; NULL: as in the image.  0 or -errno;
 * -EINVAL: not frozen, or no cluster of this disk. */
int	overlay_put(struct overlay *o, uint64_t cluster, const uint8_t *data) MUST_CHECK;
/* Calls fn for each written cluster in ascending order. */
void	overlay_each(struct overlay *o, void (*fn)(void *arg, uint64_t cluster), void *arg);
uint64_t overlay_count(const struct overlay *o);

/*
 * While an overlay is held, what is in its file stays there: a process forked
 * after overlay_hold() reads by overlay_get() what the overlay held then, until
 * overlay_release().  Holds nest.
 */
void	overlay_hold(struct overlay *o);
void	overlay_release(struct overlay *o);

/* As physmem_dirty_*() (mmu/physmem.h): each consumer learns which clusters
 * changed since it last asked, each once; a new one's list is empty.  open: a
 * consumer >= 0, or -1 when there is no room. */
int	overlay_dirty_open(struct overlay *o);
void	overlay_dirty_close(struct overlay *o, int consumer);
void	overlay_dirty_take(struct overlay *o, int consumer,
	    void (*fn)(void *arg, uint64_t cluster), void *arg);
/* As physmem_dirty_before(); data is NULL where the image's contents hold. */
typedef void (*overlay_before_fn)(void *arg, uint64_t cluster, const uint8_t *data);
void	overlay_dirty_before(struct overlay *o, int consumer, overlay_before_fn fn, void *arg);

/* --- the file --- */

/* How an image is to be opened again. */
enum overlay_format {
	OVERLAY_FOUND_RAW,		/* nobody said so */
	OVERLAY_RAW, OVERLAY_QCOW2, OVERLAY_FORMATS
};

struct overlay_image {
	const char		*path;
	enum overlay_format	format;
	uint64_t		size;		/* of the disk, in bytes */
	struct hash128		hash;		/* of the file and those it is based on */
};

/* Who knows formats of images.  open: for writing, NULL after a message. */
struct overlay_opener {
	void	*(*open)(const char *path, enum overlay_format format, struct log *log);
	const struct blockdev *(*dev)(void *image);
	int	(*hash)(void *image, struct hash128 *h);
	void	(*close)(void *image);
};

/* Creates path (an existing overlay is refused: -EEXIST); NULL after a message. */
struct overlay_file *overlay_file_new(const char *path, struct log *log);
/* Before the overlay of this unit (below 16) is frozen onto it.  0 or -errno
 * after a message. */
int	overlay_file_add_disk(struct overlay_file *f, unsigned unit,
	    const struct overlay_image *im) MUST_CHECK;
/* A journal or snapshot that depends on the images; at any time, also before it
 * exists.  0 or -errno after a message. */
int	overlay_file_add_user(struct overlay_file *f, const char *path) MUST_CHECK;
/* Flushes; an overlay into which nothing was written is removed. */
void	overlay_file_close(struct overlay_file *f);
bool	overlay_file_used(const struct overlay_file *f);	/* something was written */
const char *overlay_file_path(const struct overlay_file *f);	/* absolute */

/*
 * `ringlab --commit PATH`: writes every cluster to its image, then removes the
 * overlay.  Refused, with a list, while a journal or snapshot named in it exists;
 * force says what cannot be replayed any more and goes on.  Refused when an
 * image is not the one it was.  Messages to out and the log; false if refused
 * or failed.  Interrupted, it can be done again.
 */
bool	overlay_commit(const char *path, bool force, const struct overlay_opener *images,
	    FILE *out, struct log *log);

#endif
