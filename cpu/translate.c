/*
 * cpu/translate.c - decoded instructions to slots
 *
 * Each instruction gets hot handlers if its form and the mode key allow it and
 * a generic slot otherwise.  Backward liveness picks the variants that leave
 * the lazy flags alone; it is strict: every instruction that can fault, run
 * generically or leave the block reads all flags.
 */
#include "cpu/hot.h"
#include "cpu/timing.h"
#include "cpu/translate_priv.h"

#define OFF_ZERO	offsetof(struct cpu, zero)
#define OFF_PAGE_BASE	offsetof(struct cpu, page_base)
#define OFF_EA		offsetof(struct cpu, ea)

static struct slot *
tr_slot(struct tr *t, slot_fn h)
{
	struct slot *s = &t->slot[t->nslots];

	t->slot_insn[t->nslots++] = (uint8_t)t->cur;
	s->h = h;
	s->u64 = 0;
	return s;
}

static bool
tr_flat(const struct tr *t)
{
	return (t->mode & MK_64) || (t->mode & (MK_FLAT | MK_32)) == (MK_FLAT | MK_32);
}

static bool
tr_based(const struct tr *t)
{
	return (t->mode & (MK_BASED | MK_32)) == (MK_BASED | MK_32);
}

/* Direct transfers can be hot. */
static bool
tr_direct(const struct tr *t)
{
	return tr_flat(t) || tr_based(t);
}

/* STACK_*, -1: generic. */
static int
tr_stack(const struct tr *t, const struct insn *in)
{
	if (t->mode & MK_AC)
		return -1;
	if (t->mode & MK_64)
		return in->opsize == 8 ? STACK_64 : -1;
	if (tr_direct(t) && (t->mode & MK_SS32) && in->opsize == 4)
		return tr_flat(t) ? STACK_FLAT32 : STACK_BASED32;
	return -1;
}

static uint8_t
reg_off(const struct opnd *o)
{
	return (uint8_t)(o->reg * 8 + (o->kind == OK_GPRH));
}

static bool
is_gpr(const struct opnd *o)
{
	return o->kind == OK_GPR || o->kind == OK_GPRH;
}

static bool
fits32(uint64_t v)
{
	return (int64_t)v == (int32_t)v;
}

/* Page offset behind the current instruction. */
static int32_t
off_next(const struct tr *t)
{
	return t->insn[t->cur].off + t->insn[t->cur].in.len;
}

/* The instruction leaves lazy flags of this kind and size. */
static void
tr_leaves(struct tr *t, enum cc_kind kind, unsigned sl)
{
	t->producer = (int)CC_RAW + (int)(kind * 4 + sl);
	t->known = true;
}

struct mem {
	uint8_t		b, c, scale;
	int32_t		imm;
};

static bool
mem_plain(struct tr *t, const struct insn *in, struct mem *m)
{
	uint64_t disp = in->disp;

	m->b = OFF_ZERO;
	m->c = OFF_ZERO;
	m->scale = in->scale;
	if (in->base == REG_RIP) {
		m->b = OFF_PAGE_BASE;
		disp += (uint64_t)off_next(t);
	} else if (in->base != REG_NONE) {
		m->b = (uint8_t)(in->base * 8);
	}
	if (in->index != REG_NONE)
		m->c = (uint8_t)(in->index * 8);
	m->imm = (int32_t)disp;
	return fits32(disp);
}

static void
mem_put(struct slot *s, const struct mem *m)
{
	s->b = m->b;
	s->c = m->c;
	s->scale = m->scale;
	s->imm = m->imm;
}

/* Describes the memory operand, emitting an address slot where one is needed.
 * false: the instruction has to run generically (nothing emitted). */
static bool
tr_mem(struct tr *t, const struct insn *in, struct mem *m)
{
	bool fsgs = in->seg == SEG_FS || in->seg == SEG_GS;
	struct slot *s;

	if ((t->mode & MK_AC) || !tr_direct(t) || in->addrsize == 2)
		return false;
	if (in->addrsize == 4 && (fsgs || in->base == REG_RIP))
		return false;
	if ((fsgs || in->seg == SEG_CS) && !(t->mode & MK_64))
		return false;
	if (in->addrsize == 4) {
		struct insn wrapped = *in;

		wrapped.disp = (uint64_t)(int32_t)in->disp;
		if (!mem_plain(t, &wrapped, m))
			return false;
		s = tr_slot(t, tr_based(t) ? hot_based_ea : hot_ea32);
		if (tr_based(t))
			s->a = (uint8_t)CPU_OFF_SEG_BASE(in->seg);
	} else {
		if (!mem_plain(t, in, m))
			return false;
		if (!fsgs)
			return true;
		s = tr_slot(t, hot_ea_seg);
		s->a = (uint8_t)CPU_OFF_SEG_BASE(in->seg);
	}
	mem_put(s, m);
	*m = (struct mem){ .b = OFF_EA, .c = OFF_ZERO };
	return true;
}

