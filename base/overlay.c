/*
 * base/overlay.c - what was written over a disk image
 */
#include "base/overlay.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/overlay_priv.h"

struct dirty_list {
	uint64_t	*cluster;
	size_t		n, room;
	overlay_before_fn before;
	void		*before_arg;
};

struct overlay {
	struct blockdev		dev;
	struct blockdev		base;
	struct log		*log;
	struct overlay_index	index;
	uint64_t		count;		/* written clusters */
	bool			frozen;
	struct overlay_file	*file;		/* NULL: in memory */
	unsigned		unit;
	struct dirty_list	dirty[OVERLAY_CONSUMERS];
	uint8_t			consumers;	/* bits of those that are open */
	int			error;
	bool			complained;	/* a guest can fail without end */
};

static_assert(OVERLAY_CONSUMERS <= 8, "a bit each in struct overlay_cluster");

static int
out_of_memory(struct overlay *o)
{
	if (!o->complained)
		log_error(o->log, "out of memory for what is written to disks");
	o->complained = true;
	return -ENOMEM;
}

/* --- dirty lists --- */

static bool
dirty_push(struct dirty_list *l, uint64_t cluster)
{
	size_t room = l->room ? l->room * 2 : 64;
	uint64_t *more;

	if (l->n == l->room) {
		more = realloc(l->cluster, room * sizeof(*more));
		if (!more)
			return false;
		l->cluster = more;
		l->room = room;
	}
	l->cluster[l->n++] = cluster;
	return true;
}

static int	load_written(const struct overlay *o, uint64_t cluster,
		    const struct overlay_cluster *c, uint8_t out[OVERLAY_CLUSTER]);

/* A consumer keeps what is going to change. */
static bool
tell_before(struct overlay *o, const struct dirty_list *l, uint64_t cluster,
    const struct overlay_cluster *c)
{
	uint8_t data[OVERLAY_CLUSTER];
	bool written = c->flags & CLUSTER_WRITTEN;

	if (!l->before)
		return true;
	if (written && load_written(o, cluster, c, data))
		return false;
	l->before(l->before_arg, cluster, written ? data : NULL);
	return true;
}

/* Before a cluster changes: its entry, with a place in every consumer's list. */
static struct overlay_cluster *
mark_cluster(struct overlay *o, uint64_t cluster)
{
	struct overlay_cluster *c = overlay_index_make(&o->index, cluster);
	unsigned i;

	for (i = 0; c && i < OVERLAY_CONSUMERS; i++) {
		if (!(o->consumers & ~c->listed & 1u << i))
			continue;
		if (!dirty_push(&o->dirty[i], cluster) ||
		    !tell_before(o, &o->dirty[i], cluster, c))
			return NULL;
		c->listed |= (uint8_t)(1u << i);
	}
	return c;
}

int
overlay_dirty_open(struct overlay *o)
{
	unsigned i;

	for (i = 0; i < OVERLAY_CONSUMERS; i++) {
		if (!(o->consumers & 1u << i)) {
			o->consumers |= (uint8_t)(1u << i);
			return (int)i;
		}
	}
	return -1;
}

/* Clusters may be listed again; the list is the caller's. */
static struct dirty_list
dirty_detach(struct overlay *o, int consumer)
{
	struct dirty_list l = o->dirty[consumer];
	size_t i;

	for (i = 0; i < l.n; i++)
		overlay_index_find(&o->index, l.cluster[i])->listed &=
		    (uint8_t)~(1u << consumer);
	o->dirty[consumer] = (struct dirty_list){ .before = l.before,
		.before_arg = l.before_arg };
	return l;
}

void
overlay_dirty_close(struct overlay *o, int consumer)
{
	struct dirty_list l = dirty_detach(o, consumer);

	free(l.cluster);
	o->consumers &= (uint8_t)~(1u << consumer);
	o->dirty[consumer].before = NULL;
}

void
overlay_dirty_before(struct overlay *o, int consumer, overlay_before_fn fn, void *arg)
{
	o->dirty[consumer].before = fn;
	o->dirty[consumer].before_arg = arg;
}

void
overlay_dirty_take(struct overlay *o, int consumer,
    void (*fn)(void *arg, uint64_t cluster), void *arg)
{
	struct dirty_list l = dirty_detach(o, consumer);
	size_t i;

	for (i = 0; i < l.n; i++)
		fn(arg, l.cluster[i]);
	free(l.cluster);
}

/* --- clusters --- */

uint64_t
overlay_clusters(const struct overlay *o)
{
	return o->dev.sectors / OVERLAY_SECTORS + (o->dev.sectors % OVERLAY_SECTORS != 0);
}

