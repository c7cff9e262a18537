/*
 * tests/insn/rules.c - what is left out of the comparison: tests/insn/rules.def
 */
#include "cpu/f80.h"
#include "cpu/regs.h"
#include "tests/insn/diff.h"

/* ---- rows that are not run ---- */

static const struct rule excluded[] = {
#define EXCLUDE(opr, reason) { OPR_##opr, reason },
#define RULE(name, reason)
#include "tests/insn/rules.def"
#undef EXCLUDE
#undef RULE
};

const char *
rule_excludes(unsigned row, unsigned bits)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(excluded); i++) {
		if (excluded[i].opr == insn_table[row].opr)
			return excluded[i].reason;
	}
	(void)bits;
	return NULL;
}

#define LINUX_TASK_SIZE	0x7ffffffff000u

/* ---- parts that are not compared ---- */

struct context {
	const struct target *t;
	const struct insn_case *c;
	const struct plan *p;
	const struct insn_info *info;
	bool		done;		/* it completed */
	bool		memory;		/* it has a memory operand: */
	uint64_t	ea, linear;
};

static uint64_t
offset_of(const struct context *x)
{
	const struct insn *in = &x->p->in;
	const uint64_t *gpr = x->c->regs.gpr;
	uint64_t ea = in->disp;

	if (in->base == REG_RIP)
		ea += x->c->regs.rip + in->len;
	else if (in->base != REG_NONE)
		ea += gpr[in->base];
	if (in->index != REG_NONE)
		ea += gpr[in->index] << in->scale;
	return ea;
}

/* Of the operand that the segment prefix is about. */
static bool
find_offset(struct context *x)
{
	const uint64_t *gpr = x->c->regs.gpr;
	unsigned i;

	for (i = 0; i < x->p->in.nopnd; i++) {
		if (x->p->in.o[i].kind == OK_MEM)
			x->ea = offset_of(x);
		else if (x->p->in.o[i].kind == OK_STRS)
			x->ea = gpr[RSI];
		else
			continue;
		return true;
	}
	switch (x->p->in.opr) {
	case OPR_xlat: x->ea = gpr[RBX] + (gpr[RAX] & 0xff); return true;
	case OPR_maskmovdqu:
	case OPR_mm_maskmovq: x->ea = gpr[RDI]; return true;
	default: return false;
	}
}

static void
find_memory(struct context *x)
{
	const struct case_regs *r = &x->c->regs;

	x->memory = find_offset(x);
	x->ea &= LOW_BITS(x->p->in.addrsize * 8);
	x->linear = x->ea + (x->p->in.seg == SEG_FS ? r->fs_base :
	    x->p->in.seg == SEG_GS ? r->gs_base : 0);
}

/* Offset in the arena; the read-only pages and everything else are behind it. */
static uint32_t
arena_offset(const struct context *x, uint64_t linear)
{
	if (linear - DATA_AT < WINDOW_BYTES)
		return (uint32_t)(linear - DATA_AT);
	if (linear - x->t->far_at < WINDOW_BYTES)
		return (uint32_t)(linear - x->t->far_at) + WINDOW_BYTES;
	return ARENA_BYTES + (linear & 0xfff);
}

/* What memory held before the case. */
static uint8_t
held(const struct context *x, uint64_t linear)
{
	uint32_t at = arena_offset(x, linear);

	if (at >= ARENA_BYTES)
		return x->t->shared->readonly[at - ARENA_BYTES];
	if (at - x->c->patch_at < x->c->patch_len)
		return x->c->patch[at - x->c->patch_at];
	return x->t->shared->arena[at];
}

/* The count of a shift or rotate as the processor takes it. */
static bool
shift_count(const struct context *x, unsigned *count)
{
	const struct insn *in = &x->p->in;
	const struct opnd *o;

	switch (in->opr) {
	case OPR_rol: case OPR_ror: case OPR_rcl: case OPR_rcr: case OPR_shl: case OPR_shr:
	case OPR_sar: case OPR_shld: case OPR_shrd: break;
	default: return false;
	}
	o = &in->o[in->nopnd - 1];
	*count = o->kind == OK_IMM ? (unsigned)in->imm : (unsigned)x->c->regs.gpr[RCX];
	*count &= in->o[0].size == 8 ? 63 : 31;
	return true;
}

static void
rule_undefined_flags(const struct context *x, struct mask *m)
{
	uint32_t undefined = x->info->fu;
	unsigned count;

	if (!x->done)
		return;
	if (shift_count(x, &count)) {
		if (!count)
			undefined = 0;
		else if (count == 1)
			undefined &= ~F_OF;
	}
	m->rflags |= undefined;
}

/* Such a case is never made: gen.c. */
static void
rule_int80(const struct context *x, struct mask *m)
{
	(void)x;
	(void)m;
}

static void
rule_rf(const struct context *x, struct mask *m)
{
	(void)x;
	m->rflags |= F_RF;
}

static void
rule_kernel_address(const struct context *x, struct mask *m)
{
	if (x->p->want.vector == EXC_PF && x->p->want.cr2 >= LINUX_TASK_SIZE)
		m->error |= 1;
}

static void
rule_transcendental(const struct context *x, struct mask *m)
{
	switch (x->p->in.opr) {
	case OPR_f2xm1: case OPR_fyl2x: case OPR_fyl2xp1: case OPR_fptan: case OPR_fpatan:
	case OPR_fsin: case OPR_fcos: case OPR_fsincos:
		m->x87_ulp = true;
		m->fsw |= F80_C1;
		break;
	default: break;
	}
}

static void
rule_approximation(const struct context *x, struct mask *m)
{
	switch (x->p->in.opr) {
	case OPR_rcpps: case OPR_rcpss: case OPR_rsqrtps: case OPR_rsqrtss:
		m->approximate = true;
		break;
	default: break;
	}
}