/* One memory slot with register (offset) a. */
bool
tr_mem_op(struct tr *t, const struct insn *in, slot_fn h, uint8_t a)
{
	struct mem m;
	struct slot *s;

	if (h == h_generic || !tr_mem(t, in, &m))
		return false;
	s = tr_slot(t, h);
	mem_put(s, &m);
	s->a = a;
	return true;
}

bool
tr_reg_op(struct tr *t, slot_fn h, uint8_t a, uint8_t b, int32_t imm)
{
	struct slot *s;

	if (h == h_generic)
		return false;
	s = tr_slot(t, h);
	s->a = a;
	s->b = b;
	s->imm = imm;
	return true;
}

static void
tr_imm_slot(struct tr *t, uint64_t imm)
{
	tr_slot(t, h_generic)->imm = (int32_t)imm;
}

/* ---- exits ---- */

/* Static cost and count up to and including the current instruction. */
static int64_t
exit_charge(const struct tr *t)
{
	const struct tr_insn *ti = &t->insn[t->cur];

	return ((int64_t)(ti->cost + ti->cost_own) << 32) + ti->count + 1;
}

static bool
in_page(int64_t target)
{
	return target >= 0 && target < (int64_t)PAGE_SIZE;
}

/* The variant of a handler that leaves the page; with bases the stub does. */
static bool
tr_crosses(const struct tr *t, int64_t target)
{
	return !in_page(target) && !tr_based(t);
}

static void
tr_link(struct tr *t, int64_t target, int64_t charge)
{
	struct slot *s = tr_slot(t, NULL);

	s->charge = charge;
	s->target = t->null_link;
	if (!tr_crosses(t, target)) {
		t->exit[t->nexits].link = (uint16_t)(t->nslots - 1);
		t->exit[t->nexits++].target = (int32_t)target;
	} else {
		tr_slot(t, h_generic)->imm = (int32_t)target;
	}
}

/* Where a direct branch goes, relative to the page; false: generic. */
static bool
branch_target(const struct tr *t, const struct insn *in, int64_t *target)
{
	if (!tr_direct(t) || in->opsize != ((t->mode & MK_64) ? 8 : 4))
		return false;
	*target = off_next(t) + (int64_t)in->imm;
	return fits32((uint64_t)*target);
}

/* ---- families of instructions ---- */

static bool
tr_alu(struct tr *t, const struct insn *in, unsigned op)
{
	unsigned sl = size_log2(in->o[0].size);
	bool live = t->insn[t->cur].flags_live;
	const struct opnd *d = &in->o[0], *s = &in->o[1];

	if (op == ALU_CMP || op == ALU_TEST)
		live = true;
	if (d->kind == OK_MEM && s->kind == OK_IMM) {
		if (!tr_mem_op(t, in, hot_alu[op][FORM_MI][sl][live], 0))
			return false;
		tr_imm_slot(t, in->imm);
	} else if (d->kind == OK_MEM) {
		if (!tr_mem_op(t, in, hot_alu[op][FORM_MR][sl][live], reg_off(s)))
			return false;
	} else if (s->kind == OK_MEM) {
		if (!tr_mem_op(t, in, hot_alu[op][FORM_RM][sl][live], reg_off(d)))
			return false;
	} else if (s->kind == OK_IMM) {
		tr_reg_op(t, hot_alu[op][FORM_RI][sl][live], reg_off(d), 0, (int32_t)in->imm);
	} else {
		tr_reg_op(t, hot_alu[op][FORM_RR][sl][live], reg_off(d), reg_off(s), 0);
	}
	if (live)
		tr_leaves(t, op == ALU_ADD ? CC_K_ADD :
		    op == ALU_SUB || op == ALU_CMP ? CC_K_SUB : CC_K_LOGIC, sl);
	return true;
}

/* Emits what puts the current carry into c->scratch. */
static void
tr_carry(struct tr *t)
{
	unsigned sl = (unsigned)t->producer & 3;

	if (t->producer < 0) {
		tr_slot(t, cf_any);
		return;
	}
	switch (t->producer >> 2) {
	case CC_K_RAW: tr_slot(t, hot_cf_raw); break;
	case CC_K_ADD: tr_slot(t, hot_cf_add[sl]); break;
	case CC_K_SUB: tr_slot(t, hot_cf_sub[sl]); break;
	case CC_K_LOGIC: tr_slot(t, hot_cf_logic); break;
	case CC_K_INC:
	case CC_K_DEC: tr_slot(t, hot_cf_incdec); break;
	default: tr_slot(t, cf_any); break;
	}
}

