/*
 * tests/unit/f80_test.c - the x87 arithmetic core against the host's own x87
 *
 * Each case runs one instruction on the processor this test runs on and once
 * in the core, from random and boundary operands with random control words,
 * and compares registers, memory, exceptions and condition codes bit by bit;
 * transcendental results may differ by one unit in the last place.
 *
 * F80_CASES in the environment sets the number of cases (default a million),
 * F80_SEED the start of the random sequence.
 */
#include "cpu/f80.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"

#define SW_EXC		(F80_EXCEPTIONS | F80_C1)
#define SW_CC		(F80_C0 | F80_C1 | F80_C2 | F80_C3)
#define SW_TOP		0x3800u
#define MEM_FILL	0xa5

struct regs {
	uint16_t	sw;
	struct f80	st[3];
	uint8_t		mem[16];
};

struct x87_case {
	uint16_t	cw;
	struct f80	a;		/* ST(0) */
	struct f80	b;		/* ST(1) */
	uint8_t		mem[16];
};

struct save_area {
	uint32_t	env[7];
	uint8_t		st[8][10];
};

static struct f80
load80(const uint8_t *p)
{
	struct f80 v;

	memcpy(&v.mant, p, 8);
	memcpy(&v.se, p + 8, 2);
	return v;
}

static void
store80(uint8_t *p, struct f80 v)
{
	memcpy(p, &v.mant, 8);
	memcpy(p + 8, &v.se, 2);
}

/* FNSAVE takes everything out without tripping over a pending exception. */
#define HOST(name, text)						\
static void								\
host_##name(const struct x87_case *t, struct regs *r)			\
{									\
	struct save_area save;						\
	uint8_t a[10], b[10];						\
	unsigned i;							\
									\
	store80(a, t->a);						\
	store80(b, t->b);						\
	memcpy(r->mem, t->mem, 16);					\
	__asm__ volatile("fninit\n\tfldcw %[cw]\n\tfldt %[b]\n\t"	\
	    "fldt %[a]\n\t" text "\n\tfnsave %[save]"			\
	    : [save] "=m"(save), [mem] "+m"(r->mem)			\
	    : [cw] "m"(t->cw), [a] "m"(a), [b] "m"(b));			\
	r->sw = (uint16_t)save.env[1];					\
	for (i = 0; i < 3; i++)						\
		r->st[i] = load80(save.st[i]);				\
}

/*
 * The same instruction in the core, given t, an environment e and the initial
 * registers in r (TOP is 6).  TAKE() guards register results, push() is FLD.
 */
#define CORE(name, body)						\
static void								\
core_##name(const struct x87_case *t, struct f80_env *e, struct regs *r) \
{									\
	struct f80 a = t->a, b = t->b;					\
									\
	(void)a;							\
	(void)b;							\
	body								\
}

#define TAKE(expr) do {							\
	struct f80 res_ = (expr);					\
	if (!f80_blocked(e))						\
		r->st[0] = res_;					\
} while (0)

static void
push(struct regs *r, struct f80 v)
{
	r->st[2] = r->st[1];
	r->st[1] = r->st[0];
	r->st[0] = v;
	r->sw -= 0x800;
}

static void
pop(struct regs *r)
{
	struct f80 zero = { 0, 0 };

	/* FNSAVE shows the popped register as ST(7), out of sight here. */
	r->st[0] = r->st[1];
	r->st[1] = r->st[2];
	r->st[2] = zero;
	r->sw += 0x800;
}

static void
set_relation(struct f80_env *e, enum f80_rel rel)
{
	static const uint16_t code[] = {
		[F80_LESS] = F80_C0,
		[F80_EQUAL] = F80_C3,
		[F80_GREATER] = 0,
		[F80_UNORDERED] = F80_C0 | F80_C2 | F80_C3,
	};

	e->flags |= code[rel];
}

