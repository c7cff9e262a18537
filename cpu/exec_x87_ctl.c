/*
 * cpu/exec_x87_ctl.c - x87 control instructions, environment and state images
 *
 * References: AMD APM vol 2 section 11.2 "Saving x87 and 64-bit Media State":
 * figures "FSAVE/FNSAVE Image" and "FSTENV Environment" in four formats; vol 5
 * FLDENV, FNSAVE, FNSTENV, FRSTOR.
 */
#include "cpu/exec_x87.h"

#define ENV16_SIZE	14u
#define ENV32_SIZE	28u
#define STATE_MAX	(ENV32_SIZE + 80)

bool
x_fnop(struct cpu *c, const struct insn *in, union xval *v)
{
	struct f80_env env = x87_begin(c);

	(void)v;
	x87_end(c, in, &env, FSW_CC);
	return true;
}

/* FENI, FDISI, FSETPM of the 8087 and 80287 have no effect since the 80387. */
static bool
old_nop(void)
{
	return true;
}

bool
x_feni8087_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return old_nop();
}

bool
x_fdisi8087_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return old_nop();
}

bool
x_fsetpm287_nop(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return old_nop();
}

/* The checks of exec_insn() are all that FWAIT does. */
bool
x_fwait(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c, (void)in, (void)v;
	return true;
}

static bool
move_top(struct cpu *c, const struct insn *in, unsigned by)
{
	struct f80_env env = x87_begin(c);

	x87_set_top(&c->x87, x87_top(&c->x87) + by);
	x87_end(c, in, &env, F80_C0 | F80_C2 | F80_C3);
	return true;
}

bool
x_fincstp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return move_top(c, in, 1);
}

bool
x_fdecstp(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return move_top(c, in, 7);
}

static bool
free_register(struct cpu *c, const struct insn *in, bool pop)
{
	struct f80_env env = x87_begin(c);

	x87_free(&c->x87, in->o[0].reg);
	if (pop)
		x87_pop(&c->x87);
	x87_end(c, in, &env, F80_C0 | F80_C2 | F80_C3);
	return true;
}

bool
x_ffree(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return free_register(c, in, false);
}

bool
x_ffreep(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)v;
	return free_register(c, in, true);
}

bool
x_fninit(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in, (void)v;
	x87_init(&c->x87);
	x87_update_es(c);
	return true;
}

bool
x_fnclex(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in, (void)v;
	c->x87.fsw &= (uint16_t)~(F80_EXCEPTIONS | FSW_SF);
	x87_update_es(c);
	return true;
}

bool
x_fldcw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	c->x87.fcw = x87_fcw_legal((uint16_t)v[0].u);
	x87_update_es(c);
	return true;
}

bool
x_fnstcw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->x87.fcw;
	return true;
}

bool
x_fnstsw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->x87.fsw;
	return true;
}

/* Instruction and data pointers as real and virtual-8086 mode store them. */
static uint32_t
linear_pointer(uint16_t sel, uint64_t offset)
{
	return (uint32_t)((uint32_t)sel << 4) + (uint32_t)offset;
}

static void
env_put16(const struct cpu *c, uint8_t *p)
{
	const struct x87 *x = &c->x87;
	uint32_t ip = linear_pointer(x->fcs, x->fip);
	uint32_t dp = linear_pointer(x->fds, x->fdp);
	bool real = in_real_or_vm(c);

	put_le16(p, x->fcw);
	put_le16(p + 2, x->fsw);
	put_le16(p + 4, x87_full_tags(x));
	put_le16(p + 6, (uint16_t)(real ? ip : x->fip));
	put_le16(p + 8, (uint16_t)(real ? (ip >> 4 & 0xf000) | x->fop :
	    x->fcs));
	put_le16(p + 10, (uint16_t)(real ? dp : x->fdp));
	put_le16(p + 12, (uint16_t)(real ? dp >> 4 & 0xf000 : x->fds));
}

/* Unused upper halves are stored as ones (observed on family 19h). */
static void
env_put32(const struct cpu *c, uint8_t *p)
{
	const struct x87 *x = &c->x87;
	uint32_t ip = linear_pointer(x->fcs, x->fip);
	uint32_t dp = linear_pointer(x->fds, x->fdp);
	bool real = in_real_or_vm(c);

	put_le32(p, 0xffff0000 | x->fcw);
	put_le32(p + 4, 0xffff0000 | x->fsw);
	put_le32(p + 8, 0xffff0000 | x87_full_tags(x));
	put_le32(p + 12, real ? 0xffff0000 | (ip & 0xffff) : (uint32_t)x->fip);
	put_le32(p + 16, real ? (ip >> 16 << 12) | x->fop :
	    (uint32_t)x->fop << 16 | x->fcs);
	put_le32(p + 20, real ? 0xffff0000 | (dp & 0xffff) : (uint32_t)x->fdp);
	put_le32(p + 24, real ? dp >> 16 << 12 : 0xffff0000 | x->fds);
}

