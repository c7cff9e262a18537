/*
 * tests/insn/operands.c - registers and memory for an instruction
 *
 * Registers are random first; then what the operation needs to be interesting
 * (small counts, quotients that fit, equal comparands); last the registers or
 * the displacement that form the address, so that it reaches the place chosen
 * for it: mostly inside a window, sometimes across pages, into read-only or
 * unmapped memory, or to a non-canonical address.
 */
#include <string.h>

#include "tests/insn/diff.h"

#define REST	64u		/* bytes around a place that are patched */

struct setup {
	const struct target *t;
	struct rng	*r;
	struct encoding	*e;
	const struct insn *in;
	struct insn_case *c;
	uint64_t	*gpr;
};

static uint64_t
mode_mask(const struct setup *s)
{
	return s->t->bits == 64 ? ~(uint64_t)0 : 0xffffffff;
}

static uint64_t
addr_mask(const struct setup *s)
{
	return LOW_BITS(s->in->addrsize * 8);
}

static uint64_t
seg_base(const struct setup *s, unsigned seg)
{
	return seg == SEG_FS ? s->c->regs.fs_base : seg == SEG_GS ? s->c->regs.gs_base : 0;
}

/* ---- places ---- */

/* A window of which addresses of this size reach every byte. */
static uint64_t
rnd_window(const struct setup *s)
{
	bool far = one_in(s->r, 3) && (s->t->bits == 32 || s->in->addrsize == 8);

	return far ? s->t->far_at : DATA_AT;
}

static uint64_t
rnd_wild(const struct setup *s)
{
	uint64_t v = rnd(s->r);

	if (s->t->bits == 32)
		return (uint32_t)v;
	switch (v & 3) {
	case 0: return v;				/* hardly ever canonical */
	case 1: return (uint64_t)((int64_t)v >> 16);	/* often the kernel's */
	case 2: return (uint64_t)1 << 47 | (v >> 20 & 0xffff);
	default: return ((uint64_t)1 << 47) - 1 - (v >> 20 & 0xf);
	}
}

/* Where an operand of size bytes shall be. */
static uint64_t
rnd_place(const struct setup *s, unsigned size, unsigned align)
{
	uint64_t w = rnd_window(s);
	unsigned k = rnd_below(s->r, 100), near = rnd_below(s->r, 2 * size + 2);

	if (k < 70)
		return w + rnd_below(s->r, (WINDOW_BYTES - size) / align) * align;
	if (k < 82)
		return w + rnd_below(s->r, WINDOW_BYTES - size);
	if (k < 88)
		return w + CASE_PAGE - size / 2 - near / 4;
	if (k < 92)
		return w + WINDOW_BYTES - near;
	if (k < 94)
		return w + WINDOW_BYTES + rnd_below(s->r, CASE_PAGE / align) * align;
	if (k < 96)
		return w + WINDOW_BYTES + CASE_PAGE - near;
	if (k < 98)
		return w - near;
	return rnd_wild(s);
}

/* Offset of a writable byte in the arena, or ARENA_BYTES. */
static uint32_t
arena_offset(const struct setup *s, uint64_t at)
{
	if (at - DATA_AT < WINDOW_BYTES)
		return (uint32_t)(at - DATA_AT);
	if (at - s->t->far_at < WINDOW_BYTES)
		return (uint32_t)(at - s->t->far_at) + WINDOW_BYTES;
	return ARENA_BYTES;
}

/* Contents for an operand at this place, as much as its window holds. */
static void
patch(struct setup *s, uint64_t at, unsigned code, unsigned len)
{
	uint32_t off = arena_offset(s, at), room;

	if (off == ARENA_BYTES)
		return;
	room = (off / WINDOW_BYTES + 1) * WINDOW_BYTES - off;
	rnd_memory(s->r, code, s->c->patch, len);
	s->c->patch_at = off;
	s->c->patch_len = len < room ? len : room;
}

/* ---- addresses ---- */

static void
put_disp(struct setup *s, uint64_t v)
{
	unsigned i;

	for (i = 0; i < s->e->disp_len; i++)
		s->e->b[s->e->disp_at + i] = (uint8_t)(v >> 8 * i);
}

/* base + index * scale with one register for both. */
static uint64_t
solve_twice(struct setup *s, uint64_t want)
{
	uint64_t n = 1 + (1u << s->in->scale);

	s->gpr[s->in->base] = want / n;
	return want % n;
}

static uint64_t
solve_index(struct setup *s, uint64_t want)
{
	s->gpr[s->in->index] = want >> s->in->scale;
	return want & LOW_BITS(s->in->scale);
}

