/*
 * cpu/f80_conv.c - x87 loads and stores: single, double, integer, packed BCD
 *
 * References: Intel SDM vol 1 section 4.8 "Real Numbers and Floating-Point
 * Formats", section 8.1.6 and table 8-10 on indefinite values; vol 2, FLD,
 * FST, FIST, FBLD, FBSTP.
 */
#include "cpu/f80.h"

#include "cpu/f80_priv.h"

/* The two memory formats, IEEE 754 binary32 and binary64. */
struct memfmt {
	unsigned	prec;		/* significand bits, implied one included */
	unsigned	width;
	int32_t		bias;
	int32_t		exp_inf;
};

static const struct memfmt fmt32 = { 24, 32, 127, 255 };
static const struct memfmt fmt64 = { 53, 64, 1023, 2047 };

static struct f80
widen(struct f80_env *env, const struct memfmt *f, uint64_t v)
{
	bool sign = v >> (f->width - 1) & 1;
	int32_t exp = v >> (f->prec - 1) & f->exp_inf;
	uint64_t sig = v << (64 - f->prec) & ~F80_INT_BIT;
	int shift;

	if (exp == f->exp_inf)
		return f80_make(sign, F80_EXP_INF, F80_INT_BIT | sig);
	if (exp)
		return f80_make(sign, exp - f->bias + F80_BIAS,
		    F80_INT_BIT | sig);
	if (!sig)
		return f80_zero(sign);
	env->denormal = true;
	shift = __builtin_clzll(sig);
	return f80_make(sign, 1 - shift - f->bias + F80_BIAS, sig << shift);
}

static struct f80
from_mem(struct f80_env *env, const struct memfmt *f, uint64_t v)
{
	struct f80 a = widen(env, f, v);

	if (env->denormal)
		env->flags |= F80_DE;
	if (!f80_is_snan(a))
		return a;
	env->flags |= F80_IE;
	return f80_quiet(a);
}

struct f80
f80_widen_f32(struct f80_env *env, uint32_t v)
{
	return widen(env, &fmt32, v);
}

struct f80
f80_widen_f64(struct f80_env *env, uint64_t v)
{
	return widen(env, &fmt64, v);
}

struct f80
f80_from_f32(struct f80_env *env, uint32_t v)
{
	return from_mem(env, &fmt32, v);
}

struct f80
f80_from_f64(struct f80_env *env, uint64_t v)
{
	return from_mem(env, &fmt64, v);
}

static uint64_t
mem_make(const struct memfmt *f, bool sign, int32_t exp, uint64_t mant)
{
	mant = (mant & ~F80_INT_BIT) >> (64 - f->prec);
	return (uint64_t)sign << (f->width - 1) |
	    (uint64_t)exp << (f->prec - 1) | mant;
}

static uint64_t
mem_overflow(struct f80_env *env, const struct memfmt *f, bool sign,
    enum f80_rc rc)
{
	bool up = rc == F80_NEAREST || rc == (sign ? F80_DOWN : F80_UP);

	env->flags |= F80_OE;
	if (!(env->mask & F80_OE))
		return 0;
	env->flags |= F80_PE | (up ? F80_C1 : 0);
	if (up)
		return mem_make(f, sign, f->exp_inf, 0);
	return mem_make(f, sign, f->exp_inf - 1, UINT64_MAX);
}

static uint64_t
mem_underflow(struct f80_env *env, const struct memfmt *f, bool sign,
    int32_t exp, uint64_t sig)
{
	struct f80_rounded r;
	uint64_t mant;

	if (!(env->mask & F80_UE)) {
		env->flags |= F80_UE;
		return 0;
	}
	r = f80_round_sig(env->rc, sign,
	    f80_shr_jam((f80_u128)sig << 64, 1 - exp), f->prec);
	if (r.inexact)
		env->flags |= F80_UE | F80_PE | (r.up ? F80_C1 : 0);
	mant = r.sig >> 64;
	return mem_make(f, sign, mant >> 63, mant);
}

static uint64_t
finite_to_mem(struct f80_env *env, const struct memfmt *f, struct f80_num n)
{
	struct f80_rounded r;
	int32_t exp = n.exp - F80_BIAS + f->bias;

	r = f80_round_sig(env->rc, n.sign, (f80_u128)n.sig << 64, f->prec);
	if (exp + r.carry >= f->exp_inf)
		return mem_overflow(env, f, n.sign, env->rc);
	if (exp + r.carry < 1)
		return mem_underflow(env, f, n.sign, exp, n.sig);
	env->flags |= (r.inexact ? F80_PE : 0) | (r.up ? F80_C1 : 0);
	return mem_make(f, n.sign, exp + r.carry, r.sig >> 64);
}

