/*
 * hw/fdc_data.c - floppy disk controller: reading, writing, formatting
 *
 * Reference: Intel 82077AA (290166), 5.0 "Controller Phases", 6.0 "Command
 * Set/Descriptions", 8.0 "Status Register Encoding".
 *
 * A sector takes a millisecond; the disk does not turn, so none is waited for.  All
 * sectors have 512 bytes; formatting fills those that the format has.
 */
#include <string.h>

#include "base/bits.h"
#include "hw/fdc_priv.h"

#define SECTOR_TIME	FDC_MS
#define TURN		(200 * FDC_MS)
#define SIZE_512	2		/* N */
#define NON_DMA		0x01		/* of SPECIFY's second byte */
#define VERIFY_COUNT	0x80		/* EC */

static uint8_t
command(const struct fdc *f)
{
	return f->cmd[0] & CMD_BITS;
}

bool
fdc_is_data(uint8_t cmd)
{
	switch (cmd & CMD_BITS) {
	case CMD_READ_TRACK: case CMD_READ: case CMD_READ_DEL: case CMD_WRITE:
	case CMD_WRITE_DEL: case CMD_VERIFY: case CMD_FORMAT:
		return true;
	default:
		return false;
	}
}

static bool
is_write(uint8_t cmd)
{
	return cmd == CMD_WRITE || cmd == CMD_WRITE_DEL || cmd == CMD_FORMAT;
}

bool
fdc_transfer_sane(const struct fdc_transfer *x)
{
	return x->unit < FDC_UNITS && x->head < 2 && x->len <= FDC_SECTOR && x->pos <= x->len;
}

/* --- the end --- */

static void
data_end(struct fdc *f, uint8_t st0, uint8_t st1, uint8_t st2)
{
	struct fdc_transfer *x = &f->x;

	if (command(f) == CMD_READ_DEL && !st0)
		st2 |= ST2_MARK;	/* there are no deleted sectors */
	x->pio = false;
	f->result[0] = (uint8_t)(st0 | x->head << 2 | x->unit);
	f->result[1] = st1;
	f->result[2] = st2;
	f->result[3] = x->c;
	f->result[4] = x->h;
	f->result[5] = x->r;
	f->result[6] = x->n;
	fdc_result(f, 7, true);
}

/* 6.1 "Read Data", table "Result Phase": where the next sector is. */
static void
data_step_address(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;

	if (x->r != x->eot) {
		x->r++;
		return;
	}
	x->r = 1;
	if (!(f->cmd[0] & CMD_MT)) {
		x->c++;
		return;
	}
	if (x->head)
		x->c++;
	x->h ^= 1;
}

/* --- sectors --- */

/* The sector's number, or false after the end of the command. */
static bool
data_find(struct fdc *f, uint64_t *lba)
{
	const struct fdc_transfer *x = &f->x;
	const struct fdc_drive *d = &f->drive[x->unit];
	const struct fdc_format *m = d->format;

	if (!d->bd || !(m->rates >> f->rate & 1) || x->head >= m->heads ||
	    d->track >= m->cylinders) {
		data_end(f, ST0_ABNORMAL, ST1_NO_ADDRESS, 0);
		return false;
	}
	if (x->c != d->track) {
		data_end(f, ST0_ABNORMAL, ST1_NO_DATA, ST2_WRONG_CYL);
		return false;
	}
	if (x->h != x->head || !x->r || x->r > m->sectors || x->n != SIZE_512) {
		data_end(f, ST0_ABNORMAL, ST1_NO_DATA, 0);
		return false;
	}
	if (is_write(command(f)) && d->bd->readonly) {
		data_end(f, ST0_ABNORMAL, ST1_PROTECTED, 0);
		return false;
	}
	*lba = ((uint64_t)d->track * m->heads + x->head) * m->sectors + x->r - 1;
	return true;
}

/* An image may be shorter than its format: zeros follow, which cannot be written. */
static bool
data_load(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;
	const struct blockdev *bd;
	uint64_t lba;

	if (!data_find(f, &lba))
		return false;
	bd = f->drive[x->unit].bd;
	memset(x->buf, 0, FDC_SECTOR);
	if (lba < bd->sectors && bd->read(bd->arg, lba, 1, x->buf)) {
		data_end(f, ST0_ABNORMAL, ST1_DATA_ERROR, ST2_DATA_ERROR);
		return false;
	}
	return true;
}

static bool
data_store(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;
	const struct blockdev *bd;
	uint64_t lba;

	if (!data_find(f, &lba))
		return false;
	bd = f->drive[x->unit].bd;
	if (lba >= bd->sectors || bd->write(bd->arg, lba, 1, x->buf)) {
		data_end(f, ST0_ABNORMAL, ST1_DATA_ERROR, ST2_DATA_ERROR);
		return false;
	}
	return true;
}

/* False after the end of the command. */
static bool
data_next_sector(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;
	bool last = x->r == x->eot;

	if (x->tc) {
		data_step_address(f);
		data_end(f, 0, 0, 0);
		return false;
	}
	if (last && !((f->cmd[0] & CMD_MT) && !x->head)) {
		data_step_address(f);
		data_end(f, ST0_ABNORMAL, ST1_END, 0);
		return false;
	}
	if (last) {
		x->head = x->h = 1;
		x->r = 1;
	} else {
		x->r++;
	}
	x->pos = 0;
	return true;
}

