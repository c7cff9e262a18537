/*
 * hw/ide.c - IDE channels: registers, interrupts, bus master
 *
 * ANSI INCITS 397-2005 (ATA/ATAPI-7) vol 1 and 2; Intel 82371SB (PIIX3)
 * datasheet, "PCI Local Bus IDE"; SFF 8038i "Programming Interface for Bus
 * Master IDE Controller".
 *
 * Not modelled: overlapped and queued commands, security, host protected area,
 * the timing registers' effect on speed.
 */
#include "hw/ide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "hw/ide_priv.h"

/* Device control */
#define CTL_NIEN	0x02
#define CTL_SRST	0x04
#define CTL_HOB		0x80
/* Bus master */
#define BM_START	0x01
#define BM_TO_MEMORY	0x08
#define BMS_ACTIVE	0x01
#define BMS_ERROR	0x02
#define BMS_INT		0x04
#define BMS_CAPABLE	0x60
#define PRD_LAST	0x8000

#define CMD_DEVICE_RESET	0x08
#define CMD_DIAGNOSTIC		0x90

/* An empty cable: DD7 is pulled down, the rest float. */
#define NO_DRIVES	0x7f

struct log *
ide_log(const struct ide_drive *d)
{
	return d->ch->ide->log;
}

static struct ide_drive *
ide_selected(struct ide_channel *ch)
{
	return &ch->drive[ch->selected];
}

static bool
ide_empty(const struct ide_channel *ch)
{
	return ch->drive[0].kind == IDE_NONE && ch->drive[1].kind == IDE_NONE;
}

/* INTRQ is the selected drive's, and floats while nIEN is set. */
static void
ide_drive_irq(struct ide_channel *ch)
{
	wire_set(&ch->irq, ide_selected(ch)->irq && !(ch->control & CTL_NIEN));
}

void
ide_irq(struct ide_drive *d)
{
	struct ide_channel *ch = d->ch;

	d->irq = true;
	/* SFF 8038i: the bit follows the rising edge of the line. */
	if (d == ide_selected(ch) && !(ch->control & CTL_NIEN))
		ch->bm.status |= BMS_INT;
	ide_drive_irq(ch);
}

static void
ide_stop(struct ide_channel *ch)
{
	ch->op = IDE_OP_NONE;
	ch->pio = IDE_PIO_NONE;
	ch->pos = ch->len = 0;
	vtimer_disarm(ch->ide->clock, &ch->timer);
}

void
ide_begin(struct ide_drive *d, enum ide_op op, uint64_t cycles)
{
	struct ide_channel *ch = d->ch;

	d->status = ST_BSY;
	ch->pio = IDE_PIO_NONE;
	ch->op = (uint8_t)op;
	ch->op_drive = d == &ch->drive[1];
	vtimer_arm(ch->ide->clock, &ch->timer,
	    vclock_now(ch->ide->clock) + cycles);
}

void
ide_data_in(struct ide_drive *d, uint32_t pos, uint32_t len)
{
	struct ide_channel *ch = d->ch;

	ch->pio = IDE_PIO_IN;
	ch->pos = pos;
	ch->len = pos + len;
	d->status = ST_READY | ST_DRQ;
	ide_irq(d);
}

void
ide_data_out(struct ide_drive *d, uint32_t len, enum ide_pio pio)
{
	struct ide_channel *ch = d->ch;

	ch->pio = (uint8_t)pio;
	ch->pos = 0;
	ch->len = len;
	d->status = ST_READY | ST_DRQ;
}

void
ide_done(struct ide_drive *d)
{
	d->ch->pio = IDE_PIO_NONE;
	d->status = ST_READY;
	d->error = 0;
	d->dma = false;
	ide_irq(d);
}

void
ide_fail(struct ide_drive *d, uint8_t error)
{
	d->ch->pio = IDE_PIO_NONE;
	d->status = ST_READY | ST_ERR;
	d->error = error;
	d->dma = false;
	ide_irq(d);
}

