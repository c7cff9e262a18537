/*
 * cpu/f80_trans.c - x87 transcendental instructions, correctly rounded by MPFR
 *
 * MPFR delivers each function truncated to more bits than the format has; what
 * was cut off only says "not exact", so that the common rounding routine finds
 * the correctly rounded result in any rounding mode, denormals included.
 * Precision control has no influence (Intel SDM vol 1 section 8.1.5.2
 * "Precision Control Field").
 *
 * References: Intel SDM vol 1 section 8.3.8 "Approximation of Pi", 8.3.10
 * "Transcendental Instruction Accuracy"; vol 2, the tables of results under
 * F2XM1, FPATAN, FYL2X, FYL2XP1.  Real processors round wrongly in a few per
 * cent of all cases, by less than one unit in the last place.
 */
#include "cpu/f80.h"

#include <mpfr.h>

#include "cpu/f80_priv.h"

/* Bits of the last MPFR operation and of the ones that feed another. */
#define RESULT_BITS	128
#define WORK_BITS	256

/* Pi in 66 bits, scaled by 2^66. */
#define PI66		((f80_u128)0xc << 64 | UINT64_C(0x90fdaa22168c234c))

void
f80_thread_done(void)
{
	mpfr_free_cache();
}

/* By 32-bit pieces: unsigned long may be no wider. */
static void
set_u128(mpfr_t m, f80_u128 v)
{
	int shift;

	mpfr_set_zero(m, 1);
	for (shift = 96; shift >= 0; shift -= 32) {
		mpfr_mul_2ui(m, m, 32, MPFR_RNDZ);
		mpfr_add_ui(m, m, (unsigned long)(v >> shift & UINT32_MAX),
		    MPFR_RNDZ);
	}
}

static void
num_to_mpfr(mpfr_t m, struct f80_num n)
{
	set_u128(m, n.sig);
	mpfr_mul_2si(m, m, n.exp - F80_BIAS - 63, MPFR_RNDZ);
	if (n.sign)
		mpfr_neg(m, m, MPFR_RNDZ);
}

/* Cut to RESULT_BITS, add the sticky bit, round to the register format. */
static struct f80
pack_mpfr(struct f80_env *env, mpfr_t v, bool inexact)
{
	uint64_t words[2] = { 0, 0 };
	f80_u128 sig;
	long exp;
	mpz_t z;

	inexact |= mpfr_prec_round(v, RESULT_BITS, MPFR_RNDZ) != 0;
	mpz_init(z);
	exp = mpfr_get_z_2exp(z, v);
	mpz_export(words, NULL, -1, sizeof(words[0]), 0, 0, z);
	mpz_clear(z);
	sig = (f80_u128)words[1] << 64 | words[0];
	return f80_pack(env, 64, mpfr_signbit(v) != 0,
	    (int32_t)exp + 127 + F80_BIAS, sig | inexact);
}

/*
 * F2XM1.  Outside -1 to +1 the result is undefined; AMD processors return the
 * operand, and call it inexact as they do at -1 and +1 (observed on family
 * 19h).
 */
struct f80
f80_2xm1(struct f80_env *env, struct f80 x)
{
	enum f80_class k = f80_classify(x);
	struct f80_num n;
	struct f80 res;
	mpfr_t v, t;

	if (f80_nan_operand(env, x, &res))
		return res;
	if (k == F80_INF)
		return f80_sign(x) ? f80_make(true, F80_BIAS, F80_INT_BIT) : x;
	if (k == F80_ZERO)
		return x;
	if (k == F80_DENORMAL && f80_denormal(env))
		return x;
	n = f80_unpack(x);
	if (n.exp >= F80_BIAS) {
		env->flags |= F80_PE;
		if (n.sign && n.exp == F80_BIAS && n.sig == F80_INT_BIT)
			return f80_make(true, F80_BIAS - 1, F80_INT_BIT);
		return x;
	}
	mpfr_inits2(WORK_BITS, v, t, (mpfr_ptr)NULL);
	num_to_mpfr(v, n);
	mpfr_const_log2(t, MPFR_RNDZ);
	mpfr_mul(v, v, t, MPFR_RNDZ);
	mpfr_expm1(v, v, MPFR_RNDZ);
	res = pack_mpfr(env, v, true);
	mpfr_clears(v, t, (mpfr_ptr)NULL);
	return res;
}