static void
set_class(struct f80_env *e, struct f80 v)
{
	unsigned k = f80_classify(v);

	e->flags |= (k & 1 ? F80_C0 : 0) | (k & 2 ? F80_C2 : 0) |
	    (k & 4 ? F80_C3 : 0) | (v.se >> 15 ? F80_C1 : 0);
}

#define STORE(type, expr) do {						\
	type v_ = (type)(expr);						\
	if (!f80_store_blocked(e))					\
		memcpy(r->mem, &v_, sizeof(v_));			\
} while (0)

#define STORE_POP(type, expr) do {					\
	type v_ = (type)(expr);						\
	if (!f80_store_blocked(e)) {					\
		memcpy(r->mem, &v_, sizeof(v_));			\
		pop(r);							\
	}								\
} while (0)

#define LOAD(type, var)							\
	type var;							\
	memcpy(&var, t->mem, sizeof(var))

#define PUSH(expr) do {							\
	struct f80 v_ = (expr);						\
	if (!f80_blocked(e))						\
		push(r, v_);						\
} while (0)

#define LOADED(expr) do {						\
	struct f80 v_ = (expr);						\
	if (!f80_load_blocked(e))					\
		push(r, v_);						\
} while (0)

HOST(fadd, "fadd %%st(1), %%st")
HOST(fsub, "fsub %%st(1), %%st")
HOST(fsubr, "fsubr %%st(1), %%st")
HOST(fmul, "fmul %%st(1), %%st")
HOST(fdiv, "fdiv %%st(1), %%st")
HOST(fdivr, "fdivr %%st(1), %%st")
HOST(fsqrt, "fsqrt")
HOST(fprem, "fprem")
HOST(fprem1, "fprem1")
HOST(frndint, "frndint")
HOST(fscale, "fscale")
HOST(fxtract, "fxtract")
HOST(fcom, "fcom %%st(1)")
HOST(fucom, "fucom %%st(1)")
HOST(ftst, "ftst")
HOST(fxam, "fxam")
HOST(fld32, "flds %[mem]")
HOST(fld64, "fldl %[mem]")
HOST(fild64, "fildll %[mem]")
HOST(fbld, "fbld %[mem]")
HOST(fst32, "fsts %[mem]")
HOST(fst64, "fstl %[mem]")
HOST(fist16, "fists %[mem]")
HOST(fist32, "fistl %[mem]")
HOST(fistp64, "fistpll %[mem]")
HOST(fisttp16, "fisttps %[mem]")
HOST(fisttp64, "fisttpll %[mem]")
HOST(fbstp, "fbstp %[mem]")

CORE(fadd, TAKE(f80_add(e, a, b));)
CORE(fsub, TAKE(f80_sub(e, a, b));)
CORE(fsubr, TAKE(f80_sub(e, b, a));)
CORE(fmul, TAKE(f80_mul(e, a, b));)
CORE(fdiv, TAKE(f80_div(e, a, b));)
CORE(fdivr, TAKE(f80_div(e, b, a));)
CORE(fsqrt, TAKE(f80_sqrt(e, a));)
CORE(fprem, TAKE(f80_rem(e, a, b, false));)
CORE(fprem1, TAKE(f80_rem(e, a, b, true));)
CORE(frndint, TAKE(f80_rndint(e, a));)
CORE(fscale, TAKE(f80_scale(e, a, b));)
CORE(fxtract,
	struct f80 ex; struct f80 sig;
	f80_xtract(e, a, &ex, &sig);
	TAKE(ex);
	PUSH(sig);
)
CORE(fcom, set_relation(e, f80_compare(e, a, b, false)); (void)r;)
CORE(fucom, set_relation(e, f80_compare(e, a, b, true)); (void)r;)
CORE(ftst, set_relation(e, f80_compare(e, a, f80_from_int(0), false)); (void)r;)
CORE(fxam, set_class(e, a); (void)r;)
CORE(fld32, LOAD(uint32_t, v); LOADED(f80_from_f32(e, v));)
CORE(fld64, LOAD(uint64_t, v); LOADED(f80_from_f64(e, v));)
CORE(fild64, LOAD(int64_t, v); PUSH(f80_from_int(v));)
CORE(fbld, PUSH(f80_from_bcd(t->mem));)
CORE(fst32, STORE(uint32_t, f80_to_f32(e, a));)
CORE(fst64, STORE(uint64_t, f80_to_f64(e, a));)
CORE(fist16, STORE(uint16_t, f80_to_int(e, a, 16, false));)
CORE(fist32, STORE(uint32_t, f80_to_int(e, a, 32, false));)
CORE(fistp64, STORE_POP(uint64_t, f80_to_int(e, a, 64, false));)
CORE(fisttp16, STORE_POP(uint16_t, f80_to_int(e, a, 16, true));)
CORE(fisttp64, STORE_POP(uint64_t, f80_to_int(e, a, 64, true));)
CORE(fbstp,
	uint8_t bcd[10];
	f80_to_bcd(e, a, bcd);
	if (!f80_store_blocked(e)) {
		memcpy(r->mem, bcd, 10);
		pop(r);
	}
)

