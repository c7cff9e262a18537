/*
 * hw/qcow2_header.c - the header of a qcow2 image, and its extensions
 *
 * docs/interop/qcow2, "Header" and "Header extensions".
 */
#define _GNU_SOURCE	/* 64-bit offsets */
#include "hw/qcow2_priv.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/fileio.h"

#define HEADER_2	72u
#define HEADER_3	104u
#define COMPRESSION_AT	104u
#define EXT_BACKING_FORMAT 0xe2792acau
#define EXT_FEATURES	0x6803f857u
#define FEATURE_BYTES	48u
#define L1_MAX		(32u << 20)	/* bytes, as qemu */
#define REFTABLE_MAX	(8u << 20)

struct reader {
	const uint8_t		*buf;		/* the first cluster */
	uint64_t		n;
	uint64_t		file_end;
	struct qcow2_header	*h;
	char			*why;
	size_t			room;
};

static PRINTF(2, 3) bool
refuse(const struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, r->room, fmt, ap);
	va_end(ap);
	return false;
}

bool
qcow2_magic(const void *p, size_t n)
{
	return n >= 8 && !memcmp(p, "QFI\xfb\0\0\0", 7);
}

/* --- features --- */

/* The image's own name of a feature nobody knows, made fit for a terminal. */
static void
feature_name(const uint8_t *ext, uint32_t n, unsigned bit, char name[FEATURE_BYTES])
{
	unsigned i;

	for (; n >= FEATURE_BYTES; ext += FEATURE_BYTES, n -= FEATURE_BYTES) {
		if (ext[0] != 0 || ext[1] != bit)
			continue;
		memcpy(name, ext + 2, FEATURE_BYTES - 2);
		name[FEATURE_BYTES - 2] = '\0';
		for (i = 0; name[i]; i++)
			if (!isprint((unsigned char)name[i]))
				name[i] = '?';
	}
}

static bool
check_features(const struct reader *r, const uint8_t *ext, uint32_t ext_bytes)
{
	uint64_t bits = r->h->incompatible;
	char name[FEATURE_BYTES] = "without a name";
	uint8_t compression = 0;
	unsigned bit;

	if (r->h->version < 3)
		return true;
	if (get_be32(r->buf + 100) > COMPRESSION_AT)
		compression = r->buf[COMPRESSION_AT];
	if (bits & QCOW2_DATA_FILE)
		return refuse(r, "keeps its data in another file (external data file), which "
		    "is not supported");
	if (bits & QCOW2_EXTENDED_L2)
		return refuse(r, "has extended L2 entries (subclusters), which are not "
		    "supported");
	if (bits & QCOW2_COMPRESSION || compression)
		return refuse(r, "is compressed with %s, which is not supported (only zlib)",
		    compression == 1 ? "zstd" : "an unknown method");
	bits &= ~(uint64_t)(QCOW2_DIRTY | QCOW2_CORRUPT);
	if (!bits)
		return true;
	bit = (unsigned)__builtin_ctzll(bits);
	feature_name(ext, ext_bytes, bit, name);
	return refuse(r, "needs the feature \"%s\" (incompatible bit %u), which is not supported",
	    name, bit);
}

/* --- extensions --- */

static bool
take_backing_format(const struct reader *r, const uint8_t *p, uint32_t n)
{
	if (n >= sizeof(r->h->backing_format) || memchr(p, 0, n))
		return refuse(r, "the backing file has a format of no name");
	memcpy(r->h->backing_format, p, n);
	r->h->backing_format[n] = '\0';
	return true;
}

/* Each is 8 bytes at least, and the first cluster has an end. */
static bool
read_extensions(const struct reader *r, uint64_t at, uint64_t end)
{
	const uint8_t *features = NULL;
	uint32_t type, n, feature_bytes = 0;

	while (end - at >= 8) {
		type = get_be32(r->buf + at);
		n = get_be32(r->buf + at + 4);
		at += 8;
		if (type == 0)
			break;
		if (n > end - at)
			return refuse(r, "a header extension is longer than the header's cluster");
		if (type == EXT_BACKING_FORMAT && !take_backing_format(r, r->buf + at, n))
			return false;
		if (type == EXT_FEATURES) {
			features = r->buf + at;
			feature_bytes = n;
		}
		n = (n + 7) & ~7u;
		at += n < end - at ? n : end - at;
	}
	return check_features(r, features, feature_bytes);
}

/* --- fields --- */

