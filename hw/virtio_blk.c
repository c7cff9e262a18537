/*
 * hw/virtio_blk.c - virtio disk
 *
 * References are to VirtIO 1.1.
 */
#include "hw/virtio_blk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define SECTOR		BLOCKDEV_SECTOR
#define PIECE		16u		/* sectors moved at a time */

/* 5.2.3 "Feature bits" */
#define F_SIZE_MAX	((uint64_t)1 << 1)
#define F_SEG_MAX	((uint64_t)1 << 2)
#define F_RO		((uint64_t)1 << 5)
#define F_BLK_SIZE	((uint64_t)1 << 6)
#define F_FLUSH		((uint64_t)1 << 9)
#define F_WRITE_ZEROES	((uint64_t)1 << 14)

/* 5.2.4 "Device configuration layout" */
#define CFG_CAPACITY	0u
#define CFG_SIZE_MAX	8u
#define CFG_SEG_MAX	12u
#define CFG_BLK_SIZE	20u
#define CFG_WZ_SECTORS	48u
#define CFG_WZ_SEGS	52u
#define CFG_BYTES	60u

#define SIZE_MAX_BYTES	0x10000u
#define SEGS		(VRING_SEGS / 2 - 2)
/* What fits into segments of that number and size; no request is longer. */
#define SECTORS_MAX	(SEGS * (SIZE_MAX_BYTES / SECTOR))

/* 5.2.6 "Device Operation" */
#define HEADER		16u
#define T_IN		0u
#define T_OUT		1u
#define T_FLUSH		4u
#define T_GET_ID	8u
#define T_WRITE_ZEROES	13u
#define S_OK		0u
#define S_IOERR		1u
#define S_UNSUPP	2u
#define RANGE_BYTES	16u		/* of WRITE_ZEROES */
#define RANGE_UNMAP	1u

#define US		((uint64_t)VCLOCK_HZ / 1000000)
/* The same solid-state disk as in hw/ide_priv.h; what waits in the queue has its
 * access time behind it when its turn comes. */
#define TIME_COMMAND	(2 * US)
#define TIME_ACCESS	(20 * US)
#define TIME_SECTOR	(1 * US)
#define TIME_FLUSH	(50 * US)

struct virtio_blk {
	struct virtio	v;
	struct blockdev	bd;
	char		serial[VIRTIO_BLK_ID];
	/* State: */
	bool		busy;		/* the next buffer of the ring is being worked on */
	struct vtimer	timer;
};

/* What a buffer asks for. */
struct request {
	uint32_t	type;
	uint64_t	sector;
	uint32_t	data;		/* bytes, in the direction of the type */
	uint32_t	len;		/* bytes written, with the status */
};

static struct virtio_blk *
blk_of(struct virtio *v)
{
	return (struct virtio_blk *)v;
}

/* --- requests --- */

static bool
blk_parse(struct virtio_blk *b, const struct vring_chain *c, struct request *r)
{
	uint8_t h[HEADER];

	if (!virtio_read(&b->v, c, 0, h, sizeof(h)))
		return false;
	if (!c->write_bytes) {
		virtio_broken(&b->v, "a request without room for its status");
		return false;
	}
	r->type = get_le32(h);
	r->sector = get_le64(h + 8);
	r->data = r->type == T_IN || r->type == T_GET_ID ? c->write_bytes - 1 :
	    c->read_bytes - HEADER;
	r->len = 1;
	return true;
}

static uint64_t
blk_time(const struct request *r, bool idle)
{
	uint64_t access = idle ? TIME_ACCESS : TIME_COMMAND;
	uint64_t sectors = r->data / SECTOR;

	switch (r->type) {
	case T_IN:
	case T_OUT:
		return access + (sectors < SECTORS_MAX ? sectors : SECTORS_MAX) * TIME_SECTOR;
	case T_FLUSH:
	case T_WRITE_ZEROES:
		return TIME_FLUSH;
	default:
		return TIME_COMMAND;
	}
}

