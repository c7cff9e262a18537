/*
 * hw/atapi.c - packet commands of an ATAPI CD-ROM drive
 *
 * ANSI INCITS 397-2005 (ATA/ATAPI-7), "PACKET command"; SFF 8020i; T10 MMC-5,
 * "Commands for MM Drives"; SPC-3 for sense data.
 *
 * The medium is one data track of 2048-byte sectors.  Not modelled: audio,
 * raw sectors, multi-session media, writing.
 */
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "hw/ide_priv.h"

#define ATA_PACKET		0xa0
#define ATA_IDENTIFY_PACKET	0xa1
#define ATA_IDENTIFY		0xec
#define ATA_SET_FEATURES	0xef

#define PACKET_LEN		12
#define FEATURE_DMA		0x01
/* Interrupt reason, in the count register */
#define REASON_COMMAND		0x01
#define REASON_TO_HOST		0x02

#define SCSI_TEST_READY		0x00
#define SCSI_REQUEST_SENSE	0x03
#define SCSI_INQUIRY		0x12
#define SCSI_START_STOP		0x1b
#define SCSI_PREVENT		0x1e
#define SCSI_READ_CAPACITY	0x25
#define SCSI_READ_10		0x28
#define SCSI_SEEK_10		0x2b
#define SCSI_READ_SUBCHANNEL	0x42
#define SCSI_READ_TOC		0x43
#define SCSI_GET_CONFIG		0x46
#define SCSI_GET_EVENT		0x4a
#define SCSI_READ_DISC_INFO	0x51
#define SCSI_MODE_SENSE_10	0x5a
#define SCSI_READ_12		0xa8
#define SCSI_SET_SPEED		0xbb
#define SCSI_MECHANISM		0xbd
#define SCSI_READ_CD		0xbe

#define SENSE_NOT_READY		0x02
#define SENSE_MEDIUM		0x03
#define SENSE_ILLEGAL		0x05
#define SENSE_ATTENTION		0x06
#define ASC_READ_ERROR		0x11
#define ASC_INVALID_COMMAND	0x20
#define ASC_OUT_OF_RANGE	0x21
#define ASC_INVALID_FIELD	0x24
#define ASC_NO_MEDIUM		0x3a
#define ASC_REMOVAL_PREVENTED	0x53
#define ASC_WRONG_MODE		0x64

#define EVENT_NEW_MEDIA		2
#define EVENT_REMOVAL		3

#define PROFILE_CDROM		0x0008
#define PROFILE_DVDROM		0x0010
/* More sectors than any CD: the medium is a DVD. */
#define CD_SECTORS		(80u * 60 * 75)

static bool
atapi_loaded(const struct ide_drive *d)
{
	return d->medium && !d->tray_open;
}

static uint32_t
atapi_sectors(const struct ide_drive *d)
{
	uint64_t n = d->medium ? d->bd.sectors / (CD_SECTOR / SECTOR) : 0;

	return n > 0xfffffffe ? 0xfffffffe : (uint32_t)n;
}

/* Ends of a packet command. */

static void
atapi_done(struct ide_drive *d)
{
	d->count = REASON_COMMAND | REASON_TO_HOST;
	d->left = 0;
	d->fill = 0;
	d->sense = d->asc = d->ascq = 0;
	ide_done(d);
}

static void
atapi_fail(struct ide_drive *d, uint8_t sense, uint8_t asc, uint8_t ascq)
{
	d->count = REASON_COMMAND | REASON_TO_HOST;
	d->left = 0;
	d->fill = 0;
	d->sense = sense;
	d->asc = asc;
	d->ascq = ascq;
	ide_fail(d, (uint8_t)(sense << 4 | ERR_ABRT));
}

static void
atapi_illegal(struct ide_drive *d, uint8_t asc)
{
	atapi_fail(d, SENSE_ILLEGAL, asc, 0);
}

static void
atapi_no_medium(struct ide_drive *d)
{
	atapi_fail(d, SENSE_NOT_READY, ASC_NO_MEDIUM, d->tray_open ? 2 : 1);
}

/* Data to the host */

/* The next part of the buffer, at most what the host asked for per DRQ. */
static void
atapi_chunk(struct ide_drive *d)
{
	uint32_t pos = d->ch->len, n = d->fill - pos;

	if (n > d->limit)
		n = d->limit & ~1u;
	d->count = REASON_TO_HOST;
	d->lba_mid = (uint8_t)n;
	d->lba_high = (uint8_t)(n >> 8);
	ide_data_in(d, pos, n);
}

