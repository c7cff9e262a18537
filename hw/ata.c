/*
 * hw/ata.c - commands of an ATA disk
 *
 * ANSI INCITS 397-2005 (ATA/ATAPI-7) vol 1, "Command descriptions".
 *
 * Commands of feature sets that IDENTIFY DEVICE does not announce (SMART,
 * security, host protected area, advanced power management, queueing, TRIM)
 * are aborted, as the standard has it.
 */
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "hw/ide_priv.h"

#define ATA_RECALIBRATE		0x10	/* ..1F */
#define ATA_READ		0x20
#define ATA_READ_ONCE		0x21
#define ATA_READ_EXT		0x24
#define ATA_READ_DMA_EXT	0x25
#define ATA_NATIVE_MAX_EXT	0x27
#define ATA_READ_MULTI_EXT	0x29
#define ATA_WRITE		0x30
#define ATA_WRITE_ONCE		0x31
#define ATA_WRITE_EXT		0x34
#define ATA_WRITE_DMA_EXT	0x35
#define ATA_WRITE_MULTI_EXT	0x39
#define ATA_WRITE_DMA_FUA_EXT	0x3d
#define ATA_VERIFY		0x40
#define ATA_VERIFY_ONCE		0x41
#define ATA_VERIFY_EXT		0x42
#define ATA_SEEK		0x70	/* ..7F */
#define ATA_INIT_PARAMS		0x91
#define ATA_SMART		0xb0
#define ATA_READ_MULTI		0xc4
#define ATA_WRITE_MULTI		0xc5
#define ATA_SET_MULTI		0xc6
#define ATA_READ_DMA		0xc8
#define ATA_READ_DMA_ONCE	0xc9
#define ATA_WRITE_DMA		0xca
#define ATA_WRITE_DMA_ONCE	0xcb
#define ATA_WRITE_MULTI_FUA_EXT	0xce
#define ATA_STANDBY_NOW		0xe0
#define ATA_IDLE_NOW		0xe1
#define ATA_STANDBY		0xe2
#define ATA_IDLE		0xe3
#define ATA_CHECK_POWER		0xe5
#define ATA_SLEEP		0xe6
#define ATA_FLUSH		0xe7
#define ATA_FLUSH_EXT		0xea
#define ATA_IDENTIFY		0xec
#define ATA_SET_FEATURES	0xef
#define ATA_NATIVE_MAX		0xf8

#define POWER_ACTIVE		0xff
#define POWER_STANDBY		0x00

/* What a data command is. */
#define F_EXT		0x01	/* 48-bit address and 16-bit count */
#define F_WRITE		0x02
#define F_DMA		0x04
#define F_MULTI		0x08
#define F_VERIFY	0x10	/* no data is moved */
#define F_DATA		0x80

static unsigned
ata_flags(uint8_t command)
{
	switch (command) {
	case ATA_READ:
	case ATA_READ_ONCE:		return F_DATA;
	case ATA_READ_EXT:		return F_DATA | F_EXT;
	case ATA_READ_DMA:
	case ATA_READ_DMA_ONCE:		return F_DATA | F_DMA;
	case ATA_READ_DMA_EXT:		return F_DATA | F_DMA | F_EXT;
	case ATA_READ_MULTI:		return F_DATA | F_MULTI;
	case ATA_READ_MULTI_EXT:	return F_DATA | F_MULTI | F_EXT;
	case ATA_WRITE:
	case ATA_WRITE_ONCE:		return F_DATA | F_WRITE;
	case ATA_WRITE_EXT:		return F_DATA | F_WRITE | F_EXT;
	case ATA_WRITE_DMA:
	case ATA_WRITE_DMA_ONCE:	return F_DATA | F_WRITE | F_DMA;
	case ATA_WRITE_DMA_EXT:
	case ATA_WRITE_DMA_FUA_EXT:	return F_DATA | F_WRITE | F_DMA | F_EXT;
	case ATA_WRITE_MULTI:		return F_DATA | F_WRITE | F_MULTI;
	case ATA_WRITE_MULTI_EXT:
	case ATA_WRITE_MULTI_FUA_EXT:	return F_DATA | F_WRITE | F_MULTI | F_EXT;
	case ATA_VERIFY:
	case ATA_VERIFY_ONCE:		return F_DATA | F_VERIFY;
	case ATA_VERIFY_EXT:		return F_DATA | F_VERIFY | F_EXT;
	default:			return 0;
	}
}