/* Emits what makes all flags readable in cc_res. */
static void
tr_raw(struct tr *t)
{
	if (t->producer != (int)CC_RAW)
		tr_slot(t, cc_any);
	t->producer = (int)CC_RAW;
}

static bool
tr_adc(struct tr *t, const struct insn *in, unsigned op)
{
	unsigned sl = size_log2(in->o[0].size);
	const struct opnd *d = &in->o[0], *s = &in->o[1];

	if (d->kind == OK_MEM)
		return false;
	tr_carry(t);
	if (s->kind == OK_MEM)
		return tr_mem_op(t, in, hot_adc[op][2][sl], reg_off(d));
	if (s->kind == OK_IMM)
		return tr_reg_op(t, hot_adc[op][1][sl], reg_off(d), 0, (int32_t)in->imm);
	return tr_reg_op(t, hot_adc[op][0][sl], reg_off(d), reg_off(s), 0);
}

static bool
tr_incdec(struct tr *t, const struct insn *in, unsigned op)
{
	unsigned sl = size_log2(in->o[0].size);
	bool live = t->insn[t->cur].flags_live;

	if (live || in->o[0].kind == OK_MEM)
		tr_carry(t);
	if (in->o[0].kind == OK_MEM) {
		if (!tr_mem_op(t, in, hot_incdec_m[op][sl], 0))
			return false;
		live = true;
	} else {
		tr_reg_op(t, hot_incdec[op][sl][live], reg_off(&in->o[0]), 0, 0);
	}
	if (live)
		tr_leaves(t, op ? CC_K_DEC : CC_K_INC, sl);
	return true;
}

static bool
tr_shift(struct tr *t, const struct insn *in, unsigned op)
{
	const struct opnd *d = &in->o[0], *k = &in->o[1];
	unsigned sl = size_log2(d->size), count;
	bool live = t->insn[t->cur].flags_live;

	if (!is_gpr(d))
		return false;
	if (k->kind == OK_GPR)
		return op <= SH_SAR && tr_reg_op(t, hot_shift_cl[op][sl][live], reg_off(d), 0, 0);
	count = (unsigned)in->imm & (d->size == 8 ? 63 : 31);
	if (!count || count >= d->size * 8u)
		return false;
	if (live && op >= SH_ROL) {
		tr_raw(t);
		t->known = true;
		return tr_reg_op(t, hot_rotate_f[op == SH_ROR][sl], reg_off(d), 0, (int32_t)count);
	}
	if (!tr_reg_op(t, hot_shift_i[op][sl][live], reg_off(d), 0, (int32_t)count))
		return false;
	if (live)
		tr_leaves(t, op == SH_SHL ? CC_K_SHL : op == SH_SHR ? CC_K_SHR :
		    CC_K_SAR, sl);
	return true;
}

/* BT and its relatives; a register bit number with memory addresses a bit
 * string and runs generically. */
static bool
tr_bit(struct tr *t, const struct insn *in, unsigned op)
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];
	unsigned sl = size_log2(d->size);

	if (d->kind == OK_MEM && s->kind != OK_IMM)
		return false;
	tr_raw(t);
	t->known = true;
	if (d->kind == OK_MEM) {
		if (!tr_mem_op(t, in, hot_bit[op][2][sl], 0))
			return false;
		tr_imm_slot(t, in->imm);
		return true;
	}
	if (s->kind == OK_IMM)
		return tr_reg_op(t, hot_bit[op][1][sl], reg_off(d), 0, (int32_t)in->imm);
	return tr_reg_op(t, hot_bit[op][0][sl], reg_off(d), reg_off(s), 0);
}

static bool
tr_scan(struct tr *t, const struct insn *in, unsigned op)
{
	if (!is_gpr(&in->o[1]))
		return false;
	t->producer = (int)CC_RAW;
	t->known = true;
	return tr_reg_op(t, hot_scan[op][size_log2(in->o[0].size)], reg_off(&in->o[0]),
	    reg_off(&in->o[1]), 0);
}

/* CMPXCHG, XADD: memory forms. */
static bool
tr_locked(struct tr *t, const struct insn *in, const slot_fn h[4], enum cc_kind kind)
{
	unsigned sl = size_log2(in->o[0].size);

	if (in->o[0].kind != OK_MEM || !tr_mem_op(t, in, h[sl], reg_off(&in->o[1])))
		return false;
	tr_leaves(t, kind, sl);
	return true;
}

static bool
tr_imul(struct tr *t, const struct insn *in)
{
	unsigned sl = size_log2(in->o[0].size);
	bool live = t->insn[t->cur].flags_live;
	uint8_t d = reg_off(&in->o[0]);

	if (in->nopnd == 3)
		return is_gpr(&in->o[1]) && tr_reg_op(t, hot_imul_rri[sl][live], d,
		    reg_off(&in->o[1]), (int32_t)in->imm);
	if (in->o[1].kind == OK_MEM)
		return tr_mem_op(t, in, hot_imul_rm[sl][live], d);
	return tr_reg_op(t, hot_imul_rr[sl][live], d, reg_off(&in->o[1]), 0);
}

