#ifndef CPU_F80_H
#define CPU_F80_H

/*
 * cpu/f80.h - 80-bit extended-precision arithmetic as an x87 FPU does it
 *
 * Every function takes its operands by value, returns the result of the masked
 * response (or the bias-adjusted result of an unmasked overflow or underflow)
 * and ORs what it raised into env->flags, in the bit positions of the FPU
 * status word.  A caller that starts an instruction with f80_env_init() thus
 * finds exactly this instruction's exceptions and condition codes there.
 *
 * When f80_blocked() is true afterwards an unmasked invalid-operation,
 * zero-divide or denormal exception stopped the instruction: the result means
 * nothing and no register or memory may change.
 *
 * Results do not depend on the host: integer arithmetic only, and MPFR for the
 * transcendental functions, which returns correctly rounded values.  Nothing
 * here has state of its own.  MPFR keeps its exponent range, flags and cached
 * constants per thread; a thread that ends after using the transcendental
 * functions calls f80_thread_done().  The code neither changes the exponent
 * range nor relies on MPFR's sticky flags.
 */
#include <stdbool.h>
#include <stdint.h>

struct f80 {
	uint64_t	mant;		/* bit 63 is the explicit integer bit */
	uint16_t	se;		/* sign and biased exponent */
};

/* FPU status word, Intel SDM vol 1 section 8.1.3 "x87 FPU Status Register". */
#define F80_IE		0x0001u
#define F80_DE		0x0002u
#define F80_ZE		0x0004u
#define F80_OE		0x0008u
#define F80_UE		0x0010u
#define F80_PE		0x0020u
#define F80_C0		0x0100u
#define F80_C1		0x0200u
#define F80_C2		0x0400u
#define F80_C3		0x4000u
#define F80_EXCEPTIONS	0x003fu

enum f80_rc {
	F80_NEAREST,
	F80_DOWN,
	F80_UP,
	F80_CHOP
};

/* Precision control; the reserved encoding 1 works like 64 bits. */
enum f80_pc {
	F80_PC24 = 0,
	F80_PC_RESERVED = 1,
	F80_PC53 = 2,
	F80_PC64 = 3
};

struct f80_env {
	uint8_t		rc;		/* enum f80_rc: FCW bits 11:10 */
	uint8_t		pc;		/* enum f80_pc: FCW bits 9:8 */
	uint8_t		mask;		/* FCW bits 5:0, 1 = masked */
	uint16_t	flags;		/* raised by this instruction, FSW layout */
	bool		denormal;	/* an operand was denormal in memory */
};

/* Values are the C3:C2:C0 codes of FXAM. */
enum f80_class {
	F80_UNSUPPORTED,
	F80_NAN,
	F80_NORMAL,
	F80_INF,
	F80_ZERO,
	F80_EMPTY,
	F80_DENORMAL			/* pseudo-denormals included */
};

enum f80_rel {
	F80_LESS,
	F80_EQUAL,
	F80_GREATER,
	F80_UNORDERED
};

#define F80_EXP_INF	0x7fff
#define F80_BIAS	16383
#define F80_INT_BIT	(UINT64_C(1) << 63)
#define F80_QUIET_BIT	(UINT64_C(1) << 62)

static inline struct f80
f80_make(bool sign, int exp, uint64_t mant)
{
	return (struct f80){ mant, (uint16_t)(sign << 15 | exp) };
}

/* The real indefinite value, the masked response to an invalid operation. */
static inline struct f80
f80_indefinite(void)
{
	return f80_make(true, F80_EXP_INF, F80_INT_BIT | F80_QUIET_BIT);
}

static inline struct f80_env
f80_env_init(uint16_t fcw)
{
	return (struct f80_env){
		.rc = fcw >> 10 & 3,
		.pc = fcw >> 8 & 3,
		.mask = fcw & F80_EXCEPTIONS,
	};
}

static inline bool
f80_blocked(const struct f80_env *env)
{
	return env->flags & ~env->mask & (F80_IE | F80_DE | F80_ZE);
}

