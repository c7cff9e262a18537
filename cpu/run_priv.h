/*
 * cpu/run_priv.h - one instruction and its bookkeeping, for both engines
 */
#ifndef CPU_RUN_PRIV_H
#define CPU_RUN_PRIV_H

#include "cpu/exec_priv.h"
#include "cpu/timing.h"

static inline uint64_t
insn_cost(const struct cpu *c, const struct insn *in)
{
	return c->cost[oper_table[in->opr].cost];
}

/*
 * After exec_insn() returned true: rip and time move; the instruction retires
 * unless it is a repetition left in the middle, whose iterations are paid.
 */
static inline void
insn_account(struct cpu *c, const struct insn *in)
{
	cpu_fold(c);
	if (c->rep_active)
		return;
	c->rip = c->next_rip;
	c->cycles += insn_cost(c, in);
	c->insns++;
}

/* After any step returned false: its walks are paid, then delivery. */
void	insn_faulted(struct cpu *c);

/*
 * Runs a decoded instruction at c->rip whose fetch has been charged, with
 * everything that may happen around it: tracing, accounting, delivery of its
 * fault, debug traps.  c->rip is where execution goes on.
 */
void	cpu_exec_one(struct cpu *c, const struct insn *in);

/* As cpu_exec_one(), with instruction breakpoints, fetch and decoding. */
void	cpu_fetch_exec_one(struct cpu *c);

/*
 * What comes before an instruction at a boundary, in the order of the law of
 * time.  RUN_GO: execute; RUN_AGAIN: something was delivered, look again; else
 * *stop is what cpu_run() returns.
 */
enum run_next { RUN_GO, RUN_AGAIN, RUN_STOP };
enum run_next run_boundary(struct cpu *c, enum cpu_stop *stop);

#endif
