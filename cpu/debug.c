/*
 * cpu/debug.c - debug registers, breakpoints, single step
 *
 * AMD APM vol 2 chapter 13 "Software Debug and Performance Resources", §13.1.1
 * "Debug Registers".  DR6's condition bits are collected in dr6_pending while
 * an instruction runs and reach DR6 when the #DB is delivered.
 */
#include "cpu/svm.h"
#include "cpu/system_priv.h"

enum { BP_EXEC, BP_WRITE, BP_IO, BP_READ_WRITE };

static bool
bp_enabled(const struct cpu *c, unsigned i)
{
	return c->dr[7] >> (2 * i) & 3;
}

static unsigned
bp_kind(const struct cpu *c, unsigned i)
{
	return (unsigned)bits_get(c->dr[7], 16 + 4 * i, 2);
}

/* LEN: 1, 2, 8, 4 bytes. */
static unsigned
bp_length(const struct cpu *c, unsigned i)
{
	static const uint8_t length[] = { 1, 2, 8, 4 };

	return length[bits_get(c->dr[7], 18 + 4 * i, 2)];
}

/* Do [at, at + size) and the aligned area of breakpoint i overlap? */
static bool
bp_hit(const struct cpu *c, unsigned i, uint64_t at, unsigned size)
{
	unsigned len = bp_length(c, i);
	uint64_t start = c->dr[i] & ~(uint64_t)(len - 1);

	return at < start + len && start < at + size;
}

bool
cpu_debug_before(struct cpu *c)
{
	gva_t va = c->rip + (in_long64(c) ? 0 : c->seg[SEG_CS].base);
	uint64_t hit = 0;

	if ((c->rflags & F_RF) || c->rep_active || !c->svm.gif)
		return true;
	if (!in_long64(c))
		va = (uint32_t)va;
	for (unsigned i = 0; i < 4; i++) {
		if (bp_enabled(c, i) && bp_kind(c, i) == BP_EXEC && c->dr[i] == va)
			hit |= BIT(i);
	}
	if (!hit)
		return true;
	(void)raise_fault(c, EXC_DB);
	c->fault.cr2 = hit;
	return false;
}

void
cpu_debug_data(struct cpu *c, gva_t va, unsigned size, bool write)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned kind = bp_kind(c, i);

		if (bp_enabled(c, i) && (kind == BP_READ_WRITE || (kind == BP_WRITE && write)) &&
		    bp_hit(c, i, va, size))
			c->dr6_pending |= BIT(i);
	}
}

void
cpu_debug_io(struct cpu *c, uint16_t port, unsigned size)
{
	if (!(c->cr4 & CR4_DE))
		return;
	for (unsigned i = 0; i < 4; i++) {
		if (bp_enabled(c, i) && bp_kind(c, i) == BP_IO && bp_hit(c, i, port, size))
			c->dr6_pending |= BIT(i);
	}
}

/*
 * AMD APM vol 2 §8.2.2 "#DB-Debug Exception (Vector 1)": no single-step trap
 * after MOV SS or POP SS, and none when the instruction entered an interrupt
 * handler.
 */
void
cpu_debug_after(struct cpu *c, uint64_t tf_before)
{
	if (tf_before && !(c->inhibit & (INHIBIT_SS | INHIBIT_STEP)))
		c->dr6_pending |= DR6_BS;
	c->inhibit &= (uint8_t)~INHIBIT_STEP;
	if (c->dr6_pending)
		c->pins |= PIN_TRAP;
}

/* ---- branches ---- */

enum { BR_FROM, BR_TO, INT_FROM, INT_TO };

static bool
is_taken(const struct cpu *c, const struct insn *in, uint64_t from)
{
	switch (in->opr) {
	case OPR_jcc: case OPR_jcxz: case OPR_loop: case OPR_loope: case OPR_loopne:
		return c->rip != from + in->len;
	case OPR_int: case OPR_int1: case OPR_int3:	/* lbr_event() */
		return false;
	default:
		return insn_info(in)->chk & CK_JUMP;
	}
}

/*
 * AMD APM vol 2 §13.1.6 "Control-Transfer Breakpoint Features": offsets in
 * segments, of branches that are taken.
 */
void
lbr_insn(struct cpu *c, const struct insn *in, uint64_t from)
{
	if (!is_taken(c, in, from))
		return;
	c->svm.lbr[BR_FROM] = from;
	c->svm.lbr[BR_TO] = c->rip;
}

/* AMD APM vol 2 §13.1.6 "Control-Transfer Breakpoint Features": the same branches. */
bool
cpu_step_counts(const struct cpu *c, const struct insn *in, uint64_t from)
{
	return likely(!btf_on(c)) || is_taken(c, in, from);
}

/* The branch before it is kept: the event becomes the last one. */
void
lbr_event(struct cpu *c)
{
	c->svm.lbr[INT_FROM] = c->svm.lbr[BR_FROM];
	c->svm.lbr[INT_TO] = c->svm.lbr[BR_TO];
	c->svm.lbr[BR_FROM] = c->rip;
	c->svm.lbr[BR_TO] = c->next_rip;
}

/* ---- MOV DR ---- */

/* DR4 and DR5 are DR6 and DR7 unless CR4.DE makes them #UD; with DR7.GD every
 * access is a #DB fault. */
static bool
dr_access(struct cpu *c, unsigned *n)
{
	if (*n > 7 || ((*n == 4 || *n == 5) && (c->cr4 & CR4_DE)))
		return raise_ud(c);
	if (*n == 4 || *n == 5)
		*n += 2;
	if (!(c->dr[7] & DR7_GD))
		return true;
	(void)raise_fault(c, EXC_DB);
	c->fault.cr2 = DR6_BD;
	return false;
}

bool
x_mov_from_dr(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned n = in->o[1].reg;

	if (!dr_access(c, &n) || !svm_dr_ok(c, in, in->o[1].reg, false))
		return false;
	v[0].u = c->dr[n];
	return true;
}

bool
x_mov_to_dr(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned n = in->o[0].reg;

	if (!dr_access(c, &n))
		return false;
	if (n >= 6 && v[1].u >> 32)
		return raise_gp0(c);
	if (!svm_dr_ok(c, in, in->o[0].reg, true))
		return false;
	if (n == 6)
		c->dr[6] = (v[1].u & DR6_WRITABLE) | DR6_FIXED;
	else if (n == 7)
		c->dr[7] = (v[1].u & DR7_WRITABLE) | DR7_FIXED;
	else
		c->dr[n] = v[1].u;
	return true;
}