/* Sectors from the medium to the buffer or back. */
static int
ata_read(struct ide_drive *d, uint32_t n)
{
	return d->bd.read(d->bd.arg, d->lba, n, d->ch->buf);
}

static int
ata_write(struct ide_drive *d, uint32_t n)
{
	if (d->bd.readonly)
		return -1;
	return d->bd.write(d->bd.arg, d->lba, n, d->ch->buf);
}

/* Address, in the form the command used, and count of the transfer. */
static uint64_t
ata_address(const struct ide_drive *d, bool ext)
{
	uint32_t cylinder = d->lba_mid | (uint32_t)d->lba_high << 8;
	uint32_t low = d->lba_low | cylinder << 8;

	if (ext)
		return low | (uint64_t)(d->hob_lba_low |
		    (uint32_t)d->hob_lba_mid << 8 |
		    (uint32_t)d->hob_lba_high << 16) << 24;
	if (d->device & DEV_LBA)
		return low | (uint32_t)(d->device & 15) << 24;
	/* Sector numbers start at 1; sector 0 is nowhere. */
	if (d->lba_low == 0)
		return ~(uint64_t)0;
	return ((uint64_t)cylinder * d->heads + (d->device & 15u)) * d->spt +
	    d->lba_low - 1u;
}

/* On an error the registers name the sector. */
static void
ata_put_address(struct ide_drive *d, bool ext)
{
	uint64_t lba = d->lba, track;

	if (!ext && !(d->device & DEV_LBA)) {
		track = lba / d->spt;
		d->lba_low = (uint8_t)(lba % d->spt + 1);
		d->lba_mid = (uint8_t)(track / d->heads);
		d->lba_high = (uint8_t)(track / d->heads >> 8);
		d->device = (d->device & 0xf0) | (uint8_t)(track % d->heads);
		return;
	}
	d->lba_low = (uint8_t)lba;
	d->lba_mid = (uint8_t)(lba >> 8);
	d->lba_high = (uint8_t)(lba >> 16);
	if (ext) {
		d->hob_lba_low = (uint8_t)(lba >> 24);
		d->hob_lba_mid = (uint8_t)(lba >> 32);
		d->hob_lba_high = (uint8_t)(lba >> 40);
	} else {
		d->device = (d->device & 0xf0) | (uint8_t)(lba >> 24 & 15);
	}
}

static bool
ata_range(struct ide_drive *d, bool ext)
{
	d->lba = ata_address(d, ext);
	d->left = ext ? d->count | (uint32_t)d->hob_count << 8 : d->count;
	if (d->left == 0)
		d->left = ext ? 65536 : 256;
	if (d->lba < d->bd.sectors && d->left <= d->bd.sectors - d->lba)
		return true;
	d->lba = 0;
	d->left = 0;
	return false;
}

static uint32_t
ata_block(const struct ide_drive *d)
{
	uint32_t n = 1;

	if (ata_flags(d->command) & F_MULTI)
		n = d->multiple;
	return n < d->left ? n : d->left;
}

static void
ata_medium_error(struct ide_drive *d)
{
	ata_put_address(d, ata_flags(d->command) & F_EXT);
	ide_fail(d, ERR_UNC);
}

uint64_t
ata_dma_cycles(const struct ide_drive *d)
{
	return IDE_T_ACCESS + d->left * IDE_T_SECTOR;
}

