/*
 * cpu/x87.c - tags, pending exceptions and initial state of the x87 FPU
 */
#include "cpu/x87.h"

#include "cpu/exec.h"
#include "cpu/svm.h"

#define CR0_NE		0x20u

void
x87_init(struct x87 *x)
{
	x->fcw = FCW_INIT;
	x->fsw = 0;
	x->ftw = 0xffff;
	x->fop = 0;
	x->fip = x->fdp = 0;
	x->fcs = x->fds = 0;
}

/* Intel SDM vol 1 section 8.1.7 "x87 FPU Tag Word". */
static unsigned
tag_of(struct f80 v)
{
	switch (f80_classify(v)) {
	case F80_NORMAL:
		return 0;
	case F80_ZERO:
		return 1;
	default:
		return 2;
	}
}

uint16_t
x87_full_tags(const struct x87 *x)
{
	unsigned i, tags = 0;

	for (i = 0; i < 8; i++) {
		if ((x->ftw >> 2 * i & 3) == TAG_EMPTY)
			tags |= TAG_EMPTY << 2 * i;
		else
			tags |= tag_of(x->reg[i]) << 2 * i;
	}
	return (uint16_t)tags;
}

void
x87_set_tags(struct x87 *x, uint16_t ftw)
{
	unsigned i, tags = 0;

	for (i = 0; i < 8; i++)
		if ((ftw >> 2 * i & 3) == TAG_EMPTY)
			tags |= TAG_EMPTY << 2 * i;
	x->ftw = (uint16_t)tags;
}

uint8_t
x87_abridged_tags(const struct x87 *x)
{
	unsigned i, tags = 0;

	for (i = 0; i < 8; i++)
		if ((x->ftw >> 2 * i & 3) != TAG_EMPTY)
			tags |= 1u << i;
	return (uint8_t)tags;
}

void
x87_set_abridged_tags(struct x87 *x, uint8_t tags)
{
	unsigned i;

	x->ftw = 0;
	for (i = 0; i < 8; i++)
		if (!(tags >> i & 1))
			x->ftw |= (uint16_t)(TAG_EMPTY << 2 * i);
}

static void
set_ferr(struct cpu *c, bool level)
{
	if (!(c->cr0 & CR0_NE) && c->env.ferr)
		c->env.ferr(c->env.arg, level);
}

void
x87_update_es(struct cpu *c)
{
	struct x87 *x = &c->x87;
	bool was = x->fsw & FSW_ES;
	bool now = x->fsw & ~x->fcw & F80_EXCEPTIONS;

	x->fsw &= (uint16_t)~(FSW_ES | FSW_B);
	if (now)
		x->fsw |= FSW_ES | FSW_B;
	if (was != now)
		set_ferr(c, now);
}

bool
x87_check_pending(struct cpu *c)
{
	if (!(c->x87.fsw & FSW_ES))
		return true;
	if (c->cr0 & CR0_NE)
		return raise_fault(c, EXC_MF);
	/* AMD APM vol 2 §15.14.2 "Ferr_Freeze Intercept". */
	if (svm_intercepts(c, ICPT_MISC1, ICPT_FERR))
		return svm_raise(c, EXIT_FERR, 0, 0);
	set_ferr(c, true);
	return true;
}
