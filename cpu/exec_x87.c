/*
 * cpu/exec_x87.c - x87 arithmetic and transcendental instructions
 *
 * References: AMD APM vol 5 "64-Bit Media and x87 Floating-Point
 * Instructions"; Intel SDM vol 1 section 8.3 "x87 FPU Instruction Set", 8.5
 * "x87 Floating-Point Exception Conditions".
 *
 * A stack fault with IE masked delivers the real indefinite value and the
 * stack moves as usual; with IE unmasked nothing moves.
 */
#include "cpu/exec_x87.h"

/* Without a memory operand the data pointer stays (observed on family 19h). */
static void
record_pointers(struct cpu *c, const struct insn *in)
{
	struct x87 *x = &c->x87;

	x->fop = (uint16_t)((insn_info(in)->opcode & 7) << 8 | in->modrm);
	x->fip = c->rip;
	x->fcs = c->seg[SEG_CS].sel & c->x87_selectors;
	if (x87_has_memory(in)) {
		x->fdp = insn_ea(c, in);
		x->fds = c->seg[in->seg].sel & c->x87_selectors;
	}
}

void
x87_end(struct cpu *c, const struct insn *in, const struct f80_env *env,
    unsigned keep)
{
	struct x87 *x = &c->x87;

	record_pointers(c, in);
	x->fsw = (uint16_t)((x->fsw & ~(FSW_CC & ~keep)) | env->flags);
	x87_update_es(c);
}

/* C0, C2, C3 are undefined for most instructions; hardware leaves them. */
#define KEEP_C023	(F80_C0 | F80_C2 | F80_C3)
#define KEEP_C03	(F80_C0 | F80_C3)

typedef struct f80 (*f80_fn1)(struct f80_env *, struct f80);
typedef struct f80 (*f80_fn2)(struct f80_env *, struct f80, struct f80);

enum source { SRC_REAL, SRC_INT };

/* Where FADD and its kin work: ST(dst) = fn(ST(dst), operand). */
struct arith {
	f80_fn2		fn;
	bool		reverse;	/* fn(operand, ST(dst)) */
	bool		pop;
	enum source	source;		/* of a memory operand */
};

/* The other operand; false if its register is empty. */
static bool
arith_operand(struct cpu *c, const struct insn *in, const union xval *v,
    enum source source, struct f80_env *env, struct f80 *res)
{
	if (!x87_has_memory(in)) {
		*res = x87_get(&c->x87, in->o[1].reg);
		return !x87_empty(&c->x87, in->o[1].reg);
	}
	if (source == SRC_INT)
		*res = x87_load_int(in, v);
	else
		*res = x87_load_real(env, in, v);
	return true;
}

static bool
arith(struct cpu *c, const struct insn *in, const union xval *v,
    const struct arith *a)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;
	unsigned dst = x87_has_memory(in) ? 0 : in->o[0].reg;
	struct f80 res = f80_indefinite();
	struct f80 y;

	if (!arith_operand(c, in, v, a->source, &env, &y) || x87_empty(x, dst))
		x87_underflow(&env);
	else if (a->reverse)
		res = a->fn(&env, y, x87_get(x, dst));
	else
		res = a->fn(&env, x87_get(x, dst), y);
	if (!f80_blocked(&env)) {
		x87_set(x, dst, res);
		if (a->pop)
			x87_pop(x);
	}
	x87_end(c, in, &env, KEEP_C023);
	return true;
}

/* FADD as an example: x_fadd(), x_faddp(), x_fiadd(). */
#define ARITH(name, fn, reverse)					\
bool									\
x_f##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	static const struct arith a = { fn, reverse, false, SRC_REAL };	\
									\
	return arith(c, in, v, &a);					\
}									\
bool									\
x_f##name##p(struct cpu *c, const struct insn *in, union xval *v)	\
{									\
	static const struct arith a = { fn, reverse, true, SRC_REAL };	\
									\
	return arith(c, in, v, &a);					\
}									\
bool									\
x_fi##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	static const struct arith a = { fn, reverse, false, SRC_INT };	\
									\
	return arith(c, in, v, &a);					\
}

ARITH(add, f80_add, false)
ARITH(mul, f80_mul, false)
ARITH(sub, f80_sub, false)
ARITH(subr, f80_sub, true)
ARITH(div, f80_div, false)
ARITH(divr, f80_div, true)

/* ST(0) = fn(ST(0)) */
static bool
unary(struct cpu *c, const struct insn *in, f80_fn1 fn, unsigned keep)
{
	struct f80_env env = x87_begin(c);
	struct f80 res = f80_indefinite();

	if (x87_empty(&c->x87, 0))
		x87_underflow(&env);
	else
		res = fn(&env, x87_get(&c->x87, 0));
	if (!f80_blocked(&env))
		x87_set(&c->x87, 0, res);
	x87_end(c, in, &env, keep);
	return true;
}

