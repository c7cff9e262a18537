/*
 * vmm/mmu.h - what the ways of virtualizing memory have in common
 *
 * The guest's control registers are in struct vcpu before these are called;
 * what the processor gets is in the VMCB after.
 */
#ifndef VMM_MMU_H
#define VMM_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

void	mmu_init(struct vm *vm);

/* Paging was switched on or off or otherwise: CR0, CR4, EFER. */
void	mmu_mode_changed(struct vm *vm);
void	mmu_cr3_loaded(struct vm *vm);
void	mmu_prepare(struct vm *vm);	/* before each entry */
void	mmu_invlpg(struct vm *vm, gva_t va);

/* The guest's page fault: true: the guest's own, to be injected with *error. */
bool	mmu_fault(struct vm *vm, gva_t va, uint32_t *error);

/* A store of the VMM's into the guest's memory, inside a page: what was made of
 * its tables follows. */
void	mmu_store(struct vm *vm, gpa_t gpa, const void *from, unsigned n);

/* The guest frame's mappings go, wherever they are. */
void	mmu_unmap(struct vm *vm, uint32_t gfn);

/* It was accessed since this was asked last; written to since it was mapped. */
bool	mmu_test_accessed(struct vm *vm, uint32_t gfn);
bool	mmu_test_dirty(struct vm *vm, uint32_t gfn);

/* Looks at all that should agree; counts in verified and verify_bad. */
void	mmu_verify(struct vm *vm);

#endif
