/*
 * base/hostmem.h - large regions of host memory that are filled as they are used
 *
 * Anonymous, zero, without reserve: pages exist from their first use on.  The host is
 * asked for pages of 2 MiB (only a hint, madvise(2) MADV_HUGEPAGE), which one entry of
 * its TLB maps: what a guest does at random addresses is bound by the host's own
 * page walks otherwise.
 */
#ifndef BASE_HOSTMEM_H
#define BASE_HOSTMEM_H

#include <stddef.h>

/* Bytes, more than 0; NULL without address space.  To be given back with the same size. */
void	*hostmem_reserve(size_t size);
/* NULL is nothing. */
void	hostmem_release(void *p, size_t size);

#endif
