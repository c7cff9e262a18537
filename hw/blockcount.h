/*
 * hw/blockcount.h - counts what a controller asks of a disk
 *
 * Lies on top of any struct blockdev and is one itself.  The counters are of the
 * run, no state: nothing the guest sees depends on them.
 */
#ifndef HW_BLOCKCOUNT_H
#define HW_BLOCKCOUNT_H

#include "base/blockdev.h"

struct block_stats {
	uint64_t	reads, writes, flushes;
	uint64_t	read_bytes, write_bytes;
};

struct blockcount {
	struct blockdev		dev;		/* as on top of it */
	struct blockdev		below;
	struct block_stats	stats;
};

/* NULL below is NULL again: no medium.  b must outlive what uses the result. */
const struct blockdev *blockcount_init(struct blockcount *b, const struct blockdev *below);

#endif
