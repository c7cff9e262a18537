/*
 * cpu/exec_x87_move.c - x87 loads, stores, exchanges and comparisons
 *
 * References: AMD APM vol 5 "64-Bit Media and x87 Floating-Point
 * Instructions".
 */
#include "cpu/exec_x87.h"

#include "cpu/exec_priv.h"

/* C0, C2, C3 are undefined after moves; hardware leaves them. */
#define KEEP_C023	(F80_C0 | F80_C2 | F80_C3)

/*
 * Push v unless something raised in env forbids.  An empty source register
 * counts before a full stack.
 */
static bool
load(struct cpu *c, const struct insn *in, struct f80_env *env, struct f80 v)
{
	if (!x87_empty(&c->x87, 7) && !(env->flags & FSW_SF)) {
		x87_overflow(env);
		v = f80_indefinite();
	}
	/* An unmasked denormal exception reports, but does not stop, a load. */
	if (!f80_load_blocked(env))
		x87_push(&c->x87, v);
	x87_end(c, in, env, KEEP_C023);
	return true;
}

bool
x_fld(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	struct f80 a;

	if (!x87_has_memory(in)) {
		a = x87_get(&c->x87, in->o[0].reg);
		if (x87_empty(&c->x87, in->o[0].reg)) {
			x87_underflow(&env);
			a = f80_indefinite();
		}
	} else if (in->o[0].size == 4) {
		a = f80_from_f32(&env, (uint32_t)v[0].u);
	} else {
		a = f80_from_f64(&env, v[0].u);
	}
	return load(c, in, &env, a);
}

static bool
load_bytes(struct cpu *c, const struct insn *in, uint64_t ea, uint8_t buf[10])
{
	return seg_ld(c, in->seg, ea, 10, buf);
}

bool
x_fld_m80(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	uint8_t buf[10];

	if (!load_bytes(c, in, v[0].u, buf))
		return false;
	return load(c, in, &env, (struct f80){
		.mant = get_le64(buf), .se = get_le16(buf + 8) });
}

bool
x_fbld(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	uint8_t buf[10];

	if (!load_bytes(c, in, v[0].u, buf))
		return false;
	return load(c, in, &env, f80_from_bcd(buf));
}

bool
x_fild(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);

	return load(c, in, &env, x87_load_int(in, v));
}

/*
 * Intel SDM vol 2, FLD1: the constants are rounded from more than 64 bits as
 * rounding control says, without exceptions.
 */
struct constant {
	int		exp;
	uint64_t	mant;		/* truncated */
	bool		exact;
	bool		nearest_up;	/* what follows is at least half an ulp */
};

static bool
load_constant(struct cpu *c, const struct insn *in, const struct constant *k)
{
	struct f80_env env = x87_begin(c);
	bool up = env.rc == F80_UP || (env.rc == F80_NEAREST && k->nearest_up);

	return load(c, in, &env,
	    f80_make(false, k->exp, k->mant + (up && !k->exact)));
}

#define CONSTANT(name, ...)						\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	static const struct constant k = { __VA_ARGS__ };		\
									\
	(void)v;							\
	return load_constant(c, in, &k);				\
}

CONSTANT(fld1, 0x3fff, UINT64_C(0x8000000000000000), true, false)
CONSTANT(fldl2t, 0x4000, UINT64_C(0xd49a784bcd1b8afe), false, false)
CONSTANT(fldl2e, 0x3fff, UINT64_C(0xb8aa3b295c17f0bb), false, true)
CONSTANT(fldpi, 0x4000, UINT64_C(0xc90fdaa22168c234), false, true)
CONSTANT(fldlg2, 0x3ffd, UINT64_C(0x9a209a84fbcff798), false, true)
CONSTANT(fldln2, 0x3ffe, UINT64_C(0xb17217f7d1cf79ab), false, true)
CONSTANT(fldz, 0, 0, true, false)

/* What a store writes: n bytes, and whether the stack is popped after it. */
struct store {
	uint8_t		bytes[10];
	unsigned	n;
	bool		pop;
};

/* The operand must be writable even when an unmasked exception leaves it alone. */
static bool
store(struct cpu *c, const struct insn *in, struct f80_env *env, uint64_t ea,
    const struct store *s)
{
	struct span span;

	if (!span_open(c, &span, in->seg, ea, s->n, ACC_W))
		return false;
	if (!f80_store_blocked(env)) {
		span_write(c, &span, s->bytes);
		if (s->pop)
			x87_pop(&c->x87);
	}
	x87_end(c, in, env, KEEP_C023);
	return true;
}

/* ST(0), or the indefinite value and a stack fault */
static struct f80
store_source(struct cpu *c, struct f80_env *env)
{
	if (!x87_empty(&c->x87, 0))
		return x87_get(&c->x87, 0);
	x87_underflow(env);
	return f80_indefinite();
}

