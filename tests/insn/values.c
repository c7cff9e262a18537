/*
 * tests/insn/values.c - operands worth trying
 *
 * Boundary values are where implementations differ; the rest is random bits.
 */
#include <string.h>

#include "tests/insn/diff.h"

uint64_t
rnd_int(struct rng *r)
{
	uint64_t v = rnd(r);
	unsigned shift = (unsigned)(v >> 8) & 63;

	switch (v & 7) {
	case 0: return rnd(r) & 0xff;
	case 1: return BIT(shift);
	case 2: return BIT(shift) - 1;
	case 3: return -BIT(shift);
	case 4: return (uint64_t)((int64_t)rnd(r) >> shift);
	case 5: return 0;
	default: return rnd(r);
	}
}

/* Exponents near the ends, near 1, and anywhere. */
static uint64_t
rnd_exponent(struct rng *r, unsigned bits, unsigned fraction)
{
	uint64_t top = BIT(bits) - 1, bias = top >> 1, v = rnd(r), n = v >> 8 & 63;

	switch (v & 15) {
	case 0:
	case 1: return 0;
	case 2: return top;
	case 3: return n & 7;
	case 4: return top - 1 - (n & 7);
	case 5: return bias + fraction - n % (fraction + 8);
	case 6:
	case 7:
	case 8: return bias + n % 70 - 4;
	case 9: return v >> 16 & top;
	default: return bias + (n & 7) - 3;
	}
}

static uint64_t
rnd_fraction(struct rng *r, unsigned bits)
{
	uint64_t v = rnd(r), all = LOW_BITS(bits);
	unsigned n = (unsigned)(v >> 8) % bits;

	switch (v & 7) {
	case 0: return 0;
	case 1: return BIT(n);
	case 2: return all << n & all;
	case 3: return all >> n;
	case 4: return rnd(r) << n & all;
	default: return rnd(r) & all;
	}
}

uint32_t
rnd_f32(struct rng *r)
{
	return (uint32_t)(rnd(r) & 1) << 31 | (uint32_t)rnd_exponent(r, 8, 23) << 23 |
	    (uint32_t)rnd_fraction(r, 23);
}

uint64_t
rnd_f64(struct rng *r)
{
	return (rnd(r) & 1) << 63 | rnd_exponent(r, 11, 52) << 52 | rnd_fraction(r, 52);
}

/* One in eight has an integer bit that does not belong to its exponent. */
void
rnd_f80(struct rng *r, uint8_t v[10])
{
	uint64_t exp = rnd_exponent(r, 15, 63), mant = rnd_fraction(r, 63);

	if ((exp != 0) != one_in(r, 16))
		mant |= BIT(63);
	if (one_in(r, 8)) {
		exp = 0;
		mant = 0;
	}
	put_le64(v, mant);
	put_le16(v + 8, (uint16_t)(exp | (rnd(r) & 1) << 15));
}

void
rnd_vector(struct rng *r, uint8_t v[16])
{
	unsigned i, kind = rnd_below(r, 5);

	if (kind == 0) {
		put_le64(v, rnd(r));
		put_le64(v + 8, rnd(r));
	} else if (kind == 1) {
		for (i = 0; i < 16; i += 2)
			put_le16(v + i, (uint16_t)rnd_int(r));
	} else if (kind == 2) {
		put_le64(v, rnd_int(r));
		put_le64(v + 8, rnd_int(r));
	} else if (kind == 3) {
		put_le64(v, rnd_f64(r));
		put_le64(v + 8, rnd_f64(r));
	} else {
		for (i = 0; i < 16; i += 4)
			put_le32(v + i, rnd_f32(r));
	}
}

/* Pending exceptions are rare: they hide what the instruction does. */
static void
rnd_x87(struct rng *r, uint8_t *fx)
{
	uint16_t fcw = (uint16_t)(0x40 | (rnd(r) & 0xf00)), fsw = (uint16_t)(rnd(r) & 0x7f7f);
	uint8_t tags[4] = { 0xff, 0xff, (uint8_t)rnd(r), 0 };
	unsigned i;

	fcw |= one_in(r, 3) ? (uint16_t)(rnd(r) & 0x3f) : 0x3f;
	if (!one_in(r, 16))
		fsw &= (uint16_t)~(~fcw & 0x3f);
	if (fsw & ~fcw & 0x3f)
		fsw |= 0x8080;
	put_le16(fx, fcw);
	put_le16(fx + 2, fsw);
	fx[4] = tags[rnd_below(r, 4)];
	for (i = 0; i < 8; i++)
		rnd_f80(r, fx + 32 + 16 * i);
	if (one_in(r, 4))
		memcpy(fx + 48, fx + 32, 10);
}

