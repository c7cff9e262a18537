/*
 * vmm/guest/space.h - what a process has in its address space
 *
 * A space is a list of areas; frames come when they are touched.  fork()
 * keeps addresses, so a frame is at one address in every space it is in.
 */
#ifndef GUEST_SPACE_H
#define GUEST_SPACE_H

#include "vmm/guest/pmap.h"

#define AREAS		8

enum area_kind {
	AREA_NONE,
	AREA_ZERO,			/* zeroes, until written */
	AREA_FILE,			/* the disk's blocks, private */
	AREA_PROGRAMS,			/* in the kernel's image, read-only */
};

struct area {
	enum area_kind	kind;
	bool		large;		/* MAP_LARGE, MAP_LAST */
	bool		last;
	uint64_t	start, end;
	uint32_t	block;		/* AREA_FILE: what is at start */
};

struct space {
	uint32_t	root;
	struct area	areas[AREAS];
};

void	space_init(struct space *s);	/* tables, no areas */
void	space_free(struct space *s);	/* all of it */
void	space_empty(struct space *s);	/* the areas */
void	space_fork(struct space *to, struct space *from);

bool	space_map(struct space *s, struct area area);
/* Frames for all pages of the area that begins there, as they are. */
bool	space_map_now(struct space *s, uint64_t start);
bool	space_unmap(struct space *s, uint64_t start, uint64_t pages);
/* The pages are as if never touched. */
bool	space_discard(struct space *s, uint64_t start, uint64_t pages);
/* To swap, where there is room. */
bool	space_page_out(struct space *s, uint64_t start, uint64_t pages);
/* The next write to each faults, and is then allowed. */
bool	space_protect(struct space *s, uint64_t start, uint64_t pages);
/* Each entry is written anew. */
bool	space_remap(struct space *s, uint64_t start, uint64_t pages);

/* fault.c: a page fault of a program, or of the kernel for it.  False if the
 * program must not. */
bool	space_fault(struct space *s, uint64_t va, bool write);
/* The program's own frame, writable. */
void	space_enter(struct space *s, uint64_t va, uint32_t pfn);
struct area *space_area(struct space *s, uint64_t va);

#endif
