/*
 * snapshot/journal.c - a recorded run as a file
 *
 *	header	"RINGJRNL", u32 version, u32 timing version
 *	record	u32 length of data, u8 type, 3 bytes 0, data, u32 crc32 of type,
 *		zeros and data
 */
#include "snapshot/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/bits.h"
#include "base/fileio.h"
#include "cpu/timing.h"

#define MAGIC		"RINGJRNL"
#define HEADER_BYTES	16u
#define RECORD_HEAD	8u
#define RECORD_TAIL	4u

/* --- writing --- */

struct journal_writer {
	int	fd;
	int	err;		/* the first */
	uint64_t at;		/* end of the file */
};

/* An empty file or a journal may be written over. */
static const char *
check_old(int fd)
{
	char magic[8];
	ssize_t n = pread(fd, magic, sizeof(magic), 0);
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if (n == 0 || (n == sizeof(magic) && !memcmp(magic, MAGIC, sizeof(magic))))
		return NULL;
	return "exists and is no journal";
}

static const char *
start_file(struct journal_writer *w, const char *path)
{
	uint8_t header[HEADER_BYTES];
	const char *why;
	int err;

	w->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
	if (w->fd < 0)
		return strerror(errno);
	why = check_old(w->fd);
	if (why)
		return why;
	memcpy(header, MAGIC, 8);
	put_le32(header + 8, JOURNAL_VERSION);
	put_le32(header + 12, TIMING_VERSION);
	w->at = sizeof(header);
	err = ftruncate(w->fd, 0) ? -errno : file_write(w->fd, header, sizeof(header));
	return err ? strerror(-err) : NULL;
}

struct journal_writer *
journal_create(const char *path, const char **why)
{
	struct journal_writer *w = calloc(1, sizeof(*w));

	*why = w ? start_file(w, path) : strerror(ENOMEM);
	if (!*why)
		return w;
	if (w && w->fd >= 0)
		close(w->fd);
	free(w);
	return NULL;
}

int
journal_append(struct journal_writer *w, enum journal_type type, const void *head,
    size_t head_len, const void *body, size_t body_len)
{
	size_t len = head_len + body_len;
	uint8_t *rec = w->err ? NULL : calloc(1, RECORD_HEAD + len + RECORD_TAIL);

	if (!rec)
		return w->err ? w->err : (w->err = -ENOMEM);
	put_le32(rec, (uint32_t)len);
	rec[4] = (uint8_t)type;
	memcpy(rec + RECORD_HEAD, head, head_len);
	if (body_len)
		memcpy(rec + RECORD_HEAD + head_len, body, body_len);
	put_le32(rec + RECORD_HEAD + len, (uint32_t)crc32(0, rec + 4, (uInt)(4 + len)));
	w->err = file_write(w->fd, rec, RECORD_HEAD + len + RECORD_TAIL);
	w->at += RECORD_HEAD + len + RECORD_TAIL;
	free(rec);
	return w->err;
}

uint64_t
journal_offset(const struct journal_writer *w)
{
	return w->at;
}

int
journal_close(struct journal_writer *w)
{
	int err = w->err;

	if (close(w->fd) != 0 && !err)
		err = -errno;
	free(w);
	return err;
}

/* --- reading --- */

struct journal {
	const uint8_t		*p;
	size_t			len;
	uint8_t			*own;		/* to be freed */
	struct journal_record	*rec;
	size_t			count, room;
	char			cut[160];
};

static bool
add_record(struct journal *j, const struct journal_record *r)
{
	size_t room = j->room ? j->room * 2 : 256;
	struct journal_record *more;

	if (j->count == j->room) {
		more = realloc(j->rec, room * sizeof(*more));
		if (!more)
			return false;
		j->rec = more;
		j->room = room;
	}
	j->rec[j->count++] = *r;
	return true;
}

