/*
 * cpu/exec_bits.c - single bits, bit scans and counts, byte order, checksums
 */
#include "cpu/exec_priv.h"

/*
 * BT and friends.  With a register offset a memory operand is a bit string:
 * the offset, signed, selects the operand-sized word around the bit (AMD APM
 * vol 3 "BT").  CF is the bit; the other flags stay, as AMD processors leave
 * them.
 */
static uint64_t
changed_bit(unsigned opr, uint64_t v, uint64_t bit)
{
	switch (opr) {
	case OPR_bts: return v | bit;
	case OPR_btr: return v & ~bit;
	case OPR_btc: return v ^ bit;
	default: return v;
	}
}

static void
flags_bit(struct cpu *c, bool bit)
{
	cc_set_raw(c, (cc_flags(c) & ~F_CF) | (bit ? F_CF : 0));
}

static uint64_t
bit_string_ea(const struct insn *in, uint64_t ea, uint64_t offset)
{
	unsigned bits = in->opsize * 8;
	int64_t word = sign_extend(offset, bits) >> (3 + size_log2(in->opsize));

	return (ea + (uint64_t)word * in->opsize) & size_mask(in->addrsize);
}

static bool
bit_in_string(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t ea = bit_string_ea(in, v[0].u, v[1].u);
	uint64_t bit = BIT(v[1].u & (in->opsize * 8 - 1)), word = 0;
	struct span s;

	if (!span_open(c, &s, in->seg, ea, in->opsize, in->opr == OPR_bt ? ACC_R : ACC_W))
		return false;
	span_read(c, &s, &word);
	flags_bit(c, word & bit);
	word = changed_bit(in->opr, word, bit);
	if (in->opr != OPR_bt)
		span_write(c, &s, &word);
	return true;
}

static bool
bit_op(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t bit = BIT(v[1].u & (in->opsize * 8 - 1));

	if (in->o[0].kind == OK_MEM && insn_info(in)->chk & CK_RAW)
		return bit_in_string(c, in, v);
	flags_bit(c, v[0].u & bit);
	v[0].u = changed_bit(in->opr, v[0].u, bit);
	return true;
}

bool
x_bt(struct cpu *c, const struct insn *in, union xval *v)
{
	return bit_op(c, in, v);
}

bool
x_bts(struct cpu *c, const struct insn *in, union xval *v)
{
	return bit_op(c, in, v);
}

bool
x_btr(struct cpu *c, const struct insn *in, union xval *v)
{
	return bit_op(c, in, v);
}

bool
x_btc(struct cpu *c, const struct insn *in, union xval *v)
{
	return bit_op(c, in, v);
}

/* AMD processors leave the whole destination alone when the source is 0, and
 * clear the flags the manual calls undefined (PF goes with ZF). */
static bool
bit_scan(struct cpu *c, const struct insn *in, uint64_t src, unsigned found)
{
	if (!src) {
		cc_set_raw(c, F_ZF | F_PF);
		return true;
	}
	gpr_write(c, in->o[0].reg, in->o[0].size, found);
	cc_set_raw(c, 0);
	return true;
}

bool
x_bsf(struct cpu *c, const struct insn *in, union xval *v)
{
	return bit_scan(c, in, v[1].u, v[1].u ? (unsigned)__builtin_ctzll(v[1].u) : 0);
}

bool
x_bsr(struct cpu *c, const struct insn *in, union xval *v)
{
	return bit_scan(c, in, v[1].u, v[1].u ? 63 - (unsigned)__builtin_clzll(v[1].u) : 0);
}

bool
x_popcnt(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = (unsigned)__builtin_popcountll(v[1].u);
	cc_set_raw(c, v[1].u ? 0 : F_ZF);
	return true;
}

/* The 16-bit form, undefined in the manual, gives 0 on AMD processors. */
bool
x_bswap(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	switch (in->o[0].size) {
	case 2: v[0].u = 0; break;
	case 4: v[0].u = __builtin_bswap32((uint32_t)v[0].u); break;
	default: v[0].u = __builtin_bswap64(v[0].u); break;
	}
	return true;
}

bool
x_movbe(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	switch (in->o[0].size) {
	case 2: v[0].u = __builtin_bswap16((uint16_t)v[1].u); break;
	case 4: v[0].u = __builtin_bswap32((uint32_t)v[1].u); break;
	default: v[0].u = __builtin_bswap64(v[1].u); break;
	}
	return true;
}

/* CRC-32C, polynomial 11EDC6F41h, bits reflected. */
bool
x_crc32(struct cpu *c, const struct insn *in, union xval *v)
{
	uint32_t crc = (uint32_t)v[0].u;
	uint64_t data = v[1].u;
	unsigned i, bits = in->o[1].size * 8;

	(void)c;
	for (i = 0; i < bits; i++, data >>= 1)
		crc = crc >> 1 ^ ((crc ^ (uint32_t)data) & 1 ? 0x82f63b78 : 0);
	v[0].u = crc;
	return true;
}