/* Sectors of a cluster: the last may reach past the end of the disk. */
static uint32_t
cluster_sectors(const struct overlay *o, uint64_t cluster)
{
	uint64_t left = o->dev.sectors - cluster * OVERLAY_SECTORS;

	return left < OVERLAY_SECTORS ? (uint32_t)left : OVERLAY_SECTORS;
}

/* Zeros past the end of the disk, so that contents are one sequence of bytes. */
static void
clear_tail(const struct overlay *o, uint64_t cluster, uint8_t *data)
{
	uint32_t n = cluster_sectors(o, cluster) * BLOCKDEV_SECTOR;

	memset(data + n, 0, OVERLAY_CLUSTER - n);
}

static const struct overlay_cluster *
find_written(const struct overlay *o, uint64_t cluster)
{
	const struct overlay_cluster *c = overlay_index_find(&o->index, cluster);

	return c && (c->flags & CLUSTER_WRITTEN) ? c : NULL;
}

static int
load_written(const struct overlay *o, uint64_t cluster, const struct overlay_cluster *c,
    uint8_t out[OVERLAY_CLUSTER])
{
	if (o->file)
		return overlay_file_read(o->file, o->unit, cluster, c, out);
	memcpy(out, c->data, OVERLAY_CLUSTER);
	return 0;
}

/* As the guest sees it. */
static int
load_cluster(const struct overlay *o, uint64_t cluster, uint8_t out[OVERLAY_CLUSTER])
{
	const struct overlay_cluster *c = find_written(o, cluster);

	if (c)
		return load_written(o, cluster, c, out);
	clear_tail(o, cluster, out);
	return o->base.read(o->base.arg, cluster * OVERLAY_SECTORS,
	    cluster_sectors(o, cluster), out);
}

static int
store_in_memory(struct overlay *o, struct overlay_cluster *c, const uint8_t *data)
{
	if (!data) {
		free(c->data);
		c->data = NULL;
		return 0;
	}
	if (!c->data)
		c->data = malloc(OVERLAY_CLUSTER);
	if (!c->data)
		return out_of_memory(o);
	memcpy(c->data, data, OVERLAY_CLUSTER);
	return 0;
}

/* NULL: as in the image. */
static int
store_cluster(struct overlay *o, uint64_t cluster, const uint8_t *data)
{
	struct overlay_cluster *c = mark_cluster(o, cluster);
	bool was;
	int err;

	if (!c)
		return out_of_memory(o);
	was = c->flags & CLUSTER_WRITTEN;
	err = o->file ? overlay_file_write(o->file, o->unit, cluster, c, data) :
	    store_in_memory(o, c, data);
	if (err)
		return err;
	o->count += (data != NULL) - (uint64_t)was;
	c->flags = (uint8_t)(data ? c->flags | CLUSTER_WRITTEN : c->flags & ~CLUSTER_WRITTEN);
	return 0;
}

bool
overlay_get(struct overlay *o, uint64_t cluster, uint8_t out[OVERLAY_CLUSTER])
{
	const struct overlay_cluster *c = NULL;
	int err;

	if (cluster < overlay_clusters(o))
		c = find_written(o, cluster);
	if (!c)
		return false;
	err = load_written(o, cluster, c, out);
	if (err) {
		memset(out, 0, OVERLAY_CLUSTER);
		o->error = err;
	}
	return true;
}

int
overlay_error(const struct overlay *o)
{
	return o->error;
}

/* What is the same already costs no record and is not dirty. */
int
overlay_put(struct overlay *o, uint64_t cluster, const uint8_t *data)
{
	const struct overlay_cluster *c;
	uint8_t now[OVERLAY_CLUSTER], put[OVERLAY_CLUSTER];

	if (cluster >= overlay_clusters(o) || (data && !o->frozen))
		return -EINVAL;
	c = find_written(o, cluster);
	if (!data)
		return c ? store_cluster(o, cluster, NULL) : 0;
	memcpy(put, data, sizeof(put));
	clear_tail(o, cluster, put);
	if (c && load_written(o, cluster, c, now) == 0 && !memcmp(now, put, sizeof(put)))
		return 0;
	return store_cluster(o, cluster, put);
}

struct each {
	void	(*fn)(void *arg, uint64_t cluster);
	void	*arg;
};

static int
each_written(void *arg, uint64_t cluster, struct overlay_cluster *c)
{
	const struct each *e = arg;

	if (c->flags & CLUSTER_WRITTEN)
		e->fn(e->arg, cluster);
	return 0;
}

void
overlay_each(struct overlay *o, void (*fn)(void *arg, uint64_t cluster), void *arg)
{
	struct each e = { fn, arg };

	overlay_index_each(&o->index, each_written, &e);
}

uint64_t
overlay_count(const struct overlay *o)
{
	return o->count;
}

/* --- what the controller sees --- */