static uint64_t
to_mem(struct f80_env *env, const struct memfmt *f, struct f80 a)
{
	struct f80 res;

	if (f80_nan_operand(env, a, &res))
		return mem_make(f, f80_sign(res), f->exp_inf, res.mant);
	switch (f80_classify(a)) {
	case F80_ZERO:
		return mem_make(f, f80_sign(a), 0, 0);
	case F80_INF:
		return mem_make(f, f80_sign(a), f->exp_inf, 0);
	default:
		return finite_to_mem(env, f, f80_unpack(a));
	}
}

uint32_t
f80_to_f32(struct f80_env *env, struct f80 a)
{
	return (uint32_t)to_mem(env, &fmt32, a);
}

uint64_t
f80_to_f64(struct f80_env *env, struct f80 a)
{
	return to_mem(env, &fmt64, a);
}

struct f80
f80_from_int(int64_t v)
{
	uint64_t mag = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	int shift;

	if (v == 0)
		return f80_zero(false);
	shift = __builtin_clzll(mag);
	return f80_make(v < 0, F80_BIAS + 63 - shift, mag << shift);
}

/*
 * Round to an integer magnitude; false if it is not a number below 2^64.
 * Raises nothing: the caller knows which exceptions apply.
 */
static bool
to_magnitude(struct f80 a, enum f80_rc rc, uint64_t *mag, bool *inexact,
    bool *up)
{
	enum f80_class k = f80_classify(a);
	struct f80_rounded r;
	struct f80_num n;

	*mag = 0;
	*inexact = *up = false;
	if (k == F80_ZERO)
		return true;
	if (k != F80_NORMAL && k != F80_DENORMAL)
		return false;
	n = f80_unpack(a);
	if (n.exp > F80_BIAS + 63)
		return false;
	r = f80_round_sig(rc, n.sign, f80_shr_jam((f80_u128)n.sig << 64,
	    F80_BIAS + 63 - n.exp), 64);
	*mag = r.sig >> 64;
	*inexact = r.inexact;
	*up = r.up;
	return !r.carry;
}

int64_t
f80_to_int(struct f80_env *env, struct f80 a, unsigned bits, bool chop)
{
	uint64_t limit = UINT64_C(1) << (bits - 1);
	bool sign = f80_sign(a);
	bool inexact, up;
	uint64_t mag;

	if (!to_magnitude(a, chop ? F80_CHOP : env->rc, &mag, &inexact, &up) ||
	    mag > limit - !sign) {
		env->flags |= F80_IE;
		return (int64_t)(0 - limit);
	}
	env->flags |= (inexact ? F80_PE : 0) | (up ? F80_C1 : 0);
	return (int64_t)(sign ? 0 - mag : mag);
}

struct f80
f80_rndint(struct f80_env *env, struct f80 a)
{
	struct f80 res;
	bool inexact, up;
	uint64_t mag;

	if (f80_nan_operand(env, a, &res))
		return res;
	if (f80_classify(a) == F80_DENORMAL && f80_denormal(env))
		return a;
	if (f80_exp(a) >= F80_BIAS + 63)
		return a;
	to_magnitude(a, env->rc, &mag, &inexact, &up);
	env->flags |= (inexact ? F80_PE : 0) | (up ? F80_C1 : 0);
	if (mag == 0)
		return f80_zero(f80_sign(a));
	res.mant = mag << __builtin_clzll(mag);
	return f80_make(f80_sign(a), F80_BIAS + 63 - __builtin_clzll(mag),
	    res.mant);
}

/*
 * Digits above 9 are undefined; hardware weighs them by their position all the
 * same, which tests/unit/f80_test.c checks.
 */
struct f80
f80_from_bcd(const uint8_t bcd[10])
{
	uint64_t v = 0;
	struct f80 res;
	int i;

	for (i = 8; i >= 0; i--)
		v = v * 100 + (bcd[i] >> 4) * 10 + (bcd[i] & 15);
	res = f80_from_int((int64_t)v);
	res.se |= (bcd[9] & 0x80) << 8;
	return res;
}

void
f80_to_bcd(struct f80_env *env, struct f80 a, uint8_t bcd[10])
{
	bool inexact, up;
	uint64_t mag;
	unsigned i;

	if (!to_magnitude(a, env->rc, &mag, &inexact, &up) ||
	    mag > UINT64_C(999999999999999999)) {
		env->flags |= F80_IE;
		/* Packed BCD indefinite: FFFFC000000000000000h. */
		for (i = 0; i < 7; i++)
			bcd[i] = 0;
		bcd[7] = 0xc0;
		bcd[8] = bcd[9] = 0xff;
		return;
	}
	env->flags |= (inexact ? F80_PE : 0) | (up ? F80_C1 : 0);
	for (i = 0; i < 9; i++) {
		bcd[i] = (uint8_t)(mag % 10 | mag / 10 % 10 << 4);
		mag /= 100;
	}
	bcd[9] = f80_sign(a) ? 0x80 : 0;
}
