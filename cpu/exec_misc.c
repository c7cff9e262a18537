/*
 * cpu/exec_misc.c - moves, conversions, exchanges, flag bits, hints
 */
#include "cpu/exec_priv.h"

/* ---- moves ---- */

bool
x_mov(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	(void)in;
	v[0].u = v[1].u;
	return true;
}

bool
x_movnti(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_mov(c, in, v);
}

bool
x_movzx(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_mov(c, in, v);
}

bool
x_movsx(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	v[0].u = (uint64_t)sign_extend(v[1].u, in->o[1].size * 8);
	return true;
}

bool
x_movsxd(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_movsx(c, in, v);
}

bool
x_lea(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_mov(c, in, v);
}

bool
x_xlat(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t ea = (c->gpr[RBX] + (uint8_t)c->gpr[RAX]) & size_mask(in->addrsize);
	unsigned seg = in->prefix & PFX_SEG ? in->seg : SEG_DS;
	uint64_t al;

	(void)v;
	if (!seg_ld_u(c, seg, ea, 1, &al))
		return false;
	gpr_write(c, RAX, 1, al);
	return true;
}

bool
x_cmov(struct cpu *c, const struct insn *in, union xval *v)
{
	if (cc_test(c, in->cc))
		v[0].u = v[1].u;
	return true;
}

bool
x_setcc(struct cpu *c, const struct insn *in, union xval *v)
{
	v[0].u = cc_test(c, in->cc);
	return true;
}

/* ---- sign extension in the accumulator ---- */

bool
x_cbw(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned half = in->opsize / 2;

	(void)v;
	gpr_write(c, RAX, in->opsize, (uint64_t)sign_extend(gpr_read(c, RAX, half), half * 8));
	return true;
}

bool
x_cwd(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	gpr_write(c, RDX, in->opsize, c->gpr[RAX] & size_top(in->opsize) ? ~(uint64_t)0 : 0);
	return true;
}

/* ---- exchanges ---- */

bool
x_xchg(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t old = v[0].u;

	(void)c;
	(void)in;
	v[0].u = v[1].u;
	v[1].u = old;
	return true;
}

bool
x_xchg_acc(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_xchg(c, in, v);
}

static uint64_t
cmpxchg_dest_read(const struct cpu *c, const struct opnd *o)
{
	if (o->kind == OK_GPRH)
		return c->gpr[o->reg] >> 8 & 0xff;
	return gpr_read(c, o->reg, o->size);
}

static void
cmpxchg_dest_write(struct cpu *c, const struct opnd *o, uint64_t v)
{
	if (o->kind == OK_GPRH)
		put_le8((uint8_t *)&c->gpr[o->reg] + 1, (uint8_t)v);
	else
		gpr_write(c, o->reg, o->size, v);
}

/* Memory is written back even when the comparison fails; a register is not. */
bool
x_cmpxchg(struct cpu *c, const struct insn *in, union xval *v)
{
	const struct opnd *o = &in->o[0];
	uint64_t dest = 0, acc = gpr_read(c, RAX, o->size), new;
	bool mem = o->kind == OK_MEM, equal;
	struct span s;

	if (mem) {
		if (!span_open(c, &s, in->seg, v[0].u, o->size, ACC_W))
			return false;
		span_read(c, &s, &dest);
	} else {
		dest = cmpxchg_dest_read(c, o);
	}
	equal = dest == acc;
	new = equal ? v[1].u : dest;
	if (mem)
		span_write(c, &s, &new);
	else if (equal)
		cmpxchg_dest_write(c, o, new);
	if (!equal)
		gpr_write(c, RAX, o->size, dest);
	cc_set(c, CC_OP(SUB, size_log2(o->size)), acc - dest, dest);
	return true;
}