static bool
store_register(struct cpu *c, const struct insn *in, bool pop)
{
	struct f80_env env = x87_begin(c);
	struct f80 a = store_source(c, &env);

	if (!f80_blocked(&env)) {
		x87_set(&c->x87, in->o[0].reg, a);
		if (pop)
			x87_pop(&c->x87);
	}
	x87_end(c, in, &env, KEEP_C023);
	return true;
}

static bool
store_real(struct cpu *c, const struct insn *in, const union xval *v, bool pop)
{
	struct f80_env env = x87_begin(c);
	struct f80 a = store_source(c, &env);
	struct store s = { .n = in->o[0].size, .pop = pop };

	if (!x87_has_memory(in))
		return store_register(c, in, pop);
	if (s.n == 4)
		put_le32(s.bytes, f80_to_f32(&env, a));
	else
		put_le64(s.bytes, f80_to_f64(&env, a));
	return store(c, in, &env, v->u, &s);
}

bool
x_fst(struct cpu *c, const struct insn *in, union xval *v)
{
	return store_real(c, in, v, false);
}

bool
x_fstp(struct cpu *c, const struct insn *in, union xval *v)
{
	return store_real(c, in, v, true);
}

bool
x_fstp_m80(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	struct f80 a = store_source(c, &env);
	struct store s = { .n = 10, .pop = true };

	put_le64(s.bytes, a.mant);
	put_le16(s.bytes + 8, a.se);
	return store(c, in, &env, v[0].u, &s);
}

/*
 * FSTPNCE, D9 D8+i, raises nothing: an empty ST(0) is popped and not copied
 * (observed, family 19h).
 */
bool
x_fstpnce(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;

	(void)v;
	if (!x87_empty(x, 0))
		x87_set(x, in->o[0].reg, x87_get(x, 0));
	x87_pop(x);
	x87_end(c, in, &env, KEEP_C023);
	return true;
}

bool
x_fbstp(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	struct f80 a = store_source(c, &env);
	struct store s = { .n = 10, .pop = true };

	f80_to_bcd(&env, a, s.bytes);
	return store(c, in, &env, v[0].u, &s);
}

static bool
store_int(struct cpu *c, const struct insn *in, const union xval *v, bool pop,
    bool chop)
{
	struct f80_env env = x87_begin(c);
	struct f80 a = store_source(c, &env);
	struct store s = { .n = in->o[0].size, .pop = pop };

	put_le64(s.bytes, (uint64_t)f80_to_int(&env, a, s.n * 8, chop));
	return store(c, in, &env, v->u, &s);
}

bool
x_fist(struct cpu *c, const struct insn *in, union xval *v)
{
	return store_int(c, in, v, false, false);
}

bool
x_fistp(struct cpu *c, const struct insn *in, union xval *v)
{
	return store_int(c, in, v, true, false);
}

bool
x_fisttp(struct cpu *c, const struct insn *in, union xval *v)
{
	return store_int(c, in, v, true, true);
}

bool
x_fxch(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;
	unsigned i = in->o[0].reg;
	struct f80 a = x87_get(x, 0);
	struct f80 b = x87_get(x, i);

	(void)v;
	if (x87_empty(x, 0) || x87_empty(x, i))
		x87_underflow(&env);
	if (x87_empty(x, 0))
		a = f80_indefinite();
	if (x87_empty(x, i))
		b = f80_indefinite();
	if (!f80_blocked(&env)) {
		x87_set(x, 0, b);
		x87_set(x, i, a);
	}
	x87_end(c, in, &env, KEEP_C023);
	return true;
}

/* FCMOV and FCOMI touch C1 for a stack fault only (observed, family 19h). */
static unsigned
keep_unless_fault(const struct f80_env *env)
{
	return env->flags & FSW_SF ? KEEP_C023 : FSW_CC;
}

static bool
cmov(struct cpu *c, const struct insn *in, bool taken)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;
	unsigned i = in->o[1].reg;

	if (x87_empty(x, 0) || x87_empty(x, i)) {
		x87_underflow(&env);
		if (!f80_blocked(&env))
			x87_set(x, 0, f80_indefinite());
	} else if (taken) {
		x87_set(x, 0, x87_get(x, i));
	}
	x87_end(c, in, &env, keep_unless_fault(&env));
	return true;
}

#define FCMOV(name, test)						\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	uint32_t flags = cc_flags(c);					\
									\
	(void)v;							\
	return cmov(c, in, test);					\
}

FCMOV(fcmovb, flags & F_CF)
FCMOV(fcmove, flags & F_ZF)
FCMOV(fcmovbe, flags & (F_CF | F_ZF))
FCMOV(fcmovu, flags & F_PF)
FCMOV(fcmovnb, !(flags & F_CF))
FCMOV(fcmovne, !(flags & F_ZF))
FCMOV(fcmovnbe, !(flags & (F_CF | F_ZF)))
FCMOV(fcmovnu, !(flags & F_PF))