/* ATA/ATAPI-7 "Signature and persistence": what tells disk from CD. */
void
ide_signature(struct ide_drive *d)
{
	d->count = 1;
	d->lba_low = 1;
	d->lba_mid = d->kind == IDE_CD ? 0x14 : 0;
	d->lba_high = d->kind == IDE_CD ? 0xeb : 0;
	d->hob_count = d->hob_lba_low = d->hob_lba_mid = d->hob_lba_high = 0;
	d->device &= DEV_SLAVE;
}

static void
ide_after_reset(struct ide_drive *d)
{
	if (d->kind == IDE_NONE)
		return;
	ide_signature(d);
	d->error = 1;		/* diagnostic code: passed */
	d->status = d->kind == IDE_CD ? 0 : ST_READY;
	d->irq = false;
	d->dma = false;
	d->left = 0;
	d->fill = 0;
	if (d->kind == IDE_CD)
		d->attention = 0x29;	/* POWER ON, RESET */
	else
		ata_defaults(d);
}

static void
ide_after_diagnostic(struct ide_channel *ch)
{
	unsigned n;

	for (n = 0; n < 2; n++) {
		ide_after_reset(&ch->drive[n]);
		ch->drive[n].device = 0;
	}
	ch->selected = 0;
	ide_irq(&ch->drive[0]);
}

/* Bus master */

static bool
ide_bm_running(const struct ide_channel *ch)
{
	return ch->ide->master && (ch->bm.command & BM_START) &&
	    (ch->bm.status & BMS_ACTIVE);
}

/* A drive that waits for DMA meets a bus master that runs. */
static void
ide_bm_kick(struct ide_channel *ch)
{
	struct ide_drive *d = ide_selected(ch);
	uint64_t cycles;

	if (!d->dma || ch->op != IDE_OP_NONE || !(d->status & ST_DRQ) ||
	    !ide_bm_running(ch))
		return;
	if (d->to_memory != !!(ch->bm.command & BM_TO_MEMORY))
		log_guest(ide_log(d), "ide.direction",
		    "IDE: bus master direction does not match command 0x%02x",
		    d->command);
	cycles = d->kind == IDE_CD ? atapi_dma_cycles(d) : ata_dma_cycles(d);
	ide_begin(d, IDE_OP_DMA, cycles);
}

void
ide_dma_ready(struct ide_drive *d, bool to_memory)
{
	d->to_memory = to_memory;
	d->status = ST_READY | ST_DRQ;
	ide_bm_kick(d->ch);
}

/* SFF 8038i "Physical Region Descriptor": a count of 0 is 64 KiB. */
static bool
ide_bm_fetch(struct ide_channel *ch)
{
	struct ide *i = ch->ide;
	uint8_t prd[8];
	uint32_t count;

	if (ch->bm.last)
		return false;
	i->w.dma_read(i->w.arg, ch->bm.next, prd, sizeof(prd));
	ch->bm.next += sizeof(prd);
	ch->bm.addr = get_le32(prd) & ~1u;
	count = get_le16(prd + 4) & ~1u;
	ch->bm.left = count ? count : 0x10000;
	ch->bm.last = get_le16(prd + 6) & PRD_LAST;
	return true;
}

bool
ide_dma_move(struct ide_drive *d, uint32_t n)
{
	struct ide_channel *ch = d->ch;
	struct ide *i = ch->ide;
	uint8_t *p = ch->buf;
	uint32_t part;

	while (n) {
		if (ch->bm.left == 0 && !ide_bm_fetch(ch)) {
			log_guest(i->log, "ide.prd",
			    "IDE: descriptor table shorter than the transfer");
			return false;
		}
		part = n < ch->bm.left ? n : ch->bm.left;
		if (d->to_memory)
			i->w.dma_write(i->w.arg, ch->bm.addr, p, part);
		else
			i->w.dma_read(i->w.arg, ch->bm.addr, p, part);
		ch->bm.addr += part;
		ch->bm.left -= part;
		p += part;
		n -= part;
	}
	return true;
}

/* The controller goes idle at the table's end; with table left over it stays
 * active although the drive is done. */
static void
ide_bm_settle(struct ide_channel *ch)
{
	if (ch->bm.last && ch->bm.left == 0)
		ch->bm.status &= (uint8_t)~BMS_ACTIVE;
}

