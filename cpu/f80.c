/*
 * cpu/f80.c - x87 arithmetic: rounding, add, subtract, multiply, divide, root
 *
 * References: Intel SDM vol 1 chapter 8 "Programming with the x87 FPU" and
 * chapter 4.8 "Real Numbers and Floating-Point Formats", AMD APM vol 1
 * section 6.8 "x87 Floating-Point Exception Summary".
 */
#include "cpu/f80.h"

#include "cpu/f80_priv.h"

/* Exponent adjustment of unmasked overflow and underflow. */
#define BIAS_ADJUST	24576

enum f80_class
f80_classify(struct f80 a)
{
	int exp = f80_exp(a);

	if (exp == 0)
		return a.mant ? F80_DENORMAL : F80_ZERO;
	if (!(a.mant & F80_INT_BIT))
		return F80_UNSUPPORTED;
	if (exp < F80_EXP_INF)
		return F80_NORMAL;
	return a.mant == F80_INT_BIT ? F80_INF : F80_NAN;
}

bool
f80_is_snan(struct f80 a)
{
	return f80_classify(a) == F80_NAN && !(a.mant & F80_QUIET_BIT);
}

struct f80_num
f80_unpack(struct f80 a)
{
	struct f80_num n = { a.mant, f80_exp(a), f80_sign(a) };
	int shift;

	/* Denormals and pseudo-denormals have the exponent of 1. */
	if (n.exp == 0) {
		shift = __builtin_clzll(n.sig);
		n.sig <<= shift;
		n.exp = 1 - shift;
	}
	return n;
}

unsigned
f80_precision(const struct f80_env *env)
{
	if (env->pc == F80_PC24)
		return 24;
	return env->pc == F80_PC53 ? 53 : 64;
}

bool
f80_nan_operand(struct f80_env *env, struct f80 a, struct f80 *res)
{
	enum f80_class k = f80_classify(a);

	if (k == F80_UNSUPPORTED) {
		*res = f80_invalid(env);
		return true;
	}
	if (k != F80_NAN)
		return false;
	if (f80_is_snan(a))
		env->flags |= F80_IE;
	*res = f80_quiet(a);
	return true;
}

/*
 * Intel SDM vol 1 table 4-7 "Rules for Handling NaNs": of two NaNs of one kind
 * the larger significand wins, then the positive one; a quiet NaN wins over a
 * signalling one.
 */
static struct f80
pick_nan(struct f80 a, struct f80 b)
{
	bool sa = f80_is_snan(a);
	bool sb = f80_is_snan(b);

	if (sa != sb)
		return sa ? b : a;
	if (a.mant != b.mant)
		return a.mant > b.mant ? f80_quiet(a) : f80_quiet(b);
	return f80_sign(a) ? f80_quiet(b) : f80_quiet(a);
}

bool
f80_nan_operands(struct f80_env *env, struct f80 a, struct f80 b,
    struct f80 *res)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);

	if (ka == F80_UNSUPPORTED || kb == F80_UNSUPPORTED) {
		*res = f80_invalid(env);
		return true;
	}
	if (ka != F80_NAN && kb != F80_NAN)
		return false;
	if (f80_is_snan(a) || f80_is_snan(b))
		env->flags |= F80_IE;
	if (ka == F80_NAN && kb == F80_NAN)
		*res = pick_nan(a, b);
	else
		*res = f80_quiet(ka == F80_NAN ? a : b);
	return true;
}

static bool
rounds_away(enum f80_rc rc, bool sign, bool odd, f80_u128 rest, f80_u128 half)
{
	switch (rc) {
	case F80_NEAREST:
		return rest > half || (rest == half && odd);
	case F80_DOWN:
		return sign && rest;
	case F80_UP:
		return !sign && rest;
	default:
		return false;
	}
}

struct f80_rounded
f80_round_sig(enum f80_rc rc, bool sign, f80_u128 sig, unsigned prec)
{
	f80_u128 ulp = (f80_u128)1 << (128 - prec);
	f80_u128 rest = sig & (ulp - 1);
	struct f80_rounded r = { sig - rest, false, rest != 0, false };

	if (rounds_away(rc, sign, (sig & ulp) != 0, rest, ulp >> 1)) {
		r.up = true;
		r.sig += ulp;
		if (r.sig == 0) {
			r.carry = true;
			r.sig = (f80_u128)1 << 127;
		}
	}
	return r;
}

static void
raise_precision(struct f80_env *env, bool inexact, bool up)
{
	if (inexact)
		env->flags |= F80_PE;
	if (up)
		env->flags |= F80_C1;
}

/*
 * Intel SDM vol 1 section 8.5.4 "Numeric Overflow Exception (#O)"; only FSCALE
 * gets so far out that the adjusted exponent overflows again (vol 2, FSCALE).
 */