static void
ata_start_dma(struct ide_drive *d, unsigned flags)
{
	d->dma = true;
	ide_dma_ready(d, !(flags & F_WRITE));
}

static void
ata_start(struct ide_drive *d, unsigned flags)
{
	if (!ata_range(d, flags & F_EXT)) {
		ide_fail(d, ERR_IDNF);
		return;
	}
	if (((flags & F_MULTI) && d->multiple == 0) ||
	    ((flags & F_WRITE) && d->bd.readonly)) {
		ide_fail(d, ERR_ABRT);
		return;
	}
	if (flags & F_VERIFY)
		ide_begin(d, IDE_OP_FINISH, ata_dma_cycles(d));
	else if (flags & F_DMA)
		ata_start_dma(d, flags);
	else if (flags & F_WRITE)
		ide_data_out(d, ata_block(d) * SECTOR, IDE_PIO_OUT);
	else
		ide_begin(d, IDE_OP_READ,
		    IDE_T_ACCESS + ata_block(d) * IDE_T_SECTOR);
}

/* The guest has moved a whole block through the data register. */
void
ata_block_done(struct ide_drive *d)
{
	struct ide_channel *ch = d->ch;

	if (ch->pio == IDE_PIO_OUT) {
		ide_begin(d, IDE_OP_WRITE,
		    IDE_T_ACCESS + ata_block(d) * IDE_T_SECTOR);
		return;
	}
	ch->pio = IDE_PIO_NONE;
	d->status = ST_READY;
	if (d->left)
		ide_begin(d, IDE_OP_READ, ata_block(d) * IDE_T_SECTOR);
}

static void
ata_read_block(struct ide_drive *d)
{
	uint32_t n = ata_block(d);

	if (ata_read(d, n)) {
		ata_medium_error(d);
		return;
	}
	d->lba += n;
	d->left -= n;
	ide_data_in(d, 0, n * SECTOR);
}

static void
ata_write_block(struct ide_drive *d)
{
	uint32_t n = ata_block(d);

	if (ata_write(d, n)) {
		ata_medium_error(d);
		return;
	}
	d->lba += n;
	d->left -= n;
	if (d->left == 0) {
		ide_done(d);
		return;
	}
	ide_data_out(d, ata_block(d) * SECTOR, IDE_PIO_OUT);
	ide_irq(d);
}

/* A table that is too short leaves the drive waiting, as SFF 8038i says. */
static void
ata_dma(struct ide_drive *d)
{
	bool bad = false;
	uint32_t n;

	d->status = ST_READY | ST_DRQ;
	while (d->left) {
		n = d->left < IDE_MAX_MULTI ? d->left : IDE_MAX_MULTI;
		if (d->to_memory)
			bad = ata_read(d, n);
		if (bad)
			break;
		if (!ide_dma_move(d, n * SECTOR))
			return;
		if (!d->to_memory)
			bad = ata_write(d, n);
		if (bad)
			break;
		d->lba += n;
		d->left -= n;
	}
	if (bad)
		ata_medium_error(d);
	else
		ide_done(d);
}

static void
ata_flush(struct ide_drive *d)
{
	if (!d->bd.readonly && d->bd.flush(d->bd.arg))
		ide_fail(d, ERR_ABRT);
	else
		ide_done(d);
}

/* The registers and the medium's end again: a snapshot may hold anything. */
static bool
ata_in_range(const struct ide_drive *d)
{
	return d->lba <= d->bd.sectors && d->left <= 65536 &&
	    d->left <= d->bd.sectors - d->lba;
}

void
ata_step(struct ide_drive *d, enum ide_op op)
{
	switch (op) {
	case IDE_OP_READ:
		ata_read_block(d);
		break;
	case IDE_OP_WRITE:
		ata_write_block(d);
		break;
	case IDE_OP_DMA:
		ata_dma(d);
		break;
	case IDE_OP_FLUSH:
		ata_flush(d);
		break;
	default:
		ide_fail(d, ERR_ABRT);
		break;
	}
}

