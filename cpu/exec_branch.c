/*
 * cpu/exec_branch.c - near transfers
 *
 * AMD's rule for 66h in 64-bit mode: the operand size is 16 and the target is
 * cut to 16 bits (AMD APM vol 3 §1.2.7 "Rex Prefix" and "JMP (Near)").  Targets
 * are checked before the stack or the counter changes.
 */
#include "cpu/exec_priv.h"

bool
x_jcc(struct cpu *c, const struct insn *in, union xval *v)
{
	return !cc_test(c, in->cc) || near_jump(c, v[0].u);
}

bool
x_jmp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return near_jump(c, v[0].u);
}

bool
x_jmp_ind(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return near_jump(c, v[0].u);
}

bool
x_jcxz(struct cpu *c, const struct insn *in, union xval *v)
{
	return gpr_read(c, RCX, in->addrsize) || near_jump(c, v[0].u);
}

static bool
loop(struct cpu *c, const struct insn *in, uint64_t target, bool also)
{
	uint64_t count = gpr_read(c, RCX, in->addrsize) - 1;

	if (count & size_mask(in->addrsize) && also && !near_jump(c, target))
		return false;
	gpr_write(c, RCX, in->addrsize, count);
	return true;
}

bool
x_loop(struct cpu *c, const struct insn *in, union xval *v)
{
	return loop(c, in, v[0].u, true);
}

bool
x_loope(struct cpu *c, const struct insn *in, union xval *v)
{
	return loop(c, in, v[0].u, cc_flags(c) & F_ZF);
}

bool
x_loopne(struct cpu *c, const struct insn *in, union xval *v)
{
	return loop(c, in, v[0].u, !(cc_flags(c) & F_ZF));
}

/* The stack is looked at before the target, and written only if both are good. */
static bool
call(struct cpu *c, const struct insn *in, uint64_t target)
{
	uint64_t mask = stack_mask(c), sp = (c->gpr[RSP] - in->opsize) & mask;
	uint64_t from = c->next_rip;
	struct span s;

	if (!span_open(c, &s, SEG_SS, sp, in->opsize, ACC_W) || !near_jump(c, target))
		return false;
	span_write(c, &s, &from);
	stack_pointer_set(c, mask, sp);
	return true;
}

bool
x_call(struct cpu *c, const struct insn *in, union xval *v)
{
	return call(c, in, v[0].u);
}

bool
x_call_ind(struct cpu *c, const struct insn *in, union xval *v)
{
	return call(c, in, v[0].u);
}

static bool
ret(struct cpu *c, const struct insn *in, uint64_t drop)
{
	uint64_t mask = stack_mask(c), sp = c->gpr[RSP] & mask, target;

	if (!seg_ld_u(c, SEG_SS, sp, in->opsize, &target) || !near_jump(c, target))
		return false;
	stack_pointer_set(c, mask, sp + in->opsize + drop);
	return true;
}

bool
x_ret(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return ret(c, in, 0);
}

bool
x_ret_imm(struct cpu *c, const struct insn *in, union xval *v)
{
	return ret(c, in, v[0].u);
}
