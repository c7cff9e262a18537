/*
 * cpu/run.c - the run loop of the reference engine
 *
 * The law of time: an event is taken at the first instruction boundary where
 * cycles >= deadline.  At a boundary, in this order: deadline, requests of the
 * machine, waking up, interrupts and traps, debugger; then one instruction.
 */
#include "cpu/run_priv.h"

#include "cpu/engine.h"
#include "cpu/system.h"
#include "cpu/trace.h"

void
insn_faulted(struct cpu *c)
{
	cpu_fold(c);
	c->rep_active = false;
	cpu_deliver_fault(c);
	cpu_fold(c);
}

void
cpu_exec_one(struct cpu *c, const struct insn *in)
{
	uint64_t tf = c->rflags & F_TF, from = c->rip;

	c->stats.generic_steps++;
	if (c->trace && c->trace->insn)
		c->trace->insn(c->trace->arg, c, in);
	if (!exec_insn(c, in)) {
		insn_faulted(c);
		return;
	}
	insn_account(c, in);
	if (tf || cpu_debug_armed(c))
		cpu_debug_after(c, tf && cpu_step_counts(c, in, from));
}

static ALWAYS_INLINE void
fetch_exec(struct cpu *c, struct insn *in)
{
	c->svm.rf = 0;
	if (cpu_debug_armed(c) && !cpu_debug_before(c)) {
		insn_faulted(c);
		return;
	}
	if (!fetch_insn(c, in)) {
		insn_faulted(c);
		return;
	}
	cpu_exec_one(c, in);
}

static NOINLINE void
fetch_exec_recorded(struct cpu *c)
{
	uint64_t rip = c->rip, insns = c->insns;
	struct insn in;

	fetch_exec(c, &in);
	if (c->insns != insns)
		lbr_insn(c, &in, rip);
}

void
cpu_fetch_exec_one(struct cpu *c)
{
	struct insn in;

	if (unlikely(lbr_on(c)))
		fetch_exec_recorded(c);
	else
		fetch_exec(c, &in);
	c->svm.shadow = 0;
}

static enum run_next
stop_with(enum cpu_stop *stop, enum cpu_stop why)
{
	*stop = why;
	return RUN_STOP;
}

/* Halted, waiting for SIPI or shut down. */
static enum run_next
run_asleep(struct cpu *c, enum cpu_stop *stop)
{
	if (!cpu_wakes(c))
		return stop_with(stop, c->activity == ACT_SHUTDOWN ? STOP_SHUTDOWN : STOP_HALT);
	cpu_boundary(c);
	cpu_fold(c);
	if (c->activity != ACT_RUN)
		return stop_with(stop, STOP_HALT);
	return RUN_AGAIN;
}

enum run_next
run_boundary(struct cpu *c, enum cpu_stop *stop)
{
	uint8_t inhibit;

	if (c->cycles >= c->deadline)
		return stop_with(stop, STOP_DEADLINE);
	if (c->pins & PIN_STOP) {
		c->pins &= ~(uint32_t)PIN_STOP;
		return stop_with(stop, STOP_PIN);
	}
	if (c->activity != ACT_RUN)
		return run_asleep(c, stop);
	inhibit = c->inhibit;
	if (c->pins || c->inhibit) {
		if (cpu_boundary(c)) {
			cpu_fold(c);
			c->svm.shadow = 0;
			c->rep_active = false;
			return RUN_AGAIN;
		}
	}
	if (c->debugger && c->debugger->brk && c->debugger->brk(c->debugger->arg, c)) {
		/* A host stop is not a boundary: the shadow lasts. */
		c->inhibit = inhibit;
		return stop_with(stop, STOP_DEBUG);
	}
	return RUN_GO;
}

static enum cpu_stop
reference_run(struct cpu *c)
{
	enum cpu_stop stop;

	for (;;) {
		switch (run_boundary(c, &stop)) {
		case RUN_GO: cpu_fetch_exec_one(c); break;
		case RUN_AGAIN: break;
		case RUN_STOP: return stop;
		}
	}
}

/* Tracing instructions and watchpoints need every instruction by itself. */
static bool
wants_single_steps(const struct cpu *c)
{
	return (c->trace && c->trace->insn) || cpu_debugger_steps(c);
}

enum cpu_stop
cpu_run(struct cpu *c)
{
	if (c->engine && !wants_single_steps(c))
		return threaded_run(c);
	return reference_run(c);
}

enum cpu_stop
cpu_step(struct cpu *c)
{
	enum cpu_stop stop;

	switch (run_boundary(c, &stop)) {
	case RUN_GO: cpu_fetch_exec_one(c); break;
	case RUN_AGAIN: break;
	case RUN_STOP: return stop;
	}
	return STOP_DEBUG;
}