static uint16_t
ata_cylinders(const struct ide_drive *d, unsigned heads, unsigned spt)
{
	uint64_t n = d->bd.sectors / (heads * spt);

	return (uint16_t)(n > 16383 ? 16383 : n);
}

static void
ata_identify_geometry(const struct ide_drive *d, uint8_t *id)
{
	uint32_t chs = (uint32_t)ata_cylinders(d, d->heads, d->spt) * d->heads *
	    d->spt;
	uint32_t lba28 = (uint32_t)(d->bd.sectors > 0x0fffffff ? 0x0fffffff :
	    d->bd.sectors);

	ide_put_word(id, 1, ata_cylinders(d, 16, 63));
	ide_put_word(id, 3, 16);
	ide_put_word(id, 6, 63);
	ide_put_word(id, 54, ata_cylinders(d, d->heads, d->spt));
	ide_put_word(id, 55, d->heads);
	ide_put_word(id, 56, d->spt);
	put_le32(id + 2 * 57, chs);
	put_le32(id + 2 * 60, lba28);
	put_le64(id + 2 * 100, d->bd.sectors);
}

/* "IDENTIFY DEVICE data" */
static void
ata_identify(struct ide_drive *d)
{
	uint8_t *id = d->ch->buf;
	char serial[] = "RL000000";

	serial[7] = (char)('1' + (d->ch != d->ch->ide->ch) * 2 +
	    (d != d->ch->drive));
	memset(id, 0, SECTOR);
	ide_put_word(id, 0, 0x0040);		/* fixed disk */
	ide_put_string(id, 10, 10, serial);
	ide_put_string(id, 23, 4, "1.0");
	ide_put_string(id, 27, 20, "RINGLAB DISK");
	ide_put_word(id, 47, 0x8000 | IDE_MAX_MULTI);
	ide_put_word(id, 49, 0x0b00);		/* DMA, LBA, IORDY */
	ide_put_word(id, 50, 0x4000);
	ide_put_modes(d, id);
	ide_put_word(id, 53, 0x0007);
	ata_identify_geometry(d, id);
	ide_put_word(id, 59, (uint16_t)(0x0100 | d->multiple));
	ide_put_word(id, 80, 0x00f0);		/* ATA/ATAPI-4 to -7 */
	ide_put_word(id, 82, 0x0020);		/* write cache */
	ide_put_word(id, 83, 0x7400);		/* FLUSH, FLUSH EXT, 48-bit */
	ide_put_word(id, 84, 0x4040);		/* WRITE DMA FUA EXT */
	ide_put_word(id, 85, d->write_cache ? 0x0020 : 0);
	ide_put_word(id, 86, 0x3400);
	ide_put_word(id, 87, 0x4040);
	ide_put_word(id, 93, d == d->ch->drive ? 0x600b : 0x6b00);
	ide_put_word(id, 217, 1);		/* does not rotate */
	d->left = 0;
	ide_data_in(d, 0, SECTOR);
}

static void
ata_init_params(struct ide_drive *d)
{
	unsigned heads = (d->device & 15u) + 1, spt = d->count;

	if (spt == 0) {
		ide_fail(d, ERR_ABRT);
		return;
	}
	d->heads = (uint8_t)heads;
	d->spt = (uint8_t)spt;
	ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
}

static void
ata_set_multiple(struct ide_drive *d)
{
	if (d->count > IDE_MAX_MULTI || (d->count & (d->count - 1))) {
		ide_fail(d, ERR_ABRT);
		return;
	}
	d->multiple = d->count;
	ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
}

static void
ata_set_features(struct ide_drive *d)
{
	bool ok = true;

	switch (d->feature) {
	case 0x02:
	case 0x82:
		d->write_cache = d->feature == 0x02;
		break;
	case 0x03:
		ok = ide_set_xfer_mode(d, d->count);
		break;
	case 0x55:	/* look-ahead off, on; reverting to defaults off, on */
	case 0xaa:
	case 0x66:
	case 0xcc:
		break;
	default:
		ok = false;
		break;
	}
	if (ok)
		ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
	else
		ide_fail(d, ERR_ABRT);
}