/* Up to a buffer of sectors; false when the host cannot read them. */
static bool
atapi_fill(struct ide_drive *d)
{
	uint32_t n = d->left < IDE_BUF / CD_SECTOR ? d->left : IDE_BUF / CD_SECTOR;

	if (!atapi_loaded(d) || d->lba + n > atapi_sectors(d)) {
		atapi_no_medium(d);
		return false;
	}
	if (d->bd.read(d->bd.arg, d->lba * (CD_SECTOR / SECTOR),
	    n * (CD_SECTOR / SECTOR), d->ch->buf)) {
		atapi_fail(d, SENSE_MEDIUM, ASC_READ_ERROR, 0);
		return false;
	}
	d->lba += n;
	d->left -= n;
	d->fill = n * CD_SECTOR;
	d->ch->len = 0;
	return true;
}

/* A block of the buffer is gone: the rest, the next sectors, or the end. */
static void
atapi_continue(struct ide_drive *d)
{
	if (d->ch->len < d->fill)
		atapi_chunk(d);
	else if (d->left == 0)
		atapi_done(d);
	else if (atapi_fill(d))
		atapi_chunk(d);
}

/* The buffer holds len bytes of an answer, the host takes at most alloc. */
static void
atapi_answer(struct ide_drive *d, uint32_t len, uint32_t alloc)
{
	d->left = 0;
	d->fill = len < alloc ? len : alloc;
	d->ch->len = 0;
	if (d->fill == 0)
		atapi_done(d);
	else if (d->dma)
		ide_dma_ready(d, true);
	else
		atapi_chunk(d);
}

uint64_t
atapi_dma_cycles(const struct ide_drive *d)
{
	if (d->left == 0)
		return IDE_T_COMMAND;
	return IDE_T_CD_ACCESS +
	    (uint64_t)d->left * (CD_SECTOR / SECTOR) * IDE_T_SECTOR;
}

static void
atapi_dma(struct ide_drive *d)
{
	d->status = ST_READY | ST_DRQ;
	for (;;) {
		if (d->fill && !ide_dma_move(d, d->fill))
			return;
		d->fill = 0;
		if (d->left == 0)
			break;
		if (!atapi_fill(d))
			return;
	}
	atapi_done(d);
}

/* Commands; each is entered with the packet complete. */

static void
atapi_inquiry(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	if (d->packet[1] & 3) {		/* vital product data, command support */
		atapi_illegal(d, ASC_INVALID_FIELD);
		return;
	}
	memset(r, 0, 36);
	r[0] = 0x05;			/* CD-ROM */
	r[1] = 0x80;			/* removable */
	r[3] = 0x21;			/* ATAPI-2, format 1 */
	r[4] = 36 - 5;
	memcpy(r + 8, "RINGLAB ", 8);
	memcpy(r + 16, "CD-ROM          ", 16);
	memcpy(r + 32, "1.0 ", 4);
	atapi_answer(d, 36, d->packet[4]);
}

static void
atapi_request_sense(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	memset(r, 0, 18);
	r[0] = 0x70;
	r[2] = d->sense;
	r[7] = 18 - 8;
	r[12] = d->asc;
	r[13] = d->ascq;
	if (d->sense == 0 && d->attention) {
		r[2] = SENSE_ATTENTION;
		r[12] = d->attention;
		d->attention = 0;
	}
	atapi_answer(d, 18, d->packet[4]);
}

static void
atapi_start_stop(struct ide_drive *d)
{
	bool start = d->packet[4] & 1, load_eject = d->packet[4] & 2;

	if (load_eject && !start && d->locked && !d->tray_open) {
		atapi_fail(d, SENSE_ILLEGAL, ASC_REMOVAL_PREVENTED, 2);
		return;
	}
	if (load_eject) {
		if (start && d->tray_open && d->medium)
			d->event = EVENT_NEW_MEDIA;
		if (!start && !d->tray_open)
			d->event = EVENT_REMOVAL;
		d->tray_open = !start;
	}
	atapi_done(d);
}

static void
atapi_read_capacity(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	put_be32(r, atapi_sectors(d) - 1);
	put_be32(r + 4, CD_SECTOR);
	atapi_answer(d, 8, 8);
}

