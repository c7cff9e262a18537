/*
 * hw/qcow2_alloc.c - which clusters of a qcow2 image are in use
 *
 * docs/interop/qcow2, "Host cluster management".
 */
#include "hw/qcow2_priv.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"

#define REFTABLE_OFFSET	0xfffffffffffffe00ull
#define REFTABLE_MAX	(8u << 20)	/* bytes, as qemu */
#define REFTABLE_FIELD	48u		/* in the header: offset and clusters */
#define SEARCH		(1u << 20)	/* counts to look at for one cluster */

/* --- counts --- */

/* Clusters a refcount block counts. */
static uint64_t
per_block(const struct qcow2 *q)
{
	return q->cluster * 8 >> q->h.refcount_order;
}

static uint64_t
reftable_entries(const struct qcow2 *q)
{
	return q->h.reftable_clusters * (q->cluster / 8);
}

/* Where the count of a cluster is; *at 0: there is no block for it. */
static int
count_place(struct qcow2 *q, uint64_t index, uint64_t *at)
{
	uint64_t r = index / per_block(q), block = 0;
	int err = 0;

	*at = 0;
	if (r < reftable_entries(q))
		err = qcow2_entry(q, q->h.reftable_offset + r * 8, &block);
	block &= REFTABLE_OFFSET;
	if (err || !block)
		return err;
	if (block % q->cluster || block > INT64_MAX - q->cluster)
		return qcow2_corrupt(q, "a refcount block is not aligned", block);
	*at = block + ((index % per_block(q)) << q->h.refcount_order) / 8;
	return 0;
}

static uint64_t
count_get(const struct qcow2 *q, const uint8_t *p, uint64_t index)
{
	unsigned order = q->h.refcount_order, bits = 1u << order;

	switch (order) {
	case 3: return p[0];
	case 4: return get_be16(p);
	case 5: return get_be32(p);
	case 6: return get_be64(p);
	default: return bits_get(p[0], (unsigned)(index << order & 7), bits);
	}
}

static void
count_put(const struct qcow2 *q, uint8_t *p, uint64_t index, uint64_t count)
{
	unsigned order = q->h.refcount_order, bits = 1u << order;

	switch (order) {
	case 3: p[0] = (uint8_t)count; break;
	case 4: put_be16(p, (uint16_t)count); break;
	case 5: put_be32(p, (uint32_t)count); break;
	case 6: put_be64(p, count); break;
	default: p[0] = (uint8_t)bits_put(p[0], (unsigned)(index << order & 7), bits, count);
	}
}

/* *at 0: no block, and a count of 0. */
static int
refcount(struct qcow2 *q, uint64_t index, uint64_t *at, uint64_t *count)
{
	const uint8_t *p;
	int err = count_place(q, index, at);

	*count = 0;
	if (err || !*at)
		return err;
	p = qcow2_table(q, *at, false, &err);
	if (p)
		*count = count_get(q, p, index);
	return err;
}

static int
set_refcount(struct qcow2 *q, uint64_t index, uint64_t at, uint64_t count)
{
	uint8_t *p;
	int err;

	p = qcow2_table(q, at, true, &err);
	if (!p)
		return err;
	count_put(q, p, index, count);
	qcow2_dirty(q, at, QCOW2_REFBLOCK);
	return 0;
}

bool
qcow2_reserved(const struct qcow2 *q, uint64_t at)
{
	uint64_t table = q->h.reftable_clusters * q->cluster;

	return at < q->cluster ||
	    (at + q->cluster > q->h.l1_offset && at < q->h.l1_offset + q->h.l1_size * 8) ||
	    (at + q->cluster > q->h.reftable_offset && at < q->h.reftable_offset + table);
}

bool
qcow2_check_refcounts(struct qcow2 *q)
{
	uint64_t fixed[] = { 0, q->h.l1_offset, q->h.reftable_offset }, at, count;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (refcount(q, fixed[i] / q->cluster, &at, &count))
			return false;
		if (count)
			continue;
		(void)!qcow2_corrupt(q, "the refcount of a table is 0", fixed[i]);
		return false;
	}
	return true;
}

/* --- more counts --- */

/* A block for clusters of which none is in use: it takes the first of them. */
static int
make_block(struct qcow2 *q, uint64_t r)
{
	uint64_t index = r * per_block(q), at = index * q->cluster;
	int err;

	if (qcow2_reserved(q, at))
		return qcow2_corrupt(q, "a table has no refcount", at);
	memset(q->scratch, 0, q->cluster);
	count_put(q, q->scratch, index, 1);
	err = qcow2_pwrite(q, q->scratch, q->cluster, at);
	if (err)
		return err;
	qcow2_forget(q, at, q->cluster);
	return qcow2_put_entry(q, q->h.reftable_offset + r * 8, at, QCOW2_REFTABLE);
}

/* Room for a longer table and the blocks that count it and themselves. */
struct growth {
	uint64_t	r;		/* the first block's number */
	uint64_t	blocks, table;	/* clusters, in this order */
};

static bool
plan_growth(const struct qcow2 *q, uint64_t r, struct growth *g)
{
	uint64_t end = (q->file_end + q->cluster - 1) / q->cluster, per = per_block(q), need;

	g->r = (end + per - 1) / per;
	if (g->r < r)
		g->r = r;
	g->table = 2 * q->h.reftable_clusters;
	for (;;) {
		if (g->table > REFTABLE_MAX / q->cluster)
			return false;
		g->blocks = 1;
		while (g->blocks * per < g->blocks + g->table)
			g->blocks++;
		need = g->r + g->blocks;
		if (g->table * (q->cluster / 8) >= need)
			return true;
		g->table = need / (q->cluster / 8) + 1;
	}
}

