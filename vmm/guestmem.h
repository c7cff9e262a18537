/*
 * vmm/guestmem.h - linear memory of the guest, as an instruction reaches it
 *
 * With the rights of the running code.  What fails has injected the page fault.
 * Not for more than one page's bytes.
 */
#ifndef VMM_GUESTMEM_H
#define VMM_GUESTMEM_H

#include <stdbool.h>

#include "base/types.h"

struct vm;

bool	guest_load(struct vm *vm, gva_t va, void *to, unsigned n);
bool	guest_store(struct vm *vm, gva_t va, const void *from, unsigned n);

/* A store would succeed. */
bool	guest_probe_write(struct vm *vm, gva_t va, unsigned n);

#endif
