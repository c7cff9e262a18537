/*
 * base/blockdev.h - what a disk controller needs of a disk
 *
 * Sectors of 512 bytes.  Every call is complete when it returns: 0, or -errno
 * when the host failed (the controller reports a medium error to the guest).
 * The caller checks that lba + n <= sectors; write is not called when readonly
 * is set.  The callbacks may be called from a timer only, never while the
 * guest's own access is under way.
 */
#ifndef BASE_BLOCKDEV_H
#define BASE_BLOCKDEV_H

#include "base/types.h"

#define BLOCKDEV_SECTOR		512

struct blockdev {
	uint64_t	sectors;
	int		(*read)(void *arg, uint64_t lba, uint32_t n, void *buf);
	int		(*write)(void *arg, uint64_t lba, uint32_t n,
			    const void *buf);
	int		(*flush)(void *arg);
	void		*arg;
	bool		readonly;
};

#endif
