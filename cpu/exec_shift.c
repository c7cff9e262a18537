/*
 * cpu/exec_shift.c - shifts and rotates
 *
 * The count is taken modulo 32, or 64 with a 64-bit operand; when that is 0
 * nothing changes, flags included.  OF, defined for a count of 1 only, is
 * computed by the same formula for all counts, as AMD processors do.
 */
#include "cpu/exec_priv.h"

static unsigned
shift_count(const struct insn *in, uint64_t count)
{
	return (unsigned)(count & (in->o[0].size == 8 ? 63 : 31));
}

/* v >> n or v << n where n may reach the width. */
static uint64_t
shift_left(uint64_t v, unsigned n)
{
	return n < 64 ? v << n : 0;
}

static uint64_t
shift_right(uint64_t v, unsigned n)
{
	return n < 64 ? v >> n : 0;
}

bool
x_shl(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned n = shift_count(in, v[1].u);
	uint64_t a = v[0].u;

	if (!n)
		return true;
	v[0].u = a << n;
	cc_set(c, CC_OP(SHL, size_log2(in->o[0].size)), v[0].u, a << (n - 1));
	return true;
}

bool
x_shr(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned n = shift_count(in, v[1].u);
	uint64_t a = v[0].u;

	if (!n)
		return true;
	v[0].u = a >> n;
	cc_set(c, CC_OP(SHR, size_log2(in->o[0].size)), v[0].u, a >> (n - 1));
	return true;
}

bool
x_sar(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned n = shift_count(in, v[1].u);
	int64_t a = sign_extend(v[0].u, in->o[0].size * 8);

	if (!n)
		return true;
	v[0].u = (uint64_t)(a >> n);
	cc_set(c, CC_OP(SAR, size_log2(in->o[0].size)), v[0].u, (uint64_t)(a >> (n - 1)));
	return true;
}

/* Rotates change CF and OF alone. */
static void
flags_rotate(struct cpu *c, bool cf, bool of)
{
	uint32_t f = cc_flags(c) & ~(F_CF | F_OF);

	cc_set_raw(c, f | (cf ? F_CF : 0) | (of ? F_OF : 0));
}

bool
x_rol(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned bits = in->o[0].size * 8, n = shift_count(in, v[1].u);
	uint64_t a = v[0].u, r;

	if (!n)
		return true;
	n &= bits - 1;
	r = a << n | shift_right(a, bits - n);
	v[0].u = r;
	flags_rotate(c, r & 1, (r ^ r >> (bits - 1)) & 1);
	return true;
}

bool
x_ror(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned bits = in->o[0].size * 8, n = shift_count(in, v[1].u);
	uint64_t a = v[0].u, r;

	if (!n)
		return true;
	n &= bits - 1;
	r = (a >> n | shift_left(a, bits - n)) & size_mask(in->o[0].size);
	v[0].u = r;
	flags_rotate(c, r >> (bits - 1), (r >> (bits - 1) ^ r >> (bits - 2)) & 1);
	return true;
}

/* Rotates through carry work on bits + 1 bits, carry on top. */
bool
x_rcl(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned bits = in->o[0].size * 8;
	unsigned n = shift_count(in, v[1].u) % (bits + 1);
	uint64_t a = v[0].u, cf = cc_carry(c), r;

	if (!n)
		return true;
	r = shift_left(a, n) | cf << (n - 1) | (n > 1 ? shift_right(a, bits + 1 - n) : 0);
	r &= size_mask(in->o[0].size);
	cf = a >> (bits - n) & 1;
	v[0].u = r;
	flags_rotate(c, cf, cf ^ r >> (bits - 1));
	return true;
}

bool
x_rcr(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned bits = in->o[0].size * 8;
	unsigned n = shift_count(in, v[1].u) % (bits + 1);
	uint64_t a = v[0].u, cf = cc_carry(c), r;

	if (!n)
		return true;
	r = shift_right(a, n) | cf << (bits - n) | (n > 1 ? shift_left(a, bits + 1 - n) : 0);
	r &= size_mask(in->o[0].size);
	cf = a >> (n - 1) & 1;
	v[0].u = r;
	flags_rotate(c, cf, (r >> (bits - 1) ^ r >> (bits - 2)) & 1);
	return true;
}

/*
 * SHLD and SHRD.  A 16-bit operand with a count above 16, undefined in the
 * manuals, goes on with the second operand once more and leaves CF clear, as
 * AMD processors do.
 */
bool
x_shld(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned bits = in->o[0].size * 8, n = shift_count(in, v[2].u);
	uint64_t a = v[0].u, b = v[1].u, last;

	if (!n)
		return true;
	if (bits == 16) {
		a = a << 32 | b << 16 | b;
		last = n > 16 ? 0 : a << (n - 1) >> 32;
		v[0].u = a << n >> 32;
	} else {
		last = a << (n - 1) | (n > 1 ? shift_right(b, bits - n + 1) : 0);
		v[0].u = a << n | shift_right(b, bits - n);
	}
	cc_set(c, CC_OP(SHL, size_log2(in->o[0].size)), v[0].u, last);
	return true;
}

bool
x_shrd(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned bits = in->o[0].size * 8, n = shift_count(in, v[2].u);
	uint64_t a = v[0].u, b = v[1].u, last;

	if (!n)
		return true;
	if (bits == 16) {
		a = b << 32 | b << 16 | a;
		last = n > 16 ? 0 : a >> (n - 1);
		v[0].u = a >> n;
	} else {
		last = a >> (n - 1) | (n > 1 ? shift_left(b, bits - n + 1) : 0);
		v[0].u = a >> n | shift_left(b, bits - n);
	}
	cc_set(c, CC_OP(SHR, size_log2(in->o[0].size)), v[0].u, last);
	return true;
}
