/*
 * hw/qcow2_cache.c - tables of a qcow2 image, by slices
 *
 * Direct-mapped: an image may have terabytes of tables, memory does not.
 */
#include "hw/qcow2_priv.h"

#include <string.h>

#include "base/bits.h"
#include "base/fileio.h"

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

uint8_t *
qcow2_table(struct qcow2 *q, uint64_t at, int *err)
{
	uint64_t start = at - at % q->slice;
	uint32_t i = (uint32_t)(start / q->slice % q->slots);
	uint8_t *p = q->slices + (size_t)i * q->slice;
	struct qcow2_slot *s = &q->slot[i];

	if (at >= q->file_end) {
		*err = qcow2_corrupt(q, "a table lies past the end of the file", at);
		return NULL;
	}
	if (s->at != start || start == 0) {
		s->at = 0;
		*err = load(q, start, p);
		if (*err)
			return NULL;
		s->at = start;
	}
	*err = 0;
	return p + at % q->slice;
}

int
qcow2_entry(struct qcow2 *q, uint64_t at, uint64_t *value)
{
	uint8_t *p;
	int err;

	if (q->file_end < 8 || at > q->file_end - 8)
		return qcow2_corrupt(q, "a table lies past the end of the file", at);
	p = qcow2_table(q, at, &err);
	if (p)
		*value = get_be64(p);
	return err;
}
