/*
 * hw/qcow2_priv.h - inside of qcow2 images
 */
#ifndef HW_QCOW2_PRIV_H
#define HW_QCOW2_PRIV_H

#include "base/log.h"
#include "hw/qcow2.h"

/* --- header --- */

#define QCOW2_BACKING_MAX	1023u	/* "backing_file_size" */

struct qcow2_header {
	unsigned	version;
	unsigned	cluster_bits;
	unsigned	refcount_order;
	uint64_t	size;
	uint64_t	l1_offset, l1_size;		/* size in entries */
	uint64_t	reftable_offset, reftable_clusters;
	uint64_t	incompatible, autoclear;
	char		backing[QCOW2_BACKING_MAX + 1];	/* "": none */
	char		backing_format[16];
};

enum {
	QCOW2_DIRTY	= 1 << 0,	/* bits of incompatible */
	QCOW2_CORRUPT	= 1 << 1,
	QCOW2_DATA_FILE	= 1 << 2,
	QCOW2_COMPRESSION = 1 << 3,
	QCOW2_EXTENDED_L2 = 1 << 4
};

/* file_end: bytes in the file.  False with why. */
bool	qcow2_header_read(struct qcow2_header *h, int fd, uint64_t file_end, char *why,
	    size_t n) MUST_CHECK;

/* --- entries of L1 and L2 tables ("Cluster mapping") --- */

#define QCOW2_COPIED		((uint64_t)1 << 63)	/* refcount is exactly one */
#define QCOW2_COMPRESSED	((uint64_t)1 << 62)
#define QCOW2_ZERO		((uint64_t)1)		/* version 3 */
#define QCOW2_OFFSET		0x00fffffffffffe00ull

/* --- metadata in memory --- */

/*
 * In the order in which they must reach the disk: each names clusters that the
 * one before it counts or describes.
 */
enum qcow2_level { QCOW2_REFBLOCK, QCOW2_REFTABLE, QCOW2_L2, QCOW2_L1, QCOW2_LEVELS };

/* A slice of a table: as much as is read at once. */
struct qcow2_slot {
	uint64_t	at;		/* in the file; 0: the slot is empty */
	uint8_t		dirty;		/* 1 + level, 0: as in the file */
};

#define QCOW2_CACHE		(2u << 20)	/* bytes of slices */
#define QCOW2_FREES		1024u
#define QCOW2_FREES_PART	16u		/* of one part of a write at most */

struct qcow2 {
	struct blockdev		dev;
	struct blockdev		backing;	/* sectors 0: none */
	struct log		*log;
	char			*path;
	int			fd;
	struct qcow2_header	h;
	uint64_t		cluster;	/* bytes */
	uint64_t		file_end;	/* what the file has had */
	bool			complained;	/* a guest can fail without end */

	/* cache */
	uint32_t		slice;		/* bytes */
	uint32_t		slots;
	struct qcow2_slot	*slot;
	uint8_t			*slices;
	uint8_t			*spare;		/* a slice there was no slot for */
	uint32_t		dirty[QCOW2_LEVELS];	/* slots */
	bool			unsynced;	/* written since the last fdatasync() */
	int			broken;		/* -errno: nothing is written any more */

	/* the compressed cluster that was read last */
	uint8_t			*packed, *unpacked;
	uint64_t		unpacked_entry;	/* 0: none */

	/* writing */
	uint8_t			*scratch;	/* a cluster */
	uint64_t		hint;		/* no cluster before it is free */
	uint64_t		*frees;		/* clusters to be given up */
	uint32_t		frees_n;
};

/* Passes err on, with a message the first time. */
int	qcow2_failed(struct qcow2 *q, const char *what, int err);
/* The same for an image that contradicts itself: -EIO. */
int	qcow2_corrupt(struct qcow2 *q, const char *what, uint64_t at);

/* --- qcow2_cache.c --- */

/* The byte at offset at, up to the end of its slice; valid until the next call.
 * to_write: qcow2_dirty() follows.  NULL with *err. */
uint8_t	*qcow2_table(struct qcow2 *q, uint64_t at, bool to_write, int *err);
void	qcow2_dirty(struct qcow2 *q, uint64_t at, enum qcow2_level level);
/* An entry of 8 bytes. */
int	qcow2_entry(struct qcow2 *q, uint64_t at, uint64_t *value) MUST_CHECK;
int	qcow2_put_entry(struct qcow2 *q, uint64_t at, uint64_t value, enum qcow2_level level)
	    MUST_CHECK;
/* What is known of these bytes is no longer so, and is not to be written. */
void	qcow2_forget(struct qcow2 *q, uint64_t at, uint64_t n);
/* Everything that is dirty, in the order of levels; the last may not be on the
 * disk yet. */
int	qcow2_write_tables(struct qcow2 *q) MUST_CHECK;
/* What was written before is on the disk before what is written afterwards. */
int	qcow2_barrier(struct qcow2 *q) MUST_CHECK;
/* Straight to the file. */
int	qcow2_pwrite(struct qcow2 *q, const void *p, size_t n, uint64_t at) MUST_CHECK;

/* --- qcow2_alloc.c --- */

/* A cluster that nothing uses, with a reference. */
int	qcow2_alloc(struct qcow2 *q, uint64_t *at) MUST_CHECK;
/* Gives it back at once: nothing on the disk ever named it. */
void	qcow2_unalloc(struct qcow2 *q, uint64_t at);
/* A reference less to each cluster of these bytes, once what names them is
 * overwritten on the disk. */
void	qcow2_free_later(struct qcow2 *q, uint64_t at, uint64_t n);
void	qcow2_free_now(struct qcow2 *q);
/* Header, L1 or refcount table. */
bool	qcow2_reserved(const struct qcow2 *q, uint64_t at);
/* Whether the counts can be believed so far as to write by them; a message. */
bool	qcow2_check_refcounts(struct qcow2 *q) MUST_CHECK;

/* --- qcow2_write.c --- */

int	qcow2_write(void *arg, uint64_t lba, uint32_t n, const void *buf);
int	qcow2_flush(void *arg);

/* --- qcow2.c --- */

/* The L2 entry of a guest cluster: its place (0: no table) and value. */
int	qcow2_find(struct qcow2 *q, uint64_t guest, uint64_t *at, uint64_t *entry) MUST_CHECK;
/* n bytes of a cluster with that entry, from the guest's offset at. */
int	qcow2_read_cluster(struct qcow2 *q, uint64_t entry, uint64_t at, uint8_t *p,
	    uint32_t n) MUST_CHECK;
/* Host bytes of a compressed cluster. */
void	qcow2_compressed(const struct qcow2 *q, uint64_t entry, uint64_t *at, uint32_t *n);

#endif