enum f80_class f80_classify(struct f80 a);
bool f80_is_snan(struct f80 a);

struct f80 f80_add(struct f80_env *env, struct f80 a, struct f80 b);
struct f80 f80_sub(struct f80_env *env, struct f80 a, struct f80 b);
struct f80 f80_mul(struct f80_env *env, struct f80 a, struct f80 b);
struct f80 f80_div(struct f80_env *env, struct f80 a, struct f80 b);
struct f80 f80_sqrt(struct f80_env *env, struct f80 a);

/*
 * quiet: only signalling NaNs and unsupported formats are invalid (FUCOM).  The
 * relation is valid, and condition codes are written, even if f80_blocked().
 */
enum f80_rel f80_compare(struct f80_env *env, struct f80 a, struct f80 b,
    bool quiet);

/*
 * FPREM, and FPREM1 when nearest.  C2 set: the reduction is incomplete, the
 * partial remainder is returned.  C2 clear: C0, C3, C1 are quotient bits 2:0.
 */
struct f80 f80_rem(struct f80_env *env, struct f80 a, struct f80 b,
    bool nearest);
struct f80 f80_rndint(struct f80_env *env, struct f80 a);
/* a times two to the power of b truncated */
struct f80 f80_scale(struct f80_env *env, struct f80 a, struct f80 b);
void f80_xtract(struct f80_env *env, struct f80 a, struct f80 *exponent,
    struct f80 *significand);

/*
 * An unmasked denormal exception does not stop a load, so FLD asks
 * f80_load_blocked() instead.
 */
struct f80 f80_from_f32(struct f80_env *env, uint32_t v);
struct f80 f80_from_f64(struct f80_env *env, uint64_t v);
/*
 * For arithmetic with a memory operand: converts without exceptions, leaves
 * signalling NaNs alone and notes in env that the operand was denormal, so that
 * the operation raises DE with the right priority.
 */
struct f80 f80_widen_f32(struct f80_env *env, uint32_t v);
struct f80 f80_widen_f64(struct f80_env *env, uint64_t v);
struct f80 f80_from_int(int64_t v);
struct f80 f80_from_bcd(const uint8_t bcd[10]);

static inline bool
f80_load_blocked(const struct f80_env *env)
{
	return env->flags & ~env->mask & F80_IE;
}

/*
 * Stores to memory.  Unlike a register destination an unmasked overflow or
 * underflow leaves memory alone too; f80_store_blocked() covers both kinds.
 */
uint32_t f80_to_f32(struct f80_env *env, struct f80 a);
uint64_t f80_to_f64(struct f80_env *env, struct f80 a);
/* bits is 16, 32 or 64; chop overrides env->rc (FISTTP). */
int64_t f80_to_int(struct f80_env *env, struct f80 a, unsigned bits, bool chop);
void f80_to_bcd(struct f80_env *env, struct f80 a, uint8_t bcd[10]);

static inline bool
f80_store_blocked(const struct f80_env *env)
{
	return env->flags & ~env->mask & (F80_EXCEPTIONS & ~F80_PE);
}

/*
 * Transcendental functions.  Those that take an angle set C2 and return the
 * operand when its magnitude is 2^63 or more.
 */
struct f80 f80_2xm1(struct f80_env *env, struct f80 x);
struct f80 f80_yl2x(struct f80_env *env, struct f80 y, struct f80 x);
struct f80 f80_yl2xp1(struct f80_env *env, struct f80 y, struct f80 x);
struct f80 f80_sin(struct f80_env *env, struct f80 x);
struct f80 f80_cos(struct f80_env *env, struct f80 x);
struct f80 f80_tan(struct f80_env *env, struct f80 x);
void f80_sincos(struct f80_env *env, struct f80 x, struct f80 *sin,
    struct f80 *cos);
/* the angle of the point (x, y) */
struct f80 f80_atan(struct f80_env *env, struct f80 y, struct f80 x);

/* Release what MPFR caches for the calling thread. */
void f80_thread_done(void);

#endif