static void
atapi_read(struct ide_drive *d, uint32_t lba, uint32_t n)
{
	uint32_t sectors = atapi_sectors(d);

	if (lba > sectors || n > sectors - lba) {
		atapi_illegal(d, ASC_OUT_OF_RANGE);
		return;
	}
	if (n == 0) {
		atapi_done(d);
		return;
	}
	d->lba = lba;
	d->left = n;
	d->fill = 0;
	d->ch->len = 0;
	if (d->dma)
		ide_dma_ready(d, true);
	else
		ide_begin(d, IDE_OP_READ, IDE_T_CD_ACCESS);
}

/* MMC-5 "READ CD": only the user data of data sectors is there. */
static void
atapi_read_cd(struct ide_drive *d)
{
	const uint8_t *p = d->packet;
	unsigned type = p[1] >> 2 & 7;
	uint32_t n = (uint32_t)p[6] << 16 | get_be16(p + 7);

	if ((p[9] & 0xf8) == 0 && (p[10] & 7) == 0)
		atapi_done(d);
	else if ((p[9] & 0xf8) != 0x10 || (p[10] & 7))
		atapi_illegal(d, ASC_INVALID_FIELD);
	else if (type == 1)		/* audio */
		atapi_illegal(d, ASC_WRONG_MODE);
	else
		atapi_read(d, get_be32(p + 2), n);
}

static void
atapi_put_address(uint8_t *p, uint32_t lba, bool msf)
{
	if (!msf) {
		put_be32(p, lba);
		return;
	}
	lba += 150;		/* two seconds of lead-in */
	p[0] = 0;
	p[1] = (uint8_t)(lba / 75 / 60);
	p[2] = (uint8_t)(lba / 75 % 60);
	p[3] = (uint8_t)(lba % 75);
}

/* One track descriptor of the TOC. */
static void
atapi_put_track(uint8_t *p, unsigned track, uint32_t lba, bool msf)
{
	memset(p, 0, 8);
	p[1] = 0x14;			/* data track, digital copy prohibited */
	p[2] = (uint8_t)track;
	atapi_put_address(p + 4, lba, msf);
}

/* Format 2: the raw Q channel, points A0, A1, A2 and track 1. */
static unsigned
atapi_full_toc(const struct ide_drive *d, uint8_t *r)
{
	static const uint8_t point[4] = { 0xa0, 0xa1, 0xa2, 1 };
	uint8_t *p = r + 4;
	unsigned i;

	for (i = 0; i < 4; i++, p += 11) {
		memset(p, 0, 11);
		p[0] = 1;		/* session */
		p[1] = 0x14;
		p[3] = point[i];
		if (point[i] == 0xa2)
			atapi_put_address(p + 7, atapi_sectors(d), true);
		else if (point[i] == 1)
			atapi_put_address(p + 7, 0, true);
		else
			p[8] = 1;	/* first and last track */
	}
	return 4 + 4 * 11;
}

static void
atapi_read_toc(struct ide_drive *d)
{
	const uint8_t *p = d->packet;
	unsigned format = p[2] & 15, len = 4, start = p[6];
	uint8_t *r = d->ch->buf;
	bool msf = p[1] & 2;

	if (format == 0)
		format = p[9] >> 6;	/* where SFF 8020i has it */
	memset(r, 0, 64);
	r[2] = r[3] = 1;
	if (format > 2 || (format == 0 && start > 1 && start != 0xaa)) {
		atapi_illegal(d, ASC_INVALID_FIELD);
		return;
	}
	if (format == 0 && start <= 1) {
		atapi_put_track(r + len, 1, 0, msf);
		len += 8;
	}
	if (format == 0) {
		atapi_put_track(r + len, 0xaa, atapi_sectors(d), msf);
		len += 8;
	} else if (format == 1) {	/* first track of the last session */
		atapi_put_track(r + len, 1, 0, msf);
		len += 8;
	} else {
		len = atapi_full_toc(d, r);
	}
	put_be16(r, len - 2);
	atapi_answer(d, len, get_be16(p + 7));
}

static void
atapi_read_subchannel(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	memset(r, 0, 4);
	r[1] = 0x15;			/* no audio status */
	atapi_answer(d, 4, get_be16(d->packet + 7));
}

static unsigned
atapi_feature(uint8_t *p, unsigned code, unsigned flags, unsigned extra)
{
	memset(p, 0, 4 + extra);
	put_be16(p, code);
	p[2] = (uint8_t)flags;		/* version, persistent, current */
	p[3] = (uint8_t)extra;
	return 4 + extra;
}