static int
write_new_blocks(struct qcow2 *q, const struct growth *g)
{
	uint64_t per = per_block(q), first = g->r * per, left = g->blocks + g->table, b, i;
	unsigned bits = 1u << q->h.refcount_order;
	int err = 0;

	for (b = 0; b < g->blocks && !err; b++) {
		memset(q->scratch, 0, q->cluster);
		for (i = 0; i < per && left; i++, left--)
			count_put(q, q->scratch + i * bits / 8, i, 1);
		err = qcow2_pwrite(q, q->scratch, q->cluster, (first + b) * q->cluster);
	}
	return err;
}

static int
new_table_entry(struct qcow2 *q, const struct growth *g, uint64_t r, uint64_t *value)
{
	*value = 0;
	if (r < reftable_entries(q))
		return qcow2_entry(q, q->h.reftable_offset + r * 8, value);
	if (r >= g->r && r < g->r + g->blocks)
		*value = (g->r * per_block(q) + r - g->r) * q->cluster;
	return 0;
}

static int
write_new_table(struct qcow2 *q, const struct growth *g, uint64_t at)
{
	uint64_t c, i, value, per = q->cluster / 8;
	int err = 0;

	for (c = 0; c < g->table && !err; c++) {
		for (i = 0; i < per && !err; i++) {
			err = new_table_entry(q, g, c * per + i, &value);
			put_be64(q->scratch + i * 8, value);
		}
		if (!err)
			err = qcow2_pwrite(q, q->scratch, q->cluster, at + c * q->cluster);
	}
	return err;
}

static void	give_up(struct qcow2 *q, uint64_t index);

/* The old table holds until the header names the new one. */
static int
grow_reftable(struct qcow2 *q, uint64_t r)
{
	uint64_t old = q->h.reftable_offset, old_clusters = q->h.reftable_clusters, at, i;
	struct growth g;
	uint8_t field[12];
	int err;

	if (!plan_growth(q, r, &g))
		return qcow2_failed(q, "grow", -EFBIG);
	at = (g.r * per_block(q) + g.blocks) * q->cluster;
	qcow2_forget(q, at - g.blocks * q->cluster, (g.blocks + g.table) * q->cluster);
	err = write_new_blocks(q, &g);
	if (!err)
		err = write_new_table(q, &g, at);
	if (!err)
		err = qcow2_barrier(q);
	put_be64(field, at);
	put_be32(field + 8, (uint32_t)g.table);
	if (!err)
		err = qcow2_pwrite(q, field, sizeof(field), REFTABLE_FIELD);
	if (!err)
		err = qcow2_barrier(q);
	if (err)
		return err;
	qcow2_forget(q, old, old_clusters * q->cluster);
	q->h.reftable_offset = at;
	q->h.reftable_clusters = g.table;
	for (i = 0; i < old_clusters; i++)
		give_up(q, old / q->cluster + i);
	return 0;
}

/* A step towards a block for this cluster; a longer table may come with it. */
static int
make_count(struct qcow2 *q, uint64_t index)
{
	uint64_t r = index / per_block(q);

	return r < reftable_entries(q) ? make_block(q, r) : grow_reftable(q, r);
}

/* --- clusters --- */

/* The next cluster that is free, from the hint on; *at 0: no block counts it. */
static int
find_free(struct qcow2 *q, uint64_t *at)
{
	uint64_t count = 1, end = (q->file_end + q->cluster - 1) / q->cluster;
	unsigned budget = SEARCH, tries = 2;
	int err;

	for (;;) {
		err = refcount(q, q->hint, at, &count);
		if (err)
			return err;
		if (!count && !qcow2_reserved(q, q->hint * q->cluster))
			return 0;
		q->hint++;
		if (--budget)
			continue;
		if (!--tries)
			return qcow2_corrupt(q, "no cluster is free past its end", end);
		budget = SEARCH;
		if (q->hint < end)
			q->hint = end;
	}
}

int
qcow2_alloc(struct qcow2 *q, uint64_t *at)
{
	unsigned tries = 4;		/* a block, a longer table */
	uint64_t place;
	int err;

	for (;;) {
		err = find_free(q, &place);
		if (err)
			return err;
		if (q->hint * q->cluster > QCOW2_OFFSET)
			return qcow2_failed(q, "grow", -EFBIG);
		if (place)
			break;
		err = tries-- ? make_count(q, q->hint) :
		    qcow2_corrupt(q, "no cluster is free", q->file_end);
		if (err)
			return err;
	}
	err = set_refcount(q, q->hint, place, 1);
	if (err)
		return err;
	*at = q->hint++ * q->cluster;
	qcow2_forget(q, *at, q->cluster);
	return 0;
}

/* A reference less.  What cannot be given up is lost, and no harm done. */
static void
give_up(struct qcow2 *q, uint64_t index)
{
	uint64_t at, count;

	if (refcount(q, index, &at, &count))
		return;
	if (!count) {
		(void)!qcow2_corrupt(q, "a cluster in use has refcount 0", index * q->cluster);
		return;
	}
	if (set_refcount(q, index, at, count - 1) || count > 1)
		return;
	q->unpacked_entry = 0;
	if (index < q->hint)
		q->hint = index;
}

void
qcow2_unalloc(struct qcow2 *q, uint64_t at)
{
	give_up(q, at / q->cluster);
}

void
qcow2_free_later(struct qcow2 *q, uint64_t at, uint64_t n)
{
	uint64_t index = at / q->cluster, last = (at + n - 1) / q->cluster;

	for (; index <= last && q->frees_n < QCOW2_FREES; index++)
		q->frees[q->frees_n++] = index;
}

void
qcow2_free_now(struct qcow2 *q)
{
	while (q->frees_n)
		give_up(q, q->frees[--q->frees_n]);
}