HOST(f2xm1, "f2xm1")
HOST(fyl2x, "fyl2x")
HOST(fyl2xp1, "fyl2xp1")
HOST(fpatan, "fpatan")
HOST(fsin, "fsin")
HOST(fcos, "fcos")
HOST(fsincos, "fsincos")
HOST(fptan, "fptan")

#define TAKE_POP(expr) do {						\
	struct f80 res_ = (expr);					\
	if (!f80_blocked(e)) {						\
		pop(r);							\
		r->st[0] = res_;					\
	}								\
} while (0)

CORE(f2xm1, TAKE(f80_2xm1(e, a));)
CORE(fyl2x, TAKE_POP(f80_yl2x(e, b, a));)
CORE(fyl2xp1, TAKE_POP(f80_yl2xp1(e, b, a));)
CORE(fpatan, TAKE_POP(f80_atan(e, b, a));)
CORE(fsin, TAKE(f80_sin(e, a));)
CORE(fcos, TAKE(f80_cos(e, a));)
CORE(fsincos,
	struct f80 s; struct f80 c;
	f80_sincos(e, a, &s, &c);
	TAKE(s);
	if (!(e->flags & F80_C2))
		PUSH(c);
)
CORE(fptan,
	TAKE(f80_tan(e, a));
	if (!(e->flags & F80_C2))
		PUSH(e->flags & F80_IE || f80_classify(a) == F80_NAN ?
		    r->st[0] : f80_from_int(1));
)

struct x87_op {
	const char	*name;
	void		(*host)(const struct x87_case *, struct regs *);
	void		(*core)(const struct x87_case *, struct f80_env *,
			    struct regs *);
	uint16_t	cc;		/* condition codes that are defined */
	bool		inexact_ok;	/* one ulp is allowed, C1 unspecified */
};

#define OP(name, cc)	{ #name, host_##name, core_##name, cc, false }

static const struct x87_op exact_ops[] = {
	OP(fadd, F80_C1), OP(fsub, F80_C1), OP(fsubr, F80_C1),
	OP(fmul, F80_C1), OP(fdiv, F80_C1), OP(fdivr, F80_C1),
	OP(fsqrt, F80_C1), OP(fprem, SW_CC), OP(fprem1, SW_CC),
	OP(frndint, F80_C1), OP(fscale, F80_C1), OP(fxtract, F80_C1),
	OP(fcom, SW_CC), OP(fucom, SW_CC), OP(ftst, SW_CC), OP(fxam, SW_CC),
	OP(fld32, F80_C1), OP(fld64, F80_C1), OP(fild64, F80_C1),
	OP(fbld, F80_C1), OP(fst32, F80_C1), OP(fst64, F80_C1),
	OP(fist16, F80_C1), OP(fist32, F80_C1), OP(fistp64, F80_C1),
	OP(fisttp16, F80_C1), OP(fisttp64, F80_C1), OP(fbstp, F80_C1),
};

