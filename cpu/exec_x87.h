#ifndef CPU_EXEC_X87_H
#define CPU_EXEC_X87_H

/*
 * cpu/exec_x87.h - what the exec_x87_*.c files share
 *
 * An x87 instruction begins with x87_begin(), computes with the environment it
 * gets, and ends with x87_end(), which records the instruction's address and
 * operand, C1 and the exceptions.  Memory faults come before x87_end(): then
 * nothing has changed.
 */
#include "cpu/exec.h"
#include "cpu/x87.h"

static inline struct f80_env
x87_begin(const struct cpu *c)
{
	return f80_env_init(c->x87.fcw);
}

/* keep: condition codes that stay; the others become what env holds. */
void	x87_end(struct cpu *c, const struct insn *in,
	    const struct f80_env *env, unsigned keep);

/* Stack underflow (C1 clear) and overflow (C1 set): IE and SF in env. */
static inline void
x87_underflow(struct f80_env *env)
{
	env->flags = F80_IE | FSW_SF;
}

static inline void
x87_overflow(struct f80_env *env)
{
	env->flags = F80_IE | FSW_SF | F80_C1;
}

static inline bool
x87_has_memory(const struct insn *in)
{
	return in->nopnd && in->o[0].kind == OK_MEM;
}

/* Memory operand already loaded into v, by its size. */
static inline struct f80
x87_load_real(struct f80_env *env, const struct insn *in, const union xval *v)
{
	if (in->o[0].size == 4)
		return f80_widen_f32(env, (uint32_t)v->u);
	return f80_widen_f64(env, v->u);
}

static inline struct f80
x87_load_int(const struct insn *in, const union xval *v)
{
	switch (in->o[0].size) {
	case 2:
		return f80_from_int((int16_t)v->u);
	case 4:
		return f80_from_int((int32_t)v->u);
	default:
		return f80_from_int((int64_t)v->u);
	}
}

#endif
