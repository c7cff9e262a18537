/*
 * hw/qcow2.c - disk images in the format qcow2: opening and reading
 *
 * docs/interop/qcow2, "Cluster mapping".
 */
#define _GNU_SOURCE	/* 64-bit offsets */
#include "hw/qcow2_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/bits.h"
#include "base/fileio.h"
#include "hw/hostfile.h"

#define SLICE_MAX	4096u

int
qcow2_failed(struct qcow2 *q, const char *what, int err)
{
	if (!q->complained)
		log_error(q->log, "%s: cannot %s the image: %s", q->path, what,
		    hostfile_error(q->fd, q->file_end, err));
	q->complained = true;
	return err;
}

int
qcow2_corrupt(struct qcow2 *q, const char *what, uint64_t at)
{
	if (!q->complained)
		log_error(q->log, "%s: the image is damaged: %s (offset %" PRIu64 "); "
		    "\"qemu-img check\" says more", q->path, what, at);
	q->complained = true;
	return -EIO;
}

/* --- mapping --- */

int
qcow2_find(struct qcow2 *q, uint64_t guest, uint64_t *at, uint64_t *entry)
{
	unsigned l2_bits = q->h.cluster_bits - 3;
	uint64_t cluster = guest >> q->h.cluster_bits, l1, table;
	int err;

	*at = *entry = 0;
	err = qcow2_entry(q, q->h.l1_offset + (cluster >> l2_bits) * 8, &l1);
	table = l1 & QCOW2_OFFSET;
	if (err || !table)
		return err;
	if (table % q->cluster)
		return qcow2_corrupt(q, "an L2 table is not aligned", table);
	*at = table + (cluster & LOW_BITS(l2_bits)) * 8;
	return qcow2_entry(q, *at, entry);
}

/* --- contents of a cluster --- */

void
qcow2_compressed(const struct qcow2 *q, uint64_t entry, uint64_t *at, uint32_t *n)
{
	unsigned x = 62 - (q->h.cluster_bits - 8);
	uint32_t sectors = (uint32_t)bits_get(entry, x, 62 - x) + 1;

	*at = entry & LOW_BITS(x);
	*n = sectors * 512 - (uint32_t)(*at % 512);
}

/* A stream of raw deflate that makes one cluster; what follows it is not ours. */
static bool
unpack(struct qcow2 *q, uint32_t n)
{
	z_stream z = { .next_in = q->packed, .avail_in = n, .next_out = q->unpacked,
		.avail_out = (uInt)q->cluster };
	bool ok;

	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return false;
	(void)inflate(&z, Z_FINISH);
	ok = z.avail_out == 0;
	inflateEnd(&z);
	return ok;
}

static int
load_compressed(struct qcow2 *q, uint64_t entry)
{
	uint64_t at;
	uint32_t n;
	int err;

	if (q->unpacked_entry == entry)
		return 0;
	q->unpacked_entry = 0;
	qcow2_compressed(q, entry, &at, &n);
	if (at >= q->file_end)
		return qcow2_corrupt(q, "a cluster lies past the end of the file", at);
	if (n > q->file_end - at)
		n = (uint32_t)(q->file_end - at);
	err = file_pread(q->fd, q->packed, n, at);
	if (err)
		return qcow2_failed(q, "read", err);
	if (!unpack(q, n))
		return qcow2_corrupt(q, "a compressed cluster cannot be unpacked", at);
	q->unpacked_entry = entry;
	return 0;
}

/* The last cluster of a file may be cut short: zeros. */
static int
read_host(struct qcow2 *q, uint64_t cluster, uint64_t in, uint8_t *p, uint32_t n)
{
	uint64_t at = cluster + in;
	uint32_t there = n;
	int err;

	if (cluster % q->cluster)
		return qcow2_corrupt(q, "a cluster is not aligned", cluster);
	if (cluster >= q->file_end)
		return qcow2_corrupt(q, "a cluster lies past the end of the file", cluster);
	if (at >= q->file_end)
		there = 0;
	else if (n > q->file_end - at)
		there = (uint32_t)(q->file_end - at);
	err = file_pread(q->fd, p, there, at);
	memset(p + there, 0, n - there);
	return err ? qcow2_failed(q, "read", err) : 0;
}

/* From below; zeros past its end. */
static int
read_backing(struct qcow2 *q, uint64_t at, uint8_t *p, uint32_t n)
{
	uint64_t lba = at / BLOCKDEV_SECTOR, have = q->backing.sectors;
	uint32_t sectors = n / BLOCKDEV_SECTOR;

	have = lba < have ? have - lba : 0;
	if (sectors > have)
		sectors = (uint32_t)have;
	memset(p + (size_t)sectors * BLOCKDEV_SECTOR, 0, n - sectors * BLOCKDEV_SECTOR);
	return sectors ? q->backing.read(q->backing.arg, lba, sectors, p) : 0;
}

