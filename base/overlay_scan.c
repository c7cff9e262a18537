/*
 * base/overlay_scan.c - an overlay file as a run left it
 *
 * A file that was closed is whole, or it is refused.  One that was not closed
 * belongs to a run that died: records that are incomplete were being written
 * when it did, and whatever was there before them had been given up.
 */
#define _GNU_SOURCE	/* 64-bit offsets */
#include "base/overlay_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bits.h"
#include "base/log.h"

/* What is being read, for messages. */
struct scan_file {
	int		fd;
	const char	*path;
	struct log	*log;
	uint64_t	size;
};

static int
scan_refuse(const struct scan_file *f, uint64_t at, const char *why)
{
	log_error(f->log, "%s: at offset %llu: %s", f->path, (unsigned long long)at, why);
	return -EINVAL;
}

/* --- header --- */

struct header_copy {
	struct overlay_header	h;
	uint64_t		at;	/* of what is wrong */
	const char		*why;	/* NULL: nothing */
};

/* How many bytes to decode of the n there may be: as many as it says, which the
 * decoder checks. */
static size_t
copy_length(const struct scan_file *f, uint64_t start, size_t n)
{
	uint8_t head[16];
	size_t length;

	if (n < sizeof(head) || file_pread(f->fd, head, sizeof(head), start))
		return n < sizeof(head) ? n : sizeof(head);
	length = get_le32(head + 12);
	if (length >= OVERLAY_HEADER_MIN && length <= n)
		return length;
	return n < OVERLAY_HEADER_MIN ? n : OVERLAY_HEADER_MIN;
}

static void
read_copy(const struct scan_file *f, unsigned i, struct header_copy *c)
{
	uint64_t start = (uint64_t)i * OVERLAY_HEADER;
	size_t n = 0, at = 0;
	uint8_t *buf;

	if (f->size > start)
		n = f->size - start < OVERLAY_HEADER ? f->size - start : OVERLAY_HEADER;
	n = copy_length(f, start, n);
	buf = malloc(n + 1);
	if (!buf)
		c->why = "out of memory";
	else if (file_pread(f->fd, buf, n, start))
		c->why = "cannot read the header";
	else
		c->why = overlay_header_decode(&c->h, buf, n, &at);
	c->at = start + at;
	free(buf);
}

/* The newer of two good copies. */
static int
scan_header(struct overlay_scan *s, const struct scan_file *f)
{
	struct header_copy copy[2] = { { .at = 0 }, { .at = 0 } };
	unsigned best;

	read_copy(f, 0, &copy[0]);
	read_copy(f, 1, &copy[1]);
	best = copy[0].why ||
	    (!copy[1].why && copy[1].h.generation > copy[0].h.generation);
	if (!copy[best].why) {
		s->h = copy[best].h;
		memset(&copy[best].h, 0, sizeof(copy[best].h));
	}
	overlay_header_fini(&copy[0].h);
	overlay_header_fini(&copy[1].h);
	if (copy[best].why)
		return scan_refuse(f, copy[0].at, copy[0].why);
	/* The first copy of all goes to the second place. */
	if (copy[!best].why && s->h.generation > 1)
		log_warn(f->log, "%s: at offset %llu: %s; using the other copy of the header",
		    f->path, (unsigned long long)copy[!best].at, copy[!best].why);
	return 0;
}

/* --- records --- */

static int
scan_incomplete(struct overlay_scan *s, const struct scan_file *f, uint64_t slot)
{
	if (s->h.flags & OVERLAY_CLOSED)
		return scan_refuse(f, overlay_record_at(slot), "a record's checksum is wrong");
	if (!s->incomplete++)
		s->first_incomplete = overlay_record_at(slot);
	return 0;
}

static const char *
record_wrong(const struct overlay_scan *s, const struct overlay_record *r)
{
	if (r->unit >= OVERLAY_UNITS || !s->h.disk[r->unit].present)
		return "a record of a drive that the header does not name";
	if (r->cluster >= (s->h.disk[r->unit].size + OVERLAY_CLUSTER - 1) / OVERLAY_CLUSTER)
		return "a record past the end of its disk";
	if (r->flags & ~(uint32_t)RECORD_AS_IMAGE)
		return "a record with unknown flags";
	if (r->seq == 0)
		return "a record without a sequence number";
	return NULL;
}

static int
scan_take(struct overlay_scan *s, const struct scan_file *f, uint64_t slot,
    const struct overlay_record *r)
{
	struct overlay_cluster *c;
	const char *why = record_wrong(s, r);

	if (why)
		return scan_refuse(f, overlay_record_at(slot), why);
	c = overlay_index_make(&s->index[r->unit], r->cluster);
	if (!c)
		return scan_refuse(f, overlay_record_at(slot), "out of memory");
	if ((c->flags & CLUSTER_SLOT) && c->seq == r->seq)
		return scan_refuse(f, overlay_record_at(slot), "a sequence number comes twice");
	if ((c->flags & CLUSTER_SLOT) && c->seq > r->seq)
		return 0;
	s->written[r->unit] -= c->flags & CLUSTER_WRITTEN;
	c->slot = slot;
	c->seq = r->seq;
	c->flags = r->flags & RECORD_AS_IMAGE ? CLUSTER_SLOT : CLUSTER_SLOT | CLUSTER_WRITTEN;
	s->written[r->unit] += c->flags & CLUSTER_WRITTEN;
	return 0;
}

static int
scan_record(struct overlay_scan *s, const struct scan_file *f, uint64_t slot)
{
	uint8_t buf[OVERLAY_RECORD];
	struct overlay_record r;
	int err = overlay_record_read(f->fd, slot, buf, &r);

	if (err == -EBADMSG)
		return scan_incomplete(s, f, slot);
	if (err)
		return scan_refuse(f, overlay_record_at(slot), strerror(-err));
	return scan_take(s, f, slot, &r);
}

static int
scan_records(struct overlay_scan *s, const struct scan_file *f)
{
	uint64_t bytes = f->size > OVERLAY_RECORDS ? f->size - OVERLAY_RECORDS : 0;
	uint64_t slot;
	int err = 0;

	s->slots = bytes / OVERLAY_RECORD;
	if ((s->h.flags & OVERLAY_CLOSED) && s->slots < s->h.slots)
		return scan_refuse(f, f->size, "the file is cut off");
	if (s->h.flags & OVERLAY_CLOSED)
		s->slots = s->h.slots;
	for (slot = 0; slot < s->slots && !err; slot++)
		err = scan_record(s, f, slot);
	return err;
}

/* --- all of it --- */

int
overlay_scan(struct overlay_scan *s, int fd, const char *path, struct log *log)
{
	struct scan_file f = { fd, path, log, 0 };
	struct stat st;
	unsigned i;
	int err;

	memset(s, 0, sizeof(*s));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		log_error(log, "%s: not a file", path);
		return -EINVAL;
	}
	f.size = (uint64_t)st.st_size;
	err = scan_header(s, &f);
	if (err)
		return err;
	for (i = 0; i < OVERLAY_UNITS; i++)
		overlay_index_init(&s->index[i],
		    (s->h.disk[i].size + OVERLAY_CLUSTER - 1) / OVERLAY_CLUSTER);
	return scan_records(s, &f);
}

void
overlay_scan_fini(struct overlay_scan *s)
{
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++)
		overlay_index_fini(&s->index[i]);
	overlay_header_fini(&s->h);
}
