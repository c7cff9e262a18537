/*
 * vmm/guest/programs.h - the programs in the kernel's image
 *
 * Linked apart at USER_TEXT (user/), one image for all, without writable data.
 */
#ifndef GUEST_PROGRAMS_H
#define GUEST_PROGRAMS_H

#include <stdint.h>

/* Its first bytes */
struct program_table {
	uint64_t	start;		/* where each begins, with its own entry
					   and three arguments */
	uint64_t	count;
	struct program {
		char		name[16];
		uint64_t	entry;
	}		program[];
};

uint64_t programs_size(void);		/* in bytes, whole pages */
uint64_t program_start(void);
uint64_t program_entry(const char *name);	/* 0: there is none */

#endif
