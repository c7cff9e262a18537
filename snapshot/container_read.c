/*
 * snapshot/container_read.c - a container, believing nothing
 */
#include "snapshot/container.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot/container_priv.h"

#define AHEAD	8192u

struct container {
	int			fd;
	char			*path;
	uint64_t		size;
	struct hash_stream	*headers, *part;
	uint8_t			*room;		/* for one section's contents */
	size_t			room_size;
	/* The file at ahead_at: most sections are small. */
	uint8_t			ahead[AHEAD];
	uint64_t		ahead_at;
	size_t			ahead_size;
};

bool
container_bad(const struct container *c, uint64_t offset, struct snapshot_error *e,
    const char *fmt, ...)
{
	char why[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return snapshot_fail(e, "%s, offset %" PRIu64 ": %s", c->path, offset, why);
}

static ssize_t
read_some(struct container *c, uint64_t offset, void *buf, size_t n)
{
	ssize_t got;

	do
		got = pread(c->fd, buf, n, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

/* What is there of n bytes at offset; 0 if the next are not. */
static size_t
take_ahead(struct container *c, uint64_t offset, void *buf, size_t n)
{
	uint64_t from = offset - c->ahead_at;

	if (offset < c->ahead_at || from >= c->ahead_size)
		return 0;
	n = n < c->ahead_size - from ? n : (size_t)(c->ahead_size - from);
	memcpy(buf, c->ahead + from, n);
	return n;
}

/* Some of n bytes, 0 at the end of the file, or -1. */
static ssize_t
read_part(struct container *c, uint64_t offset, void *buf, size_t n)
{
	size_t had = take_ahead(c, offset, buf, n);
	ssize_t got;

	if (had)
		return (ssize_t)had;
	if (n >= AHEAD)
		return read_some(c, offset, buf, n);
	got = read_some(c, offset, c->ahead, AHEAD);
	c->ahead_at = offset;
	c->ahead_size = got > 0 ? (size_t)got : 0;
	return got > 0 ? (ssize_t)take_ahead(c, offset, buf, n) : got;
}

/* Exactly n bytes; the caller has compared with the size. */
static bool
read_at(struct container *c, uint64_t offset, void *buf, size_t n, struct snapshot_error *e)
{
	uint8_t *at = buf;
	ssize_t got;

	for (; n; at += got, offset += (uint64_t)got, n -= (size_t)got) {
		got = read_part(c, offset, at, n);
		if (got < 0)
			return container_bad(c, offset, e, "%s", strerror(errno));
		if (!got)
			return container_bad(c, offset, e, "the file became shorter");
	}
	return true;
}

/* --- one section --- */

static bool
name_possible(const uint8_t *name)
{
	unsigned i, n = (unsigned)strnlen((const char *)name, CONTAINER_NAME);

	for (i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	for (i = n; i < CONTAINER_NAME; i++)
		if (name[i])
			return false;
	return n && n < CONTAINER_NAME;
}

/* The header at s->offset; *sum is that of the contents. */
static bool
read_header(struct container *c, struct container_section *s, struct hash128 *sum, uint8_t *h,
    struct snapshot_error *e)
{
	uint64_t left = c->size - s->offset, length;

	if (left < SECTION_HEADER)
		return container_bad(c, s->offset, e, "the file is cut off");
	if (!read_at(c, s->offset, h, SECTION_HEADER, e))
		return false;
	*sum = container_sum(c->part, h, SECTION_HEADER_SUM);
	if (!container_sums_equal(*sum, container_get_sum(h + SECTION_HEADER_SUM)))
		return container_bad(c, s->offset, e, "a section's header is damaged");
	length = get_le64(h + SECTION_LENGTH);
	if (!name_possible(h) || get_le32(h + SECTION_ZERO) || length > CONTAINER_SECTION_MAX)
		return container_bad(c, s->offset, e, "no section has such a header");
	memcpy(s->name, h, sizeof(s->name));
	s->version = get_le32(h + SECTION_VERSION);
	s->length = (size_t)length;
	*sum = container_get_sum(h + SECTION_SUM);
	if (length > left - SECTION_HEADER)
		return container_bad(c, s->offset, e, "the file is cut off in section %s",
		    s->name);
	return true;
}

/* Also for no bytes: contents are never NULL. */
static bool
make_room(struct container *c, size_t n, struct snapshot_error *e)
{
	uint8_t *room;

	if (c->room && n <= c->room_size)
		return true;
	room = realloc(c->room, n ? n : 1);
	if (!room)
		return snapshot_fail(e, "%s: out of memory", c->path);
	c->room = room;
	c->room_size = n;
	return true;
}

/* Section at s->offset with its contents, and its header's bytes into h. */
static bool
read_section(struct container *c, struct container_section *s, uint8_t *h,
    struct snapshot_error *e)
{
	struct hash128 sum = { 0, 0 };

	if (!read_header(c, s, &sum, h, e) || !make_room(c, s->length, e) ||
	    !read_at(c, s->offset + SECTION_HEADER, c->room, s->length, e))
		return false;
	s->contents = c->room;
	if (!container_sums_equal(container_sum(c->part, c->room, s->length), sum))
		return container_bad(c, s->offset, e, "section %s is damaged", s->name);
	return true;
}

/* --- the file --- */

static bool
file_header(struct container *c, uint8_t *h, struct snapshot_error *e)
{
	if (c->size < FILE_HEADER)
		return container_bad(c, 0, e, "not a snapshot: too short");
	if (!read_at(c, 0, h, FILE_HEADER, e))
		return false;
	if (memcmp(h + FILE_MAGIC, CONTAINER_MAGIC, FILE_VERSION - FILE_MAGIC))
		return container_bad(c, 0, e, "not a snapshot");
	if (get_le32(h + FILE_VERSION) != CONTAINER_VERSION || get_le32(h + FILE_ZERO))
		return container_bad(c, FILE_VERSION, e, "format version %" PRIu32
		    ", this program knows %u", get_le32(h + FILE_VERSION),
		    CONTAINER_VERSION);
	return true;
}

static bool
look_at_file(struct container *c, struct snapshot_error *e)
{
	uint8_t header[FILE_HEADER];
	struct stat st;

	if (c->fd < 0 || fstat(c->fd, &st) != 0)
		return snapshot_fail(e, "%s: %s", c->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return snapshot_fail(e, "%s: not a regular file", c->path);
	c->size = (uint64_t)st.st_size;
	return file_header(c, header, e);
}

/* fd is the container's from now on. */
static struct container *
container_of_fd(int fd, const char *path, struct snapshot_error *e)
{
	struct container *c = calloc(1, sizeof(*c));
	int err = errno;

	if (c) {
		c->fd = fd;
		c->path = strdup(path);
		c->headers = hash_stream_new();
		c->part = hash_stream_new();
	} else if (fd >= 0) {
		close(fd);
	}
	errno = err;
	if (!c || !c->path || !c->headers || !c->part)
		snapshot_fail(e, "%s: out of memory", path);
	else if (look_at_file(c, e))
		return c;
	container_close(c);
	return NULL;
}

struct container *
container_open(const char *path, struct snapshot_error *e)
{
	/* O_NONBLOCK: a FIFO of that name is refused, not waited for. */
	return container_of_fd(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), path, e);
}

struct container *
container_open_fd(int fd, const char *name, struct snapshot_error *e)
{
	return container_of_fd(fcntl(fd, F_DUPFD_CLOEXEC, 0), name, e);
}

void
container_close(struct container *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	hash_stream_free(c->headers);
	hash_stream_free(c->part);
	free(c->room);
	free(c->path);
	free(c);
}

const char *
container_path(const struct container *c)
{
	return c->path;
}

bool
container_first(struct container *c, struct container_section *s, struct snapshot_error *e)
{
	uint8_t h[SECTION_HEADER];

	s->offset = FILE_HEADER;
	return read_section(c, s, h, e);
}

/* s is the end section; *id is what was counted. */
static bool
check_end(struct container *c, const struct container_section *s, struct hash128 *id,
    struct snapshot_error *e)
{
	*id = hash_stream_digest(c->headers);
	if (s->version != CONTAINER_VERSION || s->length != END_CONTENTS)
		return container_bad(c, s->offset, e, "no file has such an end");
	if (get_le64(s->contents + END_LENGTH) != s->offset)
		return container_bad(c, s->offset, e, "sections are missing");
	if (!container_sums_equal(container_get_sum(s->contents + END_HASH), *id))
		return container_bad(c, s->offset, e, "the file as a whole is damaged");
	if (c->size != s->offset + SECTION_HEADER + END_CONTENTS)
		return container_bad(c, s->offset + SECTION_HEADER + END_CONTENTS, e,
		    "something follows the end");
	return true;
}

bool
container_each(struct container *c,
    bool (*fn)(void *arg, const struct container_section *s, struct snapshot_error *e),
    void *arg, struct hash128 *id, struct snapshot_error *e)
{
	struct container_section s = { .offset = FILE_HEADER };
	uint8_t h[SECTION_HEADER > FILE_HEADER ? SECTION_HEADER : FILE_HEADER];

	c->ahead_size = 0;		/* what the file is now */
	if (!file_header(c, h, e))
		return false;
	hash_stream_reset(c->headers);
	hash_stream_add(c->headers, h, FILE_HEADER);
	for (;;) {
		if (!read_section(c, &s, h, e))
			return false;
		if (!strcmp(s.name, END_NAME))
			return check_end(c, &s, id, e);
		hash_stream_add(c->headers, h, SECTION_HEADER);
		if (!fn(arg, &s, e))
			return false;
		s.offset += SECTION_HEADER + s.length;
	}
}

bool
container_peek_id(const char *path, struct hash128 *id)
{
	struct container *c = container_open(path, NULL);
	struct container_section s;
	uint8_t h[SECTION_HEADER];
	bool ok;

	if (!c)
		return false;
	s.offset = c->size - SECTION_HEADER - END_CONTENTS;
	ok = c->size >= FILE_HEADER + SECTION_HEADER + END_CONTENTS &&
	    read_section(c, &s, h, NULL) && !strcmp(s.name, END_NAME) &&
	    s.length == END_CONTENTS;
	if (ok)
		*id = container_get_sum(s.contents + END_HASH);
	container_close(c);
	return ok;
}