/* Makes the effective address ea.  What registers cannot express is left to a
 * displacement of full size, else the address is a few bytes off. */
static void
solve(struct setup *s, uint64_t ea)
{
	const struct insn *in = s->in;
	uint64_t rest, disp = in->disp;

	if (in->base == REG_RIP) {
		put_disp(s, ea - (CODE_AT + s->c->code_off + s->e->len));
		return;
	}
	if (in->base == REG_NONE && in->index == REG_NONE) {
		put_disp(s, ea);
		return;
	}
	if (in->base == REG_NONE)
		rest = solve_index(s, (ea - disp) & addr_mask(s));
	else if (in->base == in->index)
		rest = solve_twice(s, (ea - disp) & addr_mask(s));
	else {
		rest = ea - disp;
		if (in->index != REG_NONE)
			rest -= s->gpr[in->index] << in->scale;
		s->gpr[in->base] = rest & mode_mask(s);
		rest = 0;
	}
	if (s->e->disp_len == 4)
		put_disp(s, disp + rest);
}

/* Can a displacement alone express it? */
static bool
reachable(const struct setup *s, uint64_t at)
{
	uint64_t disp = at - seg_base(s, s->in->seg) - (s->in->base == REG_RIP ? CODE_AT : 0);

	if (s->t->bits == 32 || s->e->disp_len == 8 || s->in->base < 16 || s->in->index < 16)
		return true;
	return disp + 0x7fff0000 < 0xfffe0000;
}

static unsigned
memory_code(const struct insn *in, unsigned i)
{
	return insn_info(in)->operand[i];
}

static unsigned
memory_size(const struct insn *in, unsigned i)
{
	switch (memory_code(in, i)) {
	case OC_Mx: return in->opr == OPR_cmpxchg8b ? 2 * in->opsize :
	    in->opr == OPR_xsave || in->opr == OPR_xrstor ? 576 : 512;
	case OC_Menv: return 108;
	default: return in->o[i].size ? in->o[i].size : 8;
	}
}

static unsigned
memory_align(const struct insn *in, unsigned size)
{
	if (in->opr == OPR_xsave || in->opr == OPR_xrstor || in->opr == OPR_xsaveopt)
		return 64;
	return size > 16 || (size & (size - 1)) ? 16 : size;
}

static void
set_memory_operand(struct setup *s, unsigned i)
{
	unsigned size = memory_size(s->in, i), align = memory_align(s->in, size);
	unsigned tries = 0;
	uint64_t at;

	do {
		at = rnd_place(s, size, align);
	} while (!reachable(s, at) && ++tries < 20);
	patch(s, at, memory_code(s->in, i), size < REST ? REST : size);
	solve(s, (at - seg_base(s, s->in->seg)) & addr_mask(s));
}

/* ---- what single operations need ---- */

static void
set_low(struct setup *s, unsigned reg, unsigned size, uint64_t v)
{
	s->gpr[reg] = (s->gpr[reg] & ~LOW_BITS(size * 8)) | (v & LOW_BITS(size * 8));
}

/* Half of the quotients fit. */
static void
set_dividend(struct setup *s)
{
	unsigned size = s->in->o[0].size;
	bool sign = s->in->opr == OPR_idiv;
	int64_t low = (int64_t)rnd_int(s->r);

	if (one_in(s->r, 2))
		return;
	if (size == 1) {
		set_low(s, RAX, 2, sign ? (uint64_t)(int8_t)low : (uint8_t)low);
		return;
	}
	set_low(s, RAX, size, (uint64_t)low);
	set_low(s, RDX, size, sign ? (uint64_t)(sign_extend((uint64_t)low, size * 8) >> 63) :
	    rnd_below(s->r, 4));
}

/* Both strings inside one patch of few different bytes, so that they agree for
 * a while. */
static void
set_strings(struct setup *s)
{
	uint64_t at = rnd_place(s, 128, s->in->opsize), mask = addr_mask(s);
	uint8_t byte = (uint8_t)rnd(s->r);
	unsigned i;

	patch(s, at, OC___, 512);
	for (i = 0; i < 512; i++) {
		if (!one_in(s->r, 40))
			s->c->patch[i] = byte;
	}
	if (one_in(s->r, 2))
		memset(&s->gpr[RAX], byte, 8);
	s->gpr[RSI] = (at + rnd_below(s->r, 256) - seg_base(s, s->in->seg)) & mask;
	s->gpr[RDI] = (at + rnd_below(s->r, 256)) & mask;
	if (one_in(s->r, 4))
		s->gpr[RDI] = rnd_place(s, 64, s->in->opsize) & mask;
	s->gpr[RCX] = one_in(s->r, 8) ? rnd_below(s->r, 9000) : rnd_below(s->r, 70);
	if (!one_in(s->r, 8) && s->in->addrsize < 8)
		s->gpr[RCX] |= rnd(s->r) & ~mask;
}