static bool
tr_mov(struct tr *t, const struct insn *in)
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];
	unsigned sl = size_log2(d->size);

	if (is_gpr(d) && is_gpr(s))
		return tr_reg_op(t, hot_mov_rr[sl], reg_off(d), reg_off(s), 0);
	if (is_gpr(d) && s->kind == OK_IMM) {
		if (d->size < 8 || fits32(in->imm))
			return tr_reg_op(t, hot_mov_ri[sl], reg_off(d), 0, (int32_t)in->imm);
		tr_reg_op(t, hot_mov_ri64, reg_off(d), 0, 0);
		tr_slot(t, h_generic)->u64 = in->imm;
		return true;
	}
	if (is_gpr(d) && s->kind == OK_MEM)
		return tr_mem_op(t, in, hot_mov_rm[sl], reg_off(d));
	if (d->kind == OK_MEM && is_gpr(s))
		return tr_mem_op(t, in, hot_mov_mr[sl], reg_off(s));
	if (d->kind == OK_MEM && s->kind == OK_IMM) {
		if (!tr_mem_op(t, in, hot_mov_mi[sl], 0))
			return false;
		tr_imm_slot(t, in->imm);
		return true;
	}
	return false;
}

static bool
tr_extend(struct tr *t, const struct insn *in, const slot_fn rr[4][4], const slot_fn rm[4][4])
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];
	unsigned to = size_log2(d->size), from = size_log2(s->size);

	if (s->kind == OK_MEM)
		return tr_mem_op(t, in, rm[from][to], reg_off(d));
	return tr_reg_op(t, rr[from][to], reg_off(d), reg_off(s), 0);
}

static bool
tr_lea(struct tr *t, const struct insn *in)
{
	struct mem m;
	struct slot *s;

	if (in->addrsize == 2 || (in->base == REG_RIP && in->addrsize != 8))
		return false;
	if (in->addrsize < in->opsize)
		return false;
	if (!mem_plain(t, in, &m)) {
		if (in->addrsize != 4)
			return false;
		m.imm = (int32_t)in->disp;
	}
	s = tr_slot(t, hot_lea[size_log2(in->o[0].size)]);
	mem_put(s, &m);
	s->a = reg_off(&in->o[0]);
	return true;
}

static bool
tr_push(struct tr *t, const struct insn *in)
{
	int w = tr_stack(t, in);

	if (w < 0)
		return false;
	switch (in->o[0].kind) {
	case OK_GPR:
		return tr_reg_op(t, hot_push_r[w], reg_off(&in->o[0]), 0, 0);
	case OK_IMM:
		return tr_reg_op(t, hot_push_i[w], 0, 0, (int32_t)in->imm);
	case OK_MEM:
		return tr_mem_op(t, in, hot_push_m[w], 0);
	default:
		return false;
	}
}

static bool
tr_xchg(struct tr *t, const struct insn *in)
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];
	unsigned sl = size_log2(d->size);

	if (is_gpr(d) && is_gpr(s))
		return tr_reg_op(t, hot_xchg_rr[sl], reg_off(d), reg_off(s), 0);
	if (d->kind == OK_MEM)
		return tr_mem_op(t, in, hot_xchg_mr[sl], reg_off(s));
	return tr_mem_op(t, in, hot_xchg_mr[sl], reg_off(d));
}

static bool
after_sub(const struct tr *t)
{
	return t->producer >= 0 && t->producer >> 2 == CC_K_SUB;
}

static bool
tr_setcc(struct tr *t, const struct insn *in)
{
	slot_fn h = NULL;

	if (in->o[0].kind == OK_MEM)
		return false;
	if (after_sub(t))
		h = hot_setcc_sub[t->producer & 3][in->cc];
	if (!h) {
		tr_raw(t);
		h = hot_setcc_raw[in->cc];
	}
	return tr_reg_op(t, h, reg_off(&in->o[0]), 0, 0);
}

static bool
tr_cmov(struct tr *t, const struct insn *in)
{
	unsigned sl = size_log2(in->o[0].size);
	uint8_t d = reg_off(&in->o[0]);
	slot_fn h = NULL;

	if (sl < 2)
		return false;
	if (in->o[1].kind == OK_MEM) {
		tr_raw(t);
		return tr_mem_op(t, in, hot_cmov_raw_m[in->cc][sl], d);
	}
	if (after_sub(t))
		h = hot_cmov_sub[t->producer & 3][in->cc][sl];
	if (!h) {
		tr_raw(t);
		h = hot_cmov_raw[in->cc][sl];
	}
	return tr_reg_op(t, h, d, reg_off(&in->o[1]), 0);
}

