/*
 * cpu/exec.h - the generic executor: one instruction at a time
 *
 * exec_insn() runs a decoded instruction whose fetch has been charged:
 *   1. checks that depend on CPL and control registers (CK_*),
 *   2. SVM instruction intercept,
 *   3. operands: registers and immediates are put into v[i]; memory operands
 *      are loaded (R), or translated for writing and loaded (RW), or
 *      translated for writing (W), in operand order; CK_RAW or access N: v[i].u
 *      is the effective address (offset in in->seg, wrapped to address size),
 *   4. x_op(c, in, v) computes; c->next_rip is rip + len and may be changed,
 *   5. written operands are stored back from v[i] (32-bit general register
 *      writes clear the upper half).
 * Any step may return false with c->fault filled in; then nothing
 * architectural has changed except what the manual says (accessed bits, REP
 * progress).  An x_ function sets flags and registers only after its last
 * possible fault.
 *
 * Values: integers zero-extended in v[i].u; sign-extended immediates are
 * extended to the operand size by the decoder; XMM in v[i].v, MMX in
 * v[i].q[0]; x87 operands are CK_RAW except memory sources.
 */
#ifndef CPU_EXEC_H
#define CPU_EXEC_H

#include "cpu/cpu.h"
#include "cpu/flags.h"

#define OPER(op, names, cost) \
	bool x_##op(struct cpu *c, const struct insn *in, union xval *v);
#define OP(...)
#include "cpu/insn_table.def"
#undef OPER
#undef OP

bool	exec_insn(struct cpu *c, const struct insn *in) MUST_CHECK;
void	exec_set_checks(struct cpu *c);		/* after c->model and c->features */

/* ---- raising: fill in c->fault and return false ---- */
bool	raise_fault(struct cpu *c, unsigned vector);			/* no error code */
bool	raise_error(struct cpu *c, unsigned vector, uint32_t error);
static inline bool raise_ud(struct cpu *c) { return raise_fault(c, EXC_UD); }
static inline bool raise_gp0(struct cpu *c) { return raise_error(c, EXC_GP, 0); }
bool	raise_pf(struct cpu *c, const struct walk_fault *f);

/* ---- memory: seg:ea, checked and translated ---- */

/* Offset -> gva with limit, type, canonical and alignment checks. */
bool	seg_addr(struct cpu *c, unsigned seg, uint64_t ea, unsigned size,
	    unsigned acc, gva_t *va) MUST_CHECK;	/* acc: ACC_R or ACC_W */
/* Effective address of in's memory operand, wrapped to the address size. */
uint64_t insn_ea(const struct cpu *c, const struct insn *in);

bool	seg_ld(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, void *buf) MUST_CHECK;
bool	seg_st(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, const void *buf) MUST_CHECK;
bool	seg_ld_u(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, uint64_t *v) MUST_CHECK;
bool	seg_st_u(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, uint64_t v) MUST_CHECK;
/* Probe [ea, ea + n) for writing without changing anything (n <= 4096). */
bool	seg_probe_w(struct cpu *c, unsigned seg, uint64_t ea, unsigned n) MUST_CHECK;

/* Linear, as the running program (its CPL). */
bool	lin_ld(struct cpu *c, gva_t va, void *buf, unsigned size) MUST_CHECK;
bool	lin_st(struct cpu *c, gva_t va, const void *buf, unsigned size) MUST_CHECK;
/* Linear, system structure access: supervisor whatever the CPL is. */
bool	sys_ld_u(struct cpu *c, gva_t va, unsigned size, uint64_t *v) MUST_CHECK;
bool	sys_st_u(struct cpu *c, gva_t va, unsigned size, uint64_t v) MUST_CHECK;

/* Stack by SS and its size attribute.  A push changes rSP only on success. */
bool	cpu_push(struct cpu *c, unsigned size, uint64_t v) MUST_CHECK;
bool	cpu_pop(struct cpu *c, unsigned size, uint64_t *v) MUST_CHECK;
/* Stack pointer width mask: 0xffff, 0xffffffff or all ones. */
uint64_t stack_mask(const struct cpu *c);

/* ---- registers ---- */
static inline uint64_t
gpr_read(const struct cpu *c, unsigned reg, unsigned size)
{
	return c->gpr[reg] & LOW_BITS(size * 8);
}

static inline void
gpr_write(struct cpu *c, unsigned reg, unsigned size, uint64_t v)
{
	switch (size) {
	case 1: put_le8(&c->gpr[reg], (uint8_t)v); break;
	case 2: put_le16(&c->gpr[reg], (uint16_t)v); break;
	case 4: c->gpr[reg] = (uint32_t)v; break;
	default: c->gpr[reg] = v; break;
	}
}

/* Jump within CS: checks limit or canonical form of the target (operand size
 * applied by the caller) and sets next_rip. */
bool	near_jump(struct cpu *c, uint64_t target) MUST_CHECK;

static inline bool
in_long64(const struct cpu *c)
{
	return c->mode & MK_64;
}

static inline bool
in_real_or_vm(const struct cpu *c)
{
	return !(c->mode & MK_PE) || (c->mode & MK_VM);
}

/* Fetch and decode at c->rip by the generic path: translates the pages it
 * needs, keeps the fetch register and charges as docs/timing.md says. */
bool	fetch_insn(struct cpu *c, struct insn *in) MUST_CHECK;

#endif