static bool
blk_range(const struct virtio_blk *b, uint64_t sector, uint32_t sectors)
{
	return sectors <= SECTORS_MAX && sector <= b->bd.sectors &&
	    sectors <= b->bd.sectors - sector;
}

static uint8_t
blk_in(struct virtio_blk *b, const struct vring_chain *c, struct request *r)
{
	uint32_t left = r->data / SECTOR, done = 0, n;
	uint8_t buf[PIECE * SECTOR];

	if (r->data % SECTOR || !blk_range(b, r->sector, left))
		return S_IOERR;
	for (; left; left -= n, done += n) {
		n = left < PIECE ? left : PIECE;
		if (b->bd.read(b->bd.arg, r->sector + done, n, buf) ||
		    !virtio_write(&b->v, c, done * SECTOR, buf, n * SECTOR))
			return S_IOERR;
	}
	r->len += r->data;
	return S_OK;
}

static uint8_t
blk_out(struct virtio_blk *b, const struct vring_chain *c, const struct request *r)
{
	uint32_t left = r->data / SECTOR, done = 0, n;
	uint8_t buf[PIECE * SECTOR];

	if (b->bd.readonly || r->data % SECTOR || !blk_range(b, r->sector, left))
		return S_IOERR;
	for (; left; left -= n, done += n) {
		n = left < PIECE ? left : PIECE;
		if (!virtio_read(&b->v, c, HEADER + done * SECTOR, buf, n * SECTOR) ||
		    b->bd.write(b->bd.arg, r->sector + done, n, buf))
			return S_IOERR;
	}
	return S_OK;
}

static uint8_t
blk_zero(struct virtio_blk *b, uint64_t sector, uint32_t left)
{
	static const uint8_t zero[PIECE * SECTOR];
	uint32_t n;

	for (; left; left -= n, sector += n) {
		n = left < PIECE ? left : PIECE;
		if (b->bd.write(b->bd.arg, sector, n, zero))
			return S_IOERR;
	}
	return S_OK;
}

/* One range, as the configuration says. */
static uint8_t
blk_write_zeroes(struct virtio_blk *b, const struct vring_chain *c, const struct request *r)
{
	uint8_t range[RANGE_BYTES];
	uint64_t sector;
	uint32_t sectors;

	if (!virtio_has(&b->v, F_WRITE_ZEROES) || r->data != RANGE_BYTES)
		return S_UNSUPP;
	if (!virtio_read(&b->v, c, HEADER, range, sizeof(range)))
		return S_IOERR;
	sector = get_le64(range);
	sectors = get_le32(range + 8);
	if (get_le32(range + 12) & ~RANGE_UNMAP)
		return S_UNSUPP;
	if (b->bd.readonly || !blk_range(b, sector, sectors))
		return S_IOERR;
	return blk_zero(b, sector, sectors);
}

static uint8_t
blk_get_id(struct virtio_blk *b, const struct vring_chain *c, struct request *r)
{
	uint32_t n = r->data < VIRTIO_BLK_ID ? r->data : VIRTIO_BLK_ID;

	if (!virtio_write(&b->v, c, 0, b->serial, n))
		return S_IOERR;
	r->len += n;
	return S_OK;
}

static uint8_t
blk_do(struct virtio_blk *b, const struct vring_chain *c, struct request *r)
{
	switch (r->type) {
	case T_IN:
		return blk_in(b, c, r);
	case T_OUT:
		return blk_out(b, c, r);
	case T_FLUSH:
		return !b->bd.readonly && b->bd.flush(b->bd.arg) ? S_IOERR : S_OK;
	case T_GET_ID:
		return blk_get_id(b, c, r);
	case T_WRITE_ZEROES:
		return blk_write_zeroes(b, c, r);
	default:
		return S_UNSUPP;
	}
}

/* --- one after the other --- */

