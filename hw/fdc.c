/*
 * hw/fdc.c - floppy disk controller 82077AA: registers, commands, heads
 *
 * Reference: Intel 82077AA (290166), 2.1 "Register Description", 5.0 "Controller
 * Phases", 6.0 "Command Set/Descriptions".  AT mode.
 *
 * A step takes a millisecond.  The disk change line is high from power-on until the
 * head moves.  Not modelled: the FIFO's threshold, scans (invalid commands), media
 * that are changed while the machine runs, MFM against FM.
 */
#include "hw/fdc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "hw/fdc_priv.h"

#define R_STATUS_A	0
#define R_STATUS_B	1
#define R_DOR		2
#define   DOR_RUN	0x04		/* low: reset */
#define   DOR_GATE	0x08
#define R_TDR		3
#define R_MSR		4		/* written: DSR */
#define   MSR_RQM	0x80
#define   MSR_DIO	0x40
#define   MSR_NDMA	0x20
#define   MSR_BUSY	0x10
#define   DSR_RESET	0x80
#define R_FIFO		5

#define VERSION		0x90
#define CONFIG_POLL_OFF	0x10
#define CONFIG_SEEK	0x40
#define TRACK_MAX	82

static const struct fdc_format formats[] = {
	{ 40, 1, 8, 6, 1 }, { 40, 1, 9, 6, 1 }, { 40, 2, 8, 6, 1 }, { 40, 2, 9, 6, 1 },
	{ 80, 2, 9, 6, 3 }, { 80, 2, 15, 1, 2 }, { 80, 2, 18, 1, 4 }, { 80, 2, 21, 1, 4 },
	{ 82, 2, 21, 1, 4 }, { 80, 2, 36, 8, 5 },
};

/* --- interrupts and results --- */

static void
fdc_drive_irq(struct fdc *f)
{
	wire_set(&f->w.irq, f->irq && (f->dor & DOR_GATE));
}

void
fdc_set_irq(struct fdc *f, bool level)
{
	f->irq = level;
	fdc_drive_irq(f);
}

void
fdc_result(struct fdc *f, unsigned n, bool irq)
{
	f->phase = PHASE_RESULT;
	f->result_len = (uint8_t)n;
	f->result_pos = 0;
	if (irq)
		fdc_set_irq(f, true);
}

static void
fdc_result_1(struct fdc *f, uint8_t v)
{
	f->result[0] = v;
	fdc_result(f, 1, false);
}

static void
fdc_idle(struct fdc *f)
{
	f->phase = PHASE_COMMAND;
	f->cmd_pos = f->cmd_len = 0;
}

/* --- reset --- */

/* 4.0 "Reset": of the chip, by DOR or DSR.  SPECIFY's values stay. */
static void
fdc_soft_reset(struct fdc *f)
{
	unsigned i;

	vtimer_disarm(f->vc, &f->timer);
	for (i = 0; i < FDC_UNITS; i++) {
		vtimer_disarm(f->vc, &f->drive[i].timer);
		f->drive[i].seeking = f->drive[i].pending = false;
	}
	if (!f->locked) {
		f->config = 0x20;
		f->precomp = 0;
	}
	f->perpendicular &= 0x3c;
	memset(&f->x, 0, sizeof(f->x));
	fdc_idle(f);
	f->reset_sense = 0;
	fdc_set_irq(f, false);
}

/* Polling finds that all four drives became ready. */
static void
fdc_out_of_reset(struct fdc *f)
{
	if (f->config & CONFIG_POLL_OFF)
		return;
	f->reset_sense = FDC_UNITS;
	fdc_set_irq(f, true);
}

/* --- heads --- */

static void
seek_done(void *arg)
{
	struct fdc_drive *d = arg;
	struct fdc *f = d->fdc;
	bool there = d->bd != NULL;

	d->seeking = false;
	if (there) {
		if (d->track != d->target)
			d->changed = false;
		d->track = d->target;
	}
	d->pending = true;
	d->st0 = (uint8_t)(ST0_SEEK_END | d->unit |
	    (there || d->target ? 0 : ST0_ABNORMAL | ST0_EQUIPMENT));
	fdc_set_irq(f, true);
}

