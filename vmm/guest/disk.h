/*
 * vmm/guest/disk.h - the first IDE drive, by programmed I/O
 *
 * Looked for when it is first needed.  It begins with the file area; swap is
 * behind it.
 */
#ifndef GUEST_DISK_H
#define GUEST_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define FILE_BLOCKS	256		/* of a page each */

uint32_t disk_blocks(void);		/* 0: there is none */
void	disk_read(uint32_t block, uint32_t pfn);
void	disk_write(uint32_t block, uint32_t pfn);

#endif