static uint32_t
rnd_mxcsr(struct rng *r)
{
	uint32_t v = (uint32_t)rnd(r) & 0x6000;

	v |= one_in(r, 3) ? (uint32_t)rnd(r) & 0x1f80 : 0x1f80;
	if (one_in(r, 4))
		v |= (uint32_t)rnd(r) & 0x8040;
	if (one_in(r, 4))
		v |= (uint32_t)rnd(r) & 0x3f;
	return v;
}

void
rnd_fx(struct rng *r, uint8_t fx[512])
{
	unsigned i;

	memset(fx, 0, 512);
	rnd_x87(r, fx);
	put_le32(fx + 24, rnd_mxcsr(r));
	put_le32(fx + 28, 0xffff);
	for (i = 0; i < 16; i++)
		rnd_vector(r, fx + 160 + 16 * i);
	if (one_in(r, 4))			/* equal operands */
		memcpy(fx + 160 + 32 * (1 + rnd_below(r, 7)), fx + 160, 16 << one_in(r, 2));
}

/* ---- memory ---- */

static void
rnd_ints(struct rng *r, uint8_t *p, unsigned len)
{
	for (; len >= 8; p += 8, len -= 8)
		put_le64(p, rnd_int(r));
}

static void
rnd_bcd(struct rng *r, uint8_t *p)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		p[i] = (uint8_t)(rnd_below(r, 10) << 4 | rnd_below(r, 10));
	if (one_in(r, 2))
		p[9] = (uint8_t)(rnd(r) & 0x80);
	if (one_in(r, 8))
		p[rnd_below(r, 10)] = (uint8_t)rnd(r);
}

/* FLDENV and FRSTOR in both sizes: control and status words, tags, registers. */
static void
rnd_env(struct rng *r, uint8_t *p, unsigned len)
{
	uint8_t fx[512];
	unsigned i;

	rnd_fx(r, fx);
	rnd_ints(r, p, len);
	memcpy(p, fx, 2);
	memcpy(p + 4, fx + 2, 2);
	put_le16(p + 8, (uint16_t)rnd(r));
	for (i = 0; i < 8; i++)
		memcpy(p + 28 + 10 * i, fx + 32 + 16 * i, 10);
}

/* FXRSTOR and XRSTOR: with a header of the standard form mostly. */
static void
rnd_area(struct rng *r, uint8_t *p, unsigned len)
{
	if (len < 512)
		return;
	rnd_fx(r, p);
	if (one_in(r, 2))
		put_le16(p + 2, (uint16_t)rnd(r));	/* ES is recomputed */
	if (one_in(r, 16))
		put_le32(p + 24, (uint32_t)rnd(r) & 0x1ffff);
	memset(p + 416, 0, len - 416);
	if (len >= 576)
		p[512] = (uint8_t)rnd_below(r, 4);
}

void
rnd_memory(struct rng *r, unsigned code, uint8_t *p, unsigned len)
{
	unsigned i;

	rnd_ints(r, p, len);
	switch (code) {
	case OC_Mf32: put_le32(p, rnd_f32(r)); break;
	case OC_Mf64: put_le64(p, rnd_f64(r)); break;
	case OC_Mf80: rnd_f80(r, p); break;
	case OC_Mbcd: rnd_bcd(r, p); break;
	case OC_Menv: rnd_env(r, p, len); break;
	case OC_Mx: rnd_area(r, p, len); break;
	case OC_Wdq: case OC_Wq: case OC_Wd: case OC_Mdq: case OC_Mq: case OC_Qq: case OC_Qd:
		for (i = 0; i + 16 <= len; i += 16)
			rnd_vector(r, p + i);
		break;
	default: break;
	}
}