static void
blk_begin(struct virtio_blk *b, bool idle)
{
	struct vring_chain c;
	struct request r;

	b->busy = virtio_peek(&b->v, 0, &c) && blk_parse(b, &c, &r);
	if (b->busy)
		vtimer_arm(b->v.clock, &b->timer,
		    vclock_now(b->v.clock) + blk_time(&r, idle));
}

/* The status is the last byte the driver has room for. */
static void
blk_finish(struct virtio_blk *b)
{
	struct vring_chain c;
	struct request r;
	uint8_t status;

	if (!virtio_peek(&b->v, 0, &c) || !blk_parse(b, &c, &r))
		return;
	virtio_take(&b->v, 0);
	status = blk_do(b, &c, &r);
	if (virtio_write(&b->v, &c, c.write_bytes - 1, &status, 1))
		virtio_give(&b->v, 0, c.head, r.len);
}

static void
blk_timer(void *arg)
{
	struct virtio_blk *b = arg;

	b->busy = false;
	blk_finish(b);
	blk_begin(b, false);
}

static void
blk_notified(struct virtio *v, unsigned q)
{
	(void)q;
	if (!blk_of(v)->busy)
		blk_begin(blk_of(v), true);
}

/* --- the chip --- */

static void
blk_reset(struct virtio *v)
{
	struct virtio_blk *b = blk_of(v);

	b->busy = false;
	vtimer_disarm(v->clock, &b->timer);
}

static void
blk_config(const struct virtio *v, uint8_t *config)
{
	const struct virtio_blk *b = (const struct virtio_blk *)v;

	put_le64(config + CFG_CAPACITY, b->bd.sectors);
	put_le32(config + CFG_SIZE_MAX, SIZE_MAX_BYTES);
	put_le32(config + CFG_SEG_MAX, SEGS);
	put_le32(config + CFG_BLK_SIZE, SECTOR);
	put_le32(config + CFG_WZ_SECTORS, SECTORS_MAX);
	put_le32(config + CFG_WZ_SEGS, 1);
}

static const struct virtio_ops blk_ops = {
	.name = "virtio-blk",
	.type = 2,
	.pci_class = 0x010000,
	.queues = 1,
	.queue_size = VRING_SEGS / 2,
	.config_bytes = CFG_BYTES,
	.notified = blk_notified,
	.reset = blk_reset,
	.config = blk_config,
};

static int
blk_restored(void *dev)
{
	struct virtio_blk *b = dev;

	return b->busy == vtimer_armed(&b->timer) ? virtio_restored(&b->v) : -EINVAL;
}

static const struct snap_field blk_fields[] = {
	SNAP_STRUCT_1(struct virtio_blk, v, virtio_fields),
	SNAP_BOOL(struct virtio_blk, busy),
	SNAP_TIMER(struct virtio_blk, timer),
	SNAP_END
};

const struct device_class virtio_blk_class = {
	.name = "virtio-blk",
	.version = 1,
	.reset = virtio_reset,
	.restored = blk_restored,
	.free = virtio_free,
	.fields = blk_fields,
};

struct pci_dev *
virtio_blk_pci(struct virtio_blk *b)
{
	return &b->v.pci;
}

struct virtio_blk *
virtio_blk_new(struct vclock *clock, const struct virtio_bus *bus, const struct blockdev *bd,
    const char *serial, struct log *log)
{
	struct virtio_blk *b = calloc(1, sizeof(*b));
	uint64_t features = F_SIZE_MAX | F_SEG_MAX | F_BLK_SIZE | F_FLUSH;

	if (!b)
		return NULL;
	b->bd = *bd;
	memcpy(b->serial, serial, strnlen(serial, sizeof(b->serial)));
	features |= bd->readonly ? F_RO : F_WRITE_ZEROES;
	virtio_init(&b->v, &blk_ops, clock, bus, features, log);
	vtimer_init(&b->timer, blk_timer, b);
	return b;
}
