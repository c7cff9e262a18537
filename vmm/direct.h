/*
 * vmm/direct.h - direct paging: the guest's tables are the processor's
 *
 * They hold machine frames.  So that a guest reaches none but its own, each of
 * its frames has at most one type at a time, a table of one level or writable
 * memory, with a count of the references that need it to be that.  A frame
 * becomes a table when all its entries have been looked at; after that it
 * changes by HC_MMU_UPDATE only, since nobody can map it writable.
 */
#ifndef VMM_DIRECT_H
#define VMM_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct vm;

enum frame_type {
	TYPE_NONE,
	TYPE_TABLE_1, TYPE_TABLE_2, TYPE_TABLE_3, TYPE_TABLE_4,
	TYPE_WRITABLE
};

void	direct_init(struct vm *vm);

/* The tables are in use: since the first HC_MMU_ROOT, which ends nested paging. */
bool	direct_is_live(const struct vm *vm);

/* Hypercalls: >= 0 or -VMM_E. */
int64_t	direct_update(struct vm *vm, uint64_t gpa, uint64_t count);
int64_t	direct_root(struct vm *vm, uint64_t at);
int64_t	direct_pin(struct vm *vm, uint64_t at, uint64_t level);
int64_t	direct_unpin(struct vm *vm, uint64_t at);
int64_t	direct_invlpg(struct vm *vm, uint64_t va);

/* Nothing refers to the frame: it may be taken away. */
bool	direct_is_unused(const struct vm *vm, uint32_t mfn);

/* A guest on its own tables may change this control register so. */
bool	direct_write_cr(struct vm *vm, unsigned n, uint64_t v);

#endif
