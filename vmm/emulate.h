/*
 * vmm/emulate.h - stores the guest's processor may not do itself
 */
#ifndef VMM_EMULATE_H
#define VMM_EMULATE_H

#include <stdbool.h>

#include "base/types.h"

struct vm;

/* Executes the instruction the guest is at, which stores to va, or one turn of
 * a repeated one; a page fault may be injected instead.  false: it is none of
 * those that are known, and nothing has happened. */
bool	emulate_store(struct vm *vm, gva_t va);

#endif