#define ULP(name, cc)	{ #name, host_##name, core_##name, cc, true }

static const struct x87_op ulp_ops[] = {
	ULP(f2xm1, 0), ULP(fyl2x, 0), ULP(fyl2xp1, 0), ULP(fpatan, 0),
	ULP(fsin, F80_C2), ULP(fcos, F80_C2), ULP(fsincos, F80_C2),
	ULP(fptan, F80_C2),
};

static uint64_t
rnd(uint64_t *s)
{
	uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Mantissas with long runs and few bits find rounding errors fastest. */
static uint64_t
rnd_mant(uint64_t *s)
{
	uint64_t r = rnd(s);
	unsigned n = r >> 8 & 63;

	switch (r & 7) {
	case 0:
		return F80_INT_BIT;
	case 1:
		return F80_INT_BIT | UINT64_C(1) << n;
	case 2:
		return UINT64_MAX << n | F80_INT_BIT;
	case 3:
		return UINT64_MAX >> n;
	case 4:
		return F80_INT_BIT | rnd(s) << n;
	case 5:
		return F80_INT_BIT | rnd(s) >> n;
	case 6:
		return (F80_INT_BIT | rnd(s) << n) + (r >> 16 & 3) - 1;
	default:
		return F80_INT_BIT | rnd(s);
	}
}

static int
rnd_exp(uint64_t *s)
{
	uint64_t r = rnd(s);
	int n = (int)(r >> 8 & 127);

	switch (r & 7) {
	case 0:
		return (int)(r >> 16 & 0x7fff);
	case 1:
		return n;
	case 2:
		return 0x7ffe - n;
	case 3:
		return F80_BIAS + 63 - n;
	case 4:
		return F80_BIAS + n;
	case 5:
		return F80_BIAS - 126 - 24 + n;
	case 6:
		return (r >> 20 & 1 ? F80_BIAS - 1022 : F80_BIAS + 1023) + 40 -
		    n;
	default:
		return F80_BIAS + (n & 7) - 3;
	}
}

static struct f80
rnd_special(uint64_t *s)
{
	uint64_t r = rnd(s);
	bool sign = r >> 8 & 1;

	switch (r & 15) {
	case 0:
	case 1:
		return f80_make(sign, 0, 0);
	case 2:
	case 3:
		return f80_make(sign, F80_EXP_INF, F80_INT_BIT);
	case 4:
		return f80_make(sign, F80_EXP_INF, rnd_mant(s));
	case 5:
		return f80_make(sign, F80_EXP_INF, F80_INT_BIT |
		    (rnd(s) & 3) << 61 | (r >> 10 & 1));
	case 6:
		return f80_make(sign, F80_EXP_INF, rnd_mant(s) & ~F80_INT_BIT);
	case 7:
		return f80_make(sign, rnd_exp(s), rnd_mant(s) & ~F80_INT_BIT);
	case 8:
	case 9:
		return f80_make(sign, 0, rnd_mant(s) & ~F80_INT_BIT);
	case 10:
		return f80_make(sign, 0, rnd_mant(s));
	case 11:
		return f80_make(sign, 0, rnd_mant(s) >> (r >> 12 & 63));
	case 12:
		return f80_make(sign, F80_BIAS, F80_INT_BIT);
	case 13:
		return f80_from_int((int64_t)rnd(s) >> (r >> 12 & 63));
	case 14:
		return f80_make(sign, 0x7ffe, UINT64_MAX << (r >> 12 & 63));
	default:
		return f80_make(sign, 1, F80_INT_BIT | (r >> 12 & 3));
	}
}

static struct f80
rnd_f80(uint64_t *s)
{
	uint64_t r = rnd(s);

	if ((r & 15) == 0)
		return rnd_special(s);
	return f80_make(r >> 8 & 1, rnd_exp(s), rnd_mant(s));
}

/* The second operand is often related to the first. */
static struct f80
rnd_partner(uint64_t *s, struct f80 a)
{
	uint64_t r = rnd(s);
	int exp = (a.se & 0x7fff) + (int)(r >> 16 & 127) - 64;

	switch (r & 7) {
	case 0:
		return f80_make(r >> 8 & 1, a.se & 0x7fff, a.mant);
	case 1:
		a.mant += (r >> 9 & 3) - 1;
		return a;
	case 2:
	case 3:
		return f80_make(r >> 8 & 1, exp & 0x7fff, rnd_mant(s));
	case 4:
		/* an overflowing or underflowing product or quotient */
		exp = (r >> 24 & 1 ? F80_EXP_INF : 0) + F80_BIAS - exp + 64;
		return f80_make(r >> 8 & 1, exp & 0x7fff, rnd_mant(s));
	case 5:
		return f80_from_int((int64_t)rnd(s) >> (r >> 12 & 63));
	default:
		return rnd_f80(s);
	}
}

static void
rnd_mem(uint64_t *s, uint8_t mem[16])
{
	uint64_t r = rnd(s);
	uint64_t v = rnd(s);
	unsigned i;

	memset(mem, MEM_FILL, 16);
	if (r & 1)
		v = v >> 32 << 32 | (rnd(s) & 0x807fffff) |
		    (r & 2 ? 0x7f800000 : 0);
	if (r & 4)
		v = (v & UINT64_C(0x800fffffffffffff)) |
		    (r & 8 ? UINT64_C(0x7ff) << 52 : 0);
	if (r & 16)
		v >>= r >> 8 & 63;
	memcpy(mem, &v, 8);
	mem[8] = (uint8_t)(r >> 32);
	mem[9] = (uint8_t)(r >> 40);
	if (r & 32)
		for (i = 0; i < 9; i++)
			mem[i] = (mem[i] % 10) | (mem[i] >> 4) % 10 << 4;
}

static uint16_t
rnd_cw(uint64_t *s)
{
	uint64_t r = rnd(s);
	uint16_t masks = r & 0x100 ? 0x3f : r >> 16 & 0x3f;

	/* Precision control 1 is reserved. */
	return 0x40 | masks | (r & 0xc00) | (r >> 24 & 3) << 8;
}

static void
rnd_case(uint64_t *s, struct x87_case *t)
{
	t->a = rnd_f80(s);
	t->b = rnd_partner(s, t->a);
	if (rnd(s) & 1) {
		struct f80 x = t->a;

		t->a = t->b;
		t->b = x;
	}
	t->cw = rnd_cw(s);
	rnd_mem(s, t->mem);
}

static void
core_run(const struct x87_op *op, const struct x87_case *t, struct regs *r)
{
	struct f80_env e = f80_env_init(t->cw);
	struct f80 zero = { 0, 0 };

	r->sw = 6 << 11;
	r->st[0] = t->a;
	r->st[1] = t->b;
	r->st[2] = zero;
	memcpy(r->mem, t->mem, 16);
	op->core(t, &e, r);
	r->sw |= e.flags;
}

static bool
same80(struct f80 a, struct f80 b)
{
	return a.mant == b.mant && a.se == b.se;
}

/* Is a, above b in magnitude, its neighbour across a power of two? */
static bool
next_above(struct f80 a, struct f80 b)
{
	/* Below the smallest normal number the integer bit goes. */
	return a.se == b.se + 1 && a.mant == F80_INT_BIT &&
	    b.mant == ((b.se & 0x7fff) ? UINT64_MAX : INT64_MAX);
}

static bool
within_ulp(struct f80 a, struct f80 b)
{
	int64_t d = (int64_t)(a.mant - b.mant);

	if (a.se == b.se)
		return d >= -1 && d <= 1;
	return next_above(a, b) || next_above(b, a);
}

static bool
same_regs(const struct x87_op *op, const struct regs *h, const struct regs *c)
{
	uint16_t mask = F80_EXCEPTIONS | SW_TOP | op->cc;
	bool (*same)(struct f80, struct f80) =
	    op->inexact_ok ? within_ulp : same80;

	return !((h->sw ^ c->sw) & mask) && same(h->st[0], c->st[0]) &&
	    same(h->st[1], c->st[1]) && same(h->st[2], c->st[2]) &&
	    memcmp(h->mem, c->mem, 16) == 0;
}

static void
print_regs(const char *who, const struct regs *r)
{
	unsigned i;

	fprintf(stderr, "  %s sw %04x", who, r->sw);
	for (i = 0; i < 3; i++)
		fprintf(stderr, "  %04x.%016" PRIx64, r->st[i].se,
		    r->st[i].mant);
	fprintf(stderr, "  mem ");
	for (i = 0; i < 16; i++)
		fprintf(stderr, "%02x", r->mem[i]);
	fprintf(stderr, "\n");
}

static void
print_case(const struct x87_op *op, const struct x87_case *t)
{
	fprintf(stderr, "%s cw %04x st0 %04x.%016" PRIx64 " st1 %04x.%016"
	    PRIx64 "\n", op->name, t->cw, t->a.se, t->a.mant, t->b.se,
	    t->b.mant);
}

static unsigned long
env_number(const char *name, unsigned long def)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 0) : def;
}