/* A seek to where the head is steps nothing; a recalibration does, for the sake of
 * the disk change line, as drivers that test it step to and fro. */
static void
seek_start(struct fdc *f, unsigned unit, unsigned track, bool recalibrate)
{
	struct fdc_drive *d = &f->drive[unit];
	unsigned far;

	d->target = (uint8_t)(track < TRACK_MAX ? track : TRACK_MAX);
	far = d->target > d->track ? d->target - d->track : d->track - d->target;
	if (d->bd && recalibrate)
		d->changed = false;
	d->seeking = true;
	d->pending = false;
	fdc_idle(f);
	vtimer_arm(f->vc, &d->timer, vclock_now(f->vc) + (far + 1) * FDC_MS);
}

/* --- commands --- */

static unsigned
command_length(uint8_t cmd)
{
	switch (cmd & CMD_BITS) {
	case CMD_READ_TRACK: case CMD_READ: case CMD_READ_DEL: case CMD_WRITE:
	case CMD_WRITE_DEL: case CMD_VERIFY:
		return 9;
	case CMD_FORMAT:
		return 6;
	case CMD_CONFIGURE:
		return 4;
	case CMD_SPECIFY: case CMD_SEEK:
		return 3;
	case CMD_DRIVE_STATUS: case CMD_RECALIBRATE: case CMD_READ_ID: case CMD_PERPENDICULAR:
		return 2;
	default:
		return 1;
	}
}

/* 6.2.4 "Sense Interrupt Status" */
static void
cmd_sense(struct fdc *f)
{
	struct fdc_drive *d;
	unsigned i;

	if (f->reset_sense) {
		i = FDC_UNITS - f->reset_sense--;
		f->result[0] = (uint8_t)(ST0_READY_CHANGED | i);
		f->result[1] = f->drive[i].track;
		fdc_set_irq(f, false);
		fdc_result(f, 2, false);
		return;
	}
	for (i = 0; i < FDC_UNITS && !f->drive[i].pending; i++)
		;
	if (i == FDC_UNITS) {
		fdc_result_1(f, ST0_INVALID);
		return;
	}
	d = &f->drive[i];
	d->pending = false;
	f->result[0] = d->st0;
	f->result[1] = d->track;
	fdc_set_irq(f, false);
	fdc_result(f, 2, false);
	for (i = 0; i < FDC_UNITS; i++)
		if (f->drive[i].pending)
			fdc_set_irq(f, true);
}

/* 8.4 "Status Register 3" */
static void
cmd_drive_status(struct fdc *f)
{
	const struct fdc_drive *d = &f->drive[f->cmd[1] & 3];
	uint8_t st3 = (f->cmd[1] & 7) | 0x28;	/* ready, two sides: always high */

	if (d->bd && d->track == 0)
		st3 |= 0x10;
	if (d->bd && d->bd->readonly)
		st3 |= 0x40;
	fdc_result_1(f, st3);
}

static void
cmd_dumpreg(struct fdc *f)
{
	unsigned i;

	for (i = 0; i < FDC_UNITS; i++)
		f->result[i] = f->drive[i].track;
	f->result[4] = f->specify[0];
	f->result[5] = f->specify[1];
	f->result[6] = f->x.eot;
	f->result[7] = (uint8_t)(f->locked << 7 | (f->perpendicular & 0x7f));
	f->result[8] = f->config;
	f->result[9] = f->precomp;
	fdc_result(f, 10, false);
}

static void
cmd_seek(struct fdc *f)
{
	unsigned unit = f->cmd[1] & 3, to = f->cmd[2], track = f->drive[unit].track;

	if (f->cmd[0] & CMD_MT)		/* relative */
		to = f->cmd[0] & CMD_UP ? track + to : to > track ? 0 : track - to;
	seek_start(f, unit, to, false);
}