/* ---- branches ---- */

static slot_fn
jcc_handler(struct tr *t, unsigned cc, bool cross)
{
	unsigned sl, kind;
	slot_fn h = NULL;

	if (t->producer <= (int)CC_RAW) {
		tr_raw(t);
		return hot_jcc_raw[cc][cross];
	}
	sl = (unsigned)t->producer & 3;
	kind = (unsigned)t->producer >> 2;
	if (kind == CC_K_LOGIC && (cc == 12 || cc == 13))	/* OF is 0: L is S */
		cc -= 4;
	if (kind == CC_K_LOGIC && (cc == 6 || cc == 7))		/* CF is 0: BE is E */
		cc -= 2;
	if (kind == CC_K_SUB)
		h = hot_jcc_sub[sl][cc][cross];
	else if (kind == CC_K_LOGIC)
		h = hot_jcc_logic[sl][cc][cross];
	if (!h)
		h = hot_jcc_res[sl][cc][cross];
	if (!h) {
		tr_raw(t);
		h = hot_jcc_raw[cc][cross];
	}
	return h;
}

static bool
tr_jcc(struct tr *t, const struct insn *in)
{
	int64_t target;
	slot_fn h;

	if (!branch_target(t, in, &target))
		return false;
	h = jcc_handler(t, in->cc, tr_crosses(t, target));
	tr_slot(t, h);
	tr_link(t, target, exit_charge(t));
	return true;
}

static bool
tr_jcxz(struct tr *t, const struct insn *in)
{
	int64_t target;

	if (in->addrsize == 2 || !branch_target(t, in, &target))
		return false;
	tr_slot(t, hot_jrcxz[in->addrsize == 8][tr_crosses(t, target)]);
	tr_link(t, target, exit_charge(t));
	return true;
}

static bool
tr_jmp(struct tr *t, const struct insn *in)
{
	int64_t target;

	if (!branch_target(t, in, &target))
		return false;
	tr_slot(t, hot_jmp[tr_crosses(t, target)]);
	tr_link(t, target, exit_charge(t));
	return true;
}

static bool
tr_call(struct tr *t, const struct insn *in)
{
	int w = tr_stack(t, in);
	int64_t target;

	if (w < 0 || !branch_target(t, in, &target))
		return false;
	tr_slot(t, hot_call[w][tr_crosses(t, target)])->imm = off_next(t);
	tr_link(t, target, exit_charge(t));
	return true;
}

/* The link slot of an indirect transfer holds only the charge. */
static void
tr_charge_slot(struct tr *t)
{
	struct slot *s = tr_slot(t, h_generic);

	s->charge = exit_charge(t);
}

static bool
tr_indirect(struct tr *t, const struct insn *in)
{
	int w = tr_stack(t, in);
	bool call = in->opr == OPR_call_ind;
	const struct opnd *o = &in->o[0];

	if (w < 0)
		return false;
	if (o->kind == OK_GPR) {
		tr_reg_op(t, call ? hot_call_r[w] : hot_jmp_r[w], reg_off(o), 0, off_next(t));
	} else {
		if (!tr_mem_op(t, in, call ? hot_call_m[w] : hot_jmp_m[w], 0))
			return false;
		if (call)
			tr_imm_slot(t, (uint64_t)off_next(t));
	}
	tr_charge_slot(t);
	return true;
}

static bool
tr_ret(struct tr *t, const struct insn *in)
{
	int w = tr_stack(t, in);

	if (w < 0)
		return false;
	if (in->opr == OPR_ret)
		tr_slot(t, hot_ret[w]);
	else
		tr_slot(t, hot_ret_imm[w])->imm = (int32_t)in->imm;
	tr_charge_slot(t);
	return true;
}

