/*
 * cpu/exec_x87_ctl.c - x87 control instructions
 *
 * References: AMD APM vol 5 "64-Bit Media and x87 Floating-Point
 * Instructions".
 */
#include "cpu/exec_x87.h"

#define STATE_MAX	(X87_ENV_MAX + 80)

bool
x_fnop(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);

	(void)v;
	x87_end(c, in, &env, FSW_CC);
	return true;
}

/* FENI, FDISI, FSETPM of the 8087 and 80287 have no effect since the 80387. */
static bool
old_nop(void)
{
	return true;
}

bool
x_feni8087_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return old_nop();
}

bool
x_fdisi8087_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return old_nop();
}

bool
x_fsetpm287_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return old_nop();
}

/* The checks of exec_insn() are all that FWAIT does. */
bool
x_fwait(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return true;
}

static bool
move_top(struct cpu *c, const struct insn *in, unsigned by)
{
	struct f80_env env = x87_begin(c);

	x87_set_top(&c->x87, x87_top(&c->x87) + by);
	x87_end(c, in, &env, F80_C0 | F80_C2 | F80_C3);
	return true;
}

bool
x_fincstp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return move_top(c, in, 1);
}

bool
x_fdecstp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return move_top(c, in, 7);
}

static bool
free_register(struct cpu *c, const struct insn *in, bool pop)
{
	struct f80_env env = x87_begin(c);

	x87_free(&c->x87, in->o[0].reg);
	if (pop)
		x87_pop(&c->x87);
	x87_end(c, in, &env, F80_C0 | F80_C2 | F80_C3);
	return true;
}

bool
x_ffree(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return free_register(c, in, false);
}

bool
x_ffreep(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return free_register(c, in, true);
}

bool
x_fninit(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in, (void)v;
	x87_init(&c->x87);
	x87_update_es(c);
	return true;
}

bool
x_fnclex(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in, (void)v;
	c->x87.fsw &= (uint16_t)~(F80_EXCEPTIONS | FSW_SF);
	x87_update_es(c);
	return true;
}

bool
x_fldcw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	c->x87.fcw = x87_fcw_legal((uint16_t)v[0].u);
	x87_update_es(c);
	return true;
}

bool
x_fnstcw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->x87.fcw;
	return true;
}

bool
x_fnstsw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->x87.fsw;
	return true;
}

static struct x87_format
env_format(const struct cpu *c, const struct insn *in)
{
	return (struct x87_format){
		.real = in_real_or_vm(c),
		.wide = in->opsize != 2,
	};
}

static void
env_get(struct cpu *c, const struct insn *in, const uint8_t *p)
{
	x87_env_load(&c->x87, env_format(c, in), p);
	c->x87.fcs &= c->x87_selectors;
	c->x87.fds &= c->x87_selectors;
	x87_update_es(c);
}

bool
x_fldenv(struct cpu *c, const struct insn *in, union xval *v)
{
	uint8_t buf[X87_ENV_MAX];

	if (!seg_ld(c, in->seg, v[0].u, x87_env_size(env_format(c, in)), buf))
		return false;
	env_get(c, in, buf);
	return true;
}

/* FNSTENV masks all exceptions after it stored the environment. */
bool
x_fnstenv(struct cpu *c, const struct insn *in, union xval *v)
{
	uint8_t buf[X87_ENV_MAX];
	unsigned n = x87_env_store(&c->x87, env_format(c, in), buf);

	if (!seg_st(c, in->seg, v[0].u, n, buf))
		return false;
	c->x87.fcw |= F80_EXCEPTIONS;
	x87_update_es(c);
	return true;
}

bool
x_fnsave(struct cpu *c, const struct insn *in, union xval *v)
{
	uint8_t buf[STATE_MAX];
	unsigned i, n = x87_env_store(&c->x87, env_format(c, in), buf);
	struct f80 a;

	for (i = 0; i < 8; i++, n += 10) {
		a = x87_get(&c->x87, i);
		put_le64(buf + n, a.mant);
		put_le16(buf + n + 8, a.se);
	}
	if (!seg_st(c, in->seg, v[0].u, n, buf))
		return false;
	x87_init(&c->x87);
	x87_update_es(c);
	return true;
}

bool
x_frstor(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i, n = x87_env_size(env_format(c, in));
	uint8_t buf[STATE_MAX];
	struct f80 *r;

	if (!seg_ld(c, in->seg, v[0].u, n + 80, buf))
		return false;
	env_get(c, in, buf);
	for (i = 0; i < 8; i++, n += 10) {
		r = &c->x87.reg[x87_phys(&c->x87, i)];
		r->mant = get_le64(buf + n);
		r->se = get_le16(buf + n + 8);
	}
	return true;
}