static struct f80
pack_overflow(struct f80_env *env, unsigned prec, bool sign, int32_t exp,
    const struct f80_rounded *r)
{
	bool up;

	env->flags |= F80_OE;
	if (!(env->mask & F80_OE)) {
		if (exp - BIAS_ADJUST >= F80_EXP_INF) {
			raise_precision(env, true, true);
			return f80_inf(sign);
		}
		raise_precision(env, r->inexact, r->up);
		return f80_make(sign, exp - BIAS_ADJUST, r->sig >> 64);
	}
	up = env->rc == F80_NEAREST || env->rc == (sign ? F80_DOWN : F80_UP);
	raise_precision(env, true, up);
	if (up)
		return f80_inf(sign);
	return f80_make(sign, F80_EXP_INF - 1, UINT64_MAX << (64 - prec));
}

/* Intel SDM vol 1 section 8.5.5 "Numeric Underflow Exception (#U)". */
static struct f80
pack_underflow(struct f80_env *env, unsigned prec, bool sign, int32_t exp,
    f80_u128 sig)
{
	struct f80_rounded r = f80_round_sig(env->rc, sign, sig, prec);
	uint64_t mant;

	if (!(env->mask & F80_UE)) {
		env->flags |= F80_UE;
		exp += r.carry + BIAS_ADJUST;
		if (exp < 1) {
			raise_precision(env, true, false);
			return f80_zero(sign);
		}
		raise_precision(env, r.inexact, r.up);
		return f80_make(sign, exp, r.sig >> 64);
	}
	r = f80_round_sig(env->rc, sign, f80_shr_jam(sig, 1 - exp), prec);
	raise_precision(env, r.inexact, r.up);
	if (r.inexact)
		env->flags |= F80_UE;
	mant = r.sig >> 64;
	return f80_make(sign, mant >> 63, mant);
}

struct f80
f80_pack(struct f80_env *env, unsigned prec, bool sign, int32_t exp,
    f80_u128 sig)
{
	int shift = f80_clz128(sig);
	struct f80_rounded r;

	sig <<= shift;
	exp -= shift;
	r = f80_round_sig(env->rc, sign, sig, prec);
	if (exp + r.carry >= F80_EXP_INF)
		return pack_overflow(env, prec, sign, exp + r.carry, &r);
	/* Tininess is detected after rounding. */
	if (exp + r.carry < 1)
		return pack_underflow(env, prec, sign, exp, sig);
	raise_precision(env, r.inexact, r.up);
	return f80_make(sign, exp + r.carry, r.sig >> 64);
}

static bool
any_denormal(struct f80_env *env, enum f80_class ka, enum f80_class kb)
{
	if (ka != F80_DENORMAL && kb != F80_DENORMAL && !env->denormal)
		return false;
	return f80_denormal(env);
}

static struct f80
add_zero(struct f80_env *env, struct f80 a, struct f80 b)
{
	bool sign = f80_sign(a);
	struct f80_num n;

	if (f80_classify(b) == F80_ZERO) {
		if (sign != f80_sign(b))
			sign = env->rc == F80_DOWN;
		return f80_zero(sign);
	}
	/* Even adding zero rounds to the precision in force. */
	n = f80_unpack(b);
	return f80_pack(env, f80_precision(env), n.sign, n.exp,
	    (f80_u128)n.sig << 64);
}

static struct f80
add_finite(struct f80_env *env, struct f80_num x, struct f80_num y)
{
	struct f80_num big = x, small = y;
	f80_u128 s, t;

	if (y.exp > x.exp || (y.exp == x.exp && y.sig > x.sig)) {
		big = y;
		small = x;
	}
	s = (f80_u128)big.sig << 63;
	t = f80_shr_jam((f80_u128)small.sig << 63, big.exp - small.exp);
	s = big.sign == small.sign ? s + t : s - t;
	if (s == 0)
		return f80_zero(env->rc == F80_DOWN);
	return f80_pack(env, f80_precision(env), big.sign, big.exp + 1, s);
}

struct f80
f80_add(struct f80_env *env, struct f80 a, struct f80 b)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);
	struct f80 res;

	if (f80_nan_operands(env, a, b, &res))
		return res;
	if (ka == F80_INF && kb == F80_INF && f80_sign(a) != f80_sign(b))
		return f80_invalid(env);
	if (any_denormal(env, ka, kb))
		return a;
	if (ka == F80_INF)
		return a;
	if (kb == F80_INF)
		return b;
	if (ka == F80_ZERO)
		return add_zero(env, a, b);
	if (kb == F80_ZERO)
		return add_zero(env, b, a);
	return add_finite(env, f80_unpack(a), f80_unpack(b));
}

struct f80
f80_sub(struct f80_env *env, struct f80 a, struct f80 b)
{
	/* A NaN keeps its sign: negate only what is a number. */
	if (f80_classify(b) != F80_NAN)
		b.se ^= 0x8000;
	return f80_add(env, a, b);
}

