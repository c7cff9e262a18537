/*
 * hw/qcow2_cache.c - tables of a qcow2 image, by slices
 *
 * Direct-mapped: an image may have terabytes of tables, memory does not.  What
 * is changed stays here until a flush or until the slot is needed; then all of
 * it is written, level by level.  So the file never names a cluster that is not
 * counted or not filled, and whenever the program or the host dies there are
 * leaks at most.
 */
#define _GNU_SOURCE	/* fdatasync */
#include "hw/qcow2_priv.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/fileio.h"

/* --- the file --- */

int
qcow2_pwrite(struct qcow2 *q, const void *p, size_t n, uint64_t at)
{
	int err;

	if (q->broken)
		return q->broken;
	q->unsynced = true;
	err = file_pwrite(q->fd, p, n, at);
	if (err)
		return qcow2_failed(q, "write", err);
	if (at + n > q->file_end)
		q->file_end = at + n;
	return 0;
}

/* After an error nobody knows what the disk has: what follows must not rely on
 * it, so nothing follows. */
int
qcow2_barrier(struct qcow2 *q)
{
	if (q->broken || !q->unsynced)
		return q->broken;
	if (fdatasync(q->fd) < 0) {
		q->broken = -errno;
		return qcow2_failed(q, "flush", q->broken);
	}
	q->unsynced = false;
	return 0;
}

static int
load(struct qcow2 *q, uint64_t at, uint8_t *p)
{
	uint64_t there = q->file_end - at;
	int err;

	if (there > q->slice)
		there = q->slice;
	err = file_pread(q->fd, p, there, at);
	memset(p + there, 0, q->slice - there);
	return err ? qcow2_failed(q, "read a table of", err) : 0;
}

/* --- dirty slices --- */

static void
set_dirty(struct qcow2 *q, struct qcow2_slot *s, uint8_t dirty)
{
	if (s->dirty)
		q->dirty[s->dirty - 1]--;
	s->dirty = dirty;
	if (s->dirty)
		q->dirty[s->dirty - 1]++;
}

static int
write_level(struct qcow2 *q, enum qcow2_level level)
{
	uint32_t i;
	int err;

	for (i = 0; i < q->slots && q->dirty[level]; i++) {
		if (q->slot[i].dirty != level + 1)
			continue;
		err = qcow2_pwrite(q, q->slices + (size_t)i * q->slice, q->slice,
		    q->slot[i].at);
		if (err)
			return err;
		set_dirty(q, &q->slot[i], 0);
	}
	return 0;
}

int
qcow2_write_tables(struct qcow2 *q)
{
	unsigned level;
	int err;

	for (level = 0; level < QCOW2_LEVELS; level++) {
		if (!q->dirty[level])
			continue;
		err = level ? qcow2_barrier(q) : 0;
		if (!err)
			err = write_level(q, level);
		if (err)
			return err;
	}
	return 0;
}

/* --- slices --- */

static uint8_t *
slot_data(struct qcow2 *q, uint64_t at, struct qcow2_slot **s)
{
	uint32_t i = (uint32_t)(at / q->slice % q->slots);

	*s = &q->slot[i];
	return q->slices + (size_t)i * q->slice;
}

/* Reading goes on when there is no room to write what is in the way. */
static uint8_t *
slot_for(struct qcow2 *q, uint64_t start, bool to_write, int *err)
{
	struct qcow2_slot *s;
	uint8_t *p = slot_data(q, start, &s);

	if (s->at == start && start)
		return p;
	if (s->dirty)
		*err = qcow2_write_tables(q);
	if (*err && to_write)
		return NULL;
	if (*err)
		p = q->spare;
	else
		s->at = 0;
	*err = load(q, start, p);
	if (!*err && p != q->spare)
		s->at = start;
	return *err ? NULL : p;
}

uint8_t *
qcow2_table(struct qcow2 *q, uint64_t at, bool to_write, int *err)
{
	uint64_t start = at - at % q->slice;
	uint8_t *p;

	*err = 0;
	if (at >= q->file_end) {
		*err = qcow2_corrupt(q, "a table lies past the end of the file", at);
		return NULL;
	}
	if (to_write && at < q->cluster) {
		*err = qcow2_corrupt(q, "a table lies in the header", at);
		return NULL;
	}
	p = slot_for(q, start, to_write, err);
	return p ? p + at % q->slice : NULL;
}

void
qcow2_dirty(struct qcow2 *q, uint64_t at, enum qcow2_level level)
{
	struct qcow2_slot *s;

	slot_data(q, at, &s);
	set_dirty(q, s, (uint8_t)(level + 1));
}

void
qcow2_forget(struct qcow2 *q, uint64_t at, uint64_t n)
{
	uint64_t start = at - at % q->slice, end = at + n;
	struct qcow2_slot *s;

	for (; start < end; start += q->slice) {
		slot_data(q, start, &s);
		if (s->at != start)
			continue;
		set_dirty(q, s, 0);
		s->at = 0;
	}
}

/* --- entries --- */

static bool
past_end(struct qcow2 *q, uint64_t at)
{
	return q->file_end < 8 || at > q->file_end - 8;
}

int
qcow2_entry(struct qcow2 *q, uint64_t at, uint64_t *value)
{
	uint8_t *p;
	int err;

	if (past_end(q, at))
		return qcow2_corrupt(q, "a table lies past the end of the file", at);
	p = qcow2_table(q, at, false, &err);
	if (p)
		*value = get_be64(p);
	return err;
}

int
qcow2_put_entry(struct qcow2 *q, uint64_t at, uint64_t value, enum qcow2_level level)
{
	uint8_t *p;
	int err;

	if (past_end(q, at))
		return qcow2_corrupt(q, "a table lies past the end of the file", at);
	p = qcow2_table(q, at, true, &err);
	if (!p)
		return err;
	put_be64(p, value);
	qcow2_dirty(q, at, level);
	return 0;
}