/* Those with nothing to wait for. */
static void
fdc_setting(struct fdc *f)
{
	switch (f->cmd[0] & CMD_BITS) {
	case CMD_SPECIFY:
		f->specify[0] = f->cmd[1];
		f->specify[1] = f->cmd[2];
		break;
	case CMD_CONFIGURE:
		f->config = f->cmd[2] & 0x7f;
		f->precomp = f->cmd[3];
		break;
	case CMD_PERPENDICULAR:
		f->perpendicular = f->cmd[1] & 0x80 ? f->cmd[1] & 0x3f :
		    (uint8_t)((f->perpendicular & 0x3c) | (f->cmd[1] & 3));
		break;
	default:
		break;
	}
	fdc_idle(f);
}

static void
fdc_execute(struct fdc *f)
{
	uint8_t cmd = f->cmd[0];

	f->phase = PHASE_EXECUTION;
	if (fdc_is_data(cmd) || (cmd & CMD_BITS) == CMD_READ_ID) {
		fdc_data_begin(f);
		return;
	}
	switch (cmd & CMD_BITS) {
	case CMD_SENSE: cmd_sense(f); break;
	case CMD_DRIVE_STATUS: cmd_drive_status(f); break;
	case CMD_DUMPREG: cmd_dumpreg(f); break;
	case CMD_VERSION: fdc_result_1(f, VERSION); break;
	case CMD_LOCK:
		f->locked = cmd & CMD_MT;
		fdc_result_1(f, f->locked ? 0x10 : 0);
		break;
	case CMD_RECALIBRATE: seek_start(f, f->cmd[1] & 3, 0, true); break;
	case CMD_SEEK: cmd_seek(f); break;
	case CMD_SPECIFY:
	case CMD_CONFIGURE:
	case CMD_PERPENDICULAR: fdc_setting(f); break;
	default:
		log_unimp(f->log, "fdc-command", "fdc: command %02xh", cmd);
		fdc_result_1(f, ST0_INVALID);
		break;
	}
}

/* --- registers --- */

static uint8_t
fdc_msr(const struct fdc *f)
{
	uint8_t v = 0;
	unsigned i;

	if (!(f->dor & DOR_RUN))
		return 0;
	for (i = 0; i < FDC_UNITS; i++)
		v |= (uint8_t)(f->drive[i].seeking << i);
	if (f->phase == PHASE_RESULT)
		return v | MSR_RQM | MSR_DIO | MSR_BUSY;
	if (f->phase == PHASE_COMMAND)
		return v | MSR_RQM | (f->cmd_pos ? MSR_BUSY : 0);
	v |= MSR_BUSY;
	if (f->specify[1] & 1)
		v |= MSR_NDMA;
	if (f->x.pio)
		v |= MSR_RQM | ((f->cmd[0] & CMD_BITS) == CMD_READ ||
		    (f->cmd[0] & CMD_BITS) == CMD_READ_DEL ||
		    (f->cmd[0] & CMD_BITS) == CMD_READ_TRACK ? MSR_DIO : 0);
	return v;
}

static uint8_t
fdc_fifo_read(struct fdc *f)
{
	uint8_t v;

	if (f->phase == PHASE_EXECUTION)
		return fdc_data_get(f);
	if (f->phase != PHASE_RESULT)
		return 0;
	if (f->result_pos == 0 && !f->reset_sense)
		fdc_set_irq(f, false);
	v = f->result[f->result_pos++];
	if (f->result_pos >= f->result_len)
		fdc_idle(f);
	return v;
}

static void
fdc_fifo_write(struct fdc *f, uint8_t v)
{
	if (!(f->dor & DOR_RUN) || f->phase == PHASE_RESULT)
		return;
	if (f->phase == PHASE_EXECUTION) {
		fdc_data_put(f, v);
		return;
	}
	if (f->cmd_pos == 0)
		f->cmd_len = (uint8_t)command_length(v);
	f->cmd[f->cmd_pos++] = v;
	if (f->cmd_pos >= f->cmd_len)
		fdc_execute(f);
}

static void
fdc_dor_write(struct fdc *f, uint8_t v)
{
	bool ran = f->dor & DOR_RUN, runs = v & DOR_RUN;

	f->dor = v;
	if (ran && !runs)
		fdc_soft_reset(f);
	else if (!ran && runs)
		fdc_out_of_reset(f);
	fdc_drive_irq(f);
}