/* y times a logarithm that is zero (at 0), infinite or unknown in size */
static struct f80
times_log(struct f80_env *env, struct f80 y, bool log_sign, bool log_inf,
    bool log_zero)
{
	enum f80_class k = f80_classify(y);
	bool sign = f80_sign(y) ^ log_sign;

	if ((log_inf && k == F80_ZERO) || (log_zero && k == F80_INF))
		return f80_invalid(env);
	if (k == F80_DENORMAL && f80_denormal(env))
		return y;
	if (log_inf || k == F80_INF)
		return f80_inf(sign);
	return f80_zero(sign);
}

/*
 * The general case, y finite and not zero.  Hardware does not notice when the
 * logarithm of a power of two makes the product exact.
 */
static struct f80
mul_log(struct f80_env *env, struct f80 y, mpfr_t l)
{
	struct f80 res;
	bool inexact;
	mpfr_t v;

	mpfr_init2(v, WORK_BITS);
	num_to_mpfr(v, f80_unpack(y));
	inexact = mpfr_mul(v, v, l, MPFR_RNDZ) != 0;
	res = pack_mpfr(env, v, inexact);
	env->flags |= F80_PE;
	if (f80_classify(res) == F80_DENORMAL)
		env->flags |= F80_UE;
	mpfr_clear(v);
	return res;
}

static struct f80
yl2x_finite(struct f80_env *env, struct f80 y, struct f80_num x)
{
	struct f80 res;
	mpfr_t l;

	mpfr_init2(l, WORK_BITS);
	num_to_mpfr(l, x);
	mpfr_log2(l, l, MPFR_RNDZ);
	res = mul_log(env, y, l);
	mpfr_clear(l);
	return res;
}

struct f80
f80_yl2x(struct f80_env *env, struct f80 y, struct f80 x)
{
	enum f80_class kx = f80_classify(x);
	enum f80_class ky = f80_classify(y);
	struct f80_num n;
	struct f80 res;
	bool one;

	if (f80_nan_operands(env, y, x, &res))
		return res;
	if (kx == F80_ZERO) {
		if (ky == F80_ZERO)
			return f80_invalid(env);
		if (ky != F80_INF)
			env->flags |= F80_ZE;
		return f80_inf(!f80_sign(y));
	}
	if (f80_sign(x))
		return f80_invalid(env);
	if (kx == F80_INF)
		return times_log(env, y, false, true, false);
	n = f80_unpack(x);
	one = n.exp == F80_BIAS && n.sig == F80_INT_BIT;
	if (one && ky == F80_INF)
		return f80_invalid(env);
	if (kx == F80_DENORMAL && f80_denormal(env))
		return x;
	if (one || ky == F80_INF || ky == F80_ZERO)
		return times_log(env, y, n.exp < F80_BIAS, false, one);
	if (ky == F80_DENORMAL && f80_denormal(env))
		return x;
	return yl2x_finite(env, y, n);
}

static struct f80
yl2xp1_finite(struct f80_env *env, struct f80 y, struct f80_num x)
{
	struct f80 res;
	mpfr_t l, t;

	mpfr_inits2(WORK_BITS, l, t, (mpfr_ptr)NULL);
	num_to_mpfr(l, x);
	mpfr_log1p(l, l, MPFR_RNDZ);
	mpfr_const_log2(t, MPFR_RNDZ);
	mpfr_div(l, l, t, MPFR_RNDZ);
	res = mul_log(env, y, l);
	mpfr_clears(l, t, (mpfr_ptr)NULL);
	return res;
}

/*
 * FYL2XP1.  The result is undefined beyond 1 - sqrt(1/2).  AMD processors
 * return x, called inexact, for finite x from -1 down (observed on family 19h).
 */