static void
ide_bm_command(struct ide_channel *ch, uint8_t val)
{
	bool was = ch->bm.command & BM_START;

	ch->bm.command = val & (BM_START | BM_TO_MEMORY);
	if (!was && (val & BM_START)) {
		ch->bm.status |= BMS_ACTIVE;
		ch->bm.next = ch->bm.table;
		ch->bm.left = 0;
		ch->bm.last = false;
		ide_bm_kick(ch);
	} else if (was && !(val & BM_START)) {
		ch->bm.status &= (uint8_t)~BMS_ACTIVE;
		if (ch->op == IDE_OP_DMA) {	/* the drive waits on */
			ide_stop(ch);
			ch->drive[ch->op_drive].status = ST_READY | ST_DRQ;
		}
	}
}

static uint8_t
ide_bm_read1(const struct ide_channel *ch, uint32_t reg)
{
	switch (reg) {
	case 0:	return ch->bm.command;
	case 2:	return ch->bm.status;
	case 4:
	case 5:
	case 6:
	case 7:	return (uint8_t)(ch->bm.table >> 8 * (reg - 4));
	default: return 0;
	}
}

static void
ide_bm_write1(struct ide_channel *ch, uint32_t reg, uint8_t val)
{
	uint8_t s = ch->bm.status;

	if (reg == 0) {
		ide_bm_command(ch, val);
	} else if (reg == 2) {
		s &= (uint8_t)~(val & (BMS_INT | BMS_ERROR));
		ch->bm.status = (s & (uint8_t)~BMS_CAPABLE) | (val & BMS_CAPABLE);
	} else if (reg >= 4) {
		ch->bm.table = (uint32_t)bits_put(ch->bm.table, 8 * (reg - 4), 8,
		    val) & ~3u;
	}
}

static uint64_t
ide_bm_read(void *dev, uint32_t off, unsigned size)
{
	struct ide *i = dev;
	uint64_t v = 0;
	unsigned n;

	for (n = 0; n < size; n++)
		v |= (uint64_t)ide_bm_read1(&i->ch[(off + n) >> 3 & 1],
		    (off + n) & 7) << 8 * n;
	return v;
}

static void
ide_bm_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct ide *i = dev;
	unsigned n;

	for (n = 0; n < size; n++)
		ide_bm_write1(&i->ch[(off + n) >> 3 & 1], (off + n) & 7,
		    (uint8_t)(val >> 8 * n));
}

void
ide_set_master(struct ide *i, bool on)
{
	i->master = on;
	ide_bm_kick(&i->ch[0]);
	ide_bm_kick(&i->ch[1]);
}

/* Time */

static void
ide_timer(void *arg)
{
	struct ide_channel *ch = arg;
	struct ide_drive *d = &ch->drive[ch->op_drive];
	enum ide_op op = ch->op;

	ch->op = IDE_OP_NONE;
	switch (op) {
	case IDE_OP_NONE:
	case IDE_OP_LAST:
		break;
	case IDE_OP_RESET:
		ide_after_reset(&ch->drive[0]);
		ide_after_reset(&ch->drive[1]);
		break;
	case IDE_OP_DIAGNOSTIC:
		ide_after_diagnostic(ch);
		break;
	case IDE_OP_FINISH:
		ide_done(d);
		break;
	default:
		if (d->kind == IDE_DISK)
			ata_step(d, op);
		else if (d->kind == IDE_CD)
			atapi_step(d, op);
		if (op == IDE_OP_DMA)
			ide_bm_settle(ch);
		break;
	}
}

/* Task file */

static uint8_t
ide_status(struct ide_channel *ch)
{
	struct ide_drive *d = ide_selected(ch);

	if (ide_empty(ch))
		return NO_DRIVES;
	return d->kind == IDE_NONE ? 0 : d->status;
}

