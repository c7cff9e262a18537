/*
 * vmm/p2m.h - which machine frame a guest's frame is
 *
 * P2M maps guest-physical to machine frames.  All the VMM does with a guest's
 * memory goes through here: a guest frame's number is looked up, and what is
 * not the guest's memory is not found.
 */
#ifndef VMM_P2M_H
#define VMM_P2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

void	p2m_init(struct vm *vm);

/* NO_FRAME: not memory, or not there now. */
uint32_t p2m_frame(const struct vm *vm, uint64_t gfn);

/* As p2m_frame() is not NO_FRAME; what was taken away is brought back. */
bool	p2m_want(struct vm *vm, uint64_t gfn);

/* It is memory of the guest, there or not. */
bool	p2m_is_ram(const struct vm *vm, uint64_t gfn);

/* What is behind an address that is not memory of the guest: a frame of the VM's
 * own, in which nothing is lost.  With check=off the VMM believes what a guest says
 * instead, and it is the machine's frame of that number. */
uint32_t p2m_outside(struct vm *vm, uint64_t gfn);
/* The same for an entry that is made now: counted. */
uint32_t p2m_map_outside(struct vm *vm, uint64_t gfn);

/* The bytes of a guest-physical address up to the end of its page; NULL. */
void	*p2m_ptr(struct vm *vm, gpa_t gpa);

/* Copies; false, with a part done, where there is no memory. */
bool	p2m_read(struct vm *vm, gpa_t gpa, void *to, size_t n);
bool	p2m_write(struct vm *vm, gpa_t gpa, const void *from, size_t n);

#endif
