/*
 * hw/qcow2_write.c - writing to qcow2 images
 *
 * Data goes to the file at once, tables with the next flush.  What a cluster was
 * before is given up only when the table that names the new one is on the disk.
 */
#include "hw/qcow2_priv.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"

#define AUTOCLEAR_FIELD	88u

/* --- tables --- */

/* A cluster filled from scratch. */
static int
new_cluster(struct qcow2 *q, uint64_t *at, int (*fill)(struct qcow2 *q, uint64_t arg),
    uint64_t arg)
{
	int err = qcow2_alloc(q, at);

	if (err)
		return err;
	err = fill(q, arg);
	if (!err)
		err = qcow2_pwrite(q, q->scratch, q->cluster, *at);
	if (err)
		qcow2_unalloc(q, *at);
	return err;
}

/* A copy of an L2 table that a snapshot uses too; 0: an empty one. */
static int
fill_table(struct qcow2 *q, uint64_t from)
{
	uint64_t at;
	uint8_t *p;
	int err;

	memset(q->scratch, 0, q->cluster);
	for (at = 0; from && at < q->cluster; at += q->slice) {
		p = qcow2_table(q, from + at, false, &err);
		if (!p)
			return err;
		memcpy(q->scratch + at, p, q->slice);
	}
	return 0;
}

static int
own_table(struct qcow2 *q, uint64_t l1_at, uint64_t *table)
{
	uint64_t old = *table;
	int err = new_cluster(q, table, fill_table, old);

	if (err)
		return err;
	err = qcow2_put_entry(q, l1_at, *table | QCOW2_COPIED, QCOW2_L1);
	if (err)
		qcow2_unalloc(q, *table);
	else if (old)
		qcow2_free_later(q, old, q->cluster);
	return err;
}

/* The place of a guest cluster's L2 entry, in a table that is the image's own. */
static int
own_entry(struct qcow2 *q, uint64_t guest, uint64_t *at)
{
	unsigned l2_bits = q->h.cluster_bits - 3;
	uint64_t cluster = guest >> q->h.cluster_bits, l1, table;
	uint64_t l1_at = q->h.l1_offset + (cluster >> l2_bits) * 8;
	int err;

	err = qcow2_entry(q, l1_at, &l1);
	if (err)
		return err;
	table = l1 & QCOW2_OFFSET;
	if (table % q->cluster || (table && qcow2_reserved(q, table)))
		return qcow2_corrupt(q, "an L2 table cannot be here", table);
	if (!table || !(l1 & QCOW2_COPIED)) {
		err = own_table(q, l1_at, &table);
		if (err)
			return err;
	}
	*at = table + (cluster & LOW_BITS(l2_bits)) * 8;
	return 0;
}

/* --- data --- */

/* n bytes at guest offset at, in one cluster. */
struct part {
	uint64_t	at;
	uint32_t	n;
	const uint8_t	*p;
	uint64_t	entry;		/* what the cluster is so far */
};

/* In scratch: the whole cluster as it will be. */
static int
compose(struct qcow2 *q, const struct part *w)
{
	uint64_t in = w->at % q->cluster;
	int err = 0;

	if (w->n != q->cluster)
		err = qcow2_read_cluster(q, w->entry, w->at - in, q->scratch,
		    (uint32_t)q->cluster);
	memcpy(q->scratch + in, w->p, w->n);
	return err;
}

static int
write_whole(struct qcow2 *q, const struct part *w, uint64_t host)
{
	int err = compose(q, w);

	return err ? err : qcow2_pwrite(q, q->scratch, q->cluster, host);
}

static void
free_old(struct qcow2 *q, uint64_t entry)
{
	uint64_t at = entry & QCOW2_OFFSET;
	uint32_t n = (uint32_t)q->cluster;

	if (entry & QCOW2_COMPRESSED)
		qcow2_compressed(q, entry, &at, &n);
	if (at)
		qcow2_free_later(q, at, n);
}

static int
write_elsewhere(struct qcow2 *q, const struct part *w, uint64_t entry_at)
{
	uint64_t host;
	int err = qcow2_alloc(q, &host);

	if (err)
		return err;
	err = write_whole(q, w, host);
	if (!err)
		err = qcow2_put_entry(q, entry_at, host | QCOW2_COPIED, QCOW2_L2);
	if (err)
		qcow2_unalloc(q, host);
	else
		free_old(q, w->entry);
	return err;
}

static int
write_in_place(struct qcow2 *q, const struct part *w, uint64_t entry_at)
{
	uint64_t host = w->entry & QCOW2_OFFSET;
	int err;

	if (host % q->cluster || host >= q->file_end || qcow2_reserved(q, host))
		return qcow2_corrupt(q, "a cluster of data cannot be here", host);
	if (!(w->entry & QCOW2_ZERO))
		return qcow2_pwrite(q, w->p, w->n, host + w->at % q->cluster);
	err = write_whole(q, w, host);
	return err ? err : qcow2_put_entry(q, entry_at, host | QCOW2_COPIED, QCOW2_L2);
}

static int
write_part(struct qcow2 *q, struct part *w)
{
	uint64_t entry_at = 0;
	int err = 0;

	if (q->frees_n > QCOW2_FREES - QCOW2_FREES_PART)
		err = qcow2_flush(q);
	if (!err)
		err = own_entry(q, w->at, &entry_at);
	if (!err)
		err = qcow2_entry(q, entry_at, &w->entry);
	if (err)
		return err;
	if ((w->entry & QCOW2_COPIED) && !(w->entry & QCOW2_COMPRESSED))
		return write_in_place(q, w, entry_at);
	return write_elsewhere(q, w, entry_at);
}

/* Bitmaps and other things that would have to follow what is written. */
static int
clear_autoclear(struct qcow2 *q)
{
	static const uint8_t zero[8];
	int err = 0;

	if (q->h.autoclear)
		err = qcow2_pwrite(q, zero, sizeof(zero), AUTOCLEAR_FIELD);
	if (!err && q->h.autoclear)
		err = qcow2_barrier(q);
	if (!err)
		q->h.autoclear = 0;
	return err;
}

int
qcow2_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct qcow2 *q = arg;
	uint64_t left = (uint64_t)n * BLOCKDEV_SECTOR, room;
	struct part w = { .at = lba * BLOCKDEV_SECTOR, .p = buf };
	int err = clear_autoclear(q);

	while (left && !err) {
		room = q->cluster - w.at % q->cluster;
		w.n = (uint32_t)(left < room ? left : room);
		err = write_part(q, &w);
		w.at += w.n;
		w.p += w.n;
		left -= w.n;
	}
	return err;
}

/* Counts that fall may reach the disk whenever they like. */
int
qcow2_flush(void *arg)
{
	struct qcow2 *q = arg;
	int err;

	if (q->dev.readonly)
		return 0;
	err = qcow2_write_tables(q);
	if (!err)
		err = qcow2_barrier(q);
	if (err)
		return err;
	qcow2_free_now(q);
	return qcow2_write_tables(q);
}