/* CMP or TEST with the Jcc behind it in one handler. */
static bool
tr_fused(struct tr *t)
{
	const struct tr_insn *ci = &t->insn[t->cur], *ji = ci + 1;
	const struct insn *in = &ci->in;
	const struct opnd *d = &in->o[0], *s = &in->o[1];
	bool test = in->opr == OPR_test;
	unsigned form, sl, first = t->nslots;
	int64_t target;
	slot_fn h;

	if (!t->cfg->super || t->cur + 1 >= t->ninsn || ji->in.opr != OPR_jcc)
		return false;
	if (in->opr != OPR_cmp && !test)
		return false;
	sl = size_log2(d->size);
	if (d->kind == OK_MEM)
		form = s->kind == OK_IMM ? FORM_MI : FORM_MR;
	else
		form = s->kind == OK_IMM ? FORM_RI : s->kind == OK_MEM ? FORM_RM : FORM_RR;
	t->cur++;
	if (!branch_target(t, &ji->in, &target))
		goto no;
	h = (test ? hot_testj : hot_cmpj)[form][sl][ji->in.cc][tr_crosses(t, target)];
	t->cur--;
	if (!h)
		return false;
	if (form == FORM_RR || form == FORM_RI)
		tr_reg_op(t, h, reg_off(d), form == FORM_RR ? reg_off(s) : 0,
		    form == FORM_RI ? (int32_t)in->imm : 0);
	else if (!tr_mem_op(t, in, h, form == FORM_MI ? 0 : reg_off(form == FORM_MR ? s : d)))
		return false;
	if (form == FORM_MI)
		tr_imm_slot(t, in->imm);
	t->insn[t->cur].slot = (uint16_t)first;
	t->cur++;
	tr_link(t, target, exit_charge(t));
	t->insn[t->cur].slot = UINT16_MAX;
	tr_leaves(t, test ? CC_K_LOGIC : CC_K_SUB, sl);
	return true;
no:
	t->cur--;
	return false;
}

/* ---- a move, a shift and an operation in one ---- */

/* Both operands are registers of 32 or 64 bits, the same size. */
static bool
is_wide_rr(const struct insn *in)
{
	return in->o[0].kind == OK_GPR && in->o[1].kind == OK_GPR &&
	    (in->o[0].size == 4 || in->o[0].size == 8) && in->o[1].size == in->o[0].size;
}

/* SHL or SHR of a register of so many bytes by a constant that is not 0. */
static bool
is_plain_shift(const struct insn *in, unsigned size)
{
	unsigned k = (unsigned)in->imm & (8 * size - 1);

	return (in->opr == OPR_shl || in->opr == OPR_shr) && in->o[0].kind == OK_GPR &&
	    in->o[0].size == size && in->o[1].kind == OK_IMM && k;
}

/* FUSED_*; FUSED_OPS: none of them. */
static unsigned
fused_op(const struct insn *in)
{
	switch (in->opr) {
	case OPR_xor: return FUSED_XOR;
	case OPR_add: return FUSED_ADD;
	case OPR_and: return FUSED_AND;
	case OPR_or: return FUSED_OR;
	case OPR_sub: return FUSED_SUB;
	default: return FUSED_OPS;
	}
}

/* The operation behind the shift at sh, which is of register d: its handler and c; NULL:
 * it is another one. */
static slot_fn
fused_with(const struct tr *t, const struct tr_insn *sh, uint8_t d, uint8_t *c)
{
	const struct tr_insn *ti = sh + 1;
	const struct insn *in = &ti->in;
	unsigned right = sh->in.opr == OPR_shr, op = fused_op(in), wide;

	if (ti >= &t->insn[t->ninsn] || op == FUSED_OPS || !is_wide_rr(in) ||
	    in->o[0].size != sh->in.o[0].size)
		return NULL;
	wide = in->o[0].size == 8;
	if (reg_off(&in->o[0]) == reg_off(&in->o[1]))
		return NULL;
	if (reg_off(&in->o[0]) == d) {
		*c = reg_off(&in->o[1]);
		return hot_fuse_to[right][op][wide][ti->flags_live];
	}
	*c = reg_off(&in->o[0]);
	return reg_off(&in->o[1]) == d ? hot_fuse_with[right][op][wide][ti->flags_live] : NULL;
}

/* The instructions up to count further on have one slot. */
static void
fused_emit(struct tr *t, slot_fn h, const struct slot *fields, unsigned count)
{
	struct slot *s;

	t->insn[t->cur].slot = (uint16_t)t->nslots;
	s = tr_slot(t, h);
	s->u64 = fields->u64;
	while (count--)
		t->insn[++t->cur].slot = UINT16_MAX;
}

static void
fused_leaves(struct tr *t)
{
	const struct tr_insn *ti = &t->insn[t->cur];
	unsigned op = fused_op(&ti->in);

	if (op != FUSED_OPS && ti->flags_live)
		tr_leaves(t, op == FUSED_ADD ? CC_K_ADD : op == FUSED_SUB ? CC_K_SUB : CC_K_LOGIC,
		    size_log2(ti->in.o[0].size));
}

