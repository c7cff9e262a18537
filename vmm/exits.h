/*
 * vmm/exits.h - what made the guest leave
 */
#ifndef VMM_EXITS_H
#define VMM_EXITS_H

#include <stdbool.h>
#include <stdint.h>

struct vm;
struct insn;

void	exit_handle(struct vm *vm);

/* Behind the instruction the guest is at. */
void	exit_skip(struct vm *vm, unsigned len);

/* One kind of exit each. */
void	exit_cr(struct vm *vm, unsigned code);
void	exit_dr(struct vm *vm, unsigned code);
void	exit_msr(struct vm *vm);
void	exit_cpuid(struct vm *vm);
void	exit_io(struct vm *vm);
void	exit_hypercall(struct vm *vm);

#endif
