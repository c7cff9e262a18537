/*
 * cpu/f80_rem.c - x87 partial remainders, FSCALE and FXTRACT
 *
 * References: Intel SDM vol 2, FPREM, FPREM1, FSCALE, FXTRACT.
 */
#include "cpu/f80.h"

#include "cpu/f80_priv.h"

static struct f80
pack_rem(struct f80_env *env, bool sign, int32_t exp, f80_u128 rest,
    bool zero_sign)
{
	if (rest == 0)
		return f80_zero(zero_sign);
	/* rest counts units of 2^(exp - bias - 63). */
	return f80_pack(env, 64, sign, exp + 64, rest);
}

static void
set_quotient(struct f80_env *env, uint64_t q)
{
	env->flags |= (q & 1 ? F80_C1 : 0) | (q & 2 ? F80_C3 : 0) |
	    (q & 4 ? F80_C0 : 0);
}

/* Exponents differ by less than 64: the whole remainder in one go. */
static struct f80
rem_complete(struct f80_env *env, struct f80_num x, struct f80_num y,
    bool nearest)
{
	int32_t diff = x.exp - y.exp;
	bool sign = x.sign;
	int32_t exp = y.exp;
	f80_u128 n, d = y.sig;
	f80_u128 rest;
	uint64_t q;

	if (diff < -1 || (diff == -1 && !nearest))
		return f80_pack(env, 64, sign, x.exp, (f80_u128)x.sig << 64);
	if (diff == -1) {
		n = x.sig;
		d <<= 1;
		exp = x.exp;
	} else {
		n = (f80_u128)x.sig << diff;
	}
	q = (uint64_t)(n / d);
	rest = n % d;
	if (nearest && (rest > d - rest || (rest == d - rest && (q & 1)))) {
		rest = d - rest;
		sign = !sign;
		q++;
	}
	set_quotient(env, q);
	return pack_rem(env, sign, exp, rest, x.sign);
}

/*
 * The exponent is reduced by the largest step between 32 and 63 that leaves a
 * multiple of 32 to go, as the processors of both vendors do.
 */
static struct f80
rem_partial(struct f80_env *env, struct f80_num x, struct f80_num y)
{
	int32_t diff = x.exp - y.exp;
	int32_t step = (diff & 31) | 32;
	f80_u128 rest = ((f80_u128)x.sig << step) % y.sig;

	env->flags |= F80_C2;
	return pack_rem(env, x.sign, x.exp - step, rest, x.sign);
}

struct f80
f80_rem(struct f80_env *env, struct f80 a, struct f80 b, bool nearest)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);
	struct f80_num x, y;
	struct f80 res;

	if (f80_nan_operands(env, a, b, &res))
		return res;
	if (ka == F80_INF || kb == F80_ZERO)
		return f80_invalid(env);
	if ((ka == F80_DENORMAL || kb == F80_DENORMAL) && f80_denormal(env))
		return a;
	if (ka == F80_ZERO)
		return a;
	x = f80_unpack(a);
	if (kb == F80_INF)
		return f80_pack(env, 64, x.sign, x.exp, (f80_u128)x.sig << 64);
	y = f80_unpack(b);
	if (x.exp - y.exp < 64)
		return rem_complete(env, x, y, nearest);
	return rem_partial(env, x, y);
}

/* b truncated, limited to what drives any number out of range */
static int32_t
scale_count(struct f80 b)
{
	struct f80_num n = f80_unpack(b);
	int32_t count;

	if (n.exp < F80_BIAS)
		return 0;
	if (n.exp > F80_BIAS + 16)
		return n.sign ? -0x20000 : 0x20000;
	count = (int32_t)(n.sig >> (F80_BIAS + 63 - n.exp));
	return n.sign ? -count : count;
}

static struct f80
scale_infinite(struct f80_env *env, struct f80 a, bool down)
{
	enum f80_class k = f80_classify(a);

	if (k == (down ? F80_INF : F80_ZERO))
		return f80_invalid(env);
	if (k == F80_DENORMAL && f80_denormal(env))
		return a;
	return down ? f80_zero(f80_sign(a)) : f80_inf(f80_sign(a));
}

struct f80
f80_scale(struct f80_env *env, struct f80 a, struct f80 b)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);
	struct f80_num x;
	struct f80 res;

	if (f80_nan_operands(env, a, b, &res))
		return res;
	if (kb == F80_INF)
		return scale_infinite(env, a, f80_sign(b));
	if ((ka == F80_DENORMAL || kb == F80_DENORMAL) && f80_denormal(env))
		return a;
	if (ka == F80_INF || ka == F80_ZERO)
		return a;
	x = f80_unpack(a);
	if (kb != F80_ZERO)
		x.exp += scale_count(b);
	return f80_pack(env, 64, x.sign, x.exp, (f80_u128)x.sig << 64);
}

void
f80_xtract(struct f80_env *env, struct f80 a, struct f80 *exponent,
    struct f80 *significand)
{
	enum f80_class k = f80_classify(a);
	struct f80_num n;

	*exponent = *significand = a;
	if (f80_nan_operand(env, a, significand)) {
		*exponent = *significand;
		return;
	}
	if (k == F80_INF) {
		*exponent = f80_inf(false);
		return;
	}
	if (k == F80_ZERO) {
		env->flags |= F80_ZE;
		*exponent = f80_inf(true);
		return;
	}
	if (k == F80_DENORMAL && f80_denormal(env))
		return;
	n = f80_unpack(a);
	*exponent = f80_from_int(n.exp - F80_BIAS);
	*significand = f80_make(n.sign, F80_BIAS, n.sig);
}
