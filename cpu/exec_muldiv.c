/*
 * cpu/exec_muldiv.c - multiplication and division
 *
 * Multiplication sets CF = OF = "the high half matters"; the other flags,
 * undefined in the manuals, are those of cpu/flags.h.  Division leaves all
 * flags as they are.
 */
#include "cpu/exec_priv.h"

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

/* Double-width accumulator: AX, or rDX:rAX. */
static u128
accumulator(const struct cpu *c, unsigned size)
{
	if (size == 1)
		return gpr_read(c, RAX, 2);
	return (u128)gpr_read(c, RDX, size) << size * 8 | gpr_read(c, RAX, size);
}

static void
accumulator_set(struct cpu *c, unsigned size, u128 v)
{
	if (size == 1) {
		gpr_write(c, RAX, 2, (uint64_t)v);
		return;
	}
	gpr_write(c, RAX, size, (uint64_t)v);
	gpr_write(c, RDX, size, (uint64_t)(v >> size * 8));
}

bool
x_mul(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->o[0].size;
	u128 p = (u128)gpr_read(c, RAX, size) * v[0].u;

	accumulator_set(c, size, p);
	cc_set(c, CC_OP(MUL, size_log2(size)), (uint64_t)p, (p >> size * 8) != 0);
	return true;
}

/* Signed product of two values of size bytes; *wide: it needs more than one. */
static i128
signed_product(uint64_t a, uint64_t b, unsigned size, bool *wide)
{
	i128 p = (i128)sign_extend(a, size * 8) * sign_extend(b, size * 8);

	*wide = p != (i128)sign_extend((uint64_t)p & size_mask(size), size * 8);
	return p;
}

bool
x_imul1(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->o[0].size;
	bool wide;
	i128 p = signed_product(c->gpr[RAX] & size_mask(size), v[0].u, size, &wide);

	accumulator_set(c, size, (u128)p);
	cc_set(c, CC_OP(MUL, size_log2(size)), (uint64_t)p, wide);
	return true;
}

/* Two operands: first *= second; three: first = second * third. */
bool
x_imul(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->o[0].size;
	const union xval *a = in->nopnd == 3 ? &v[1] : &v[0];
	bool wide;
	i128 p = signed_product(a[0].u, a[1].u, size, &wide);

	v[0].u = (uint64_t)p;
	cc_set(c, CC_OP(MUL, size_log2(size)), v[0].u, wide);
	return true;
}

static void
quotient_set(struct cpu *c, unsigned size, uint64_t q, uint64_t r)
{
	if (size == 1) {
		gpr_write(c, RAX, 2, (q & 0xff) | (r & 0xff) << 8);
		return;
	}
	gpr_write(c, RAX, size, q);
	gpr_write(c, RDX, size, r);
}

bool
x_div(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->o[0].size;
	u128 a = accumulator(c, size);
	uint64_t b = v[0].u;

	if (!b || a >> size * 8 >= b)
		return raise_fault(c, EXC_DE);
	quotient_set(c, size, (uint64_t)(a / b), (uint64_t)(a % b));
	return true;
}

/* Sign-extends the double-width dividend of a size-byte division. */
static i128
signed_dividend(u128 a, unsigned size)
{
	unsigned unused = 128 - 2 * size * 8;

	return (i128)(a << unused) >> unused;
}

bool
x_idiv(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->o[0].size;
	i128 a = signed_dividend(accumulator(c, size), size);
	i128 b = sign_extend(v[0].u, size * 8);
	i128 limit = (i128)1 << (size * 8 - 1);
	i128 q;

	/* The one quotient that does not fit 128 bits cannot fit 64 either. */
	if (!b || (b == -1 && a == signed_dividend((u128)1 << (2 * size * 8 - 1), size)))
		return raise_fault(c, EXC_DE);
	q = a / b;
	if (q < -limit || q >= limit)
		return raise_fault(c, EXC_DE);
	quotient_set(c, size, (uint64_t)q, (uint64_t)(a % b));
	return true;
}
