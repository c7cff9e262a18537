/*
 * cpu/trace.h - observation hooks
 *
 * None of these changes guest-visible state or charges anything.  A hook that
 * is NULL costs nothing; insn and brk make the run loop use the generic
 * executor.
 */
#ifndef CPU_TRACE_H
#define CPU_TRACE_H

#include "cpu/cpu.h"

struct cpu_trace {
	void	*arg;
	/* Before an instruction executes, decoded. */
	void	(*insn)(void *arg, struct cpu *c, const struct insn *in);
	void	(*exception)(void *arg, struct cpu *c, const struct cpu_fault *f);
	void	(*interrupt)(void *arg, struct cpu *c, unsigned vector);
	void	(*io)(void *arg, struct cpu *c, uint16_t port, unsigned size,
		    bool write, uint64_t v);
	/* At a boundary before the instruction at rip: true stops cpu_run() with
	 * STOP_DEBUG (gdb breakpoints, single step). */
	bool	(*brk)(void *arg, struct cpu *c);
	/* Data access, for gdb watchpoints; called by the generic executor. */
	void	(*data)(void *arg, struct cpu *c, gva_t va, unsigned size, bool write);
};

#endif