static void
env_get16(struct cpu *c, const uint8_t *p)
{
	struct x87 *x = &c->x87;
	uint16_t w4 = get_le16(p + 8);
	uint16_t w6 = get_le16(p + 12);

	x->fip = get_le16(p + 6);
	x->fdp = get_le16(p + 10);
	x->fcs = w4;
	x->fds = w6;
	/* This format has no place for FOP in protected mode. */
	x->fop = 0;
	if (in_real_or_vm(c)) {
		x->fip |= (uint32_t)(w4 & 0xf000) << 4;
		x->fdp |= (uint32_t)(w6 & 0xf000) << 4;
		x->fop = w4 & 0x7ff;
		x->fcs = x->fds = 0;
	}
}

static void
env_get32(struct cpu *c, const uint8_t *p)
{
	struct x87 *x = &c->x87;
	uint32_t d4 = get_le32(p + 16);

	x->fip = get_le32(p + 12);
	x->fdp = get_le32(p + 20);
	x->fcs = (uint16_t)d4;
	x->fop = d4 >> 16 & 0x7ff;
	x->fds = get_le16(p + 24);
	if (in_real_or_vm(c)) {
		x->fip = (x->fip & 0xffff) | (d4 >> 12 & 0xffff) << 16;
		x->fdp = (x->fdp & 0xffff) |
		    (get_le32(p + 24) >> 12 & 0xffff) << 16;
		x->fop = d4 & 0x7ff;
		x->fcs = x->fds = 0;
	}
}

/* Control, status and tag word lie two or four bytes apart. */
static void
env_get(struct cpu *c, const struct insn *in, const uint8_t *p)
{
	unsigned step = in->opsize == 2 ? 2 : 4;
	struct x87 *x = &c->x87;

	if (step == 2)
		env_get16(c, p);
	else
		env_get32(c, p);
	x->fcw = x87_fcw_legal(get_le16(p));
	/* ES and B follow from flags and masks. */
	x->fsw = (get_le16(p + step) & ~(FSW_ES | FSW_B)) |
	    (x->fsw & (FSW_ES | FSW_B));
	x87_set_tags(x, get_le16(p + 2 * step));
	x87_update_es(c);
}

static unsigned
env_size(const struct insn *in)
{
	return in->opsize == 2 ? ENV16_SIZE : ENV32_SIZE;
}

static void
env_put(const struct cpu *c, const struct insn *in, uint8_t *p)
{
	if (in->opsize == 2)
		env_put16(c, p);
	else
		env_put32(c, p);
}

bool
x_fldenv(struct cpu *c, const struct insn *in, union xval *v)
{
	uint8_t buf[ENV32_SIZE];

	if (!seg_ld(c, in->seg, v[0].u, env_size(in), buf))
		return false;
	env_get(c, in, buf);
	return true;
}

/* FNSTENV masks all exceptions after it stored the environment. */
bool
x_fnstenv(struct cpu *c, const struct insn *in, union xval *v)
{
	uint8_t buf[ENV32_SIZE];

	env_put(c, in, buf);
	if (!seg_st(c, in->seg, v[0].u, env_size(in), buf))
		return false;
	c->x87.fcw |= F80_EXCEPTIONS;
	x87_update_es(c);
	return true;
}

bool
x_fnsave(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i, n = env_size(in);
	uint8_t buf[STATE_MAX];
	struct f80 a;

	env_put(c, in, buf);
	for (i = 0; i < 8; i++, n += 10) {
		a = x87_get(&c->x87, i);
		put_le64(buf + n, a.mant);
		put_le16(buf + n + 8, a.se);
	}
	if (!seg_st(c, in->seg, v[0].u, n, buf))
		return false;
	x87_init(&c->x87);
	x87_update_es(c);
	return true;
}

bool
x_frstor(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned i, n = env_size(in);
	uint8_t buf[STATE_MAX];
	struct f80 *r;

	if (!seg_ld(c, in->seg, v[0].u, n + 80, buf))
		return false;
	env_get(c, in, buf);
	for (i = 0; i < 8; i++, n += 10) {
		r = &c->x87.reg[x87_phys(&c->x87, i)];
		r->mant = get_le64(buf + n);
		r->se = get_le16(buf + n + 8);
	}
	return true;
}
