/*
 * cpu/trace.h - observation hooks
 *
 * None of these changes guest-visible state or charges anything.  A hook that
 * is NULL costs nothing; insn makes the run loop use the generic executor.
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
	/* In the guest's first state, and in its last one. */
	void	(*vmrun)(void *arg, struct cpu *c);
	void	(*vmexit)(void *arg, struct cpu *c, uint64_t code);
	void	(*io)(void *arg, struct cpu *c, uint16_t port, unsigned size,
		    bool write, uint64_t v);
};

/* Bits of a set of page offsets: offset o is bit o % 64 of word o / 64. */
#define CPU_STOPS_WORDS	(PAGE_SIZE / 64)

/*
 * A debugger from outside, beside the tracer.  brk and data are called from
 * inside cpu_run() and must not change the machine.
 */
struct cpu_debugger {
	void	*arg;
	/*
	 * At a boundary before the instruction at rip: true stops cpu_run() with
	 * STOP_DEBUG.  Without stops it is asked at every boundary, by the
	 * reference loop.  With stops the engine asks at least where an
	 * instruction starts at one of these offsets in its page: no block goes
	 * over them.  codecache_flush() after a change of stops.
	 */
	bool	(*brk)(void *arg, struct cpu *c);
	const uint64_t	*stops;		/* CPU_STOPS_WORDS, or NULL */
	/*
	 * A data access was made; during one c is at its instruction's start, or
	 * in the middle of a repetition.  Without watched pages all accesses are
	 * shown, by the reference loop; with them at least those to the pages.
	 */
	void	(*data)(void *arg, struct cpu *c, gva_t va, unsigned size, bool write);
	const struct mmu_pages	*watched;
	unsigned		nwatched;
	/* Set by data: ask brk at the next boundary, wherever that is. */
	bool	asks;
};

/* Every instruction has to pass the reference loop. */
static inline bool
cpu_debugger_steps(const struct cpu *c)
{
	const struct cpu_debugger *d = c->debugger;

	return d && (d->asks || (d->data && !d->nwatched) || (d->brk && !d->stops));
}

/* The debugger wants to look before the instruction at this page offset. */
static inline bool
cpu_stops_at(const struct cpu *c, unsigned off)
{
	const struct cpu_debugger *d = c->debugger;

	return d && d->brk && d->stops && (d->stops[off / 64] >> (off % 64) & 1);
}

#endif
