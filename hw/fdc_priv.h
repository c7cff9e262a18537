/*
 * hw/fdc_priv.h - inside of the floppy disk controller: fdc*.c
 */
#ifndef HW_FDC_PRIV_H
#define HW_FDC_PRIV_H

#include "hw/fdc.h"

#define FDC_UNITS	4		/* that commands can name */
#define FDC_SECTOR	BLOCKDEV_SECTOR
#define FDC_MS		(VCLOCK_HZ / 1000)

/* Commands without their flags */
#define CMD_READ_TRACK	0x02
#define CMD_SPECIFY	0x03
#define CMD_DRIVE_STATUS 0x04
#define CMD_WRITE	0x05
#define CMD_READ	0x06
#define CMD_RECALIBRATE	0x07
#define CMD_SENSE	0x08
#define CMD_WRITE_DEL	0x09
#define CMD_READ_ID	0x0a
#define CMD_READ_DEL	0x0c
#define CMD_FORMAT	0x0d
#define CMD_DUMPREG	0x0e
#define CMD_SEEK	0x0f
#define CMD_VERSION	0x10
#define CMD_PERPENDICULAR 0x12
#define CMD_CONFIGURE	0x13
#define CMD_LOCK	0x14
#define CMD_VERIFY	0x16
#define CMD_BITS	0x1f
#define   CMD_MT	0x80
#define   CMD_UP	0x40		/* of a relative seek */

#define ST0_ABNORMAL	0x40
#define ST0_INVALID	0x80
#define ST0_READY_CHANGED 0xc0
#define ST0_SEEK_END	0x20
#define ST0_EQUIPMENT	0x10
#define ST1_END		0x80		/* of the cylinder */
#define ST1_NO_DATA	0x04
#define ST1_PROTECTED	0x02
#define ST1_NO_ADDRESS	0x01
#define ST1_DATA_ERROR	0x20
#define ST2_MARK	0x40
#define ST2_WRONG_CYL	0x10
#define ST2_DATA_ERROR	0x20

enum fdc_phase { PHASE_COMMAND, PHASE_EXECUTION, PHASE_RESULT };

struct fdc_format {
	uint8_t		cylinders, heads, sectors;
	uint8_t		rates;		/* bit n: data rate select n reads it */
	uint8_t		cmos;
};

struct fdc_drive {
	uint8_t		track, target;
	bool		changed;	/* disk change line */
	bool		seeking;
	bool		pending;	/* st0 waits for SENSE INTERRUPT STATUS */
	uint8_t		st0;
	struct vtimer	timer;
	/* Wiring: */
	struct fdc	*fdc;
	unsigned	unit;
	const struct blockdev *bd;	/* NULL: no drive */
	const struct fdc_format *format;
};

/* The transfer under way. */
struct fdc_transfer {
	uint8_t		unit, head;
	uint8_t		c, h, r, n, eot;
	uint8_t		left;		/* sectors of a format or verify with count */
	uint8_t		fill;
	uint16_t	pos, len;	/* in buf */
	bool		pio;		/* the processor moves bytes now */
	bool		tc;
	uint8_t		buf[FDC_SECTOR];
};

struct fdc {
	uint8_t			dor, tdr, rate;
	uint8_t			phase;
	uint8_t			cmd[9], cmd_len, cmd_pos;
	uint8_t			result[10], result_len, result_pos;
	uint8_t			specify[2], config, precomp, perpendicular;
	bool			locked;
	bool			irq;
	uint8_t			reset_sense;	/* interrupts of a reset to be sensed */
	struct fdc_drive	drive[FDC_UNITS];
	struct fdc_transfer	x;
	struct vtimer		timer;
	/* Wiring: */
	struct vclock		*vc;
	struct fdc_wiring	w;
	struct log		*log;
};

/* hw/fdc.c */
void	fdc_set_irq(struct fdc *f, bool level);
/* n bytes of f->result are the guest's to read, with an interrupt or without. */
void	fdc_result(struct fdc *f, unsigned n, bool irq);

/* hw/fdc_data.c */
bool	fdc_is_data(uint8_t cmd);
void	fdc_data_begin(struct fdc *f);
void	fdc_data_timer(void *arg);
uint8_t	fdc_data_get(struct fdc *f);
void	fdc_data_put(struct fdc *f, uint8_t v);
void	fdc_read_id(struct fdc *f);
bool	fdc_transfer_sane(const struct fdc_transfer *x);

#endif
