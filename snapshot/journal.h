/*
 * snapshot/journal.h - a recorded run as a file
 *
 * A header and records, each with its length and a checksum; docs/replay.md has
 * the bytes.  The writer appends and forgets: what was written before the
 * program died can be played.  The reader takes the file into memory, trusts
 * nothing, and stops before the first record that is not whole.
 */
#ifndef SNAPSHOT_JOURNAL_H
#define SNAPSHOT_JOURNAL_H

#include "base/hash.h"
#include "base/types.h"

#define JOURNAL_VERSION	1u

enum journal_type {
	JOURNAL_CONFIG = 1,	/* text of machine_describe() */
	JOURNAL_DIR,		/* directory that relative names are in */
	JOURNAL_FILE,		/* u64 size, hash, option NUL path NUL */
	JOURNAL_INPUT,		/* u64 cycle, u8 source, payload */
	JOURNAL_HASH,		/* u64 cycle, hash, packed digest */
	JOURNAL_END,		/* u64 cycle, hash, u32 reason, u32 status, packed digest */
	JOURNAL_LOAD,		/* u64 cycle before, hash of the snapshot, u64 timeline
				 * that begins, path NUL, and u64 outside time or
				 * nothing */
	JOURNAL_BACK,		/* u64 cycle before, u64 cycle it went back to, u64 offset
				 * of the record that would have come next there, u64
				 * timeline that begins */
	JOURNAL_TYPES
};

struct journal_record {
	enum journal_type	type;
	const uint8_t		*data;
	size_t			len;
	uint64_t		offset;		/* in the file */
};

/* --- writing --- */

struct journal_writer;

/* Never overwrites anything but a journal.  NULL, and *why says what is wrong. */
struct journal_writer *journal_create(const char *path, const char **why);
/* 0 or -errno; after the first failure nothing more is written. */
int	journal_append(struct journal_writer *w, enum journal_type type,
	    const void *head, size_t head_len, const void *body, size_t body_len);
/* Where the next record will be. */
uint64_t journal_offset(const struct journal_writer *w);
/* 0 or the first failure. */
int	journal_close(struct journal_writer *w);

/* --- reading --- */

struct journal;

/* The records of path that are whole.  NULL after filling err: file, offset and
 * reason. */
struct journal *journal_open(const char *path, char *err, size_t n);
/* The same from memory, which must stay; name is for messages. */
struct journal *journal_parse(const uint8_t *p, size_t len, const char *name, char *err,
	    size_t n);
void	journal_free(struct journal *j);

size_t	journal_count(const struct journal *j);
const struct journal_record *journal_get(const struct journal *j, size_t i);
uint32_t journal_timing(const struct journal *j);
/* The last record is not a JOURNAL_END: why, or NULL. */
const char *journal_cut(const struct journal *j);

#endif