static bool
tr_fused_shift(struct tr *t)
{
	const struct tr_insn *first = &t->insn[t->cur], *end = &t->insn[t->ninsn], *sh = first;
	unsigned size = first->in.nopnd ? first->in.o[0].size : 0;
	struct slot f = { .u64 = 0 };
	slot_fn h;

	if (!t->cfg->super)
		return false;
	sh += first->in.opr == OPR_mov;
	if (sh >= end || !is_plain_shift(&sh->in, size) || sh->flags_live)
		return false;
	f.a = f.b = reg_off(&sh->in.o[0]);
	f.imm = (int32_t)(sh->in.imm & (8 * size - 1));
	if (sh != first) {
		if (!is_wide_rr(&first->in) || reg_off(&first->in.o[0]) != f.a)
			return false;
		f.b = reg_off(&first->in.o[1]);
	}
	h = fused_with(t, sh, f.a, &f.c);
	if (h) {
		fused_emit(t, h, &f, (unsigned)(sh + 1 - first));
		fused_leaves(t);
	} else if (sh != first) {
		fused_emit(t, hot_fuse_mov[sh->in.opr == OPR_shr][size == 8], &f, 1);
	}
	return h || sh != first;
}

static bool
tr_one(struct tr *t, const struct insn *in)
{
	unsigned sl = in->nopnd ? size_log2(in->o[0].size | 0x100) & 3 : 0;
	bool live = t->insn[t->cur].flags_live;
	int w;

	if (in->nopnd && is_gpr(&in->o[0]) && in->o[0].size > 8)
		return false;
	switch (in->opr) {
	case OPR_add: return tr_alu(t, in, ALU_ADD);
	case OPR_or: return tr_alu(t, in, ALU_OR);
	case OPR_and: return tr_alu(t, in, ALU_AND);
	case OPR_sub: return tr_alu(t, in, ALU_SUB);
	case OPR_xor: return tr_alu(t, in, ALU_XOR);
	case OPR_cmp: return tr_alu(t, in, ALU_CMP);
	case OPR_test: return tr_alu(t, in, ALU_TEST);
	case OPR_adc: return tr_adc(t, in, 0);
	case OPR_sbb: return tr_adc(t, in, 1);
	case OPR_inc: return tr_incdec(t, in, 0);
	case OPR_dec: return tr_incdec(t, in, 1);
	case OPR_neg:
		if (!is_gpr(&in->o[0]))
			return false;
		if (live)
			tr_leaves(t, CC_K_SUB, sl);
		return tr_reg_op(t, hot_neg[sl][live], reg_off(&in->o[0]), 0, 0);
	case OPR_not:
		return is_gpr(&in->o[0]) &&
		    tr_reg_op(t, hot_not[sl], reg_off(&in->o[0]), 0, 0);
	case OPR_shl: return tr_shift(t, in, SH_SHL);
	case OPR_shr: return tr_shift(t, in, SH_SHR);
	case OPR_sar: return tr_shift(t, in, SH_SAR);
	case OPR_rol: return tr_shift(t, in, SH_ROL);
	case OPR_ror: return tr_shift(t, in, SH_ROR);
	case OPR_imul: return tr_imul(t, in);
	case OPR_mul:
	case OPR_imul1:
		return is_gpr(&in->o[0]) &&
		    tr_reg_op(t, hot_mul[in->opr == OPR_imul1][sl], reg_off(&in->o[0]), 0, 0);
	case OPR_bt: return tr_bit(t, in, 0);
	case OPR_bts: return tr_bit(t, in, 1);
	case OPR_btr: return tr_bit(t, in, 2);
	case OPR_btc: return tr_bit(t, in, 3);
	case OPR_bsf: return tr_scan(t, in, 0);
	case OPR_bsr: return tr_scan(t, in, 1);
	case OPR_cmpxchg: return tr_locked(t, in, hot_cmpxchg_m, CC_K_SUB);
	case OPR_xadd: return tr_locked(t, in, hot_xadd_m, CC_K_ADD);
	case OPR_div:
	case OPR_idiv:
		if (in->opr == OPR_div && in->o[0].kind == OK_MEM)
			return tr_mem_op(t, in, hot_div_m[sl], 0);
		return is_gpr(&in->o[0]) &&
		    tr_reg_op(t, hot_div[in->opr == OPR_idiv][sl], reg_off(&in->o[0]), 0, 0);
	case OPR_mov: return tr_mov(t, in);
	case OPR_movnti: return tr_mov(t, in);
	case OPR_movzx: return tr_extend(t, in, hot_movzx_rr, hot_movzx_rm);
	case OPR_movsx: return tr_extend(t, in, hot_movsx_rr, hot_movsx_rm);
	case OPR_movsxd: return tr_extend(t, in, hot_movsx_rr, hot_movsx_rm);
	case OPR_lea: return tr_lea(t, in);
	case OPR_xchg:
	case OPR_xchg_acc: return tr_xchg(t, in);
	case OPR_push: return tr_push(t, in);
	case OPR_pop:
		w = tr_stack(t, in);
		return w >= 0 && in->o[0].kind == OK_GPR &&
		    tr_reg_op(t, hot_pop_r[w], reg_off(&in->o[0]), 0, 0);
	case OPR_leave:
		w = tr_stack(t, in);
		return w >= 0 && tr_reg_op(t, hot_leave[w], 0, 0, 0);
	case OPR_cwd: return tr_reg_op(t, hot_cwd[size_log2(in->opsize)], 0, 0, 0);
	case OPR_cbw: return tr_reg_op(t, hot_cbw[size_log2(in->opsize)], 0, 0, 0);
	case OPR_bswap: return tr_reg_op(t, hot_bswap[sl], reg_off(&in->o[0]), 0, 0);
	case OPR_setcc: return tr_setcc(t, in);
	case OPR_cmov: return tr_cmov(t, in);
	case OPR_jcc: return tr_jcc(t, in);
	case OPR_jcxz: return tr_jcxz(t, in);
	case OPR_jmp: return tr_jmp(t, in);
	case OPR_call: return tr_call(t, in);
	case OPR_jmp_ind:
	case OPR_call_ind: return tr_indirect(t, in);
	case OPR_ret:
	case OPR_ret_imm: return tr_ret(t, in);
	case OPR_nop: return true;
	default: return tr_sse(t, in);
	}
}

