/*
 * cpu/svm_priv.h - shared by the files behind cpu/svm.h
 */
#ifndef CPU_SVM_PRIV_H
#define CPU_SVM_PRIV_H

#include "base/bits.h"
#include "cpu/svm.h"
#include "cpu/trace.h"

#define TSC_RATIO_ONE	BIT(32)		/* 8.32 fixed point */
#define TSC_RATIO_BITS	40

/* Bases and pointers of a VMCB are made canonical, not checked: AMD APM vol 2
 * §15.5.1 "Basic Operation", canonicalization. */
static inline uint64_t
svm_canonical(uint64_t va)
{
	return (uint64_t)sign_extend(va, 48);
}

static inline void
svm_trace_run(struct cpu *c)
{
	if (c->trace && c->trace->vmrun)
		c->trace->vmrun(c->trace->arg, c);
}

static inline void
svm_trace_exit(struct cpu *c, uint64_t code)
{
	if (c->trace && c->trace->vmexit)
		c->trace->vmexit(c->trace->arg, c, code);
}

#endif
