/*
 * vmm/deprive_priv.h - instructions of a guest without SVM, inside
 *
 * false: an exception is injected, and the instruction has done nothing.
 */
#ifndef VMM_DEPRIVE_PRIV_H
#define VMM_DEPRIVE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/vm.h"

struct insn;
struct vmcb_seg;

static inline struct vmcb_save *
guest_state(struct vm *vm)
{
	return &vm->cpu.vmcb->s;
}

/* The operand that ModRM.rm names; size is that of one in memory. */
bool	deprive_store_value(struct vm *vm, const struct insn *i, uint64_t v,
	    unsigned size);
bool	deprive_load_value(struct vm *vm, const struct insn *i, uint64_t *v,
	    unsigned size);

/* LGDT, LIDT; SGDT, SIDT */
bool	deprive_load_table(struct vm *vm, const struct insn *i, struct vmcb_seg *t);
bool	deprive_store_table(struct vm *vm, const struct insn *i,
	    const struct vmcb_seg *t);

/* 0F 00: SLDT, STR, LLDT, LTR; VERR and VERW are not known. */
bool	deprive_group6(struct vm *vm, const struct insn *i);

#endif
