/*
 * tests/guest/lib/nested.h - a guest under nested paging with a page to try
 *
 * The guest's linear address TRY_VA is the guest-physical page try_gpa, whose
 * own contents lie in try_page.
 */
#ifndef NESTED_H
#define NESTED_H

#include "svm.h"

#define TRY_VA		VA_FREE
#define FLAGS		(PTE_P | PTE_W | PTE_U)

extern struct space guest_pt, nested_pt;
extern uint8_t *try_page;
extern ulong try_gpa;		/* the image's memory is mapped one to one: try_page */

/* SVM with nested paging and NX, or skip(); nested_init() comes first. */
void	nested_init(void);
/* guest64() with both tables as new; rBX is the address to try. */
void	nested_guest(const void *code, uint64_t va);
/* Nested entry of a guest-physical address at a level: or'ed, then and-not'ed. */
void	nested_change(uint64_t gpa, unsigned level, uint64_t set, uint64_t clear);
/* Runs and expects #NPF, or none with info 0. */
void	expect_npf(uint64_t info, uint64_t gpa, const char *name, ...)
	    __attribute__((format(printf, 3, 4)));

extern const char try_read[], try_write[], try_fetch[], try_rmw[], try_push[];

#endif
