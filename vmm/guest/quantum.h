/*
 * vmm/guest/quantum.h - what a process got for its quantum
 */
#ifndef GUEST_QUANTUM_H
#define GUEST_QUANTUM_H

#include "vmm/guest/proc.h"

/* Its work, counted at this address of its, is watched. */
bool	quantum_watch(struct proc *p, uint64_t at);
/* A quantum begins. */
void	quantum_begin(struct proc *p);
/* A whole quantum was charged to the process, which is the current one. */
void	quantum_charged(struct proc *p);
/* Of the n-th that was charged; -1 if there were fewer. */
uint64_t quantum_item(uint64_t n, uint64_t item);

#endif