struct f80
f80_yl2xp1(struct f80_env *env, struct f80 y, struct f80 x)
{
	enum f80_class kx = f80_classify(x);
	enum f80_class ky = f80_classify(y);
	struct f80 res;

	if (f80_nan_operands(env, y, x, &res))
		return res;
	if (kx == F80_INF && f80_sign(x))
		return f80_invalid(env);
	if (kx == F80_INF)
		return times_log(env, y, false, true, false);
	if (kx == F80_ZERO && ky == F80_INF)
		return f80_invalid(env);
	if (kx == F80_DENORMAL && f80_denormal(env))
		return x;
	if (kx == F80_ZERO || ky == F80_INF || ky == F80_ZERO)
		return times_log(env, y, f80_sign(x), false, kx == F80_ZERO);
	if (ky == F80_DENORMAL && f80_denormal(env))
		return x;
	if (f80_sign(x) && f80_exp(x) >= F80_BIAS) {
		env->flags |= F80_PE;
		return x;
	}
	return yl2xp1_finite(env, y, f80_unpack(x));
}

/* An angle reduced to quadrant * pi/2 + rest, at most pi/4 off zero */
struct reduced {
	mpfr_t		rest;
	unsigned	quadrant;
};

/* |x| from pi/4 to 2^63, in units of 2^-67, by pi/2 from PI66. */
static void
reduce_large(struct reduced *r, struct f80_num x)
{
	unsigned left = (unsigned)(x.exp - F80_BIAS + 4);
	f80_u128 rest = x.sig;
	bool negative;
	unsigned n;

	r->quadrant = 0;
	while (left) {
		n = left > 59 ? 59 : left;
		rest <<= n;
		r->quadrant = (r->quadrant << (n > 1 ? 2 : n)) +
		    (unsigned)(rest / PI66);
		rest %= PI66;
		left -= n;
	}
	negative = rest > PI66 - rest;
	if (negative) {
		rest = PI66 - rest;
		r->quadrant++;
	}
	set_u128(r->rest, rest);
	mpfr_mul_2si(r->rest, r->rest, -67, MPFR_RNDZ);
	if (negative != x.sign)
		mpfr_neg(r->rest, r->rest, MPFR_RNDZ);
	if (x.sign)
		r->quadrant = 0 - r->quadrant;
	r->quadrant &= 3;
}

/* pi/4 truncated to 64 bits is below the true value: <= needs no reduction */
static bool
below_quarter_pi(struct f80_num x)
{
	return x.exp < F80_BIAS - 1 || (x.exp == F80_BIAS - 1 &&
	    x.sig <= UINT64_C(0xc90fdaa22168c234));
}

static void
reduce(struct reduced *r, struct f80_num x)
{
	mpfr_init2(r->rest, WORK_BITS);
	r->quadrant = 0;
	if (below_quarter_pi(x))
		num_to_mpfr(r->rest, x);
	else
		reduce_large(r, x);
}

static struct f80
sin_reduced(struct f80_env *env, const struct reduced *r, unsigned quadrant)
{
	struct f80 res;
	mpfr_t v;

	mpfr_init2(v, RESULT_BITS);
	quadrant = (quadrant + r->quadrant) & 3;
	if (quadrant & 1)
		mpfr_cos(v, r->rest, MPFR_RNDZ);
	else
		mpfr_sin(v, r->rest, MPFR_RNDZ);
	if (quadrant & 2)
		mpfr_neg(v, v, MPFR_RNDZ);
	res = pack_mpfr(env, v, true);
	mpfr_clear(v);
	return res;
}

static struct f80
tan_reduced(struct f80_env *env, const struct reduced *r)
{
	struct f80 res;
	mpfr_t v;

	mpfr_init2(v, RESULT_BITS);
	if (r->quadrant & 1) {
		mpfr_cot(v, r->rest, MPFR_RNDZ);
		mpfr_neg(v, v, MPFR_RNDZ);
	} else {
		mpfr_tan(v, r->rest, MPFR_RNDZ);
	}
	res = pack_mpfr(env, v, true);
	mpfr_clear(v);
	return res;
}