/* The record at offset; NULL, or why there is none. */
static const char *
read_record(const struct journal *j, size_t at, struct journal_record *r)
{
	size_t left = j->len - at;
	const uint8_t *p = j->p + at;
	uint32_t len;

	if (left < RECORD_HEAD + RECORD_TAIL)
		return "a record is cut short";
	len = get_le32(p);
	if (len > left - RECORD_HEAD - RECORD_TAIL)
		return "a record is cut short";
	if (get_le32(p + RECORD_HEAD + len) != crc32(0, p + 4, (uInt)(4 + len)))
		return "a record's checksum is wrong";
	if (!p[4] || p[4] >= JOURNAL_TYPES)
		return "a record of unknown type";
	*r = (struct journal_record){ p[4], p + RECORD_HEAD, len, at };
	return NULL;
}

/* Records up to the first that is bad. */
static bool
read_records(struct journal *j)
{
	struct journal_record r;
	size_t at = HEADER_BYTES;
	const char *why;

	while (at < j->len) {
		why = read_record(j, at, &r);
		if (why) {
			snprintf(j->cut, sizeof(j->cut), "offset %zu: %s", at, why);
			return true;
		}
		if (!add_record(j, &r))
			return false;
		at += RECORD_HEAD + r.len + RECORD_TAIL;
	}
	if (!j->count || j->rec[j->count - 1].type != JOURNAL_END)
		snprintf(j->cut, sizeof(j->cut), "offset %zu: the file ends", at);
	return true;
}

static const char *
check_header(const uint8_t *p, size_t len)
{
	if (len < HEADER_BYTES || memcmp(p, MAGIC, 8))
		return "offset 0: this is not a journal";
	if (get_le32(p + 8) != JOURNAL_VERSION)
		return "offset 8: a version of the format that is not known here";
	return NULL;
}

struct journal *
journal_parse(const uint8_t *p, size_t len, const char *name, char *err, size_t n)
{
	const char *why = check_header(p, len);
	struct journal *j = why ? NULL : calloc(1, sizeof(*j));

	if (j) {
		j->p = p;
		j->len = len;
		if (read_records(j))
			return j;
		free(j->rec);
		free(j);
	}
	snprintf(err, n, "%s: %s", name, why ? why : strerror(ENOMEM));
	return NULL;
}

/* A copy: a file that shrinks while it is mapped would be fatal. */
static const char *
read_fd(int fd, uint8_t **p, size_t *len)
{
	struct stat st;
	size_t done = 0;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	*p = malloc((size_t)st.st_size + 1);
	if (!*p)
		return strerror(ENOMEM);
	while (done < (size_t)st.st_size) {
		n = read(fd, *p + done, (size_t)st.st_size - done);
		if (n < 0 && errno != EINTR)
			return strerror(errno);
		if (n == 0)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	*len = done;
	return NULL;
}

static const char *
read_file(const char *path, uint8_t **p, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why;

	if (fd < 0)
		return strerror(errno);
	why = read_fd(fd, p, len);
	close(fd);
	return why;
}

struct journal *
journal_open(const char *path, char *err, size_t n)
{
	uint8_t *p = NULL;
	size_t len = 0;
	const char *why = read_file(path, &p, &len);
	struct journal *j = why ? NULL : journal_parse(p, len, path, err, n);

	if (why)
		snprintf(err, n, "%s: %s", path, why);
	if (j)
		j->own = p;
	else
		free(p);
	return j;
}

void
journal_free(struct journal *j)
{
	if (!j)
		return;
	free(j->own);
	free(j->rec);
	free(j);
}

size_t
journal_count(const struct journal *j)
{
	return j->count;
}

const struct journal_record *
journal_get(const struct journal *j, size_t i)
{
	return &j->rec[i];
}

uint32_t
journal_timing(const struct journal *j)
{
	return get_le32(j->p + 12);
}

const char *
journal_cut(const struct journal *j)
{
	return j->cut[0] ? j->cut : NULL;
}