static unsigned
run_op(const struct x87_op *op, unsigned long cases, uint64_t *seed)
{
	struct regs host, core;
	struct x87_case t;
	unsigned bad = 0;
	unsigned long i;

	for (i = 0; i < cases; i++) {
		rnd_case(seed, &t);
		memset(&host, 0, sizeof(host));
		op->host(&t, &host);
		core_run(op, &t, &core);
		if (same_regs(op, &host, &core))
			continue;
		if (++bad <= env_number("F80_SHOW", 3)) {
			print_case(op, &t);
			print_regs("host", &host);
			print_regs("core", &core);
		}
	}
	return bad;
}

START_TEST(exact_operations_agree_with_the_host)
{
	unsigned long n = sizeof(exact_ops) / sizeof(exact_ops[0]);
	unsigned long cases = env_number("F80_CASES", 1000000) / n;
	uint64_t seed = env_number("F80_SEED", 1) * 1000 + (unsigned long)_i;
	unsigned bad = run_op(&exact_ops[_i], cases, &seed);

	ck_assert_msg(bad == 0, "%s: %u of %lu cases differ",
	    exact_ops[_i].name, bad, cases);
}
END_TEST

START_TEST(transcendentals_are_within_one_ulp_of_the_host)
{
	unsigned long n = sizeof(ulp_ops) / sizeof(ulp_ops[0]);
	unsigned long cases = env_number("F80_CASES", 1000000) / n / 4;
	uint64_t seed = env_number("F80_SEED", 1) * 1000 + 500 +
	    (unsigned long)_i;
	unsigned bad = run_op(&ulp_ops[_i], cases, &seed);

	ck_assert_msg(bad == 0, "%s: %u of %lu cases differ",
	    ulp_ops[_i].name, bad, cases);
}
END_TEST

Suite *
f80_suite(void)
{
	Suite *s = suite_create("f80");
	TCase *tc = tcase_create("host");

	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, exact_operations_agree_with_the_host, 0,
	    sizeof(exact_ops) / sizeof(exact_ops[0]));
	tcase_add_loop_test(tc, transcendentals_are_within_one_ulp_of_the_host,
	    0, sizeof(ulp_ops) / sizeof(ulp_ops[0]));
	suite_add_tcase(s, tc);
	return s;
}
