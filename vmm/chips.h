/*
 * vmm/chips.h - a VM's devices
 *
 * The chips are those of the emulated PC, hw/, compiled again.
 */
#ifndef VMM_CHIPS_H
#define VMM_CHIPS_H

#include <stdbool.h>
#include <stdint.h>

struct vm;

void	chips_init(struct vm *vm);

/* Timers that are due; ticks that may be delivered now. */
void	chips_run(struct vm *vm);
/* Host time of the next one. */
uint64_t chips_next(const struct vm *vm);

/* The vector of the interrupt the guest takes. */
uint8_t	chips_intack(struct vm *vm);

/* Port accesses of 1, 2 or 4 bytes. */
uint32_t chips_in(struct vm *vm, uint16_t port, unsigned size);
void	chips_out(struct vm *vm, uint16_t port, uint32_t v, unsigned size);

/* Takes a byte that arrives at the machine's serial port, if the guest's has
 * room. */
void	chips_serial_poll(struct vm *vm);

/* It is not scheduled from now on; it is again. */
void	chips_leave(struct vm *vm);
void	chips_enter(struct vm *vm);

struct ticks *chips_ticks(const struct vm *vm);

#endif
