/*
 * vmm/npt.h - nested page tables: P2M for the processor
 *
 * AMD APM vol 2 §15.25 "Nested Paging".  Entries are made when the guest first
 * touches a frame.
 */
#ifndef VMM_NPT_H
#define VMM_NPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

void	npt_init(struct vm *vm);

/* Physical address of the root table, for nCR3. */
uint64_t npt_root(const struct vm *vm);

/* A nested page fault: error is EXITINFO1. */
void	npt_fault(struct vm *vm, gpa_t gpa, uint64_t error);

bool	npt_test_accessed(struct vm *vm, uint32_t gfn);
bool	npt_test_dirty(struct vm *vm, uint32_t gfn);

/* The guest frame's entry goes. */
void	npt_drop(struct vm *vm, uint32_t gfn);

#endif