#define UNARY(name, fn, keep)						\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	(void)v;							\
	return unary(c, in, fn, keep);					\
}

UNARY(fsqrt, f80_sqrt, KEEP_C023)
UNARY(frndint, f80_rndint, KEEP_C023)
UNARY(f2xm1, f80_2xm1, KEEP_C023)
UNARY(fsin, f80_sin, KEEP_C03)
UNARY(fcos, f80_cos, KEEP_C03)

static struct f80
fprem(struct f80_env *env, struct f80 a, struct f80 b)
{
	return f80_rem(env, a, b, false);
}

static struct f80
fprem1(struct f80_env *env, struct f80 a, struct f80 b)
{
	return f80_rem(env, a, b, true);
}

/*
 * ST(0) = fn(ST(0), ST(1)).  FPREM and FPREM1 deliver quotient bits; without a
 * quotient C0 and C3 stay (observed, family 19h).
 */
static bool
binary(struct cpu *c, const struct insn *in, f80_fn2 fn, bool quotient)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;
	struct f80 res = f80_indefinite();
	unsigned keep = KEEP_C023;

	if (x87_empty(x, 0) || x87_empty(x, 1))
		x87_underflow(&env);
	else
		res = fn(&env, x87_get(x, 0), x87_get(x, 1));
	if (quotient)
		keep = f80_blocked(&env) || f80_classify(res) == F80_NAN ?
		    KEEP_C03 : 0;
	if (!f80_blocked(&env))
		x87_set(x, 0, res);
	x87_end(c, in, &env, keep);
	return true;
}

#define BINARY(name, fn, quotient)					\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	(void)v;							\
	return binary(c, in, fn, quotient);				\
}

BINARY(fprem, fprem, true)
BINARY(fprem1, fprem1, true)
BINARY(fscale, f80_scale, false)

/* ST(1) = fn(ST(1), ST(0)), pop */
static bool
binary_pop(struct cpu *c, const struct insn *in, f80_fn2 fn)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;
	struct f80 res = f80_indefinite();

	if (x87_empty(x, 0) || x87_empty(x, 1))
		x87_underflow(&env);
	else
		res = fn(&env, x87_get(x, 1), x87_get(x, 0));
	if (!f80_blocked(&env)) {
		x87_set(x, 1, res);
		x87_pop(x);
	}
	x87_end(c, in, &env, KEEP_C023);
	return true;
}

#define BINARY_POP(name, fn)						\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	(void)v;							\
	return binary_pop(c, in, fn);					\
}

BINARY_POP(fyl2x, f80_yl2x)
BINARY_POP(fyl2xp1, f80_yl2xp1)
BINARY_POP(fpatan, f80_atan)

/* Two results: ST(0) is replaced by first, then second is pushed. */
struct pair {
	struct f80	first, second;
};

typedef struct pair (*pair_fn)(struct f80_env *, struct f80);

static bool
replace_and_push(struct cpu *c, const struct insn *in, pair_fn fn,
    unsigned keep)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;
	struct pair p = { f80_indefinite(), f80_indefinite() };

	if (x87_empty(x, 0))
		x87_underflow(&env);
	else if (!x87_empty(x, 7))
		x87_overflow(&env);
	else
		p = fn(&env, x87_get(x, 0));
	if (!f80_blocked(&env) && !(env.flags & F80_C2)) {
		x87_set(x, 0, p.first);
		x87_push(x, p.second);
	}
	x87_end(c, in, &env, keep);
	return true;
}

static struct pair
fsincos(struct f80_env *env, struct f80 a)
{
	struct pair p;

	f80_sincos(env, a, &p.first, &p.second);
	return p;
}

static struct pair
fxtract(struct f80_env *env, struct f80 a)
{
	struct pair p;

	f80_xtract(env, a, &p.first, &p.second);
	return p;
}

/* FPTAN pushes 1.0 after a tangent and repeats a NaN. */
static struct pair
fptan(struct f80_env *env, struct f80 a)
{
	struct pair p;

	p.first = p.second = f80_tan(env, a);
	if (f80_classify(p.first) != F80_NAN)
		p.second = f80_from_int(1);
	return p;
}

#define PAIR(name, fn, keep)						\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	(void)v;							\
	return replace_and_push(c, in, fn, keep);			\
}

PAIR(fsincos, fsincos, KEEP_C03)
PAIR(fptan, fptan, KEEP_C03)
PAIR(fxtract, fxtract, KEEP_C023)

static struct f80
change_sign(struct f80_env *env, struct f80 a)
{
	(void)env;
	a.se ^= 0x8000;
	return a;
}

static struct f80
clear_sign(struct f80_env *env, struct f80 a)
{
	(void)env;
	a.se &= 0x7fff;
	return a;
}

UNARY(fchs, change_sign, KEEP_C023)
UNARY(fabs, clear_sign, KEEP_C023)
