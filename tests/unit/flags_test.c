/*
 * tests/unit/flags_test.c - lazy flags against the host's
 *
 * For every kind and size of cpu/flags.h the flags computed from result and
 * source equal those the host's instruction leaves: all 8-bit operands, random
 * wider ones.  Conditions equal what the host's SETcc says of the same flags.
 */
#include "cpu/flags.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tests/runner/runner.h"
#include "tests/unit/native.h"

#define RANDOM_CASES	50000

struct op {
	const char	*name;
	enum cc_kind	kind;		/* with a carry of 0 */
	enum cc_kind	kind1;		/* with a carry of 1 */
	uint32_t	defined;
	unsigned	(*host)(unsigned size, uint64_t a, uint64_t b, unsigned carry,
			    uint64_t *res);
};

/* The instruction on %0 (and %2) with CF as given; flags after it.  The red zone
 * must survive the push. */
#define ONE_SIZE(insn, type) do { \
	type r_ = (type)a, b_ = (type)b; \
	unsigned long f_ = carry; \
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\tbtl $0, %k1\n\t" insn "\n\tpushfq\n\tpopq %1\n\t" \
	    "leaq 128(%%rsp), %%rsp" \
	    : "+r"(r_), "+r"(f_) : "r"(b_), "c"((uint8_t)b) : "cc", "memory"); \
	*res = r_; \
	return (unsigned)f_ & F_OSZAPC; \
} while (0)

#define HOST(name, i8, i16, i32, i64) \
static unsigned \
host_##name(unsigned size, uint64_t a, uint64_t b, unsigned carry, uint64_t *res) \
{ \
	switch (size) { \
	case 1: ONE_SIZE(i8, uint8_t); \
	case 2: ONE_SIZE(i16, uint16_t); \
	case 4: ONE_SIZE(i32, uint32_t); \
	default: ONE_SIZE(i64, uint64_t); \
	} \
}
#define HOST2(name) HOST(name, #name "b %b2, %b0", #name "w %w2, %w0", \
	#name "l %k2, %k0", #name "q %q2, %q0")
#define HOST1(name) HOST(name, #name "b %b0", #name "w %w0", #name "l %k0", #name "q %q0")
#define HOSTC(name) HOST(name, #name "b %%cl, %b0", #name "w %%cl, %w0", \
	#name "l %%cl, %k0", #name "q %%cl, %q0")

HOST2(add)
HOST2(adc)
HOST2(sub)
HOST2(sbb)
HOST2(and)
HOST1(inc)
HOST1(dec)
HOSTC(shl)
HOSTC(shr)
HOSTC(sar)

#define OP(n, k, k1, defined) { #n, CC_K_##k, CC_K_##k1, defined, host_##n }
static const struct op ops[] = {
	OP(add, ADD, ADD, F_OSZAPC),
	OP(adc, ADD, ADC, F_OSZAPC),
	OP(sub, SUB, SUB, F_OSZAPC),
	OP(sbb, SUB, SBB, F_OSZAPC),
	OP(and, LOGIC, LOGIC, F_OSZPC),
	OP(inc, INC, INC, F_OSZAPC),
	OP(dec, DEC, DEC, F_OSZAPC),
	OP(shl, SHL, SHL, F_SF | F_ZF | F_PF | F_CF),
	OP(shr, SHR, SHR, F_SF | F_ZF | F_PF | F_CF),
	OP(sar, SAR, SAR, F_SF | F_ZF | F_PF | F_CF),
};
#undef OP

/* What the table of cpu/flags.h says to keep as src. */
static uint64_t
source(enum cc_kind kind, unsigned size, uint64_t a, uint64_t b, unsigned carry)
{
	switch (kind) {
	case CC_K_INC:
	case CC_K_DEC: return carry;
	case CC_K_SHL: return a << (b - 1);
	case CC_K_SHR: return (a & LOW_BITS(size * 8)) >> (b - 1);
	case CC_K_SAR: return (uint64_t)(sign_extend(a, size * 8) >> (b - 1));
	default: return b;
	}
}

static bool
is_shift(enum cc_kind kind)
{
	return kind == CC_K_SHL || kind == CC_K_SHR || kind == CC_K_SAR;
}

