/*
 * vmm/shadow.h - shadow page tables: V2P and P2M in one (V2M)
 */
#ifndef VMM_SHADOW_H
#define VMM_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

void	shadow_init(struct vm *vm);
void	shadow_mode_changed(struct vm *vm);
void	shadow_load_root(struct vm *vm);
/* For a guest without SVM: what its kernel sees, or its programs. */
void	shadow_set_view(struct vm *vm, bool kernel);

/* Before an entry: there is a root. */
void	shadow_prepare(struct vm *vm);
void	shadow_invlpg(struct vm *vm, gva_t va);

/* As mmu_fault(). */
bool	shadow_fault(struct vm *vm, gva_t va, uint32_t *error);

/* The VMM has written there. */
void	shadow_written(struct vm *vm, gpa_t gpa, unsigned n);

void	shadow_unmap(struct vm *vm, uint32_t gfn);
bool	shadow_test_accessed(struct vm *vm, uint32_t gfn);
bool	shadow_test_dirty(struct vm *vm, uint32_t gfn);

void	shadow_verify(struct vm *vm);

#endif
