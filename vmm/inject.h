/*
 * vmm/inject.h - events into the guest
 */
#ifndef VMM_INJECT_H
#define VMM_INJECT_H

#include <stdbool.h>
#include <stdint.h>

struct vm;

void	inject_exception(struct vm *vm, unsigned vector);
void	inject_exception_error(struct vm *vm, unsigned vector, uint32_t error);
void	inject_page_fault(struct vm *vm, uint64_t va, uint32_t error);

/* What was being delivered when the guest left goes in again. */
void	inject_again(struct vm *vm);

/* Before an entry: the PIC's interrupt if the guest takes it; otherwise the
 * processor says when it does (V_IRQ). */
void	inject_interrupt(struct vm *vm);

/* It would take an interrupt, or will after this instruction. */
bool	guest_takes_interrupts(const struct vm *vm);

#endif
