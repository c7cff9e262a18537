#ifndef CPU_F80_PRIV_H
#define CPU_F80_PRIV_H

/*
 * cpu/f80_priv.h - what the f80_*.c files share: unpacked numbers and rounding
 */
#include "cpu/f80.h"

typedef unsigned __int128 f80_u128;

/* Finite and not zero: value = (-1)^sign * sig/2^63 * 2^(exp - F80_BIAS). */
struct f80_num {
	uint64_t	sig;		/* bit 63 set, denormals too */
	int32_t		exp;		/* may lie below 1 or above 7FFEh */
	bool		sign;
};

struct f80_rounded {
	f80_u128	sig;		/* cut to the precision, bit 127 set */
	bool		carry;		/* rounding reached the next power of 2 */
	bool		inexact;
	bool		up;		/* magnitude was increased: C1 */
};

static inline bool
f80_sign(struct f80 a)
{
	return a.se >> 15;
}

static inline int
f80_exp(struct f80 a)
{
	return a.se & F80_EXP_INF;
}

static inline struct f80
f80_zero(bool sign)
{
	return f80_make(sign, 0, 0);
}

static inline struct f80
f80_inf(bool sign)
{
	return f80_make(sign, F80_EXP_INF, F80_INT_BIT);
}

static inline struct f80
f80_one(void)
{
	return f80_make(false, F80_BIAS, F80_INT_BIT);
}

static inline struct f80
f80_invalid(struct f80_env *env)
{
	env->flags |= F80_IE;
	return f80_indefinite();
}

static inline struct f80
f80_quiet(struct f80 a)
{
	a.mant |= F80_QUIET_BIT;
	return a;
}

/* Raises DE; true if it is unmasked and the instruction ends here. */
static inline bool
f80_denormal(struct f80_env *env)
{
	env->flags |= F80_DE;
	return !(env->mask & F80_DE);
}

static inline f80_u128
f80_shr_jam(f80_u128 sig, unsigned n)
{
	if (n == 0)
		return sig;
	if (n >= 128)
		return sig != 0;
	return sig >> n | ((sig << (128 - n)) != 0);
}

static inline int
f80_clz128(f80_u128 sig)
{
	uint64_t hi = sig >> 64;

	return hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((uint64_t)sig);
}

/* Only for F80_NORMAL and F80_DENORMAL. */
struct f80_num f80_unpack(struct f80 a);

/*
 * Operands that decide the result by themselves: unsupported formats and NaNs.
 * True if there was one, with the masked response in *res.
 */
bool f80_nan_operand(struct f80_env *env, struct f80 a, struct f80 *res);
bool f80_nan_operands(struct f80_env *env, struct f80 a, struct f80 b,
    struct f80 *res);

/* Round to the top prec bits; sig has bit 127 set unless denormalised. */
struct f80_rounded f80_round_sig(enum f80_rc rc, bool sign, f80_u128 sig,
    unsigned prec);

/*
 * Round the non-zero value sig/2^127 * 2^(exp - bias) to prec bits and give it
 * the register format, with overflow, underflow and precision exceptions.
 * sig need not be normalised; its bit 0 may stand for anything below.
 */
struct f80 f80_pack(struct f80_env *env, unsigned prec, bool sign, int32_t exp,
    f80_u128 sig);

/* Precision control of add, sub, mul, div, sqrt in bits. */
unsigned f80_precision(const struct f80_env *env);

#endif