static uint64_t
rnd_code_target(struct setup *s)
{
	if (one_in(s->r, 8))
		return rnd_wild(s);
	return CODE_AT + rnd_below(s->r, CODE_BYTES);
}

/* The stack pointer, and a return address on the stack. */
static void
set_stack(struct setup *s)
{
	uint64_t at = rnd_place(s, 8, s->t->bits / 8);

	s->gpr[RSP] = at;
	patch(s, at, OC___, REST);
	if (s->in->opr == OPR_ret || s->in->opr == OPR_ret_imm)
		put_le64(s->c->patch, rnd_code_target(s) |
		    (s->t->bits == 32 ? rnd(s->r) << 32 : 0));
	if (s->in->opr == OPR_leave || s->in->opr == OPR_enter)
		s->gpr[RBP] = rnd_place(s, 64, s->t->bits / 8);
}

static void
set_comparand(struct setup *s)
{
	const struct opnd *o = &s->in->o[0];

	if (one_in(s->r, 3))
		return;
	if (o->kind == OK_GPR)
		s->gpr[RAX] = s->gpr[o->reg];
	else if (o->kind == OK_MEM)
		put_le64(s->c->patch, s->gpr[RAX]);
}

static void
set_double_comparand(struct setup *s)
{
	if (one_in(s->r, 3))
		return;
	if (s->in->opsize == 8) {
		put_le64(s->c->patch, s->gpr[RAX]);
		put_le64(s->c->patch + 8, s->gpr[RDX]);
	} else {
		put_le32(s->c->patch, (uint32_t)s->gpr[RAX]);
		put_le32(s->c->patch + 4, (uint32_t)s->gpr[RDX]);
	}
}

static void
set_bit_offset(struct setup *s)
{
	if (s->in->o[1].kind == OK_GPR && s->in->o[0].kind == OK_MEM && !one_in(s->r, 8))
		s->gpr[s->in->o[1].reg] = (rnd_below(s->r, 4096) - 2048u) & mode_mask(s);
}

static void
set_branch_target(struct setup *s)
{
	uint64_t to = rnd_code_target(s);

	if (s->in->o[0].kind == OK_GPR)
		s->gpr[s->in->o[0].reg] = to & mode_mask(s);
	else
		put_le64(s->c->patch, to);
}

/* Components 0 and 1 exist in the emulated processor; the host may have more. */
static void
set_components(struct setup *s)
{
	s->gpr[RAX] = rnd_below(s->r, 4);
	s->gpr[RDX] = 0;
}

/* Before the address is solved. */
static void
prepare(struct setup *s)
{
	switch (s->in->opr) {
	case OPR_div: case OPR_idiv: set_dividend(s); break;
	case OPR_bt: case OPR_bts: case OPR_btr: case OPR_btc: set_bit_offset(s); break;
	case OPR_movs: case OPR_cmps: case OPR_stos: case OPR_lods: case OPR_scas:
	case OPR_ins: case OPR_outs: set_strings(s); break;
	case OPR_loop: case OPR_loope: case OPR_loopne: case OPR_jcxz:
		if (one_in(s->r, 2))
			s->gpr[RCX] = rnd_below(s->r, 2) | (one_in(s->r, 4) ? rnd(s->r) << 32 : 0);
		break;
	case OPR_push: case OPR_push_seg: case OPR_pop: case OPR_pusha: case OPR_popa:
	case OPR_pushf: case OPR_popf: case OPR_enter: case OPR_leave: case OPR_call:
	case OPR_call_ind: case OPR_ret: case OPR_ret_imm: set_stack(s); break;
	case OPR_xsave: case OPR_xrstor: case OPR_xsaveopt: set_components(s); break;
	default: break;
	}
}

static void
set_implicit_memory(struct setup *s)
{
	uint64_t at = rnd_place(s, 16, 16), base = seg_base(s, s->in->seg);

	switch (s->in->opr) {
	case OPR_xlat:
		s->gpr[RBX] = (at - (s->gpr[RAX] & 0xff) - base) & addr_mask(s);
		break;
	case OPR_maskmovdqu: case OPR_mm_maskmovq:
		s->gpr[RDI] = (at - base) & addr_mask(s);
		break;
	default: break;
	}
}

