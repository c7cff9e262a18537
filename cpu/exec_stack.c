/*
 * cpu/exec_stack.c - stack instructions
 */
#include "cpu/exec_priv.h"

#include "cpu/regs.h"

bool
x_push(struct cpu *c, const struct insn *in, union xval *v)
{
	return cpu_push(c, in->opsize, v[0].u);
}

/* A selector is pushed zero-extended. */
bool
x_push_seg(struct cpu *c, const struct insn *in, union xval *v)
{
	return cpu_push(c, in->opsize, v[0].u);
}

/* The address of a memory destination is computed with rSP already popped:
 * AMD APM vol 3 "POP".  When the store faults rSP is as before. */
static bool
pop_to_memory(struct cpu *c, const struct insn *in)
{
	uint64_t old = c->gpr[RSP], v;

	if (!cpu_pop(c, in->opsize, &v))
		return false;
	if (seg_st_u(c, in->seg, insn_ea(c, in), in->opsize, v))
		return true;
	c->gpr[RSP] = old;
	return false;
}

bool
x_pop(struct cpu *c, const struct insn *in, union xval *v)
{
	if (in->o[0].kind == OK_MEM)
		return pop_to_memory(c, in);
	return cpu_pop(c, in->opsize, &v[0].u);
}

bool
x_pusha(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t mask = stack_mask(c), sp = c->gpr[RSP];
	unsigned i;

	(void)v;
	for (i = 0; i < 8; i++) {
		sp = (sp - in->opsize) & mask;
		if (!seg_st_u(c, SEG_SS, sp, in->opsize, c->gpr[i]))
			return false;
	}
	stack_pointer_set(c, mask, sp);
	return true;
}

bool
x_popa(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t mask = stack_mask(c), sp = c->gpr[RSP], value[8];
	unsigned i;

	(void)v;
	for (i = 8; i--; sp += in->opsize) {
		if (!seg_ld_u(c, SEG_SS, sp & mask, in->opsize, &value[i]))
			return false;
	}
	for (i = 0; i < 8; i++) {
		if (i != RSP)
			gpr_write(c, i, in->opsize, value[i]);
	}
	stack_pointer_set(c, mask, sp);
	return true;
}

/* ---- flags ---- */

static unsigned
iopl_of(const struct cpu *c)
{
	return (unsigned)(c->rflags >> 12) & 3;
}

/* Virtual-8086 mode below IOPL 3: AMD APM vol 2 §8.9 "Virtual Interrupts". */
static bool
flags_are_virtual(const struct cpu *c)
{
	return c->mode & MK_VM && iopl_of(c) < 3;
}

bool
x_pushf(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t f = rflags_get(c) & ~(uint64_t)(F_VM | F_RF);

	(void)v;
	if (flags_are_virtual(c)) {
		if (!(c->cr4 & CR4_VME) || in->opsize != 2)
			return raise_gp0(c);
		f = (f & ~(uint64_t)F_IF) | F_IOPL | (f & F_VIF ? F_IF : 0);
	}
	return cpu_push(c, in->opsize, f);
}

/* What POPF may change here. */
static uint64_t
popf_mask(const struct cpu *c, unsigned opsize)
{
	uint64_t m = F_OSZAPC | F_TF | F_DF | F_NT | F_AC | F_ID;

	if (!c->cpl)
		m |= F_IOPL;
	if (c->cpl <= iopl_of(c))
		m |= F_IF;
	return m & size_mask(opsize);
}

static bool
popf_virtual(struct cpu *c, uint64_t image)
{
	uint64_t m = (F_OSZAPC | F_TF | F_DF | F_NT) & 0xffff;
	uint64_t f = rflags_get(c);

	if (image & F_TF || (image & F_IF && f & F_VIP))
		return raise_gp0(c);
	f = (f & ~(m | F_VIF)) | (image & m) | (image & F_IF ? F_VIF : 0);
	rflags_set(c, f);
	return true;
}

bool
x_popf(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t old = c->gpr[RSP], image, m;

	(void)v;
	if (flags_are_virtual(c) && (!(c->cr4 & CR4_VME) || in->opsize != 2))
		return raise_gp0(c);
	if (!cpu_pop(c, in->opsize, &image))
		return false;
	if (flags_are_virtual(c)) {
		if (popf_virtual(c, image))
			return true;
		c->gpr[RSP] = old;
		return false;
	}
	m = popf_mask(c, in->opsize);
	rflags_set(c, (rflags_get(c) & ~m) | (image & m));
	return true;
}

/* ---- procedure frames ---- */

/* Copies the frame pointers of the enclosing levels: AMD APM vol 3 "ENTER". */
static bool
enter_display(struct cpu *c, unsigned size, unsigned level, uint64_t mask, uint64_t *sp)
{
	uint64_t frame = *sp, bp = c->gpr[RBP], v;

	while (--level) {
		bp = (bp - size) & mask;
		*sp = (*sp - size) & mask;
		if (!seg_ld_u(c, SEG_SS, bp, size, &v) || !seg_st_u(c, SEG_SS, *sp, size, v))
			return false;
	}
	*sp = (*sp - size) & mask;
	return seg_st_u(c, SEG_SS, *sp, size, frame);
}

bool
x_enter(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned level = (unsigned)v[1].u & 31, size = in->opsize;
	uint64_t mask = stack_mask(c), sp = (c->gpr[RSP] - size) & mask, frame = sp;
	struct span top;

	if (!seg_st_u(c, SEG_SS, sp, size, c->gpr[RBP]))
		return false;
	if (level && !enter_display(c, size, level, mask, &sp))
		return false;
	sp = (sp - v[0].u) & mask;
	if (!span_open(c, &top, SEG_SS, sp, size, ACC_W))
		return false;
	gpr_write(c, RBP, size, frame);
	stack_pointer_set(c, mask, sp);
	return true;
}

bool
x_leave(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t mask = stack_mask(c), sp = c->gpr[RBP] & mask, bp;

	(void)v;
	if (!seg_ld_u(c, SEG_SS, sp, in->opsize, &bp))
		return false;
	stack_pointer_set(c, mask, sp + in->opsize);
	gpr_write(c, RBP, in->opsize, bp);
	return true;
}
