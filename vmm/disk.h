/*
 * vmm/disk.h - the machine's IDE drives, by programmed I/O
 */
#ifndef VMM_DISK_H
#define VMM_DISK_H

#include "base/blockdev.h"

#define DISK_DRIVES	4u		/* master and slave of two channels */

struct disk {
	uint16_t	port;		/* of the channel's registers */
	uint8_t		select;		/* master or slave, LBA */
};

/* Drive 0 to 3 as a block device whose calls wait; false: there is none.  d
 * must live as long as bd. */
bool	disk_open(struct disk *d, unsigned drive, struct blockdev *bd);

#endif
