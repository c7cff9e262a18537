/*
 * base/overlay_priv.h - inside of overlays and their file
 *
 * docs/snapshot-format.md, "Overlay file", has the bytes.
 */
#ifndef BASE_OVERLAY_PRIV_H
#define BASE_OVERLAY_PRIV_H

#include "base/fileio.h"
#include "base/hash.h"
#include "base/overlay.h"

#define OVERLAY_SECTORS		(OVERLAY_CLUSTER / BLOCKDEV_SECTOR)

/* --- index: clusters by number --- */

enum {
	CLUSTER_WRITTEN	= 1,		/* differs from the image */
	CLUSTER_SLOT	= 2		/* slot and seq are valid */
};

struct overlay_cluster {
	union {
		uint8_t		*data;	/* in memory; NULL: none */
		uint64_t	slot;	/* in the file */
	};
	uint64_t	seq;		/* of the record in that slot */
	uint8_t		flags;
	uint8_t		listed;		/* consumers that have it in their list */
};

/* A tree: sparse for any size of disk, and in order. */
struct overlay_index {
	void		*root;
	unsigned	height;
};

void	overlay_index_init(struct overlay_index *ix, uint64_t clusters);
void	overlay_index_fini(struct overlay_index *ix);
struct overlay_cluster *overlay_index_find(const struct overlay_index *ix, uint64_t cluster);
/* NULL when memory is short. */
struct overlay_cluster *overlay_index_make(struct overlay_index *ix, uint64_t cluster);
/* Those with flags, ascending, until fn returns another value than 0. */
int	overlay_index_each(const struct overlay_index *ix,
	    int (*fn)(void *arg, uint64_t cluster, struct overlay_cluster *c), void *arg);

/* --- header --- */

#define OVERLAY_UNITS		16u
#define OVERLAY_PATH		4096u
#define OVERLAY_HEADER		0x40000u	/* room of each of the two copies */
#define OVERLAY_HEADER_MIN	56u		/* bytes without disks and users */
#define OVERLAY_RECORDS		(2 * OVERLAY_HEADER)

enum {
	OVERLAY_CLOSED	= 1,		/* whole: slots says how many records */
	OVERLAY_COMMITTING = 2		/* the images are no longer what they were */
};

struct overlay_disk {
	bool		present;
	char		*image;
	uint8_t		format;		/* enum overlay_format */
	uint64_t	size;
	struct hash128	hash;
};

struct overlay_header {
	uint64_t		generation;
	uint32_t		flags;
	uint64_t		slots;
	struct overlay_disk	disk[OVERLAY_UNITS];
	char			**user;
	unsigned		users;
};

void	overlay_header_fini(struct overlay_header *h);
/* Absolute, short enough and without control characters: fit for a header. */
bool	overlay_path_ok(const char *path);
/* Takes path over in any case: 0 or -ENOMEM. */
int	overlay_header_add_user(struct overlay_header *h, char *path) MUST_CHECK;
/* Writes the copy that is due: 0 or -errno; -E2BIG: does not fit. */
int	overlay_header_write(int fd, struct overlay_header *h) MUST_CHECK;
/* NULL, or what is wrong and where.  h needs overlay_header_fini() in any case. */
const char *overlay_header_decode(struct overlay_header *h, const uint8_t *buf, size_t n,
	    size_t *at) MUST_CHECK;

/* --- records --- */

#define OVERLAY_RECORD_HEAD	32u
#define OVERLAY_RECORD		(OVERLAY_RECORD_HEAD + OVERLAY_CLUSTER)

enum { RECORD_AS_IMAGE = 1 };		/* the cluster is as in the image again */

struct overlay_record {
	uint64_t	seq, cluster;
	uint32_t	unit, flags;
	const uint8_t	*data;
};

static inline uint64_t
overlay_record_at(uint64_t slot)
{
	return OVERLAY_RECORDS + slot * OVERLAY_RECORD;
}

void	overlay_record_encode(const struct overlay_record *r, uint8_t out[OVERLAY_RECORD]);
/* r->data points into buf.  0, -EBADMSG if it is not complete, or -errno. */
int	overlay_record_read(int fd, uint64_t slot, uint8_t buf[OVERLAY_RECORD],
	    struct overlay_record *r) MUST_CHECK;

/* --- the file of a run --- */

/* NULL: as in the image.  The record the cluster had is given up. */
int	overlay_file_write(struct overlay_file *f, unsigned unit, uint64_t cluster,
	    struct overlay_cluster *c, const uint8_t *data) MUST_CHECK;
int	overlay_file_read(struct overlay_file *f, unsigned unit, uint64_t cluster,
	    const struct overlay_cluster *c, uint8_t out[OVERLAY_CLUSTER]) MUST_CHECK;
int	overlay_file_flush(struct overlay_file *f) MUST_CHECK;
void	overlay_file_hold(struct overlay_file *f, bool hold);

/* --- a file as it was left --- */

struct overlay_scan {
	struct overlay_header	h;
	struct overlay_index	index[OVERLAY_UNITS];
	uint64_t		written[OVERLAY_UNITS];	/* clusters */
	uint64_t		slots;
	uint64_t		incomplete;		/* records */
	uint64_t		first_incomplete;	/* offset */
};

/* Reads and checks all of it: 0 or -errno after a message with the offset.
 * s needs overlay_scan_fini() in any case. */
int	overlay_scan(struct overlay_scan *s, int fd, const char *path, struct log *log)
	    MUST_CHECK;
void	overlay_scan_fini(struct overlay_scan *s);

#endif