static bool
check_sizes(const struct reader *r)
{
	const struct qcow2_header *h = r->h;
	uint64_t cluster = BIT(h->cluster_bits), reach = cluster * (cluster / 8);
	uint64_t need = h->size / reach + (h->size % reach != 0);

	if (h->size == 0)
		return refuse(r, "the image is empty");
	if (h->size > INT64_MAX || h->size % BLOCKDEV_SECTOR)
		return refuse(r, "no disk has %llu bytes", (unsigned long long)h->size);
	if (h->l1_size > L1_MAX / 8 || h->l1_size < need)
		return refuse(r, "an L1 table of %llu entries is wrong for a disk of %llu bytes",
		    (unsigned long long)h->l1_size, (unsigned long long)h->size);
	if (h->l1_offset % cluster || h->l1_offset == 0 || h->l1_offset > INT64_MAX - L1_MAX)
		return refuse(r, "the L1 table cannot be at offset %llu",
		    (unsigned long long)h->l1_offset);
	if (h->l1_offset + need * 8 > r->file_end)
		return refuse(r, "the L1 table lies past the end of the file (truncated?)");
	return true;
}

static bool
check_refcounts(const struct reader *r)
{
	const struct qcow2_header *h = r->h;
	uint64_t cluster = BIT(h->cluster_bits);

	if (h->refcount_order > 6)
		return refuse(r, "reference counts of 2^%u bits", h->refcount_order);
	if (h->reftable_offset % cluster || h->reftable_offset == 0 ||
	    h->reftable_offset > INT64_MAX - REFTABLE_MAX)
		return refuse(r, "the refcount table cannot be at offset %llu",
		    (unsigned long long)h->reftable_offset);
	if (h->reftable_clusters == 0 || h->reftable_clusters > REFTABLE_MAX / cluster)
		return refuse(r, "a refcount table of %llu clusters",
		    (unsigned long long)h->reftable_clusters);
	return true;
}

static bool
take_backing(const struct reader *r, uint64_t at, uint32_t n)
{
	if (n == 0 || n > QCOW2_BACKING_MAX || at < HEADER_2 || at > r->n || n > r->n - at ||
	    memchr(r->buf + at, 0, n))
		return refuse(r, "the name of the backing file is wrong");
	memcpy(r->h->backing, r->buf + at, n);
	r->h->backing[n] = '\0';
	return true;
}

static bool
read_fields(const struct reader *r)
{
	static const char *const crypt[] = { "AES", "LUKS" };
	uint64_t backing = get_be64(r->buf + 8), header = HEADER_2;
	uint32_t method = get_be32(r->buf + 32);
	struct qcow2_header *h = r->h;

	h->size = get_be64(r->buf + 24);
	h->l1_size = get_be32(r->buf + 36);
	h->l1_offset = get_be64(r->buf + 40);
	h->reftable_offset = get_be64(r->buf + 48);
	h->reftable_clusters = get_be32(r->buf + 56);
	h->refcount_order = 4;
	if (method)
		return refuse(r, "is encrypted (%s), which is not supported",
		    method <= 2 ? crypt[method - 1] : "by an unknown method");
	if (h->version >= 3) {
		if (r->n < HEADER_3)
			return refuse(r, "the header is cut off");
		h->incompatible = get_be64(r->buf + 72);
		h->autoclear = get_be64(r->buf + 88);
		h->refcount_order = get_be32(r->buf + 96);
		header = get_be32(r->buf + 100);
		if (header < HEADER_3 || header % 8 || header > r->n)
			return refuse(r, "a header of %llu bytes", (unsigned long long)header);
	}
	if (backing && !take_backing(r, backing, get_be32(r->buf + 16)))
		return false;
	return read_extensions(r, header, backing > header ? backing : r->n) &&
	    check_sizes(r) && check_refcounts(r);
}

/* The first cluster, or what there is of it. */
static bool
read_cluster(struct reader *r, int fd)
{
	uint64_t cluster = BIT(r->h->cluster_bits);
	uint8_t *buf;
	bool ok;

	r->n = r->file_end < cluster ? r->file_end : cluster;
	buf = malloc(r->n);
	if (!buf)
		return refuse(r, "out of memory");
	r->buf = buf;
	ok = file_pread(fd, buf, r->n, 0) == 0;
	ok = ok ? read_fields(r) : refuse(r, "cannot read the header");
	free(buf);
	return ok;
}

bool
qcow2_header_read(struct qcow2_header *h, int fd, uint64_t file_end, char *why, size_t n)
{
	struct reader r = { .file_end = file_end, .h = h, .why = why, .room = n };
	uint8_t head[HEADER_2];

	memset(h, 0, sizeof(*h));
	if (file_end < sizeof(head) || file_pread(fd, head, sizeof(head), 0))
		return refuse(&r, "the header is cut off");
	if (!qcow2_magic(head, sizeof(head)))
		return refuse(&r, "not a qcow2 image");
	h->version = get_be32(head + 4);
	h->cluster_bits = get_be32(head + 20);
	if (h->version != 2 && h->version != 3)
		return refuse(&r, "version %u of the format is not supported", h->version);
	if (h->cluster_bits < 9 || h->cluster_bits > 21)
		return refuse(&r, "clusters of 2^%u bytes are not supported", h->cluster_bits);
	return read_cluster(&r, fd);
}
