/*
 * cpu/far.c - far CALL, JMP and RET
 *
 * AMD APM vol 3 "CALL (Far)", "JMP (Far)", "RET (Far)"; the checks are those of
 * AMD APM vol 2 §4.11 "Control-Transfer Privilege Checks".  IRET is in iret.c.
 */
#include "cpu/system_priv.h"

/* A call gate taken apart. */
struct call_gate {
	uint16_t	sel;
	uint64_t	offset;
	unsigned	size;		/* of what is pushed: 2, 4 or 8 */
	unsigned	params;
};

void
cs_load(struct cpu *c, const struct descriptor *d, uint16_t sel, unsigned cpl)
{
	desc_to_seg(d, (uint16_t)((sel & ~3u) | cpl), &c->seg[SEG_CS]);
	cpu_set_cpl(c, cpl);
}

bool
cs_offset_ok(struct cpu *c, const struct descriptor *d, uint64_t off)
{
	struct seg s;

	if (long_mode(c) && (d->lo & DESC_L))
		return is_canonical(off) || raise_gp0(c);
	desc_to_seg(d, 0, &s);
	return off <= s.limit || raise_gp0(c);
}

/* AMD processors have no 64-bit far pointers: REX.W changes nothing. */
static unsigned
far_size(const struct insn *in)
{
	return in->opsize == 2 ? 2 : 4;
}

/* L and D together are reserved in long mode. */
static bool
code_size_ok(const struct cpu *c, const struct descriptor *d)
{
	return !long_mode(c) || (d->lo & (DESC_L | DESC_DB)) != (DESC_L | DESC_DB);
}

/* A code segment named directly by JMP or CALL: stays at CPL. */
static bool
direct_code_ok(const struct cpu *c, const struct descriptor *d, uint16_t sel)
{
	if (!desc_is_code(d) || !code_size_ok(c, d))
		return false;
	if (desc_type(d) & SA_CONFORM)
		return desc_dpl(d) <= c->cpl;
	return (sel & 3) <= c->cpl && desc_dpl(d) == c->cpl;
}

/* ---- real and virtual-8086 mode ---- */

static bool
jump_real(struct cpu *c, uint16_t sel, uint64_t off)
{
	if (off > c->seg[SEG_CS].limit)
		return raise_gp0(c);
	seg_load_real(c, SEG_CS, sel);
	c->next_rip = off;
	cpu_mode_update(c);
	return true;
}

static bool
call_real(struct cpu *c, uint16_t sel, uint64_t off, unsigned size)
{
	struct frame f;

	frame_begin(&f, c, 0);
	if (!frame_push(&f, size, c->seg[SEG_CS].sel) || !frame_push(&f, size, c->next_rip) ||
	    !jump_real(c, sel, off))
		return false;
	frame_commit(&f);
	return true;
}

/* ---- direct transfers ---- */

static bool
direct_check(struct cpu *c, uint16_t sel, const struct descriptor *d)
{
	if (!direct_code_ok(c, d, sel))
		return raise_sel(c, EXC_GP, sel);
	return (d->lo & DESC_P) || raise_sel(c, EXC_NP, sel);
}

static void
direct_enter(struct cpu *c, uint16_t sel, const struct descriptor *d, uint64_t off)
{
	cs_load(c, d, sel, c->cpl);
	c->next_rip = off;
	cpu_mode_update(c);
}

static bool
jump_direct(struct cpu *c, uint16_t sel, struct descriptor *d, uint64_t off)
{
	if (!direct_check(c, sel, d) || !cs_offset_ok(c, d, off) ||
	    !desc_set_accessed(c, sel, d))
		return false;
	direct_enter(c, sel, d, off);
	return true;
}

static bool
call_direct(struct cpu *c, uint16_t sel, struct descriptor *d, uint64_t off, unsigned size)
{
	struct frame f;

	if (!direct_check(c, sel, d))
		return false;
	frame_begin(&f, c, 0);
	if (!frame_push(&f, size, c->seg[SEG_CS].sel) || !frame_push(&f, size, c->next_rip) ||
	    !cs_offset_ok(c, d, off) || !desc_set_accessed(c, sel, d))
		return false;
	frame_commit(&f);
	direct_enter(c, sel, d, off);
	return true;
}

/* ---- gates ---- */

/* Privilege and presence of a call gate, task gate or TSS descriptor. */
static bool
system_check(struct cpu *c, uint16_t sel, const struct descriptor *d)
{
	if (desc_dpl(d) < c->cpl || desc_dpl(d) < (sel & 3u) || !desc_upper_ok(d))
		return raise_sel(c, EXC_GP, sel);
	return (d->lo & DESC_P) || raise_sel(c, EXC_NP, sel);
}