/* Relation as C3, C2, C0; EFLAGS.ZF, PF, CF have the same meaning. */
static unsigned
relation_cc(enum f80_rel rel)
{
	switch (rel) {
	case F80_LESS:
		return F80_C0;
	case F80_EQUAL:
		return F80_C3;
	case F80_GREATER:
		return 0;
	default:
		return F80_C0 | F80_C2 | F80_C3;
	}
}

/*
 * A comparison of ST(0) with y.  Condition codes are written even if an
 * unmasked exception keeps the stack from being popped.
 */
static enum f80_rel
relate(struct cpu *c, struct f80_env *env, struct f80 y, bool empty, bool quiet)
{
	if (!empty && !x87_empty(&c->x87, 0))
		return f80_compare(env, x87_get(&c->x87, 0), y, quiet);
	x87_underflow(env);
	return F80_UNORDERED;
}

static void
pop_compared(struct cpu *c, const struct f80_env *env, unsigned pops)
{
	if (f80_blocked(env))
		return;
	while (pops--)
		x87_pop(&c->x87);
}

static bool
compare_with(struct cpu *c, const struct insn *in, struct f80_env *env,
    struct f80 y, unsigned pops)
{
	env->flags |= relation_cc(relate(c, env, y, false, false));
	pop_compared(c, env, pops);
	x87_end(c, in, env, 0);
	return true;
}

static bool
compare_register(struct cpu *c, const struct insn *in, unsigned i, bool quiet,
    unsigned pops)
{
	struct f80_env env = x87_begin(c);
	struct x87 *x = &c->x87;

	env.flags |= relation_cc(relate(c, &env, x87_get(x, i),
	    x87_empty(x, i), quiet));
	pop_compared(c, &env, pops);
	x87_end(c, in, &env, 0);
	return true;
}

static bool
compare_real(struct cpu *c, const struct insn *in, const union xval *v,
    unsigned pops)
{
	struct f80_env env = x87_begin(c);

	if (!x87_has_memory(in))
		return compare_register(c, in, in->o[0].reg, false, pops);
	return compare_with(c, in, &env, x87_load_real(&env, in, v), pops);
}

bool
x_fcom(struct cpu *c, const struct insn *in, union xval *v)
{
	return compare_real(c, in, v, 0);
}

bool
x_fcomp(struct cpu *c, const struct insn *in, union xval *v)
{
	return compare_real(c, in, v, 1);
}

bool
x_fcompp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return compare_register(c, in, 1, false, 2);
}

bool
x_fucom(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return compare_register(c, in, in->o[0].reg, true, 0);
}

bool
x_fucomp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return compare_register(c, in, in->o[1].reg, true, 1);
}

bool
x_fucompp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return compare_register(c, in, 1, true, 2);
}

bool
x_ficom(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);

	return compare_with(c, in, &env, x87_load_int(in, v), 0);
}

bool
x_ficomp(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);

	return compare_with(c, in, &env, x87_load_int(in, v), 1);
}

bool
x_ftst(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);

	(void)v;
	return compare_with(c, in, &env, f80_from_int(0), 0);
}

/* FCOMI and kin: the relation goes to ZF, PF, CF; C0, C2, C3 stay. */
static bool
compare_flags(struct cpu *c, const struct insn *in, bool quiet, unsigned pops)
{
	struct f80_env env = x87_begin(c);
	unsigned i = in->o[1].reg;
	unsigned cc = relation_cc(relate(c, &env, x87_get(&c->x87, i),
	    x87_empty(&c->x87, i), quiet));

	cc_set_raw(c, (cc & F80_C3 ? F_ZF : 0) | (cc & F80_C2 ? F_PF : 0) |
	    (cc & F80_C0 ? F_CF : 0));
	pop_compared(c, &env, pops);
	x87_end(c, in, &env, keep_unless_fault(&env));
	return true;
}

#define FCOMI(name, quiet, pops)					\
bool									\
x_##name(struct cpu *c, const struct insn *in, union xval *v)		\
{									\
	(void)v;							\
	return compare_flags(c, in, quiet, pops);			\
}

FCOMI(fcomi, false, 0)
FCOMI(fcomip, false, 1)
FCOMI(fucomi, true, 0)
FCOMI(fucomip, true, 1)

/* FXAM: class in C3, C2, C0, sign in C1, whether the register is empty or not. */
bool
x_fxam(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);
	struct f80 a = x87_get(&c->x87, 0);
	unsigned k = x87_empty(&c->x87, 0) ? F80_EMPTY : f80_classify(a);

	(void)v;
	env.flags = (k & 1 ? F80_C0 : 0) | (k & 2 ? F80_C2 : 0) |
	    (k & 4 ? F80_C3 : 0) | (a.se >> 15 ? F80_C1 : 0);
	x87_end(c, in, &env, 0);
	return true;
}