/* ---- flag liveness ---- */

static bool
reads_flags(const struct insn *in)
{
	switch (in->opr) {
	case OPR_setcc: case OPR_cmov: case OPR_adc: case OPR_sbb:
		return true;
	default:
		return false;
	}
}

/* Can neither fault nor leave, and has a hot form that knows liveness. */
static bool
is_quiet(const struct insn *in)
{
	unsigned i;

	for (i = 0; i < in->nopnd; i++)
		if (!is_gpr(&in->o[i]) && in->o[i].kind != OK_IMM &&
		    !(in->opr == OPR_lea && in->o[i].kind == OK_MEM))
			return false;
	switch (in->opr) {
	case OPR_add: case OPR_or: case OPR_and: case OPR_sub: case OPR_xor: case OPR_cmp:
	case OPR_test: case OPR_inc: case OPR_dec: case OPR_neg: case OPR_not:
	case OPR_imul: case OPR_mov: case OPR_movzx: case OPR_movsx: case OPR_movsxd:
	case OPR_lea: case OPR_nop: case OPR_cwd: case OPR_cbw: case OPR_bswap:
	case OPR_xchg: case OPR_xchg_acc:
		return true;
	case OPR_shl: case OPR_shr: case OPR_sar:
		return in->o[1].kind == OK_IMM;
	default:
		return false;
	}
}

static uint32_t
overwrites(const struct insn *in)
{
	const struct insn_info *info = insn_info(in);
	unsigned count;

	if (in->opr == OPR_shl || in->opr == OPR_shr || in->opr == OPR_sar) {
		count = (unsigned)in->imm & (in->o[0].size == 8 ? 63 : 31);
		if (!count || count >= in->o[0].size * 8u)
			return 0;
		return F_OSZAPC;
	}
	return info->fw | info->fu;
}

static void
tr_liveness(struct tr *t)
{
	uint32_t live = F_OSZAPC;
	unsigned i;

	for (i = t->ninsn; i-- > 0; ) {
		struct tr_insn *ti = &t->insn[i];
		const struct insn_info *info = insn_info(&ti->in);

		ti->flags_live = live & (info->fw | info->fu);
		if (!is_quiet(&ti->in) || reads_flags(&ti->in))
			live = F_OSZAPC;
		else
			live &= ~overwrites(&ti->in);
	}
}

void
tr_emit(struct tr *t)
{
	unsigned first;

	tr_liveness(t);
	t->producer = -1;
	for (t->cur = 0; t->cur < t->ninsn; t->cur++) {
		struct tr_insn *ti = &t->insn[t->cur];
		int producer = t->producer;

		t->known = false;
		if (tr_fused(t) || tr_fused_shift(t))
			continue;
		first = t->nslots;
		ti->slot = (uint16_t)first;
		if (!tr_one(t, &ti->in)) {
			t->nslots = first;
			tr_slot(t, h_generic);
			ti->keep = true;
			if (insn_info(&ti->in)->fw | insn_info(&ti->in)->fu)
				t->producer = -1;
			else
				t->producer = producer;
		} else if (t->nslots == first) {
			ti->slot = UINT16_MAX;
		} else if (ti->flags_live && !t->known) {
			t->producer = -1;
		}
	}
	if (t->open_end) {
		struct slot *s;

		t->cur = t->ninsn;
		if (!tr_direct(t)) {
			s = tr_slot(t, hot_exit);
			s->imm = t->end_off;
			tr_slot(t, h_generic)->charge = ((int64_t)t->cost << 32) + t->ninsn;
		} else {
			tr_slot(t, tr_crosses(t, t->end_off) ? hot_fall : hot_jmp[0]);
			tr_link(t, t->end_off, ((int64_t)t->cost << 32) + t->ninsn);
		}
	}
}
