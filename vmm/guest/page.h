/*
 * vmm/guest/page.h - the frames of memory
 *
 * A frame is named by its number.  struct page says what it is used for and
 * how many page-table entries (and, of a file's page, the cache) refer to it.
 */
#ifndef GUEST_PAGE_H
#define GUEST_PAGE_H

#include "vmm/guest/kernel.h"

enum page_use {
	PAGE_NONE,			/* not ours */
	PAGE_FREE,
	PAGE_KERNEL,			/* the image */
	PAGE_STACK,			/* a process's in the kernel */
	PAGE_TABLE,
	PAGE_KERNEL_TABLE,		/* of what all spaces share */
	PAGE_PV,			/* what only pv.c has */
	PAGE_USER,			/* a program's data */
	PAGE_FILE,			/* in the page cache */
	PAGE_BALLOON,			/* given to the VMM */
};

struct page {
	uint8_t		use;		/* enum page_use */
	uint16_t	refs;
	uint16_t	next, prev;	/* PAGE_FREE: in the list */
	uint32_t	what;		/* PAGE_USER: number of the virtual page,
					   PAGE_FILE: of the block */
};

extern struct page *pages;		/* by frame number */
extern uint32_t page_end;		/* frames below are memory */
extern uint32_t page_free_count;

/* Memory ends at this physical address. */
void	page_init(uint64_t end);
/* A frame with one reference, its content undefined.  Reclaims when there is
 * none; 0 without success. */
uint32_t page_try(enum page_use use);
/* As above; without success that is the end of the run. */
uint32_t page_alloc(enum page_use use);
/* As above, of the free ones that which was free for longest; at first that is
 * the last one of memory. */
uint32_t page_alloc_last(enum page_use use);
uint32_t page_alloc_zero(enum page_use use);
/* 512 of them, aligned, each with one reference; 0 if there are none. */
uint32_t page_alloc_large(enum page_use use);
/* Takes a certain frame out of the free ones. */
void	page_take(uint32_t pfn, enum page_use use);
void	page_ref(uint32_t pfn);
void	page_unref(uint32_t pfn);

static inline void *
page_at(uint32_t pfn)
{
	return (void *)(DIRECT_BASE + ((uint64_t)pfn << PAGE_SHIFT));
}

static inline uint32_t
page_of_image(const void *p)
{
	return (uint32_t)(((uint64_t)p - KERNEL_BASE) >> PAGE_SHIFT);
}

void	page_zero(uint32_t pfn);
void	page_copy(uint32_t to, uint32_t from);

/* ---- reclaim.c */

void	reclaim_init(void);
/* Makes one frame free, false if it cannot. */
bool	reclaim(void);
/* This one, of PAGE_USER. */
bool	reclaim_page(uint32_t pfn);

#endif