/* After it, when contents depend on registers. */
static void
finish(struct setup *s)
{
	switch (s->in->opr) {
	case OPR_cmpxchg: set_comparand(s); break;
	case OPR_cmpxchg8b: set_double_comparand(s); break;
	case OPR_call_ind: case OPR_jmp_ind: set_branch_target(s); break;
	default: break;
	}
}

/* ---- all registers ---- */

/* Any canonical base now and then, if the worker can set it. */
static void
set_bases(struct setup *s)
{
	bool free = s->t->bits == 64 && s->t->shared->has_fsgsbase;

	s->c->regs.fs_base = FS_BASE;
	s->c->regs.gs_base = s->t->gs_base;
	if (free && one_in(s->r, 8))
		s->c->regs.fs_base = (uint64_t)sign_extend(rnd_int(s->r), 48);
	if (free && one_in(s->r, 8))
		s->c->regs.gs_base = (uint64_t)sign_extend(rnd_int(s->r), 48);
}

static void
rnd_registers(struct setup *s)
{
	unsigned i;

	for (i = 0; i < 16; i++) {
		uint64_t v = rnd_int(s->r);

		if (one_in(s->r, 8))
			v = rnd_window(s) + rnd_below(s->r, WINDOW_BYTES);
		s->gpr[i] = s->t->bits == 64 ? v : i < 8 ? (uint32_t)v : 0;
	}
	s->gpr[RSP] = DATA_AT + 0x1800;
	set_bases(s);
	rnd_fx(s->r, s->c->regs.fx);
	if (s->t->bits == 32)
		memset(s->c->regs.fx + 160 + 128, 0, 128);
}

static void
move_code(struct setup *s, uint32_t off)
{
	s->c->code_off = off;
	s->c->code_len = s->e->len;
	s->c->regs.rip = CODE_AT + off;
}

static bool
repeats(const struct plan *p)
{
	return p->result == DEC_OK && insn_info(&p->in)->chk & CK_REP &&
	    p->in.prefix & (PFX_F2 | PFX_F3);
}

static void
set_flags(struct setup *s, struct plan *p)
{
	uint64_t f = F_IF | 2 | (rnd(s->r) & (F_OSZAPC | F_DF));

	p->stepped = s->t->engine == ENGINE_REFERENCE && !(repeats(p) && one_in(s->r, 2));
	if (p->stepped)
		f |= F_TF;
	else if (p->result == DEC_OK && s->c->code_off + s->c->code_len == CODE_BYTES)
		move_code(s, s->c->code_off - 16);	/* the INT3 must be mapped */
	if (one_in(s->r, 24))
		f |= F_AC;
	s->c->regs.rflags = f;
}

/* Somewhere in the code window: anywhere, across its pages, or cut off. */
static void
place_code(struct setup *s)
{
	unsigned len = s->e->len, k = rnd_below(s->r, 64);

	s->c->code_off = rnd_below(s->r, CODE_BYTES - 16);
	if (k == 0)
		s->c->code_off = CASE_PAGE - rnd_below(s->r, len + 1);
	else if (k == 1)
		s->c->code_off = CODE_BYTES - 1 - rnd_below(s->r, len);
	s->c->code_len = len;
	if (s->c->code_len > CODE_BYTES - s->c->code_off)
		s->c->code_len = CODE_BYTES - s->c->code_off;
	s->c->regs.rip = CODE_AT + s->c->code_off;
}

void
set_operands(const struct target *t, struct rng *r, struct encoding *e, struct plan *p,
    struct insn_case *c)
{
	struct setup s = { t, r, e, &p->in, c, c->regs.gpr };
	unsigned i;

	c->patch_at = c->patch_len = 0;
	place_code(&s);
	if (p->result != DEC_OK)
		memset(&p->in, 0, sizeof(p->in));
	p->in.addrsize = p->in.addrsize ? p->in.addrsize : (uint8_t)(t->bits / 8);
	rnd_registers(&s);
	set_flags(&s, p);
	if (p->result == DEC_OK) {
		prepare(&s);
		set_implicit_memory(&s);
		for (i = 0; i < p->in.nopnd; i++) {
			if (p->in.o[i].kind == OK_MEM)
				set_memory_operand(&s, i);
		}
		finish(&s);
	}
	for (i = 0; i < 16 && t->bits == 32; i++)
		c->regs.gpr[i] = (uint32_t)c->regs.gpr[i];
	memcpy(c->code, e->b, sizeof(c->code));
}
