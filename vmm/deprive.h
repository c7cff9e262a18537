/*
 * vmm/deprive.h - a guest's kernel in ring 3, without SVM
 *
 * Guest kernel and guest programs run in ring 3 on shadow page tables, one root
 * for each.  What they may not do is an exception, which becomes an exit of the
 * kind that SVM would have made; what SVM's processor does for its guests, such
 * as delivering events, is done here.  The VMCB is where the guest's state is;
 * no processor reads it.
 *
 * It works where every sensitive instruction traps in ring 3: -cpu pg.
 */
#ifndef VMM_DEPRIVE_H
#define VMM_DEPRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

/* An exit that is dealt with already. */
#define EXIT_NOTHING	0x3ffu

/* Runs the guest up to an exit, as svm_run(). */
void	deprive_run(struct vm *vm);

/* --- vmm/deprive_event.c --- */

/* Makes the guest's stack and registers those of the event in EVENTINJ. */
void	deprive_deliver(struct vm *vm);

/* A segment register, 0 to 5 in the VMCB's order, from the guest's table;
 * false: an exception is injected. */
bool	deprive_load_segment(struct vm *vm, unsigned n, uint16_t selector);

/* Memory with the rights of the guest's kernel; false: a page fault is
 * injected. */
bool	deprive_read(struct vm *vm, gva_t va, void *to, unsigned n);
bool	deprive_write(struct vm *vm, gva_t va, void *from, unsigned n);

/* --- vmm/deprive_watch.c --- */

/* Before an entry: the instruction that is next is the last one on trial, if it is
 * sensitive; true: it should be executed alone. */
bool	deprive_watch(struct vm *vm);
/* It was executed and did not trap. */
void	deprive_watched(struct vm *vm);

/* --- vmm/deprive_insn.c --- */

/* #UD at SYSCALL or SYSRET, which are switched off: as they would be. */
bool	deprive_is_syscall(struct vm *vm);

/* #GP at an instruction: executes it for the guest, or says which exit it is. */
uint64_t deprive_instruction(struct vm *vm);

#endif