/* True if the angle is not one to reduce; zero is left to the caller. */
static bool
angle_special(struct f80_env *env, struct f80 x, struct f80 *res)
{
	enum f80_class k = f80_classify(x);

	*res = x;
	if (f80_nan_operand(env, x, res))
		return true;
	if (k == F80_INF) {
		*res = f80_invalid(env);
		return true;
	}
	if (f80_exp(x) >= F80_BIAS + 63) {
		env->flags |= F80_C2;
		return true;
	}
	return k == F80_DENORMAL && f80_denormal(env);
}

struct f80
f80_sin(struct f80_env *env, struct f80 x)
{
	struct reduced r;
	struct f80 res;

	if (angle_special(env, x, &res) || f80_classify(x) == F80_ZERO)
		return res;
	reduce(&r, f80_unpack(x));
	res = sin_reduced(env, &r, 0);
	mpfr_clear(r.rest);
	return res;
}

struct f80
f80_cos(struct f80_env *env, struct f80 x)
{
	struct reduced r;
	struct f80 res;

	if (angle_special(env, x, &res))
		return res;
	if (f80_classify(x) == F80_ZERO)
		return f80_one();
	reduce(&r, f80_unpack(x));
	res = sin_reduced(env, &r, 1);
	mpfr_clear(r.rest);
	return res;
}

void
f80_sincos(struct f80_env *env, struct f80 x, struct f80 *sin, struct f80 *cos)
{
	struct reduced r;

	*cos = f80_one();
	if (angle_special(env, x, sin)) {
		*cos = *sin;
		return;
	}
	if (f80_classify(x) == F80_ZERO)
		return;
	reduce(&r, f80_unpack(x));
	*sin = sin_reduced(env, &r, 0);
	*cos = sin_reduced(env, &r, 1);
	mpfr_clear(r.rest);
}

struct f80
f80_tan(struct f80_env *env, struct f80 x)
{
	struct reduced r;
	struct f80 res;

	if (angle_special(env, x, &res) || f80_classify(x) == F80_ZERO)
		return res;
	reduce(&r, f80_unpack(x));
	res = tan_reduced(env, &r);
	mpfr_clear(r.rest);
	return res;
}

/* sign * quarters * pi/4 */
static struct f80
quarter_pi(struct f80_env *env, bool sign, unsigned quarters)
{
	struct f80 res;
	mpfr_t v;

	if (quarters == 0)
		return f80_zero(sign);
	mpfr_init2(v, WORK_BITS);
	mpfr_const_pi(v, MPFR_RNDZ);
	mpfr_mul_ui(v, v, quarters, MPFR_RNDZ);
	mpfr_mul_2si(v, v, -2, MPFR_RNDZ);
	if (sign)
		mpfr_neg(v, v, MPFR_RNDZ);
	res = pack_mpfr(env, v, true);
	mpfr_clear(v);
	return res;
}

static struct f80
atan_finite(struct f80_env *env, struct f80_num y, struct f80_num x)
{
	struct f80 res;
	mpfr_t v, w;

	mpfr_inits2(RESULT_BITS, v, w, (mpfr_ptr)NULL);
	num_to_mpfr(v, y);
	num_to_mpfr(w, x);
	mpfr_atan2(v, v, w, MPFR_RNDZ);
	res = pack_mpfr(env, v, true);
	mpfr_clears(v, w, (mpfr_ptr)NULL);
	return res;
}

struct f80
f80_atan(struct f80_env *env, struct f80 y, struct f80 x)
{
	enum f80_class kx = f80_classify(x);
	enum f80_class ky = f80_classify(y);
	bool left = f80_sign(x);
	struct f80 res;

	if (f80_nan_operands(env, y, x, &res))
		return res;
	if ((kx == F80_DENORMAL || ky == F80_DENORMAL) && f80_denormal(env))
		return x;
	if (ky == F80_INF && kx == F80_INF)
		return quarter_pi(env, f80_sign(y), left ? 3 : 1);
	if (ky == F80_INF || (kx == F80_ZERO && ky != F80_ZERO))
		return quarter_pi(env, f80_sign(y), 2);
	if (ky == F80_ZERO || kx == F80_INF)
		return quarter_pi(env, f80_sign(y), left ? 4 : 0);
	return atan_finite(env, f80_unpack(y), f80_unpack(x));
}