static uint8_t
ide_read_reg(struct ide_channel *ch, uint32_t reg)
{
	struct ide_drive *d = ide_selected(ch);
	bool hob = ch->control & CTL_HOB;

	if (reg == 7) {
		d->irq = false;
		ide_drive_irq(ch);
		return ide_status(ch);
	}
	if (ide_empty(ch))
		return NO_DRIVES;
	if (d->kind == IDE_NONE)
		return 0;
	switch (reg) {
	case 1:	return d->error;
	case 2:	return hob ? d->hob_count : d->count;
	case 3:	return hob ? d->hob_lba_low : d->lba_low;
	case 4:	return hob ? d->hob_lba_mid : d->lba_mid;
	case 5:	return hob ? d->hob_lba_high : d->lba_high;
	default: return d->device | 0xa0 | (ch->selected ? DEV_SLAVE : 0);
	}
}

static void
ide_device_reset(struct ide_drive *d)
{
	if (d->kind != IDE_CD)
		return;
	ide_stop(d->ch);
	ide_after_reset(d);
	ide_drive_irq(d->ch);
}

static void
ide_write_command(struct ide_channel *ch, uint8_t val)
{
	struct ide_drive *d = ide_selected(ch);

	if (val == CMD_DIAGNOSTIC && !ide_empty(ch) && ch->op == IDE_OP_NONE) {
		ide_begin(&ch->drive[0], IDE_OP_DIAGNOSTIC, IDE_T_RESET);
		ch->drive[1].status = ST_BSY;
		return;
	}
	if (d->kind == IDE_NONE)
		return;
	if (val == CMD_DEVICE_RESET && d->kind == IDE_CD) {
		ide_device_reset(d);
		return;
	}
	if (ch->op != IDE_OP_NONE) {
		log_guest(ide_log(d), "ide.busy",
		    "IDE: command 0x%02x while busy", val);
		return;
	}
	ide_stop(ch);
	d->irq = false;
	ide_drive_irq(ch);
	d->command = val;
	d->error = 0;
	d->dma = false;
	if (d->kind == IDE_CD)
		atapi_command(d);
	else
		ata_command(d);
}

#define SHIFT_IN(d, r, val)	((d)->hob_##r = (d)->r, (d)->r = (val))

/* Both drives take the registers; the channel is not busy. */
static void
ide_write_reg(struct ide_channel *ch, uint32_t reg, uint8_t val)
{
	struct ide_drive *d;

	ch->control &= (uint8_t)~CTL_HOB;
	if (reg == 6)
		ch->selected = !!(val & DEV_SLAVE);
	for (d = ch->drive; d < ch->drive + 2; d++) {
		switch (reg) {
		case 1:	SHIFT_IN(d, feature, val); break;
		case 2:	SHIFT_IN(d, count, val); break;
		case 3:	SHIFT_IN(d, lba_low, val); break;
		case 4:	SHIFT_IN(d, lba_mid, val); break;
		case 5:	SHIFT_IN(d, lba_high, val); break;
		default: d->device = val; break;
		}
	}
	ide_drive_irq(ch);
}

/* The data register: size bytes from or into the present block. */
static uint64_t
ide_read_data(struct ide_channel *ch, unsigned size)
{
	struct ide_drive *d = ide_selected(ch);
	uint8_t bytes[8] = { 0 };
	uint32_t n = ch->len - ch->pos;

	if (ch->pio != IDE_PIO_IN || !(d->status & ST_DRQ))
		return ide_empty(ch) ? LOW_BITS(8 * size) : 0;
	if (n > size)
		n = size;
	memcpy(bytes, ch->buf + ch->pos, n);
	ch->pos += n;
	if (ch->pos == ch->len) {
		if (d->kind == IDE_CD)
			atapi_block_done(d);
		else
			ata_block_done(d);
	}
	return get_le(bytes, size);
}

static void
ide_write_data(struct ide_channel *ch, uint64_t val, unsigned size)
{
	struct ide_drive *d = ide_selected(ch);
	uint32_t n = ch->len - ch->pos;
	uint8_t bytes[8];

	if ((ch->pio != IDE_PIO_OUT && ch->pio != IDE_PIO_PACKET) ||
	    !(d->status & ST_DRQ))
		return;
	if (n > size)
		n = size;
	put_le64(bytes, val);
	memcpy(ch->buf + ch->pos, bytes, n);
	ch->pos += n;
	if (ch->pos == ch->len) {
		if (d->kind == IDE_CD)
			atapi_block_done(d);
		else
			ata_block_done(d);
	}
}