int
qcow2_read_cluster(struct qcow2 *q, uint64_t entry, uint64_t at, uint8_t *p, uint32_t n)
{
	uint64_t in = at % q->cluster;
	int err;

	if (entry & QCOW2_COMPRESSED) {
		err = load_compressed(q, entry);
		if (!err)
			memcpy(p, q->unpacked + in, n);
		return err;
	}
	if (entry & QCOW2_ZERO) {
		if (q->h.version < 3)
			return qcow2_corrupt(q, "a cluster of zeros in version 2", at);
		memset(p, 0, n);
		return 0;
	}
	if (entry & QCOW2_OFFSET)
		return read_host(q, entry & QCOW2_OFFSET, in, p, n);
	return read_backing(q, at, p, n);
}

static int
qcow2_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct qcow2 *q = arg;
	uint64_t at = lba * BLOCKDEV_SECTOR, left = (uint64_t)n * BLOCKDEV_SECTOR;
	uint64_t table, entry, part;
	uint8_t *p = buf;
	int err = 0;

	for (; left && !err; at += part, p += part, left -= part) {
		part = q->cluster - at % q->cluster;
		if (part > left)
			part = left;
		err = qcow2_find(q, at, &table, &entry);
		if (!err)
			err = qcow2_read_cluster(q, entry, at, p, (uint32_t)part);
	}
	return err;
}

/* --- opening --- */

static bool
open_refused(struct qcow2 *q, const char *why)
{
	log_error(q->log, "%s: qcow2: %s", q->path, why);
	return false;
}

static bool
check_size(struct qcow2 *q, unsigned unit)
{
	if (q->h.size % unit == 0)
		return true;
	log_error(q->log, "%s: size %" PRIu64 " is not a multiple of %u bytes", q->path,
	    q->h.size, unit);
	return false;
}

static bool
open_memory(struct qcow2 *q)
{
	q->cluster = BIT(q->h.cluster_bits);
	q->slice = q->cluster < SLICE_MAX ? (uint32_t)q->cluster : SLICE_MAX;
	q->slots = QCOW2_CACHE / q->slice;
	q->slot = calloc(q->slots, sizeof(*q->slot));
	q->slices = malloc(QCOW2_CACHE);
	q->packed = malloc(2 * q->cluster);
	q->unpacked = malloc(q->cluster);
	q->spare = malloc(q->slice);
	q->scratch = malloc(q->cluster);
	q->frees = calloc(QCOW2_FREES, sizeof(*q->frees));
	return (q->slot && q->slices && q->packed && q->unpacked && q->spare && q->scratch &&
	    q->frees) || open_refused(q, "out of memory");
}

/* Lazy reference counts may be behind; they are repaired before they are used. */
static bool
open_to_write(struct qcow2 *q)
{
	if (q->h.incompatible & QCOW2_DIRTY)
		return open_refused(q, "was not closed (dirty bit); \"qemu-img check -r all\" "
		    "repairs it");
	if (q->h.incompatible & QCOW2_CORRUPT)
		return open_refused(q, "is marked as corrupt; \"qemu-img check -r all\" may "
		    "repair it");
	return qcow2_check_refcounts(q);
}

static bool
open_file(struct qcow2 *q, unsigned unit)
{
	char why[160];

	q->fd = hostfile_open(q->path, q->dev.readonly, q->log);
	if (q->fd < 0 || hostfile_size(q->fd, q->path, &q->file_end, q->log))
		return false;
	if (!qcow2_header_read(&q->h, q->fd, q->file_end, why, sizeof(why)))
		return open_refused(q, why);
	return check_size(q, unit) && open_memory(q) &&
	    (q->dev.readonly || open_to_write(q));
}

struct qcow2 *
qcow2_open(const char *path, bool readonly, unsigned unit, struct log *log)
{
	struct qcow2 *q = calloc(1, sizeof(*q));

	if (q)
		q->path = strdup(path);
	if (!q || !q->path) {
		log_error(log, "%s: out of memory", path);
		free(q);
		return NULL;
	}
	q->log = log;
	q->fd = -1;
	q->dev = (struct blockdev){ .read = qcow2_read, .write = qcow2_write,
		.flush = qcow2_flush, .arg = q, .readonly = readonly };
	if (!open_file(q, unit)) {
		qcow2_close(q);
		return NULL;
	}
	q->dev.sectors = q->h.size / BLOCKDEV_SECTOR;
	return q;
}

void
qcow2_close(struct qcow2 *q)
{
	if (!q)
		return;
	if (q->dev.sectors)
		(void)!qcow2_flush(q);
	if (q->fd >= 0)
		close(q->fd);
	free(q->frees);
	free(q->scratch);
	free(q->spare);
	free(q->slot);
	free(q->slices);
	free(q->packed);
	free(q->unpacked);
	free(q->path);
	free(q);
}

const struct blockdev *
qcow2_dev(const struct qcow2 *q)
{
	return &q->dev;
}

const char *
qcow2_backing(const struct qcow2 *q)
{
	return q->h.backing[0] ? q->h.backing : NULL;
}

const char *
qcow2_backing_format(const struct qcow2 *q)
{
	return q->h.backing_format[0] ? q->h.backing_format : NULL;
}

void
qcow2_set_backing(struct qcow2 *q, const struct blockdev *backing)
{
	q->backing = *backing;
}