static uint64_t
fdc_read(void *dev, uint32_t off, unsigned size)
{
	struct fdc *f = dev;

	(void)size;
	switch (off) {
	case R_STATUS_A: return f->irq ? 0x80 : 0;
	case R_STATUS_B: return 0xc0 | (f->dor & 1) << 5 | f->dor >> 4;
	case R_DOR: return f->dor;
	case R_TDR: return f->tdr;
	case R_MSR: return fdc_msr(f);
	case R_FIFO: return fdc_fifo_read(f);
	default: return 0xff;
	}
}

static void
fdc_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct fdc *f = dev;
	uint8_t v = (uint8_t)val;

	(void)size;
	switch (off) {
	case R_DOR:
		fdc_dor_write(f, v);
		break;
	case R_TDR:
		f->tdr = v & 3;
		break;
	case R_MSR:
		f->rate = v & 3;
		if (v & DSR_RESET) {
			fdc_soft_reset(f);
			fdc_out_of_reset(f);
		}
		break;
	case R_FIFO:
		fdc_fifo_write(f, v);
		break;
	default:
		break;
	}
}

/* 2.1.8 "Digital Input Register": the selected drive's change line, with its motor. */
static uint64_t
fdc_dir_read(void *dev, uint32_t off, unsigned size)
{
	const struct fdc *f = dev;
	unsigned unit = f->dor & 3;

	(void)off;
	(void)size;
	return (f->dor >> 4 >> unit & 1) && f->drive[unit].changed ? 0x80 : 0;
}

static void
fdc_ccr_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct fdc *f = dev;

	(void)off;
	(void)size;
	f->rate = val & 3;
}

/* --- reset, restore, construction --- */

/* Of the machine: the drives keep where their heads are, and their change lines. */
static void
fdc_reset(void *dev)
{
	struct fdc *f = dev;

	f->dor = f->tdr = 0;
	f->rate = 2;
	f->locked = false;
	f->perpendicular = 0;
	memset(f->specify, 0, sizeof(f->specify));
	memset(f->cmd, 0, sizeof(f->cmd));
	memset(f->result, 0, sizeof(f->result));
	f->result_len = f->result_pos = 0;
	fdc_soft_reset(f);
}

static bool
fdc_sane(const struct fdc *f)
{
	unsigned i;

	for (i = 0; i < FDC_UNITS; i++) {
		const struct fdc_drive *d = &f->drive[i];

		if (d->track > TRACK_MAX || d->target > TRACK_MAX ||
		    d->seeking != vtimer_armed(&d->timer))
			return false;
	}
	if (f->phase > PHASE_RESULT || f->rate > 3 || f->reset_sense > FDC_UNITS ||
	    f->result_len > sizeof(f->result) || f->cmd_len > sizeof(f->cmd))
		return false;
	if (f->phase == PHASE_RESULT && f->result_pos >= f->result_len)
		return false;
	if (f->phase == PHASE_COMMAND && f->cmd_pos && f->cmd_pos >= f->cmd_len)
		return false;
	return fdc_transfer_sane(&f->x);
}

static int
fdc_restored(void *dev)
{
	struct fdc *f = dev;

	if (!fdc_sane(f))
		return -EINVAL;
	fdc_drive_irq(f);
	return 0;
}

static void
fdc_free(void *dev)
{
	struct fdc *f = dev;
	unsigned i;

	if (!f)
		return;
	vtimer_disarm(f->vc, &f->timer);
	for (i = 0; i < FDC_UNITS; i++)
		vtimer_disarm(f->vc, &f->drive[i].timer);
	free(f);
}

static const struct snap_field fdc_drive_fields[] = {
	SNAP_U8(struct fdc_drive, track),
	SNAP_U8(struct fdc_drive, target),
	SNAP_BOOL(struct fdc_drive, changed),
	SNAP_BOOL(struct fdc_drive, seeking),
	SNAP_BOOL(struct fdc_drive, pending),
	SNAP_U8(struct fdc_drive, st0),
	SNAP_TIMER(struct fdc_drive, timer),
	SNAP_END
};

