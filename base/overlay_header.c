/*
 * base/overlay_header.c - the bytes of an overlay file
 *
 * Two copies of the header take turns, so that one is whole whatever happens
 * while the other is written.  What is read may come from anywhere: each value
 * is checked before it is used.
 */
#define _GNU_SOURCE	/* pread, pwrite with 64-bit offsets */
#include "base/overlay_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/filehash.h"

#define VERSION		1u
#define DISK_BYTES	32u		/* without the path */
#define USER_BYTES	4u
#define SUM_BYTES	8u

static const uint8_t magic[8] = { 'R', 'I', 'N', 'G', 'O', 'V', 'L', '\n' };

/* --- header --- */

void
overlay_header_fini(struct overlay_header *h)
{
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++)
		free(h->disk[i].image);
	for (i = 0; i < h->users; i++)
		free(h->user[i]);
	free(h->user);
	memset(h, 0, sizeof(*h));
}

/* Paths are shown to people, on terminals. */
bool
overlay_path_ok(const char *path)
{
	const char *p;

	for (p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return *path == '/' && (size_t)(p - path) < OVERLAY_PATH;
}

int
overlay_header_add_user(struct overlay_header *h, char *path)
{
	char **more = path ? realloc(h->user, (h->users + 1) * sizeof(*more)) : NULL;

	if (!more) {
		free(path);
		return -ENOMEM;
	}
	h->user = more;
	h->user[h->users++] = path;
	return 0;
}

static size_t
header_length(const struct overlay_header *h)
{
	size_t n = OVERLAY_HEADER_MIN;
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++)
		if (h->disk[i].present)
			n += DISK_BYTES + strlen(h->disk[i].image);
	for (i = 0; i < h->users; i++)
		n += USER_BYTES + strlen(h->user[i]);
	return n;
}

static uint8_t *
put_path(uint8_t *p, const char *path)
{
	size_t n = strlen(path);

	memcpy(p, path, n);
	return p + n;
}

static uint8_t *
put_disk(uint8_t *p, unsigned unit, const struct overlay_disk *d)
{
	put_le32(p, unit | (uint32_t)d->format << 8);
	put_le32(p + 4, (uint32_t)strlen(d->image));
	put_le64(p + 8, d->size);
	put_le64(p + 16, d->hash.lo);
	put_le64(p + 24, d->hash.hi);
	return put_path(p + DISK_BYTES, d->image);
}

static void
header_encode(const struct overlay_header *h, uint8_t *buf, size_t n)
{
	uint8_t *p = buf + OVERLAY_HEADER_MIN - SUM_BYTES;
	uint32_t disks = 0;
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++) {
		if (!h->disk[i].present)
			continue;
		p = put_disk(p, i, &h->disk[i]);
		disks++;
	}
	for (i = 0; i < h->users; i++) {
		put_le32(p, (uint32_t)strlen(h->user[i]));
		p = put_path(p + USER_BYTES, h->user[i]);
	}
	memcpy(buf, magic, sizeof(magic));
	put_le32(buf + 8, VERSION);
	put_le32(buf + 12, (uint32_t)n);
	put_le64(buf + 16, h->generation);
	put_le32(buf + 24, h->flags);
	put_le32(buf + 28, OVERLAY_CLUSTER);
	put_le64(buf + 32, h->slots);
	put_le32(buf + 40, disks);
	put_le32(buf + 44, h->users);
	put_le64(p, filehash_bytes(buf, n - SUM_BYTES).lo);
}

int
overlay_header_write(int fd, struct overlay_header *h)
{
	size_t n = header_length(h);
	uint8_t *buf;
	int err;

	if (n > OVERLAY_HEADER)
		return -E2BIG;
	buf = malloc(n);
	if (!buf)
		return -ENOMEM;
	h->generation++;
	header_encode(h, buf, n);
	err = file_pwrite(fd, buf, n, h->generation % 2 * OVERLAY_HEADER);
	free(buf);
	if (!err && fdatasync(fd) < 0)
		err = -errno;
	if (err)
		h->generation--;	/* never touch the copy that is good */
	return err;
}

/* What is left to decode. */
struct reader {
	const uint8_t	*buf, *p, *end;
};

static const char *
get_path(struct reader *r, uint32_t n, char **path)
{
	if (n == 0 || n >= OVERLAY_PATH || n > (size_t)(r->end - r->p))
		return "the length of a path is wrong";
	*path = malloc(n + 1);
	if (!*path)
		return "out of memory";
	memcpy(*path, r->p, n);
	(*path)[n] = '\0';
	if (strlen(*path) != n || !overlay_path_ok(*path))
		return "not an absolute path";
	r->p += n;
	return NULL;
}