static unsigned
atapi_profile(const struct ide_drive *d)
{
	if (!atapi_loaded(d))
		return 0;
	return atapi_sectors(d) > CD_SECTORS ? PROFILE_DVDROM : PROFILE_CDROM;
}

static void
atapi_put_profiles(const struct ide_drive *d, uint8_t *p)
{
	put_be16(p, PROFILE_DVDROM);
	p[2] = atapi_profile(d) == PROFILE_DVDROM;
	put_be16(p + 4, PROFILE_CDROM);
	p[6] = atapi_profile(d) == PROFILE_CDROM;
}

/* MMC-5 "GET CONFIGURATION": profile list, core, removable medium, random
 * readable and CD read. */
static void
atapi_get_config(struct ide_drive *d)
{
	static const uint16_t codes[5] = { 0, 1, 3, 0x10, 0x1e };
	static const uint8_t flags[5] = { 0x03, 0x0b, 0x03, 0x00, 0x04 };
	static const uint8_t extra[5] = { 8, 8, 4, 8, 4 };
	unsigned type = d->packet[1] & 3, first = get_be16(d->packet + 2);
	uint8_t *r = d->ch->buf;
	unsigned i, len = 8, f;

	if (type == 3) {
		atapi_illegal(d, ASC_INVALID_FIELD);
		return;
	}
	memset(r, 0, 8);
	put_be16(r + 6, atapi_profile(d));
	for (i = 0; i < 5; i++) {
		f = flags[i] | (i > 2 && atapi_loaded(d) ? 1 : 0);
		if (type == 2 ? codes[i] != first : codes[i] < first)
			continue;
		if (type == 1 && !(f & 1))
			continue;
		atapi_feature(r + len, codes[i], f, extra[i]);
		if (codes[i] == 0)
			atapi_put_profiles(d, r + len + 4);
		if (codes[i] == 1)
			r[len + 7] = 2;		/* physical interface: ATAPI */
		if (codes[i] == 3)
			r[len + 4] = 0x29;	/* tray, eject, lock */
		if (codes[i] == 0x10) {
			put_be32(r + len + 4, CD_SECTOR);
			put_be16(r + len + 8, 16);
		}
		len += 4u + extra[i];
	}
	put_be32(r, len - 4);
	atapi_answer(d, len, get_be16(d->packet + 7));
}

static void
atapi_get_event(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	if (!(d->packet[1] & 1)) {	/* only polled operation */
		atapi_illegal(d, ASC_INVALID_FIELD);
		return;
	}
	memset(r, 0, 8);
	r[3] = 1 << 4;			/* supported: media class */
	if (!(d->packet[4] & 1 << 4)) {
		put_be16(r, 2);
		r[2] = 0x80;		/* no event available */
		atapi_answer(d, 4, get_be16(d->packet + 7));
		return;
	}
	put_be16(r, 6);
	r[2] = 4;
	r[4] = d->event;
	r[5] = (uint8_t)((d->tray_open ? 1 : 0) | (atapi_loaded(d) ? 2 : 0));
	d->event = 0;
	atapi_answer(d, 8, get_be16(d->packet + 7));
}

static void
atapi_read_disc_info(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	if (d->packet[1] & 7) {
		atapi_illegal(d, ASC_INVALID_FIELD);
		return;
	}
	memset(r, 0, 34);
	put_be16(r, 32);
	r[2] = 0x0e;			/* last session complete, disc finalised */
	r[3] = r[4] = r[5] = r[6] = 1;
	r[7] = 0x20;			/* unrestricted use */
	memset(r + 16, 0xff, 8);	/* no lead-in, lead-out addresses */
	atapi_answer(d, 34, get_be16(d->packet + 7));
}

static unsigned
atapi_page_errors(uint8_t *p)
{
	memset(p, 0, 8);
	p[0] = 0x01;			/* read error recovery */
	p[1] = 6;
	p[3] = 5;			/* retries */
	return 8;
}

static unsigned
atapi_page_capabilities(const struct ide_drive *d, uint8_t *p)
{
	memset(p, 0, 20);
	p[0] = 0x2a;
	p[1] = 18;
	p[2] = 0x3b;			/* reads CD-R, CD-RW, DVD-ROM, -R, -RAM */
	p[4] = 0x70;			/* mode 2, multi-session */
	p[6] = (uint8_t)(0x29 | (d->locked ? 2 : 0));	/* tray, eject, lock */
	put_be16(p + 8, 706);		/* 4x */
	put_be16(p + 10, 2);
	put_be16(p + 12, 512);		/* KiB of buffer */
	put_be16(p + 14, 706);
	return 20;
}

