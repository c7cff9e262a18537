/*
 * hw/ide_priv.h - what ide.c, ata.c and atapi.c share
 *
 * ide.c has registers, interrupts, bus master and time; ata.c and atapi.c
 * decide what a command does.  A drive that works on something has one
 * operation under way: ide_begin() makes the channel busy and arms its timer,
 * and when that fires the drive's ata_step() or atapi_step() goes on.
 */
#ifndef HW_IDE_PRIV_H
#define HW_IDE_PRIV_H

#include "base/blockdev.h"
#include "base/vclock.h"
#include "base/wire.h"
#include "hw/ide.h"

#define SECTOR		BLOCKDEV_SECTOR
#define CD_SECTOR	2048
#define IDE_BUF		8192
#define IDE_MAX_MULTI	(IDE_BUF / SECTOR)

/* Status */
#define ST_ERR		0x01
#define ST_DRQ		0x08
#define ST_DSC		0x10
#define ST_DF		0x20
#define ST_DRDY		0x40
#define ST_BSY		0x80
#define ST_READY	(ST_DRDY | ST_DSC)
/* Error */
#define ERR_ABRT	0x04
#define ERR_IDNF	0x10
#define ERR_UNC		0x40
/* Device register */
#define DEV_LBA		0x40
#define DEV_SLAVE	0x10

#define US		((uint64_t)VCLOCK_HZ / 1000000)
/* A small solid-state disk: fixed, since nothing may depend on the host. */
#define IDE_T_COMMAND	(2 * US)	/* commands without data */
#define IDE_T_ACCESS	(20 * US)
#define IDE_T_SECTOR	(1 * US)	/* 512 MB/s */
#define IDE_T_FLUSH	(50 * US)
#define IDE_T_CD_ACCESS	(100 * US)
#define IDE_T_RESET	(1000 * US)

enum ide_kind { IDE_NONE, IDE_DISK, IDE_CD };

enum ide_op {
	IDE_OP_NONE,
	IDE_OP_RESET,		/* end of a software reset */
	IDE_OP_DIAGNOSTIC,
	IDE_OP_FINISH,		/* a command without data is done */
	IDE_OP_FLUSH,
	IDE_OP_READ,		/* the next block can be read */
	IDE_OP_WRITE,		/* the buffer can be written */
	IDE_OP_DMA,		/* the whole transfer */
	IDE_OP_PACKET,		/* a command packet is complete */
	IDE_OP_LAST
};

/* What the data register does. */
enum ide_pio { IDE_PIO_NONE, IDE_PIO_IN, IDE_PIO_OUT, IDE_PIO_PACKET, IDE_PIO_LAST };

struct ide_drive {
	struct ide_channel	*ch;
	struct blockdev		bd;
	bool			medium;		/* bd is there */
	enum ide_kind		kind;
	/* Task file; hob_ is what was written before */
	uint8_t			feature, hob_feature;
	uint8_t			count, hob_count;
	uint8_t			lba_low, hob_lba_low;
	uint8_t			lba_mid, hob_lba_mid;
	uint8_t			lba_high, hob_lba_high;
	uint8_t			device;
	uint8_t			status;
	uint8_t			error;
	uint8_t			command;
	bool			irq;		/* wants INTRQ */
	/* Transfer */
	uint64_t		lba;		/* next sector */
	uint32_t		left;		/* sectors (disk), CD sectors (CD) */
	bool			dma;		/* the command is a DMA command */
	bool			to_memory;
	uint8_t			multiple;	/* SET MULTIPLE; 0 = off */
	uint8_t			xfer_mode;	/* SET FEATURES 03 */
	uint8_t			heads, spt;	/* INITIALIZE DEVICE PARAMETERS */
	bool			write_cache;
	uint8_t			power;		/* CHECK POWER MODE's answer */
	/* CD */
	uint8_t			packet[12];
	uint16_t		limit;		/* bytes per DRQ */
	uint32_t		fill;		/* valid bytes in the buffer */
	uint8_t			sense, asc, ascq;
	uint8_t			attention;	/* ASC of a unit attention, or 0 */
	uint8_t			event;		/* media event to report */
	bool			locked;
	bool			tray_open;
	uint8_t			saved_kind;	/* kind, as the snapshot has it */
};

struct ide_bm {
	uint8_t		command;
	uint8_t		status;
	uint32_t	table;
	/* Where in the table the transfer is */
	uint32_t	next;		/* address of the next descriptor */
	uint32_t	addr;
	uint32_t	left;
	bool		last;
};

struct ide_channel {
	struct ide		*ide;
	struct wire		irq;
	struct ide_drive	drive[2];
	struct ide_bm		bm;
	uint8_t			control;
	uint8_t			selected;	/* 0 or 1 */
	uint8_t			op;		/* enum ide_op, of drive op_drive */
	uint8_t			op_drive;
	uint8_t			pio;		/* enum ide_pio */
	uint32_t		pos, len;	/* of the data block in buf */
	uint8_t			buf[IDE_BUF];
	struct vtimer		timer;
};

struct ide {
	struct vclock		*clock;
	struct ide_wiring	w;
	struct log		*log;
	bool			master;
	struct ide_channel	ch[2];
};

/* ide.c, for the drives */
struct log *ide_log(const struct ide_drive *d);
/* The drive is busy for that long; then comes its step(). */
void	ide_begin(struct ide_drive *d, enum ide_op op, uint64_t cycles);
/* A block of len bytes in the buffer waits to be read (written) by the guest. */
void	ide_data_in(struct ide_drive *d, uint32_t pos, uint32_t len);
void	ide_data_out(struct ide_drive *d, uint32_t len, enum ide_pio pio);
/* The end of a command, with interrupt. */
void	ide_done(struct ide_drive *d);
void	ide_fail(struct ide_drive *d, uint8_t error);
/* A DMA command is ready: it runs, for that long, once the bus master does. */
void	ide_dma_ready(struct ide_drive *d, bool to_memory);
/* Moves n bytes between the buffer and memory; false when the descriptor table
 * ends first. */
bool	ide_dma_move(struct ide_drive *d, uint32_t n);
void	ide_irq(struct ide_drive *d);
void	ide_signature(struct ide_drive *d);

/* ata.c and atapi.c */
void	ata_command(struct ide_drive *d);
void	ata_step(struct ide_drive *d, enum ide_op op);
void	ata_block_done(struct ide_drive *d);	/* PIO block was moved */
uint64_t ata_dma_cycles(const struct ide_drive *d);
void	ata_defaults(struct ide_drive *d);
bool	ata_valid(const struct ide_drive *d);

void	atapi_command(struct ide_drive *d);
void	atapi_step(struct ide_drive *d, enum ide_op op);
void	atapi_block_done(struct ide_drive *d);
uint64_t atapi_dma_cycles(const struct ide_drive *d);
bool	atapi_valid(const struct ide_drive *d);

/* IDENTIFY strings: swapped bytes, padded with blanks. */
void	ide_put_string(uint8_t *id, unsigned word, unsigned words, const char *s);
void	ide_put_word(uint8_t *id, unsigned word, uint16_t v);
bool	ide_set_xfer_mode(struct ide_drive *d, uint8_t mode);
void	ide_put_modes(const struct ide_drive *d, uint8_t *id);

#endif