static void
gate_unpack(const struct cpu *c, const struct descriptor *d, struct call_gate *g)
{
	bool wide = desc_type(d) & 8;

	g->sel = (uint16_t)bits_get(d->lo, 16, 16);
	g->offset = bits_get(d->lo, 0, 16);
	if (wide)
		g->offset |= bits_get(d->lo, 48, 16) << 16 | d->hi << 32;
	g->size = long_mode(c) ? 8 : wide ? 4 : 2;
	g->params = long_mode(c) ? 0 : (unsigned)bits_get(d->lo, 32, 5);
}

/* The gate's code segment, checked for a jump or a call. */
static bool
gate_code(struct cpu *c, const struct call_gate *g, bool call, struct descriptor *d)
{
	unsigned dpl;

	if (sel_is_null(g->sel))
		return raise_gp0(c);
	if (!desc_read(c, g->sel, EXC_GP, d))
		return false;
	dpl = desc_dpl(d);
	if (!desc_is_code(d) || dpl > c->cpl ||
	    (!call && !(desc_type(d) & SA_CONFORM) && dpl != c->cpl))
		return raise_sel(c, EXC_GP, g->sel);
	if (long_mode(c) && (d->lo & (DESC_L | DESC_DB)) != DESC_L)
		return raise_sel(c, EXC_GP, g->sel);
	return (d->lo & DESC_P) || raise_sel(c, EXC_NP, g->sel);
}

/* Copies the parameters so that they lie in the new frame as in the old. */
static bool
push_params(struct cpu *c, const struct call_gate *g, struct frame *f)
{
	uint64_t v;

	for (unsigned i = g->params; i-- > 0;) {
		if (!stack_peek(c, i * g->size, g->size, &v) || !frame_push(f, g->size, v))
			return false;
	}
	return true;
}

static bool
gate_call_inner(struct cpu *c, const struct call_gate *g, struct descriptor *d)
{
	unsigned cpl = desc_dpl(d);
	struct inner_stack is;
	struct frame f;

	if (!inner_stack_open(c, cpl, 0, &is, &f))
		return false;
	if (!frame_push(&f, g->size, c->seg[SEG_SS].sel) ||
	    !frame_push(&f, g->size, c->gpr[RSP]) || !push_params(c, g, &f) ||
	    !frame_push(&f, g->size, c->seg[SEG_CS].sel) ||
	    !frame_push(&f, g->size, c->next_rip) || !cs_offset_ok(c, d, g->offset) ||
	    !desc_set_accessed(c, g->sel, d) || !inner_stack_ready(c, &is))
		return false;
	frame_commit(&f);
	c->seg[SEG_SS] = is.ss;
	cs_load(c, d, g->sel, cpl);
	c->next_rip = g->offset;
	cpu_mode_update(c);
	return true;
}

static bool
gate_call_same(struct cpu *c, const struct call_gate *g, struct descriptor *d)
{
	struct frame f;

	if (long_mode(c))
		frame_begin_at(&f, c, &c->seg[SEG_SS], c->gpr[RSP], c->cpl, true, 0);
	else
		frame_begin(&f, c, 0);
	if (!frame_push(&f, g->size, c->seg[SEG_CS].sel) ||
	    !frame_push(&f, g->size, c->next_rip) || !cs_offset_ok(c, d, g->offset) ||
	    !desc_set_accessed(c, g->sel, d))
		return false;
	frame_commit(&f);
	direct_enter(c, g->sel, d, g->offset);
	return true;
}

static bool
through_call_gate(struct cpu *c, uint16_t sel, const struct descriptor *gate, bool call)
{
	struct descriptor d;
	struct call_gate g;

	if (!system_check(c, sel, gate))
		return false;
	gate_unpack(c, gate, &g);
	if (!gate_code(c, &g, call, &d))
		return false;
	if (call && !(desc_type(&d) & SA_CONFORM) && desc_dpl(&d) < c->cpl)
		return gate_call_inner(c, &g, &d);
	if (call)
		return gate_call_same(c, &g, &d);
	if (!cs_offset_ok(c, &d, g.offset) || !desc_set_accessed(c, g.sel, &d))
		return false;
	direct_enter(c, g.sel, &d, g.offset);
	return true;
}

static bool
through_task(struct cpu *c, uint16_t sel, const struct descriptor *d, bool call)
{
	struct task_switch ts = {
		.sel = sel, .src = call ? TASK_CALL : TASK_JUMP,
		.eip = (uint32_t)c->next_rip, .eflags = (uint32_t)rflags_get(c)
	};

	if (!system_check(c, sel, d))
		return false;
	if (desc_type(d) == DT_TASK)
		ts.sel = (uint16_t)bits_get(d->lo, 16, 16);
	return task_switch(c, &ts);
}

/* A system descriptor: call gate, task gate, TSS, or #GP. */
static bool
through_system(struct cpu *c, uint16_t sel, const struct descriptor *d, bool call)
{
	switch (desc_type(d)) {
	case DT_CALL32:
		return through_call_gate(c, sel, d, call);
	case DT_CALL16:
		if (!long_mode(c))
			return through_call_gate(c, sel, d, call);
		break;
	case DT_TSS16:
	case DT_TSS32:
	case DT_TASK:
		if (!long_mode(c))
			return through_task(c, sel, d, call);
		break;
	default:
		break;
	}
	return raise_sel(c, EXC_GP, sel);
}