static void
compare(struct cpu *c, const struct op *op, unsigned size, uint64_t a, uint64_t b,
    unsigned carry)
{
	enum cc_kind kind = carry ? op->kind1 : op->kind;
	uint32_t defined = op->defined, host, ours;
	uint64_t res;

	if (is_shift(kind)) {
		b &= size == 8 ? 63 : 31;
		if (!b)
			return;
		defined |= b == 1 ? F_OF : 0;
	}
	host = op->host(size, a, b, carry, &res);
	cc_set(c, (uint32_t)kind * 4 + size_log2(size), res, source(kind, size, a, b, carry));
	ours = cc_flags(c);
	ck_assert_msg(!((ours ^ host) & defined), "%s %u: a %#" PRIx64 " b %#" PRIx64
	    " carry %u: flags %#x, host %#x", op->name, size, a, b, carry, ours, host);
	ck_assert_uint_eq(cc_carry(c), ours & F_CF);
}

START_TEST(lazy_flags_of_all_bytes_equal_the_hosts)
{
	struct cpu *c = calloc(1, sizeof(*c));
	unsigned a, b, carry;

	for (a = 0; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			for (carry = 0; carry < 2; carry++)
				compare(c, &ops[_i], 1, a, b, carry);
		}
	}
	free(c);
}
END_TEST

START_TEST(lazy_flags_of_wider_operands_equal_the_hosts)
{
	struct cpu *c = calloc(1, sizeof(*c));
	uint64_t seed = 77 + (uint64_t)_i, a, b;
	unsigned k, s;

	for (k = 0; k < RANDOM_CASES; k++) {
		a = native_operand(&seed);
		b = native_random(&seed) & 1 ? a : native_operand(&seed);
		for (s = 2; s <= 8; s *= 2)
			compare(c, &ops[_i], s, a, b, native_random(&seed) & 1);
	}
	free(c);
}
END_TEST

/* Multiplication: CF and OF are defined, the rest is what the table says. */
START_TEST(product_flags_tell_whether_the_high_half_matters)
{
	struct cpu *c = calloc(1, sizeof(*c));
	unsigned s, high;

	for (s = 0; s < 4; s++) {
		for (high = 0; high < 2; high++) {
			cc_set(c, CC_OP(MUL, s), 0, high);
			ck_assert_uint_eq(cc_flags(c),
			    (high ? F_CF | F_OF : 0u) | F_ZF | F_PF);
			ck_assert_uint_eq(cc_carry(c), high);
		}
	}
	free(c);
}
END_TEST

#define SETCC(n, name) \
	case n: __asm__ volatile("leaq -128(%%rsp), %%rsp; pushq %1; popfq; set" name " %0; " \
	    "leaq 128(%%rsp), %%rsp" : "=r"(r) : "r"(f) : "cc"); break
static bool
host_condition(unsigned cond, unsigned long f)
{
	bool r = false;

	switch (cond) {
	SETCC(0, "o"); SETCC(1, "no"); SETCC(2, "b"); SETCC(3, "nb");
	SETCC(4, "z"); SETCC(5, "nz"); SETCC(6, "be"); SETCC(7, "nbe");
	SETCC(8, "s"); SETCC(9, "ns"); SETCC(10, "p"); SETCC(11, "np");
	SETCC(12, "l"); SETCC(13, "nl"); SETCC(14, "le"); SETCC(15, "nle");
	}
	return r;
}

/* Spreads the low six bits of n over the flags' places. */
static uint32_t
some_flags(unsigned n)
{
	return (n & 1 ? F_CF : 0) | (n & 2 ? F_PF : 0) | (n & 4 ? F_AF : 0) |
	    (n & 8 ? F_ZF : 0) | (n & 16 ? F_SF : 0) | (n & 32 ? F_OF : 0);
}

START_TEST(conditions_equal_the_hosts)
{
	struct cpu *c = calloc(1, sizeof(*c));
	unsigned n;

	for (n = 0; n < 64; n++) {
		cc_set_raw(c, some_flags(n));
		ck_assert_int_eq(cc_test(c, (unsigned)_i),
		    host_condition((unsigned)_i, some_flags(n) | 0x202));
	}
	free(c);
}
END_TEST

Suite	*flags_suite(void);

Suite *
flags_suite(void)
{
	Suite *s = suite_create("flags");
	TCase *tc = tcase_create("lazy");

	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, lazy_flags_of_all_bytes_equal_the_hosts, 0, ARRAY_SIZE(ops));
	tcase_add_loop_test(tc, lazy_flags_of_wider_operands_equal_the_hosts, 0, ARRAY_SIZE(ops));
	tcase_add_test(tc, product_flags_tell_whether_the_high_half_matters);
	tcase_add_loop_test(tc, conditions_equal_the_hosts, 0, 16);
	suite_add_tcase(s, tc);
	return s;
}