struct f80
f80_mul(struct f80_env *env, struct f80 a, struct f80 b)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);
	bool sign = f80_sign(a) ^ f80_sign(b);
	struct f80_num x, y;
	struct f80 res;

	if (f80_nan_operands(env, a, b, &res))
		return res;
	if ((ka == F80_INF && kb == F80_ZERO) ||
	    (ka == F80_ZERO && kb == F80_INF))
		return f80_invalid(env);
	if (any_denormal(env, ka, kb))
		return a;
	if (ka == F80_INF || kb == F80_INF)
		return f80_inf(sign);
	if (ka == F80_ZERO || kb == F80_ZERO)
		return f80_zero(sign);
	x = f80_unpack(a);
	y = f80_unpack(b);
	return f80_pack(env, f80_precision(env), sign,
	    x.exp + y.exp - F80_BIAS + 1, (f80_u128)x.sig * y.sig);
}

static struct f80
div_finite(struct f80_env *env, bool sign, struct f80_num x, struct f80_num y)
{
	bool less = x.sig < y.sig;
	f80_u128 n = (f80_u128)x.sig << (less ? 64 : 63);
	f80_u128 q = n / y.sig;
	f80_u128 rest = (n % y.sig) << 64;

	q = q << 64 | rest / y.sig | (rest % y.sig != 0);
	return f80_pack(env, f80_precision(env), sign,
	    x.exp - y.exp + F80_BIAS - less, q);
}

struct f80
f80_div(struct f80_env *env, struct f80 a, struct f80 b)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);
	bool sign = f80_sign(a) ^ f80_sign(b);
	struct f80 res;

	if (f80_nan_operands(env, a, b, &res))
		return res;
	if (ka == kb && (ka == F80_INF || ka == F80_ZERO))
		return f80_invalid(env);
	if (kb == F80_ZERO && ka != F80_INF) {
		env->flags |= F80_ZE;
		return f80_inf(sign);
	}
	if (any_denormal(env, ka, kb))
		return a;
	if (ka == F80_INF)
		return f80_inf(sign);
	if (ka == F80_ZERO || kb == F80_INF)
		return f80_zero(sign);
	return div_finite(env, sign, f80_unpack(a), f80_unpack(b));
}

/* floor(sqrt(n)) by binary digits, the remainder in *rest */
static uint64_t
root128(f80_u128 n, f80_u128 *rest)
{
	f80_u128 root = 0;
	f80_u128 bit = (f80_u128)1 << 126;

	while (bit) {
		if (n >= root + bit) {
			n -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
		bit >>= 2;
	}
	*rest = n;
	return (uint64_t)root;
}

static struct f80
sqrt_finite(struct f80_env *env, struct f80_num x)
{
	int32_t e = x.exp - F80_BIAS;
	f80_u128 rest, root, sig;

	/* An odd exponent moves one factor of two into the radicand. */
	root = root128((f80_u128)x.sig << (e & 1 ? 64 : 63), &rest);
	/* Half an ulp more squared is root^2 + root + 1/4. */
	sig = root << 64 | (f80_u128)(rest > root) << 63 | (rest != 0);
	return f80_pack(env, f80_precision(env), false,
	    ((e - (e & 1)) / 2) + F80_BIAS, sig);
}

struct f80
f80_sqrt(struct f80_env *env, struct f80 a)
{
	enum f80_class k = f80_classify(a);
	struct f80 res;

	if (f80_nan_operand(env, a, &res))
		return res;
	if (k == F80_ZERO)
		return a;
	if (f80_sign(a))
		return f80_invalid(env);
	if (k == F80_INF)
		return a;
	if (k == F80_DENORMAL && f80_denormal(env))
		return a;
	return sqrt_finite(env, f80_unpack(a));
}

/* Both operands are ordered; pseudo-denormals equal the normals they denote. */
static enum f80_rel
compare_ordered(struct f80 a, struct f80 b)
{
	int ea = f80_exp(a) ? f80_exp(a) : 1;
	int eb = f80_exp(b) ? f80_exp(b) : 1;
	bool less;

	if (!a.mant && !b.mant)
		return F80_EQUAL;
	if (!a.mant)
		return f80_sign(b) ? F80_GREATER : F80_LESS;
	if (!b.mant || f80_sign(a) != f80_sign(b))
		return f80_sign(a) ? F80_LESS : F80_GREATER;
	if (ea == eb && a.mant == b.mant)
		return F80_EQUAL;
	less = ea < eb || (ea == eb && a.mant < b.mant);
	return less != f80_sign(a) ? F80_LESS : F80_GREATER;
}

enum f80_rel
f80_compare(struct f80_env *env, struct f80 a, struct f80 b, bool quiet)
{
	enum f80_class ka = f80_classify(a);
	enum f80_class kb = f80_classify(b);
	struct f80 ignored;

	if (f80_nan_operands(env, a, b, &ignored)) {
		if (!quiet)
			env->flags |= F80_IE;
		return F80_UNORDERED;
	}
	/* Condition codes are written even if DE is unmasked. */
	any_denormal(env, ka, kb);
	return compare_ordered(a, b);
}