static void
atapi_mode_sense(struct ide_drive *d)
{
	unsigned control = d->packet[2] >> 6, page = d->packet[2] & 0x3f;
	uint8_t *r = d->ch->buf;
	unsigned len = 8;

	if (control == 3) {		/* saved values */
		atapi_fail(d, SENSE_ILLEGAL, 0x39, 0);
		return;
	}
	memset(r, 0, 8);
	r[2] = atapi_loaded(d) ? 0x01 : d->tray_open ? 0x71 : 0x70;
	if (page == 0x01 || page == 0x3f)
		len += atapi_page_errors(r + len);
	if (page == 0x2a || page == 0x3f)
		len += atapi_page_capabilities(d, r + len);
	if (len == 8) {
		atapi_illegal(d, ASC_INVALID_FIELD);
		return;
	}
	put_be16(r, len - 2);
	atapi_answer(d, len, get_be16(d->packet + 7));
}

static void
atapi_mechanism(struct ide_drive *d)
{
	uint8_t *r = d->ch->buf;

	memset(r, 0, 8);
	r[1] = d->tray_open ? 0x10 : 0;
	r[5] = 1;
	atapi_answer(d, 8, get_be16(d->packet + 8));
}

/* Which commands pass a unit attention, and which need a medium. */
static bool
atapi_always(uint8_t op)
{
	return op == SCSI_INQUIRY || op == SCSI_REQUEST_SENSE ||
	    op == SCSI_GET_CONFIG || op == SCSI_GET_EVENT;
}

static bool
atapi_needs_medium(uint8_t op)
{
	switch (op) {
	case SCSI_TEST_READY:
	case SCSI_READ_CAPACITY:
	case SCSI_READ_10:
	case SCSI_READ_12:
	case SCSI_READ_CD:
	case SCSI_SEEK_10:
	case SCSI_READ_TOC:
	case SCSI_READ_SUBCHANNEL:
	case SCSI_READ_DISC_INFO:
		return true;
	default:
		return false;
	}
}

static void
atapi_execute(struct ide_drive *d)
{
	const uint8_t *p = d->packet;

	switch (p[0]) {
	case SCSI_TEST_READY:	atapi_done(d); break;
	case SCSI_REQUEST_SENSE: atapi_request_sense(d); break;
	case SCSI_INQUIRY:	atapi_inquiry(d); break;
	case SCSI_START_STOP:	atapi_start_stop(d); break;
	case SCSI_PREVENT:
		d->locked = p[4] & 1;
		atapi_done(d);
		break;
	case SCSI_READ_CAPACITY: atapi_read_capacity(d); break;
	case SCSI_READ_10:
		atapi_read(d, get_be32(p + 2), get_be16(p + 7));
		break;
	case SCSI_READ_12:
		atapi_read(d, get_be32(p + 2), get_be32(p + 6));
		break;
	case SCSI_SEEK_10:
		if (get_be32(p + 2) >= atapi_sectors(d))
			atapi_illegal(d, ASC_OUT_OF_RANGE);
		else
			atapi_done(d);
		break;
	case SCSI_READ_SUBCHANNEL: atapi_read_subchannel(d); break;
	case SCSI_READ_TOC:	atapi_read_toc(d); break;
	case SCSI_GET_CONFIG:	atapi_get_config(d); break;
	case SCSI_GET_EVENT:	atapi_get_event(d); break;
	case SCSI_READ_DISC_INFO: atapi_read_disc_info(d); break;
	case SCSI_MODE_SENSE_10: atapi_mode_sense(d); break;
	case SCSI_SET_SPEED:	atapi_done(d); break;
	case SCSI_MECHANISM:	atapi_mechanism(d); break;
	case SCSI_READ_CD:	atapi_read_cd(d); break;
	default:
		log_debug(ide_log(d), "IDE: CD refuses packet command 0x%02x",
		    p[0]);
		atapi_illegal(d, ASC_INVALID_COMMAND);
		break;
	}
}

