/*
 * hw/ide.h - two IDE channels with bus-master DMA, disks and CD drives
 *
 * The channels of the PIIX3's IDE function; its PCI configuration space is
 * hw/piix_ide.h.  Units are 0 and 1 (first channel, master and slave), 2 and 3
 * (second channel).  What is attached is wiring, fixed before the first reset;
 * only a CD's medium may change later.  Each command takes a fixed virtual
 * time that depends on its kind and length, never on the host.
 */
#ifndef HW_IDE_H
#define HW_IDE_H

#include "base/blockdev.h"
#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

struct ide;
struct ide_channel;
struct log;

struct ide_wiring {
	struct wire	irq[2];		/* INTRQ of each channel: IRQ14, IRQ15 */
	/* Memory as the PCI bus sees it. */
	void		(*dma_read)(void *arg, hpa_t at, void *buf, uint32_t n);
	void		(*dma_write)(void *arg, hpa_t at, const void *buf,
			    uint32_t n);
	void		*arg;
};

/* NULL when memory is short. */
struct ide *ide_new(struct vclock *clock, const struct ide_wiring *w,
	    struct log *log);

/* bd is copied; what its arg points to must outlive the controller. */
void	ide_attach_disk(struct ide *i, unsigned unit, const struct blockdev *bd);
/* bd NULL: a drive without a medium.  Sectors are 2048 bytes to the guest. */
void	ide_attach_cd(struct ide *i, unsigned unit, const struct blockdev *bd);
/* Another medium, or none; the guest is told by unit attention.  False when
 * the guest has locked the tray. */
bool	ide_change_medium(struct ide *i, unsigned unit, const struct blockdev *bd);

/* Bus mastering allowed by the PCI command register. */
void	ide_set_master(struct ide *i, bool on);

/* The dev of ide_command_io and ide_control_io; n is 0 or 1. */
struct ide_channel *ide_get_channel(struct ide *i, unsigned n);

extern const struct io_ops ide_command_io;	/* 8 ports at 1F0h, 170h */
extern const struct io_ops ide_control_io;	/* 1 port at 3F6h, 376h */
extern const struct io_ops ide_bm_io;		/* 16 ports; dev: struct ide */
extern const struct device_class ide_class;

#endif
