/*
 * vmm/guest/quantum.h - what a process got for its quantum
 */
#ifndef GUEST_QUANTUM_H
#define GUEST_QUANTUM_H

#include "vmm/guest/proc.h"

/* A whole quantum was charged to the process. */
void	quantum_charged(const struct proc *p);

#endif
