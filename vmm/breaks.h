/*
 * vmm/breaks.h - breakpoints of guests under VMRUN
 *
 * Debug registers are the running guest's own.  DR6 and DR7 are in its VMCB; the
 * four with addresses are not, and are exchanged when another VM runs.  What the VMM
 * executes in the guest's stead it has to look at itself.
 */
#ifndef VMM_BREAKS_H
#define VMM_BREAKS_H

#include <stdint.h>

struct vm;

void	breaks_save(struct vm *vm);
void	breaks_load(const struct vm *vm);

/* After an exit: none of the guest's is on in the VMM. */
void	breaks_off(const struct vm *vm);

/* After an instruction that accessed these ports. */
void	breaks_io(struct vm *vm, uint16_t port, unsigned size);

#endif