static uint64_t
ide_command_read(void *dev, uint32_t off, unsigned size)
{
	struct ide_channel *ch = dev;
	uint64_t v = 0;
	unsigned n;

	off &= 7;
	if (off == 0)
		return ide_read_data(ch, size);
	for (n = 0; n < size && off + n < 8; n++)
		v |= (uint64_t)ide_read_reg(ch, off + n) << 8 * n;
	return v;
}

static void
ide_command_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct ide_channel *ch = dev;
	unsigned n;

	off &= 7;
	if (off == 0) {
		ide_write_data(ch, val, size);
		return;
	}
	for (n = off; n < off + size && n < 8; n++) {
		if (n == 7)
			ide_write_command(ch, (uint8_t)val);
		else if (ch->op == IDE_OP_NONE)
			ide_write_reg(ch, n, (uint8_t)val);
		val >>= 8;
	}
}

/* The alternate status leaves the interrupt pending. */
static uint64_t
ide_control_read(void *dev, uint32_t off, unsigned size)
{
	(void)off;
	(void)size;
	return ide_status(dev);
}

static void
ide_srst(struct ide_channel *ch, bool on)
{
	unsigned n;

	if (ide_empty(ch))
		return;
	ide_stop(ch);
	for (n = 0; n < 2; n++) {
		ch->drive[n].status = ST_BSY;
		ch->drive[n].irq = false;
		ch->drive[n].dma = false;
	}
	ch->selected = 0;
	if (!on)
		ide_begin(&ch->drive[0], IDE_OP_RESET, IDE_T_RESET);
}

static void
ide_control_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct ide_channel *ch = dev;
	uint8_t changed = ch->control ^ (uint8_t)val;

	(void)off;
	(void)size;
	ch->control = (uint8_t)val & (CTL_NIEN | CTL_SRST | CTL_HOB);
	if (changed & CTL_SRST)
		ide_srst(ch, val & CTL_SRST);
	ide_drive_irq(ch);
}

/* Helpers of IDENTIFY and SET FEATURES, the same for both kinds. */

void
ide_put_word(uint8_t *id, unsigned word, uint16_t v)
{
	put_le16(id + 2 * word, v);
}

void
ide_put_string(uint8_t *id, unsigned word, unsigned words, const char *s)
{
	unsigned i;

	for (i = 0; i < 2 * words; i++)
		id[(2 * word + i) ^ 1] = *s ? (uint8_t)*s++ : ' ';
}

/* ATA/ATAPI-7 "Set transfer mode": PIO 0-4, multiword DMA 0-2, Ultra DMA 0-5. */
bool
ide_set_xfer_mode(struct ide_drive *d, uint8_t mode)
{
	unsigned n = mode & 7;

	switch (mode >> 3) {
	case 0:
		if (n > 1)
			return false;
		break;
	case 1:
		if (n > 4)
			return false;
		break;
	case 4:
		if (n > 2)
			return false;
		break;
	case 8:
		if (n > 5)
			return false;
		break;
	default:
		return false;
	}
	d->xfer_mode = mode;
	return true;
}

void
ide_put_modes(const struct ide_drive *d, uint8_t *id)
{
	uint16_t selected = (uint16_t)(0x100u << (d->xfer_mode & 7));
	unsigned word;

	ide_put_word(id, 53, 0x0006);		/* words 64-70 and 88 are valid */
	ide_put_word(id, 63, 0x0007 | (d->xfer_mode >> 3 == 4 ? selected : 0));
	ide_put_word(id, 64, 0x0003);
	for (word = 65; word <= 68; word++)
		ide_put_word(id, word, 120);
	ide_put_word(id, 88, 0x003f | (d->xfer_mode >> 3 == 8 ? selected : 0));
}

/* Device */