/* The part of [lba, lba + n) that lies in lba's cluster. */
static uint32_t
part_of(uint64_t lba, uint32_t n)
{
	uint32_t room = OVERLAY_SECTORS - (uint32_t)(lba % OVERLAY_SECTORS);

	return n < room ? n : room;
}

/* How much of it can be read from the image at once. */
static uint32_t
unwritten_part(const struct overlay *o, uint64_t lba, uint32_t n)
{
	uint32_t part = 0;

	while (part < n && !find_written(o, (lba + part) / OVERLAY_SECTORS))
		part += part_of(lba + part, n - part);
	return part;
}

static int
read_written(const struct overlay *o, uint64_t lba, uint32_t n, uint8_t *p)
{
	uint64_t cluster = lba / OVERLAY_SECTORS;
	uint8_t data[OVERLAY_CLUSTER];
	int err = load_cluster(o, cluster, data);

	if (!err)
		memcpy(p, data + lba % OVERLAY_SECTORS * BLOCKDEV_SECTOR, n * BLOCKDEV_SECTOR);
	return err;
}

static int
overlay_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct overlay *o = arg;
	uint8_t *p = buf;
	uint32_t part;
	int err = 0;

	while (n && !err) {
		part = unwritten_part(o, lba, n);
		if (part) {
			err = o->base.read(o->base.arg, lba, part, p);
		} else {
			part = part_of(lba, n);
			err = read_written(o, lba, part, p);
		}
		lba += part;
		n -= part;
		p += part * BLOCKDEV_SECTOR;
	}
	return err;
}

/* n sectors of one cluster. */
static int
write_part(struct overlay *o, uint64_t lba, uint32_t n, const uint8_t *p)
{
	uint64_t cluster = lba / OVERLAY_SECTORS;
	uint8_t data[OVERLAY_CLUSTER];
	int err = 0;

	if (n == cluster_sectors(o, cluster))
		clear_tail(o, cluster, data);
	else
		err = load_cluster(o, cluster, data);
	if (err)
		return err;
	memcpy(data + lba % OVERLAY_SECTORS * BLOCKDEV_SECTOR, p, n * BLOCKDEV_SECTOR);
	return store_cluster(o, cluster, data);
}

static int
write_through(struct overlay *o, uint64_t lba, uint32_t n, const void *buf)
{
	uint64_t cluster, last = (lba + n - 1) / OVERLAY_SECTORS;

	for (cluster = lba / OVERLAY_SECTORS; o->consumers && n && cluster <= last; cluster++)
		if (!mark_cluster(o, cluster))
			return out_of_memory(o);
	return o->base.write(o->base.arg, lba, n, buf);
}

static int
overlay_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct overlay *o = arg;
	const uint8_t *p = buf;
	uint32_t part;
	int err = 0;

	if (!o->frozen)
		return write_through(o, lba, n, buf);
	while (n && !err) {
		part = part_of(lba, n);
		err = write_part(o, lba, part, p);
		lba += part;
		n -= part;
		p += part * BLOCKDEV_SECTOR;
	}
	return err;
}

static int
overlay_flush(void *arg)
{
	struct overlay *o = arg;

	if (!o->frozen)
		return o->base.flush(o->base.arg);
	return o->file ? overlay_file_flush(o->file) : 0;
}

/* --- construction --- */

struct overlay *
overlay_new(const struct blockdev *base, struct log *log)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->base = *base;
	o->log = log;
	o->dev.sectors = base->sectors;
	o->dev.readonly = base->readonly;
	o->dev.read = overlay_read;
	o->dev.write = overlay_write;
	o->dev.flush = overlay_flush;
	o->dev.arg = o;
	overlay_index_init(&o->index, overlay_clusters(o));
	return o;
}

static int
free_cluster(void *arg, uint64_t cluster, struct overlay_cluster *c)
{
	(void)arg;
	(void)cluster;
	free(c->data);
	return 0;
}

void
overlay_free(struct overlay *o)
{
	unsigned i;

	if (!o)
		return;
	if (!o->file)
		overlay_index_each(&o->index, free_cluster, NULL);
	overlay_index_fini(&o->index);
	for (i = 0; i < OVERLAY_CONSUMERS; i++)
		free(o->dirty[i].cluster);
	free(o);
}

const struct blockdev *
overlay_dev(const struct overlay *o)
{
	return &o->dev;
}

void
overlay_freeze(struct overlay *o, struct overlay_file *f, unsigned unit)
{
	if (o->frozen)
		return;
	o->frozen = true;
	o->file = f;
	o->unit = unit;
}

bool
overlay_frozen(const struct overlay *o)
{
	return o->frozen;
}

void
overlay_hold(struct overlay *o)
{
	if (o->file)
		overlay_file_hold(o->file, true);
}

void
overlay_release(struct overlay *o)
{
	if (o->file)
		overlay_file_hold(o->file, false);
}