static const char *
get_disk(struct reader *r, struct overlay_header *h)
{
	const uint8_t *p = r->p;
	struct overlay_disk *d;

	if (r->end - p < DISK_BYTES)
		return "a disk is cut off";
	if (p[0] >= OVERLAY_UNITS || get_le16(p + 2))
		return "there is no drive of this number";
	if (p[1] >= OVERLAY_FORMATS)
		return "an image of an unknown format";
	d = &h->disk[p[0]];
	if (d->present)
		return "a drive comes twice";
	d->present = true;
	d->format = p[1];
	d->size = get_le64(p + 8);
	d->hash = (struct hash128){ get_le64(p + 16), get_le64(p + 24) };
	if (d->size == 0 || d->size > INT64_MAX || d->size % BLOCKDEV_SECTOR)
		return "no disk has this size";
	r->p += DISK_BYTES;
	return get_path(r, get_le32(p + 4), &d->image);
}

static const char *
get_user(struct reader *r, struct overlay_header *h)
{
	char *path = NULL;
	const char *why;

	if (r->end - r->p < USER_BYTES)
		return "a path is cut off";
	r->p += USER_BYTES;
	why = get_path(r, get_le32(r->p - USER_BYTES), &path);
	if (why) {
		free(path);
		return why;
	}
	return overlay_header_add_user(h, path) ? "out of memory" : NULL;
}

/* Magic, version, length and checksum: what is inside has been written by us,
 * or by somebody who knows how. */
static const char *
check_frame(struct reader *r, size_t n)
{
	uint32_t length;

	r->p = r->buf;
	if (n < OVERLAY_HEADER_MIN || memcmp(r->buf, magic, sizeof(magic)))
		return "not an overlay file";
	r->p = r->buf + 8;
	if (get_le32(r->p) != VERSION)
		return "a version of the format this program does not know";
	r->p = r->buf + 12;
	length = get_le32(r->p);
	if (length < OVERLAY_HEADER_MIN || length > n)
		return "the header's length is wrong";
	r->end = r->p = r->buf + length - SUM_BYTES;
	if (get_le64(r->p) != filehash_bytes(r->buf, length - SUM_BYTES).lo)
		return "the header's checksum is wrong";
	return NULL;
}

static const char *
get_fixed(struct reader *r, struct overlay_header *h)
{
	h->generation = get_le64(r->buf + 16);
	h->flags = get_le32(r->buf + 24);
	h->slots = get_le64(r->buf + 32);
	r->p = r->buf + 24;
	if (h->flags & ~(OVERLAY_CLOSED | OVERLAY_COMMITTING))
		return "unknown flags";
	r->p = r->buf + 28;
	if (get_le32(r->p) != OVERLAY_CLUSTER)
		return "clusters of an unknown size";
	r->p = r->buf + 32;
	if (h->slots > (INT64_MAX - OVERLAY_RECORDS) / OVERLAY_RECORD)
		return "no file has so many records";
	r->p = r->buf + OVERLAY_HEADER_MIN - SUM_BYTES;
	return NULL;
}

static const char *
get_lists(struct reader *r, struct overlay_header *h)
{
	uint32_t disks = get_le32(r->buf + 40), users = get_le32(r->buf + 44), i;
	const char *why = NULL;

	for (i = 0; i < disks && !why; i++)
		why = get_disk(r, h);
	for (i = 0; i < users && !why; i++)
		why = get_user(r, h);
	if (!why && r->p != r->end)
		why = "bytes that mean nothing";
	return why;
}

const char *
overlay_header_decode(struct overlay_header *h, const uint8_t *buf, size_t n, size_t *at)
{
	struct reader r = { buf, buf, buf };
	const char *why;

	memset(h, 0, sizeof(*h));
	why = check_frame(&r, n);
	if (!why)
		why = get_fixed(&r, h);
	if (!why)
		why = get_lists(&r, h);
	*at = (size_t)(r.p - buf);
	return why;
}

/* --- records --- */

static uint64_t
record_sum(const uint8_t *rec)
{
	return filehash_bytes(rec + 8, OVERLAY_RECORD - 8).lo;
}

void
overlay_record_encode(const struct overlay_record *r, uint8_t out[OVERLAY_RECORD])
{
	put_le64(out + 8, r->seq);
	put_le64(out + 16, r->cluster);
	put_le32(out + 24, r->unit);
	put_le32(out + 28, r->flags);
	if (r->data)
		memcpy(out + OVERLAY_RECORD_HEAD, r->data, OVERLAY_CLUSTER);
	else
		memset(out + OVERLAY_RECORD_HEAD, 0, OVERLAY_CLUSTER);
	put_le64(out, record_sum(out));
}

int
overlay_record_read(int fd, uint64_t slot, uint8_t buf[OVERLAY_RECORD],
    struct overlay_record *r)
{
	int err = file_pread(fd, buf, OVERLAY_RECORD, overlay_record_at(slot));

	if (err)
		return err;
	if (get_le64(buf) != record_sum(buf))
		return -EBADMSG;
	r->seq = get_le64(buf + 8);
	r->cluster = get_le64(buf + 16);
	r->unit = get_le32(buf + 24);
	r->flags = get_le32(buf + 28);
	r->data = buf + OVERLAY_RECORD_HEAD;
	return 0;
}