static void
ide_reset_channel(struct ide_channel *ch)
{
	struct ide_drive *d;

	ide_stop(ch);
	ch->control = 0;
	ch->selected = 0;
	ch->op_drive = 0;
	memset(ch->buf, 0, sizeof(ch->buf));
	memset(&ch->bm, 0, sizeof(ch->bm));
	for (d = ch->drive; d < ch->drive + 2; d++) {
		d->feature = d->hob_feature = 0;
		d->command = 0;
		d->device = 0;
		d->xfer_mode = 0;
		d->locked = d->tray_open = false;
		d->sense = d->asc = d->ascq = d->event = 0;
		d->lba = 0;
		d->limit = 0;
		memset(d->packet, 0, sizeof(d->packet));
		d->write_cache = true;
		ide_after_reset(d);
	}
	ide_drive_irq(ch);
}

static void
ide_reset(void *dev)
{
	struct ide *i = dev;

	ide_reset_channel(&i->ch[0]);
	ide_reset_channel(&i->ch[1]);
}

static bool
ide_drive_valid(const struct ide_drive *d)
{
	if (d->saved_kind != d->kind)
		return false;
	if (d->kind == IDE_DISK)
		return ata_valid(d);
	return d->kind != IDE_CD || atapi_valid(d);
}

static bool
ide_channel_valid(const struct ide_channel *ch)
{
	return ch->selected <= 1 && ch->op_drive <= 1 && ch->op < IDE_OP_LAST &&
	    ch->pio < IDE_PIO_LAST && ch->pos <= ch->len && ch->len <= IDE_BUF &&
	    (ch->pio == IDE_PIO_NONE || ch->pos < ch->len) &&
	    (ch->bm.table & 3) == 0 && ch->bm.left <= 0x10000 &&
	    ide_drive_valid(&ch->drive[0]) && ide_drive_valid(&ch->drive[1]);
}

static int
ide_restored(void *dev)
{
	struct ide *i = dev;

	if (!ide_channel_valid(&i->ch[0]) || !ide_channel_valid(&i->ch[1]))
		return -EINVAL;
	ide_drive_irq(&i->ch[0]);
	ide_drive_irq(&i->ch[1]);
	return 0;
}

static const struct snap_field ide_drive_fields[] = {
	SNAP_U8(struct ide_drive, saved_kind),
	SNAP_U8(struct ide_drive, feature),
	SNAP_U8(struct ide_drive, hob_feature),
	SNAP_U8(struct ide_drive, count),
	SNAP_U8(struct ide_drive, hob_count),
	SNAP_U8(struct ide_drive, lba_low),
	SNAP_U8(struct ide_drive, hob_lba_low),
	SNAP_U8(struct ide_drive, lba_mid),
	SNAP_U8(struct ide_drive, hob_lba_mid),
	SNAP_U8(struct ide_drive, lba_high),
	SNAP_U8(struct ide_drive, hob_lba_high),
	SNAP_U8(struct ide_drive, device),
	SNAP_U8(struct ide_drive, status),
	SNAP_U8(struct ide_drive, error),
	SNAP_U8(struct ide_drive, command),
	SNAP_BOOL(struct ide_drive, irq),
	SNAP_U64(struct ide_drive, lba),
	SNAP_U32(struct ide_drive, left),
	SNAP_BOOL(struct ide_drive, dma),
	SNAP_BOOL(struct ide_drive, to_memory),
	SNAP_U8(struct ide_drive, multiple),
	SNAP_U8(struct ide_drive, xfer_mode),
	SNAP_U8(struct ide_drive, heads),
	SNAP_U8(struct ide_drive, spt),
	SNAP_BOOL(struct ide_drive, write_cache),
	SNAP_U8(struct ide_drive, power),
	SNAP_BYTES(struct ide_drive, packet),
	SNAP_U16(struct ide_drive, limit),
	SNAP_U32(struct ide_drive, fill),
	SNAP_U8(struct ide_drive, sense),
	SNAP_U8(struct ide_drive, asc),
	SNAP_U8(struct ide_drive, ascq),
	SNAP_U8(struct ide_drive, attention),
	SNAP_U8(struct ide_drive, event),
	SNAP_BOOL(struct ide_drive, locked),
	SNAP_BOOL(struct ide_drive, tray_open),
	SNAP_END
};

