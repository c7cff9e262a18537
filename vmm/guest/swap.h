/*
 * vmm/guest/swap.h - pages on the disk, behind the file area
 *
 * A slot is used by so many page-table entries.
 */
#ifndef GUEST_SWAP_H
#define GUEST_SWAP_H

#include <stdbool.h>
#include <stdint.h>

/* Writes the frame; false if there is no slot, no disk, or swap=off.  The slot
 * has no users yet. */
bool	swap_write(uint32_t pfn, uint32_t *slot);
void	swap_read(uint32_t slot, uint32_t pfn);
void	swap_ref(uint32_t slot);
void	swap_unref(uint32_t slot);

#endif
