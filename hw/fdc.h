/*
 * hw/fdc.h - floppy disk controller 82077AA and its drives
 */
#ifndef HW_FDC_H
#define HW_FDC_H

#include "base/blockdev.h"
#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

#define FDC_DRIVES	2

struct fdc;
struct log;

/* dma(): moves up to n bytes as the DMA controller is programmed; returns how many,
 * 0 while the channel is not ready; *tc at terminal count. */
struct fdc_wiring {
	struct wire	irq;		/* IRQ6 */
	uint32_t	(*dma)(void *arg, void *buf, uint32_t n, bool *tc);
	void		*arg;
};

/* NULL when memory is short. */
struct fdc *fdc_new(struct vclock *vc, const struct fdc_wiring *w, struct log *log);

/* Before the first reset: a drive with this medium in it, of the format of that size
 * or, if there is none, of 1440 KiB or the next that has room; false: none has.  *bd
 * must outlive the chip's use. */
bool	fdc_attach(struct fdc *f, unsigned unit, const struct blockdev *bd) MUST_CHECK;
/* As CMOS byte 10h numbers drives; 0: none. */
uint8_t	fdc_cmos_type(const struct fdc *f, unsigned unit);

extern const struct io_ops fdc_io;	/* 6 ports at 3F0h */
extern const struct io_ops fdc_dir_io;	/* 1 port at 3F7h */
extern const struct device_class fdc_class;

#endif