static void
atapi_packet(struct ide_drive *d)
{
	uint8_t op;

	memcpy(d->packet, d->ch->buf, PACKET_LEN);
	op = d->packet[0];
	if (d->attention && !atapi_always(op)) {
		op = d->attention;
		d->attention = 0;
		atapi_fail(d, SENSE_ATTENTION, op, 0);
		return;
	}
	if (op != SCSI_REQUEST_SENSE)
		d->sense = d->asc = d->ascq = 0;
	if (atapi_needs_medium(op) && !atapi_loaded(d))
		atapi_no_medium(d);
	else
		atapi_execute(d);
}

void
atapi_block_done(struct ide_drive *d)
{
	if (d->ch->pio == IDE_PIO_PACKET)
		ide_begin(d, IDE_OP_PACKET, IDE_T_COMMAND);
	else if (d->command == ATA_IDENTIFY_PACKET) {
		d->ch->pio = IDE_PIO_NONE;
		d->status = ST_READY;
	} else
		ide_begin(d, IDE_OP_READ, IDE_T_SECTOR);
}

void
atapi_step(struct ide_drive *d, enum ide_op op)
{
	switch (op) {
	case IDE_OP_PACKET:
		atapi_packet(d);
		break;
	case IDE_OP_READ:
		atapi_continue(d);
		break;
	case IDE_OP_DMA:
		atapi_dma(d);
		break;
	default:
		atapi_illegal(d, ASC_INVALID_COMMAND);
		break;
	}
}

static void
atapi_start_packet(struct ide_drive *d)
{
	/* Overlap (bit 1) is not announced. */
	if (d->feature & ~(FEATURE_DMA | 0x04)) {
		ide_fail(d, ERR_ABRT);
		return;
	}
	d->dma = d->feature & FEATURE_DMA;
	d->limit = (uint16_t)(d->lba_mid | d->lba_high << 8);
	/* "Byte count": FFFFh is FFFEh; 0 and 1 are not allowed. */
	if (d->limit < 2 || d->limit == 0xffff)
		d->limit = 0xfffe;
	d->left = 0;
	d->fill = 0;
	d->count = REASON_COMMAND;
	ide_data_out(d, PACKET_LEN, IDE_PIO_PACKET);
}

/* "IDENTIFY PACKET DEVICE data" */
static void
atapi_identify(struct ide_drive *d)
{
	uint8_t *id = d->ch->buf;
	char serial[] = "RLCD0000";

	serial[7] = (char)('1' + (d->ch != d->ch->ide->ch) * 2 +
	    (d != d->ch->drive));
	memset(id, 0, SECTOR);
	ide_put_word(id, 0, 0x85c0);	/* CD-ROM, removable, DRQ in 50 us */
	ide_put_string(id, 10, 10, serial);
	ide_put_string(id, 23, 4, "1.0");
	ide_put_string(id, 27, 20, "RINGLAB CD-ROM");
	ide_put_word(id, 49, 0x0b00);	/* DMA, LBA, IORDY */
	ide_put_modes(d, id);
	ide_put_word(id, 80, 0x00f0);
	ide_put_word(id, 82, 0x0210);	/* DEVICE RESET, PACKET */
	ide_put_word(id, 83, 0x4000);
	ide_put_word(id, 84, 0x4000);
	ide_put_word(id, 85, 0x0210);
	ide_put_word(id, 87, 0x4000);
	d->left = 0;
	d->fill = 0;
	ide_data_in(d, 0, SECTOR);
}

void
atapi_command(struct ide_drive *d)
{
	switch (d->command) {
	case ATA_PACKET:
		atapi_start_packet(d);
		break;
	case ATA_IDENTIFY_PACKET:
		atapi_identify(d);
		break;
	case ATA_SET_FEATURES:
		if (d->feature == 0x03 && ide_set_xfer_mode(d, d->count))
			ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
		else
			ide_fail(d, ERR_ABRT);
		break;
	case 0xe0: case 0xe1: case 0xe2: case 0xe3: case 0xe6:
		ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
		break;
	case 0xe5:			/* CHECK POWER MODE: active */
		d->count = 0xff;
		ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
		break;
	default:
		/* An ATA command meets the signature, which tells the host what
		 * this is ("IDENTIFY DEVICE", "READ SECTOR(S)"). */
		if (d->command == ATA_IDENTIFY || d->command == 0x20)
			ide_signature(d);
		ide_fail(d, ERR_ABRT);
		break;
	}
}

bool
atapi_valid(const struct ide_drive *d)
{
	return d->fill <= IDE_BUF && (d->limit == 0 || d->limit >= 2) &&
	    d->lba <= 0xffffffffu && d->ch->len <= IDE_BUF;
}
