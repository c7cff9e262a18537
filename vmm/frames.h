/*
 * vmm/frames.h - machine memory, in frames of 4 KiB
 *
 * Every frame has an owner.  What is not memory, or is the VMM's, belongs to
 * OWNER_VMM; a frame that belongs to no one is free.
 */
#ifndef VMM_FRAMES_H
#define VMM_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/types.h"
#include "vmm/layout.h"

#define OWNER_FREE	0xff
#define OWNER_VMM	0xfe	/* others: the number of a VM */
#define NO_FRAME	0u

struct bootinfo;

/* What is known of a machine frame. */
struct frame {
	uint8_t		owner;
	uint8_t		type;		/* enum frame_type, vmm/direct.h */
	bool		pinned;
	uint8_t		swap_mark;	/* vmm/swap.c */
	uint32_t	refs;		/* of its type, vmm/direct.c */
	uint32_t	maps;		/* entries that name it, of any kind */
	uint32_t	gfn;		/* of which it is the owner's */
};

/* A physical address in the map of all memory. */
static inline void *
phys(uint64_t pa)
{
	return (void *)(uintptr_t)(VMM_BASE + pa);
}

static inline uint64_t
phys_of(const void *p)
{
	return (uint64_t)(uintptr_t)p - VMM_BASE;
}

static inline void *
frame_ptr(uint32_t mfn)
{
	return phys((uint64_t)mfn << PAGE_SHIFT);
}

void	frames_init(const struct bootinfo *b);

/* n frames in a row, aligned to align (a power of two) frames, zeroed; the
 * first one's number, NO_FRAME if there are not so many. */
uint32_t frames_alloc(uint8_t owner, uint32_t n, uint32_t align);
void	frames_free(uint32_t mfn, uint32_t n);

/* Memory for the VMM's own structures, zeroed; does not return without. */
void	*frames_table(size_t size);
void	*frames_small(size_t size);

/* NULL when there is no such frame of memory. */
struct frame *frame_info(uint64_t mfn);

/* canary=1: free frames have a pattern, and so have some of the VMM's own, at the
 * end of memory; how many have lost it. */
void	frames_plant(void);
uint32_t frames_check(uint8_t owner);

uint32_t frames_total(void);
uint32_t frames_left(void);

#endif
