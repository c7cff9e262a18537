/*
 * cpu/exec_alu.c - two-operand arithmetic, logic, and what goes with them
 *
 * AMD APM vol 3 chapter 3 "General-Purpose Instruction Reference".  Values come
 * in zero-extended and are cut to the operand's size when they are stored; the
 * lazy flags take them modulo the size too.
 */
#include "cpu/exec.h"

static unsigned
cc_size(const struct insn *in)
{
	return size_log2(in->o[0].size);
}

static void
flags_logic(struct cpu *c, const struct insn *in, uint64_t res)
{
	cc_set(c, CC_OP(LOGIC, cc_size(in)), res, 0);
}

static void
flags_sub(struct cpu *c, const struct insn *in, uint64_t res, uint64_t b)
{
	cc_set(c, CC_OP(SUB, cc_size(in)), res, b);
}

bool
x_add(struct cpu *c, const struct insn *in, union xval *v)
{
	v[0].u += v[1].u;
	cc_set(c, CC_OP(ADD, cc_size(in)), v[0].u, v[1].u);
	return true;
}

bool
x_adc(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned carry = cc_carry(c);

	v[0].u += v[1].u + carry;
	cc_set(c, carry ? CC_OP(ADC, cc_size(in)) : CC_OP(ADD, cc_size(in)), v[0].u, v[1].u);
	return true;
}

bool
x_sub(struct cpu *c, const struct insn *in, union xval *v)
{
	v[0].u -= v[1].u;
	flags_sub(c, in, v[0].u, v[1].u);
	return true;
}

bool
x_sbb(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned borrow = cc_carry(c);

	v[0].u -= v[1].u + borrow;
	cc_set(c, borrow ? CC_OP(SBB, cc_size(in)) : CC_OP(SUB, cc_size(in)), v[0].u, v[1].u);
	return true;
}

bool
x_cmp(struct cpu *c, const struct insn *in, union xval *v)
{
	flags_sub(c, in, v[0].u - v[1].u, v[1].u);
	return true;
}

bool
x_neg(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t b = v[0].u;

	v[0].u = -b;
	flags_sub(c, in, v[0].u, b);
	return true;
}

bool
x_not(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	(void)in;
	v[0].u = ~v[0].u;
	return true;
}

bool
x_and(struct cpu *c, const struct insn *in, union xval *v)
{
	v[0].u &= v[1].u;
	flags_logic(c, in, v[0].u);
	return true;
}

bool
x_or(struct cpu *c, const struct insn *in, union xval *v)
{
	v[0].u |= v[1].u;
	flags_logic(c, in, v[0].u);
	return true;
}

bool
x_xor(struct cpu *c, const struct insn *in, union xval *v)
{
	v[0].u ^= v[1].u;
	flags_logic(c, in, v[0].u);
	return true;
}

bool
x_test(struct cpu *c, const struct insn *in, union xval *v)
{
	flags_logic(c, in, v[0].u & v[1].u);
	return true;
}

bool
x_inc(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned carry = cc_carry(c);

	v[0].u++;
	cc_set(c, CC_OP(INC, cc_size(in)), v[0].u, carry);
	return true;
}

bool
x_dec(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned carry = cc_carry(c);

	v[0].u--;
	cc_set(c, CC_OP(DEC, cc_size(in)), v[0].u, carry);
	return true;
}

/* ADCX and ADOX: AMD APM vol 3 "ADCX", "ADOX": one flag in and out. */
static void
add_with_flag(struct cpu *c, const struct insn *in, union xval *v, uint32_t flag)
{
	uint32_t f = cc_flags(c);
	uint64_t sum, carry;

	if (in->o[0].size == 4) {
		sum = v[0].u + v[1].u + !!(f & flag);
		carry = sum >> 32;
	} else {
		carry = __builtin_add_overflow(v[0].u, v[1].u, &sum);
		carry |= __builtin_add_overflow(sum, (uint64_t)!!(f & flag), &sum);
	}
	v[0].u = sum;
	cc_set_raw(c, carry ? f | flag : f & ~flag);
}

bool
x_adcx(struct cpu *c, const struct insn *in, union xval *v)
{
	add_with_flag(c, in, v, F_CF);
	return true;
}

bool
x_adox(struct cpu *c, const struct insn *in, union xval *v)
{
	add_with_flag(c, in, v, F_OF);
	return true;
}

bool
x_xadd(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t old = v[0].u;

	v[0].u += v[1].u;
	cc_set(c, CC_OP(ADD, cc_size(in)), v[0].u, v[1].u);
	v[1].u = old;
	return true;
}
