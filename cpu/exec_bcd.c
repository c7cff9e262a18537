/*
 * cpu/exec_bcd.c - decimal adjustment; legacy modes only
 */
#include "cpu/exec.h"

static void
flags_bcd(struct cpu *c, uint8_t al, bool cf, bool af)
{
	cc_set(c, CC_OP(LOGIC, 0), al, 0);
	cc_set_raw(c, cc_flags(c) | (cf ? F_CF : 0) | (af ? F_AF : 0));
}

/* DAA and DAS: AMD APM vol 3 "DAA", "DAS". */
static void
adjust_packed(struct cpu *c, int sign)
{
	uint32_t f = cc_flags(c);
	uint8_t old = (uint8_t)c->gpr[RAX];
	bool af = (old & 0xf) > 9 || f & F_AF;
	bool high = old > 0x99 || f & F_CF;
	uint8_t al = (uint8_t)(old + sign * ((af ? 0x06 : 0) + (high ? 0x60 : 0)));
	bool borrow = sign < 0 && af && old < 6;

	gpr_write(c, RAX, 1, al);
	flags_bcd(c, al, high || borrow, af);
}

bool
x_daa(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	adjust_packed(c, 1);
	return true;
}

bool
x_das(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	adjust_packed(c, -1);
	return true;
}

/* AAA and AAS: the low digit's carry goes into AH. */
static void
adjust_unpacked(struct cpu *c, int sign)
{
	uint16_t ax = (uint16_t)c->gpr[RAX];
	bool carry = (ax & 0xf) > 9 || cc_flags(c) & F_AF;

	if (carry)
		ax = (uint16_t)(ax + sign * 0x106);
	gpr_write(c, RAX, 2, ax & 0xff0f);
	flags_bcd(c, ax & 0x0f, carry, carry);
}

bool
x_aaa(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	adjust_unpacked(c, 1);
	return true;
}

bool
x_aas(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	adjust_unpacked(c, -1);
	return true;
}

bool
x_aam(struct cpu *c, const struct insn *in, union xval *v)
{
	uint8_t al = (uint8_t)c->gpr[RAX], base = (uint8_t)v[0].u;

	(void)in;
	if (!base)
		return raise_fault(c, EXC_DE);
	gpr_write(c, RAX, 2, (uint64_t)(al / base) << 8 | al % base);
	flags_bcd(c, al % base, false, false);
	return true;
}

bool
x_aad(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned ah = (unsigned)(c->gpr[RAX] >> 8) & 0xff;
	uint8_t al = (uint8_t)(c->gpr[RAX] + ah * (uint8_t)v[0].u);

	(void)in;
	gpr_write(c, RAX, 2, al);
	flags_bcd(c, al, false, false);
	return true;
}

/* Not in the manuals: AL = CF ? FFh : 0. */
bool
x_salc(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	gpr_write(c, RAX, 1, cc_carry(c) ? 0xff : 0);
	return true;
}
