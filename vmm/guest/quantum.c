/*
 * vmm/guest/quantum.c - what a process got for its quantum
 */
#include "vmm/guest/quantum.h"

void
quantum_charged(const struct proc *p)
{
	(void)p;
}