static void
rule_offset_canonical(const struct context *x, struct mask *m)
{
	if (x->memory && x->p->in.addrsize == 8 && x->p->in.seg >= SEG_FS &&
	    !(is_canonical(x->ea) && is_canonical(x->ea + 15)))
		m->all = true;
}

/* Operands the processor takes apart. */
static unsigned
area_size(const struct context *x)
{
	switch (x->p->in.opr) {
	case OPR_fnsave: case OPR_frstor: return 108;
	case OPR_fldenv: case OPR_fnstenv: return 28;
	case OPR_fxsave: case OPR_fxrstor: return 512;
	case OPR_xsave: case OPR_xsaveopt: case OPR_xrstor: return 576;
	case OPR_fld_m80: case OPR_fstp_m80: case OPR_fbld: case OPR_fbstp: return 10;
	default: return 0;
	}
}

static void
rule_area(const struct context *x, struct mask *m)
{
	unsigned size = area_size(x);

	if (!size)
		return;
	if (size > 10) {
		m->cr2 = ~(uint64_t)0;
		m->error |= 1;
	}
	if (x->p->in.addrsize == 8 && is_canonical(x->linear) != is_canonical(x->linear + size))
		m->all = true;
	if (x->t->bits == 32 && x->p->in.seg >= SEG_FS && !x->done)
		m->all = true;
}

static void
rule_components(const struct context *x, struct mask *m)
{
	const uint64_t *gpr = x->c->regs.gpr;

	switch (x->p->in.opr) {
	case OPR_xsave: case OPR_xsaveopt: case OPR_xrstor:
		if ((uint32_t)gpr[RAX] > 3 || (uint32_t)gpr[RDX])
			m->all = true;
		break;
	default: break;
	}
}

static void
rule_xsaveopt(const struct context *x, struct mask *m)
{
	if (x->p->in.opr == OPR_xsaveopt)
		m->memory_len = ARENA_BYTES;
}

static void
rule_push_all(const struct context *x, struct mask *m)
{
	if (!x->done && (x->p->in.opr == OPR_pusha || x->p->in.opr == OPR_popa))
		m->state = true;
}

static void
rule_compare_order(const struct context *x, struct mask *m)
{
	bool fast = x->p->in.opsize == 1 && x->p->in.prefix & PFX_F3;

	if (x->p->in.opr == OPR_cmps && !x->done && (fast || x->t->ways.rsi_first))
		m->all = true;
}

static void
rule_own_int(const struct context *x, struct mask *m)
{
	if (x->p->in.opr == OPR_int && !x->done && x->t->ways.own_int)
		m->all = true;
}

static void
rule_loop_prefix(const struct context *x, struct mask *m)
{
	if ((x->p->in.opr == OPR_loope || x->p->in.opr == OPR_loopne) &&
	    x->p->in.prefix & (PFX_F2 | PFX_F3))
		m->all = true;
}

static void
rule_cr8_legacy(const struct context *x, struct mask *m)
{
	unsigned opr = insn_table[x->p->row].opr;

	if (x->p->result == DEC_UD && (opr == OPR_mov_from_cr || opr == OPR_mov_to_cr))
		m->all = true;
}

static void
rule_mxcsr_mask(const struct context *x, struct mask *m)
{
	switch (x->p->in.opr) {
	case OPR_fxsave: case OPR_xsave: case OPR_xsaveopt:
		m->memory_at = arena_offset(x, x->linear + 28);
		m->memory_len = 4;
		break;
	default: break;
	}
}

static void
rule_mxcsr_mm(const struct context *x, struct mask *m)
{
	switch (x->p->in.opr) {
	case OPR_fxrstor: case OPR_xrstor:
		m->all = m->all || held(x, x->linear + 26) & 2;
		break;
	case OPR_ldmxcsr:
		m->all = m->all || held(x, x->linear + 2) & 2;
		break;
	default: break;
	}
}

static void (*const rules[])(const struct context *x, struct mask *m) = {
#define EXCLUDE(opr, reason)
#define RULE(name, reason) rule_##name,
#include "tests/insn/rules.def"
#undef EXCLUDE
#undef RULE
};

struct mask
rule_mask(const struct target *t, const struct insn_case *c, const struct plan *p)
{
	struct context x = { .t = t, .c = c, .p = p, .info = insn_info(&p->in),
		.done = p->want.vector == EXC_DB || p->want.vector == EXC_BP };
	struct mask m = { 0 };
	unsigned i;

	find_memory(&x);
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i](&x, &m);
	return m;
}

/* ---- the document ---- */

static void
print_excluded(FILE *f)
{
	unsigned i;

	fprintf(f, "Not run:\n\n| operation | why |\n| --- | --- |\n");
	for (i = 0; i < ARRAY_SIZE(excluded); i++)
		fprintf(f, "| %s | %s |\n", oper_table[excluded[i].opr].fn_name,
		    excluded[i].reason);
}

void
rules_print(FILE *f)
{
	fprintf(f, "# What the differential test does not compare\n\n"
	    "`tests/insn/diff` runs every unprivileged instruction on the host's processor and "
	    "on ours.\nThis list is printed by `tests/insn/diff --rules` from "
	    "tests/insn/rules.def, and `make check`\ncompares it with the file you are "
	    "reading.\n\n");
	print_excluded(f);
	fprintf(f, "\nRun, but not compared in full:\n\n");
#define EXCLUDE(opr, reason)
#define RULE(name, reason) fprintf(f, "- %s\n", reason);
#include "tests/insn/rules.def"
#undef EXCLUDE
#undef RULE
}