/* CMPXCHG8B, and CMPXCHG16B with REX.W, whose operand must be aligned. */
bool
x_cmpxchg8b(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned half = in->opsize == 8 ? 8 : 4;
	uint64_t ea = v[0].u, m[2] = { 0, 0 };
	uint32_t flags = cc_flags(c) & ~F_ZF;
	uint8_t buf[16];
	struct span s;

	if (half == 8 && !feat_has(&c->features, FEAT_CX16))
		return raise_ud(c);
	if (half == 8 && seg_linear(c, in->seg, ea) & 15)
		return raise_gp0(c);
	if (!span_open(c, &s, in->seg, ea, 2 * half, ACC_W))
		return false;
	span_read(c, &s, buf);
	m[0] = get_le(buf, half);
	m[1] = get_le(buf + half, half);
	if (m[0] == gpr_read(c, RAX, half) && m[1] == gpr_read(c, RDX, half)) {
		put_le(buf, half, c->gpr[RBX]);
		put_le(buf + half, half, c->gpr[RCX]);
		flags |= F_ZF;
	} else {
		gpr_write(c, RAX, half, m[0]);
		gpr_write(c, RDX, half, m[1]);
	}
	span_write(c, &s, buf);
	cc_set_raw(c, flags);
	return true;
}

/* ---- single flags ---- */

static bool
flags_change(struct cpu *c, uint32_t clear, uint32_t flip)
{
	cc_set_raw(c, (cc_flags(c) & ~clear) ^ flip);
	return true;
}

bool
x_clc(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return flags_change(c, F_CF, 0);
}

bool
x_stc(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return flags_change(c, F_CF, F_CF);
}

bool
x_cmc(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return flags_change(c, 0, F_CF);
}

bool
x_cld(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	c->rflags &= ~(uint64_t)F_DF;
	return true;
}

bool
x_std(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	c->rflags |= F_DF;
	return true;
}

bool
x_lahf(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	put_le8((uint8_t *)&c->gpr[RAX] + 1, (uint8_t)(cc_flags(c) | 2));
	return true;
}

bool
x_sahf(struct cpu *c, const struct insn *in, union xval *v)
{
	uint32_t ah = (uint32_t)(c->gpr[RAX] >> 8) & F_SZAPC;

	(void)in;
	(void)v;
	cc_set_raw(c, (cc_flags(c) & F_OF) | ah);
	return true;
}

/* ---- BOUND, hints, cache control, fences ---- */

bool
x_bound(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->opsize, bits = size * 8;
	uint64_t low, high, ea = v[1].u;
	int64_t index = sign_extend(v[0].u, bits);

	if (!seg_ld_u(c, in->seg, ea, size, &low) ||
	    !seg_ld_u(c, in->seg, (ea + size) & size_mask(in->addrsize), size, &high))
		return false;
	if (index < sign_extend(low, bits) || index > sign_extend(high, bits))
		return raise_fault(c, EXC_BR);
	return true;
}

bool
x_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	(void)in;
	(void)v;
	return true;
}

#define HINT(name) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	return x_nop(c, in, v); \
}
HINT(prefetch)
HINT(prefetchw)
HINT(prefetchnta)
HINT(prefetcht0)
HINT(prefetcht1)
HINT(prefetcht2)
HINT(lfence)
HINT(mfence)
HINT(sfence)
#undef HINT

/* There is no cache to flush; the address is checked like a byte load's. */
static bool
touch_line(struct cpu *c, const struct insn *in, uint64_t ea)
{
	struct span s;

	return span_open(c, &s, in->seg, ea, 1, ACC_R);
}

bool
x_clflush(struct cpu *c, const struct insn *in, union xval *v)
{
	return touch_line(c, in, v[0].u);
}

bool
x_clflushopt(struct cpu *c, const struct insn *in, union xval *v)
{
	return touch_line(c, in, v[0].u);
}

bool
x_clwb(struct cpu *c, const struct insn *in, union xval *v)
{
	return touch_line(c, in, v[0].u);
}

bool
x_ud0(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return raise_ud(c);
}

bool
x_ud1(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_ud0(c, in, v);
}

bool
x_ud2(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_ud0(c, in, v);
}
