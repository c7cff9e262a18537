/*
 * vmm/guest/syscalls.h - what programs ask for; see sys.h
 */
#ifndef GUEST_SYSCALLS_H
#define GUEST_SYSCALLS_H

#include "vmm/guest/trap.h"

void	syscall(struct frame *f);

#endif