static bool
far_target(struct cpu *c, const struct insn *in, union xval *v, uint16_t *sel, uint64_t *off)
{
	unsigned size = far_size(in);
	uint64_t s;

	if (in->o[0].kind == OK_FAR) {
		*off = in->imm;
		*sel = in->imm2;
		return true;
	}
	if (!seg_ld_u(c, in->seg, v[0].u, size, off) ||
	    !seg_ld_u(c, in->seg, (v[0].u + size) & LOW_BITS(in->addrsize * 8), 2, &s))
		return false;
	*sel = (uint16_t)s;
	return true;
}

static bool
far_protected(struct cpu *c, uint16_t sel, uint64_t off, unsigned size, bool call)
{
	struct descriptor d;

	if (sel_is_null(sel))
		return raise_gp0(c);
	if (!desc_read(c, sel, EXC_GP, &d))
		return false;
	if (!(d.lo & DESC_S))
		return through_system(c, sel, &d, call);
	return call ? call_direct(c, sel, &d, off, size) : jump_direct(c, sel, &d, off);
}

bool
x_jmp_far(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t sel;
	uint64_t off;

	if (!far_target(c, in, v, &sel, &off))
		return false;
	if (in_real_or_vm(c))
		return jump_real(c, sel, off);
	return far_protected(c, sel, off, far_size(in), false);
}

bool
x_call_far(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t sel;
	uint64_t off;

	if (!far_target(c, in, v, &sel, &off))
		return false;
	if (in_real_or_vm(c))
		return call_real(c, sel, off, far_size(in));
	return far_protected(c, sel, off, far_size(in), true);
}

/* ---- RET ---- */

/* rSP after popping n more bytes. */
static void
stack_drop(struct cpu *c, uint64_t n)
{
	uint64_t mask = stack_mask(c);
	uint64_t sp = (c->gpr[RSP] & ~mask) | ((c->gpr[RSP] + n) & mask);

	c->gpr[RSP] = mask == 0xffffffff ? (uint32_t)sp : sp;
}

static bool
ret_real(struct cpu *c, uint64_t rip, uint16_t sel, uint64_t drop)
{
	if (!jump_real(c, sel, rip))
		return false;
	stack_drop(c, drop);
	return true;
}

static bool
ret_same(struct cpu *c, uint64_t rip, uint16_t sel, struct descriptor *d, uint64_t drop)
{
	if (!cs_offset_ok(c, d, rip) || !desc_set_accessed(c, sel, d))
		return false;
	stack_drop(c, drop);
	direct_enter(c, sel, d, rip);
	return true;
}

static bool
ret_outer(struct cpu *c, uint64_t rip, uint16_t sel, struct descriptor *d, unsigned size,
    uint64_t release)
{
	struct outer_stack os;
	uint64_t sp, ss;

	if (!stack_peek(c, 2 * size + release, size, &sp) ||
	    !stack_peek(c, 3 * size + release, size, &ss) ||
	    !outer_stack_open(c, (uint16_t)ss, sp, sel & 3, d, &os) ||
	    !cs_offset_ok(c, d, rip) || !desc_set_accessed(c, sel, d) ||
	    !outer_stack_load(c, &os))
		return false;
	cs_load(c, d, sel, sel & 3);
	seg_drop_inner(c);
	c->next_rip = rip;
	cpu_mode_update(c);
	stack_drop(c, release);
	return true;
}

bool
return_code_read(struct cpu *c, uint16_t sel, struct descriptor *d)
{
	unsigned rpl = sel & 3;

	if (sel_is_null(sel))
		return raise_gp0(c);
	if (!desc_read(c, sel, EXC_GP, d))
		return false;
	if (!desc_is_code(d) || !code_size_ok(c, d) || rpl < c->cpl ||
	    (desc_type(d) & SA_CONFORM ? desc_dpl(d) > rpl : desc_dpl(d) != rpl))
		return raise_sel(c, EXC_GP, sel);
	return (d->lo & DESC_P) || raise_sel(c, EXC_NP, sel);
}

bool
x_ret_far(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t release = in->nopnd ? v[0].u : 0, rip, sel;
	unsigned size = in->opsize;
	struct descriptor d;

	if (!stack_peek(c, 0, size, &rip) || !stack_peek(c, size, size, &sel))
		return false;
	if (in_real_or_vm(c))
		return ret_real(c, rip, (uint16_t)sel, 2 * size + release);
	if (!return_code_read(c, (uint16_t)sel, &d))
		return false;
	if ((sel & 3) == c->cpl)
		return ret_same(c, rip, (uint16_t)sel, &d, 2 * size + release);
	return ret_outer(c, rip, (uint16_t)sel, &d, size, release);
}