static const struct snap_field fdc_transfer_fields[] = {
	SNAP_U8(struct fdc_transfer, unit),
	SNAP_U8(struct fdc_transfer, head),
	SNAP_U8(struct fdc_transfer, c),
	SNAP_U8(struct fdc_transfer, h),
	SNAP_U8(struct fdc_transfer, r),
	SNAP_U8(struct fdc_transfer, n),
	SNAP_U8(struct fdc_transfer, eot),
	SNAP_U8(struct fdc_transfer, left),
	SNAP_U8(struct fdc_transfer, fill),
	SNAP_U16(struct fdc_transfer, pos),
	SNAP_U16(struct fdc_transfer, len),
	SNAP_BOOL(struct fdc_transfer, pio),
	SNAP_BOOL(struct fdc_transfer, tc),
	SNAP_BYTES(struct fdc_transfer, buf),
	SNAP_END
};

static const struct snap_field fdc_fields[] = {
	SNAP_U8(struct fdc, dor),
	SNAP_U8(struct fdc, tdr),
	SNAP_U8(struct fdc, rate),
	SNAP_U8(struct fdc, phase),
	SNAP_BYTES(struct fdc, cmd),
	SNAP_U8(struct fdc, cmd_len),
	SNAP_U8(struct fdc, cmd_pos),
	SNAP_BYTES(struct fdc, result),
	SNAP_U8(struct fdc, result_len),
	SNAP_U8(struct fdc, result_pos),
	SNAP_BYTES(struct fdc, specify),
	SNAP_U8(struct fdc, config),
	SNAP_U8(struct fdc, precomp),
	SNAP_U8(struct fdc, perpendicular),
	SNAP_BOOL(struct fdc, locked),
	SNAP_BOOL(struct fdc, irq),
	SNAP_U8(struct fdc, reset_sense),
	SNAP_STRUCTS(struct fdc, drive, fdc_drive_fields),
	SNAP_STRUCT_1(struct fdc, x, fdc_transfer_fields),
	SNAP_TIMER(struct fdc, timer),
	SNAP_END
};

const struct io_ops fdc_io = {
	.read = fdc_read,
	.write = fdc_write,
	.sizes = 1,
};

const struct io_ops fdc_dir_io = {
	.read = fdc_dir_read,
	.write = fdc_ccr_write,
	.sizes = 1,
};

const struct device_class fdc_class = {
	.name = "fdc",
	.version = 1,
	.reset = fdc_reset,
	.restored = fdc_restored,
	.free = fdc_free,
	.fields = fdc_fields,
};

static const struct fdc_format *
find_format(uint64_t sectors)
{
	const struct fdc_format *m, *best = NULL;
	uint64_t room;

	for (m = formats; m < formats + ARRAY_SIZE(formats); m++) {
		room = (uint64_t)m->cylinders * m->heads * m->sectors;
		if (room == sectors)
			return m;
		/* Of what is shorter the firmware's most usual one. */
		if (!best && m->sectors >= 18 && room > sectors)
			best = m;
	}
	return best;
}

bool
fdc_attach(struct fdc *f, unsigned unit, const struct blockdev *bd)
{
	const struct fdc_format *m = find_format(bd->sectors);

	if (!m)
		return false;
	f->drive[unit].bd = bd;
	f->drive[unit].format = m;
	f->drive[unit].changed = true;
	return true;
}

uint8_t
fdc_cmos_type(const struct fdc *f, unsigned unit)
{
	return f->drive[unit].bd ? f->drive[unit].format->cmos : 0;
}

struct fdc *
fdc_new(struct vclock *vc, const struct fdc_wiring *w, struct log *log)
{
	struct fdc *f = calloc(1, sizeof(*f));
	unsigned i;

	if (!f)
		return NULL;
	f->vc = vc;
	f->w = *w;
	f->log = log;
	vtimer_init(&f->timer, fdc_data_timer, f);
	for (i = 0; i < FDC_UNITS; i++) {
		f->drive[i].fdc = f;
		f->drive[i].unit = i;
		vtimer_init(&f->drive[i].timer, seek_done, &f->drive[i]);
	}
	return f;
}
