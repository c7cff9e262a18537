/*
 * snapshot/container.h - a file of tagged sections that notices every damage
 *
 * A header, sections {name, version, length, checksums, contents}, and an end
 * section with the length of all before it and one hash of all their headers,
 * which have the checksums of the contents: that hash is the file's id.
 * docs/snapshot-format.md has the bytes.
 *
 * Writing goes to a temporary name in the same directory; the file has its own
 * name only when it is complete and on the disk.  Until then, and whatever goes
 * wrong, a file of that name stays as it was.
 *
 * Reading trusts nothing: no number of the file is believed before it was
 * compared with the file's size, and nothing is allocated that the file does
 * not have the bytes for.
 */
#ifndef SNAPSHOT_CONTAINER_H
#define SNAPSHOT_CONTAINER_H

#include "base/hash.h"
#include "snapshot/error.h"

#define CONTAINER_NAME		16	/* of a section, with its NUL */
#define CONTAINER_SECTION_MAX	((uint64_t)16 << 20)

/* --- writing --- */

struct container_writer;

/* Also removes what interrupted writers of the same name left.  NULL: *e says
 * why. */
struct container_writer *container_create(const char *path, struct snapshot_error *e);
/* At fd, which stays the caller's: name is what messages call it. */
struct container_writer *container_create_fd(int fd, const char *name, struct snapshot_error *e);
bool	container_put(struct container_writer *w, const char *name, uint32_t version,
	    const void *contents, size_t n, struct snapshot_error *e) MUST_CHECK;
/* Gives the file its name, if it gets one.  w is gone afterwards, also on failure. */
bool	container_finish(struct container_writer *w, struct hash128 *id,
	    struct snapshot_error *e) MUST_CHECK;
/* Removes what was written, if it has a name. */
void	container_abandon(struct container_writer *w);

/* --- reading --- */

struct container;

struct container_section {
	char		name[CONTAINER_NAME];
	uint32_t	version;
	uint64_t	offset;		/* of its header in the file */
	size_t		length;
	const uint8_t	*contents;	/* valid until the next section is read */
};

/* Looks at the header only. */
struct container *container_open(const char *path, struct snapshot_error *e);
/* The same of a file that is open, and stays so: name is what messages call it. */
struct container *container_open_fd(int fd, const char *name, struct snapshot_error *e);
void	container_close(struct container *c);
const char *container_path(const struct container *c);
/* The first section alone. */
bool	container_first(struct container *c, struct container_section *s,
	    struct snapshot_error *e) MUST_CHECK;
/*
 * Reads the whole file and calls fn for every section but the end, each after
 * its checksums were found right; fn ends it by filling *e and returning false.
 * True: everything was there and right, and *id is the file's.
 */
bool	container_each(struct container *c,
	    bool (*fn)(void *arg, const struct container_section *s,
		struct snapshot_error *e),
	    void *arg, struct hash128 *id, struct snapshot_error *e) MUST_CHECK;
/* The id that stands at the end, believed; false if there is none. */
bool	container_peek_id(const char *path, struct hash128 *id);
/* fails with file, offset and reason; for fn. */
bool	container_bad(const struct container *c, uint64_t offset,
	    struct snapshot_error *e, const char *fmt, ...) PRINTF(4, 5);

#endif
