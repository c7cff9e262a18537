/*
 * hw/blockcount.c - counts what a controller asks of a disk
 */
#include "hw/blockcount.h"

static int
count_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct blockcount *b = arg;

	b->stats.reads++;
	b->stats.read_bytes += (uint64_t)n * BLOCKDEV_SECTOR;
	return b->below.read(b->below.arg, lba, n, buf);
}

static int
count_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct blockcount *b = arg;

	b->stats.writes++;
	b->stats.write_bytes += (uint64_t)n * BLOCKDEV_SECTOR;
	return b->below.write(b->below.arg, lba, n, buf);
}

static int
count_flush(void *arg)
{
	struct blockcount *b = arg;

	b->stats.flushes++;
	return b->below.flush(b->below.arg);
}

const struct blockdev *
blockcount_init(struct blockcount *b, const struct blockdev *below)
{
	if (!below)
		return NULL;
	b->below = *below;
	b->dev = *below;
	b->dev.read = count_read;
	b->dev.write = count_write;
	b->dev.flush = count_flush;
	b->dev.arg = b;
	return &b->dev;
}
