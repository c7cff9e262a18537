/*
 * cpu/flags.c - arithmetic flags from the last result: see cpu/flags.h
 */
#include "cpu/flags.h"

/* The operation taken apart: everything modulo the size. */
struct cc {
	unsigned	kind;
	uint64_t	top;		/* the sign bit */
	uint64_t	res, src;
	uint64_t	a;		/* first operand of additions and subtractions */
};

static struct cc
cc_unpack(const struct cpu *c)
{
	unsigned bits = 8u << (c->cc_op & 3);
	uint64_t mask = LOW_BITS(bits);
	struct cc f = {
		.kind = c->cc_op >> 2,
		.top = BIT(bits - 1),
		.res = c->cc_res & mask,
		.src = c->cc_src & mask,
	};

	switch (f.kind) {
	case CC_K_ADD: f.a = (f.res - f.src) & mask; break;
	case CC_K_ADC: f.a = (f.res - f.src - 1) & mask; break;
	case CC_K_SUB: f.a = (f.res + f.src) & mask; break;
	case CC_K_SBB: f.a = (f.res + f.src + 1) & mask; break;
	default: break;
	}
	return f;
}

static bool
cf_of(const struct cc *f)
{
	switch (f->kind) {
	case CC_K_ADD: return f->res < f->src;
	case CC_K_ADC: return f->res <= f->src;
	case CC_K_SUB: return f->a < f->src;
	case CC_K_SBB: return f->a <= f->src;
	case CC_K_INC:
	case CC_K_DEC:
	case CC_K_SHR:
	case CC_K_SAR: return f->src & 1;
	case CC_K_SHL: return f->src & f->top;
	case CC_K_MUL: return f->src;
	default: return false;
	}
}

static bool
of_of(const struct cc *f)
{
	switch (f->kind) {
	case CC_K_ADD:
	case CC_K_ADC: return (f->a ^ f->res) & (f->src ^ f->res) & f->top;
	case CC_K_SUB:
	case CC_K_SBB: return (f->a ^ f->src) & (f->a ^ f->res) & f->top;
	case CC_K_INC: return f->res == f->top;
	case CC_K_DEC: return f->res == f->top - 1;
	case CC_K_SHL: return (f->res ^ f->src) & f->top;
	case CC_K_SHR: return (f->res ^ f->res << 1) & f->top;
	case CC_K_MUL: return f->src;
	default: return false;
	}
}

static bool
af_of(const struct cc *f)
{
	switch (f->kind) {
	case CC_K_ADD:
	case CC_K_ADC:
	case CC_K_SUB:
	case CC_K_SBB: return (f->a ^ f->src ^ f->res) & 0x10;
	case CC_K_INC: return !(f->res & 0xf);
	case CC_K_DEC: return (f->res & 0xf) == 0xf;
	default: return false;
	}
}

static bool
even_parity(uint64_t res)
{
	return !__builtin_parity((unsigned)(res & 0xff));
}

uint32_t
cc_flags(const struct cpu *c)
{
	struct cc f;

	if (c->cc_op == CC_RAW)
		return (uint32_t)c->cc_res & F_OSZAPC;
	f = cc_unpack(c);
	return (cf_of(&f) ? F_CF : 0) | (of_of(&f) ? F_OF : 0) |
	    (af_of(&f) ? F_AF : 0) | (f.res ? 0 : F_ZF) |
	    (f.res & f.top ? F_SF : 0) | (even_parity(f.res) ? F_PF : 0);
}

unsigned
cc_carry(const struct cpu *c)
{
	struct cc f;

	if (c->cc_op == CC_RAW)
		return c->cc_res & F_CF;
	f = cc_unpack(c);
	return cf_of(&f);
}

bool
cc_test(const struct cpu *c, unsigned cond)
{
	uint32_t f = cc_flags(c);
	bool less = !(f & F_SF) != !(f & F_OF);
	bool r;

	switch (cond >> 1) {
	case 0: r = f & F_OF; break;
	case 1: r = f & F_CF; break;
	case 2: r = f & F_ZF; break;
	case 3: r = f & (F_CF | F_ZF); break;
	case 4: r = f & F_SF; break;
	case 5: r = f & F_PF; break;
	case 6: r = less; break;
	default: r = less || f & F_ZF; break;
	}
	return r != (cond & 1);
}

void
rflags_set(struct cpu *c, uint64_t v)
{
	c->rflags = v | 2;
	cc_set_raw(c, (uint32_t)v);
	cpu_mode_update(c);
}