static void
ata_native_max(struct ide_drive *d, bool ext)
{
	uint64_t last = d->bd.sectors ? d->bd.sectors - 1 : 0;

	d->left = 0;
	d->lba = ext || last <= 0x0fffffff ? last : 0x0fffffff;
	d->device |= DEV_LBA;
	ata_put_address(d, ext);
	ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
}

static void
ata_seek(struct ide_drive *d)
{
	if (ata_address(d, false) >= d->bd.sectors)
		ide_fail(d, ERR_IDNF);
	else
		ide_begin(d, IDE_OP_FINISH, IDE_T_ACCESS);
}

static void
ata_power(struct ide_drive *d, uint8_t mode)
{
	d->power = mode;
	ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
}

static void
ata_check_power(struct ide_drive *d)
{
	d->count = d->power;
	ide_begin(d, IDE_OP_FINISH, IDE_T_COMMAND);
}

/* The power commands' old codes 94h..99h are the same as E0h..E6h. */
static uint8_t
ata_canonical(uint8_t command)
{
	static const uint8_t old[6] = {
		ATA_STANDBY_NOW, ATA_IDLE_NOW, ATA_STANDBY, ATA_IDLE,
		ATA_CHECK_POWER, ATA_SLEEP
	};

	if (command >= 0x94 && command <= 0x99)
		return old[command - 0x94];
	if ((command & 0xf0) == ATA_RECALIBRATE)
		return ATA_RECALIBRATE;
	if ((command & 0xf0) == ATA_SEEK)
		return ATA_SEEK;
	return command;
}

void
ata_command(struct ide_drive *d)
{
	uint8_t command = ata_canonical(d->command);
	unsigned flags = ata_flags(command);

	if (flags) {
		d->power = POWER_ACTIVE;
		ata_start(d, flags);
		return;
	}
	switch (command) {
	case ATA_RECALIBRATE:	ide_begin(d, IDE_OP_FINISH, IDE_T_ACCESS); break;
	case ATA_SEEK:		ata_seek(d); break;
	case ATA_INIT_PARAMS:	ata_init_params(d); break;
	case ATA_SET_MULTI:	ata_set_multiple(d); break;
	case ATA_STANDBY_NOW:
	case ATA_STANDBY:
	case ATA_SLEEP:		ata_power(d, POWER_STANDBY); break;
	case ATA_IDLE_NOW:
	case ATA_IDLE:		ata_power(d, POWER_ACTIVE); break;
	case ATA_CHECK_POWER:	ata_check_power(d); break;
	case ATA_FLUSH:
	case ATA_FLUSH_EXT:	ide_begin(d, IDE_OP_FLUSH, IDE_T_FLUSH); break;
	case ATA_IDENTIFY:	ata_identify(d); break;
	case ATA_SET_FEATURES:	ata_set_features(d); break;
	case ATA_NATIVE_MAX:	ata_native_max(d, false); break;
	case ATA_NATIVE_MAX_EXT: ata_native_max(d, true); break;
	default:
		log_debug(ide_log(d), "IDE: disk aborts command 0x%02x",
		    command);
		ide_fail(d, ERR_ABRT);
		break;
	}
}

void
ata_defaults(struct ide_drive *d)
{
	d->multiple = IDE_MAX_MULTI;
	d->heads = 16;
	d->spt = 63;
	d->power = POWER_ACTIVE;
}

bool
ata_valid(const struct ide_drive *d)
{
	return d->heads && d->heads <= 16 && d->spt && ata_in_range(d) &&
	    d->multiple <= IDE_MAX_MULTI && !(d->multiple & (d->multiple - 1)) &&
	    (d->multiple || !(ata_flags(d->command) & F_MULTI));
}