/* --- moving bytes --- */

static bool
by_dma(const struct fdc *f)
{
	return !(f->specify[1] & NON_DMA);
}

/* True when the buffer has been moved, or the count ran out. */
static bool
data_move(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;

	if (x->pos >= x->len)
		return true;
	if (!by_dma(f)) {
		x->pio = true;
		fdc_set_irq(f, true);
		return false;
	}
	x->pos = (uint16_t)(x->pos + f->w.dma(f->w.arg, x->buf + x->pos,
	    (uint32_t)(x->len - x->pos), &x->tc));
	return x->tc || x->pos >= x->len;
}

static void
data_read(struct fdc *f)
{
	if (f->x.pos == 0 && !data_load(f))
		return;
	if (!data_move(f)) {
		if (!f->x.pio)
			vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
		return;
	}
	if (data_next_sector(f))
		vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
}

/* A sector that ends early is filled up with zeros. */
static void
data_write(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;
	uint64_t lba;

	if (x->pos == 0) {
		if (!data_find(f, &lba))
			return;
		memset(x->buf, 0, sizeof(x->buf));
	}
	if (!data_move(f)) {
		if (!x->pio)
			vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
		return;
	}
	if (data_store(f) && data_next_sector(f))
		vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
}

static void
data_verify(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;

	if (!data_load(f))
		return;
	if ((f->cmd[1] & VERIFY_COUNT) && --x->left == 0)
		x->tc = true;
	else if (!(f->cmd[1] & VERIFY_COUNT) && x->r == x->eot)
		x->tc = !(f->cmd[0] & CMD_MT) || x->head;
	if (data_next_sector(f))
		vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
}

/* Four bytes a sector: C, H, R, N. */
static void
data_format(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;

	if (!data_move(f)) {
		if (!x->pio)
			vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
		return;
	}
	x->c = x->buf[0];
	x->h = x->buf[1];
	x->r = x->buf[2];
	x->n = x->buf[3];
	memset(x->buf, x->fill, sizeof(x->buf));
	if (!data_store(f))
		return;
	x->pos = 0;
	if (x->tc || --x->left == 0)
		data_end(f, 0, 0, 0);
	else
		vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
}

void
fdc_data_timer(void *arg)
{
	struct fdc *f = arg;

	if (f->phase != PHASE_EXECUTION)
		return;
	switch (command(f)) {
	case CMD_READ_ID: fdc_read_id(f); break;
	case CMD_FORMAT: data_format(f); break;
	case CMD_VERIFY: data_verify(f); break;
	case CMD_WRITE:
	case CMD_WRITE_DEL: data_write(f); break;
	default: data_read(f); break;
	}
}

static bool
can_begin(const struct fdc *f)
{
	const struct fdc_drive *d = &f->drive[f->x.unit];

	return d->bd && !d->seeking && (f->dor >> 4 >> f->x.unit & 1);
}

/* The command's bytes are complete. */
void
fdc_data_begin(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;
	const uint8_t *c = f->cmd;

	memset(x, 0, sizeof(*x));
	x->unit = c[1] & 3;
	x->head = c[1] >> 2 & 1;
	x->len = FDC_SECTOR;
	if (command(f) == CMD_FORMAT) {
		x->c = f->drive[x->unit].track;
		x->h = x->head;
		x->n = c[2];
		x->left = c[3];
		x->fill = c[5];
		x->len = 4;
	} else if (command(f) != CMD_READ_ID) {
		x->c = c[2];
		x->h = c[3];
		x->r = command(f) == CMD_READ_TRACK ? 1 : c[4];
		x->n = c[5];
		x->eot = c[6];
		x->left = c[8];
	}
	if (!can_begin(f))
		data_end(f, ST0_ABNORMAL, ST1_NO_ADDRESS, 0);
	else if (command(f) == CMD_FORMAT && !x->left)
		data_end(f, ST0_ABNORMAL, ST1_NO_DATA, 0);
	else
		vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
}

/* The sector that passes the head now, if the disk turned. */
void
fdc_read_id(struct fdc *f)
{
	struct fdc_transfer *x = &f->x;
	const struct fdc_drive *d = &f->drive[x->unit];
	const struct fdc_format *m = d->format;
	uint64_t lba;

	x->c = d->track;
	x->h = x->head;
	x->n = SIZE_512;
	x->r = d->bd ? (uint8_t)(1 + vclock_now(f->vc) % TURN * m->sectors / TURN) : 1;
	if (data_find(f, &lba))
		data_end(f, 0, 0, 0);
}

/* --- the processor moves bytes --- */

static void
data_moved(struct fdc *f)
{
	fdc_set_irq(f, false);
	if (f->x.pos < f->x.len)
		return;
	f->x.pio = false;
	vtimer_arm(f->vc, &f->timer, vclock_now(f->vc) + SECTOR_TIME);
}

uint8_t
fdc_data_get(struct fdc *f)
{
	uint8_t v;

	if (!f->x.pio || is_write(command(f)) || f->x.pos >= f->x.len)
		return 0;
	v = f->x.buf[f->x.pos++];
	data_moved(f);
	return v;
}

void
fdc_data_put(struct fdc *f, uint8_t v)
{
	if (!f->x.pio || !is_write(command(f)) || f->x.pos >= f->x.len)
		return;
	f->x.buf[f->x.pos++] = v;
	data_moved(f);
}