static const struct snap_field ide_bm_fields[] = {
	SNAP_U8(struct ide_bm, command),
	SNAP_U8(struct ide_bm, status),
	SNAP_U32(struct ide_bm, table),
	SNAP_U32(struct ide_bm, next),
	SNAP_U32(struct ide_bm, addr),
	SNAP_U32(struct ide_bm, left),
	SNAP_BOOL(struct ide_bm, last),
	SNAP_END
};

static const struct snap_field ide_channel_fields[] = {
	SNAP_STRUCTS(struct ide_channel, drive, ide_drive_fields),
	SNAP_STRUCT_1(struct ide_channel, bm, ide_bm_fields),
	SNAP_U8(struct ide_channel, control),
	SNAP_U8(struct ide_channel, selected),
	SNAP_U8(struct ide_channel, op),
	SNAP_U8(struct ide_channel, op_drive),
	SNAP_U8(struct ide_channel, pio),
	SNAP_U32(struct ide_channel, pos),
	SNAP_U32(struct ide_channel, len),
	SNAP_BYTES(struct ide_channel, buf),
	SNAP_TIMER(struct ide_channel, timer),
	SNAP_END
};

static const struct snap_field ide_fields[] = {
	SNAP_STRUCTS(struct ide, ch, ide_channel_fields),
	SNAP_END
};

const struct io_ops ide_command_io = {
	.read = ide_command_read,
	.write = ide_command_write,
	.sizes = 1 | 2 | 4,
};

const struct io_ops ide_control_io = {
	.read = ide_control_read,
	.write = ide_control_write,
	.sizes = 1,
};

const struct io_ops ide_bm_io = {
	.read = ide_bm_read,
	.write = ide_bm_write,
	.sizes = 1 | 2 | 4,
};

const struct device_class ide_class = {
	.name = "ide",
	.version = 1,
	.reset = ide_reset,
	.restored = ide_restored,
	.free = free,
	.fields = ide_fields,
};

struct ide_channel *
ide_get_channel(struct ide *i, unsigned n)
{
	return &i->ch[n & 1];
}

static struct ide_drive *
ide_unit(struct ide *i, unsigned unit)
{
	return &i->ch[unit >> 1 & 1].drive[unit & 1];
}

static void
ide_attach(struct ide *i, unsigned unit, enum ide_kind kind,
    const struct blockdev *bd)
{
	struct ide_drive *d = ide_unit(i, unit);

	d->kind = kind;
	d->saved_kind = (uint8_t)kind;
	d->medium = bd != NULL;
	if (bd)
		d->bd = *bd;
	ide_reset_channel(d->ch);
}

void
ide_attach_disk(struct ide *i, unsigned unit, const struct blockdev *bd)
{
	ide_attach(i, unit, IDE_DISK, bd);
}

void
ide_attach_cd(struct ide *i, unsigned unit, const struct blockdev *bd)
{
	ide_attach(i, unit, IDE_CD, bd);
}

bool
ide_change_medium(struct ide *i, unsigned unit, const struct blockdev *bd)
{
	struct ide_drive *d = ide_unit(i, unit);

	if (d->kind != IDE_CD || (d->locked && !d->tray_open))
		return false;
	d->medium = bd != NULL;
	if (bd)
		d->bd = *bd;
	d->tray_open = false;
	d->attention = 0x28;	/* NOT READY TO READY CHANGE */
	d->event = bd ? 2 : 3;	/* new media, media removal */
	return true;
}

struct ide *
ide_new(struct vclock *clock, const struct ide_wiring *w, struct log *log)
{
	struct ide *i = calloc(1, sizeof(*i));
	struct ide_channel *ch;
	unsigned n;

	if (!i)
		return NULL;
	i->clock = clock;
	i->w = *w;
	i->log = log;
	i->master = true;
	for (n = 0; n < 2; n++) {
		ch = &i->ch[n];
		ch->ide = i;
		ch->irq = w->irq[n];
		ch->drive[0].ch = ch->drive[1].ch = ch;
		vtimer_init(&ch->timer, ide_timer, ch);
	}
	ide_reset(i);
	return i;
}
