/*
 * cpu/exec.c - the generic executor's common part
 *
 * Fetch, checks, operands in, execute function, operands out: see cpu/exec.h.
 */
#include "cpu/exec_priv.h"

#include "cpu/cpuid.h"
#include "cpu/memo.h"
#include "cpu/regs.h"
#include "cpu/svm.h"
#include "cpu/x87.h"

bool
raise_fault(struct cpu *c, unsigned vector)
{
	c->fault = (struct cpu_fault){ .vector = (uint8_t)vector };
	return false;
}

bool
raise_error(struct cpu *c, unsigned vector, uint32_t error)
{
	c->fault = (struct cpu_fault){
		.vector = (uint8_t)vector,
		.has_error = true,
		.error = error,
	};
	return false;
}

bool
raise_pf(struct cpu *c, const struct walk_fault *f)
{
	if (unlikely(f->stage != PF_GUEST))
		return svm_raise_npf(c, f);
	c->fault = (struct cpu_fault){
		.vector = EXC_PF,
		.has_error = true,
		.error = f->error_code,
		.cr2 = f->addr,
		.walk = *f,
	};
	return false;
}

bool
near_jump(struct cpu *c, uint64_t target)
{
	if (in_long64(c) ? !lin_canonical(target) : target > c->seg[SEG_CS].limit)
		return raise_gp0(c);
	c->next_rip = target;
	return true;
}

/* ---- fetch ---- */

/* Bytes of code at rip + done that rip's segment lets us fetch. */
static unsigned
fetch_room(const struct cpu *c, unsigned done)
{
	uint64_t ip = c->rip + done;
	uint64_t left;

	if (in_long64(c))
		return lin_canonical(ip) ? INSN_MAX : 0;
	if (ip > c->seg[SEG_CS].limit)
		return 0;
	left = c->seg[SEG_CS].limit - ip;
	return left < INSN_MAX ? (unsigned)left + 1 : INSN_MAX;
}

/*
 * The page in the fetch register costs nothing to read again: a live entry of
 * either TLB or a peek finds it.  So do both pages of a repetition that goes on,
 * which may have been left because the host wanted to look.  Any other page is
 * looked up and becomes the register.
 */
static bool
fetch_translate(struct cpu *c, gva_t va, struct mmu_ref *ref)
{
	unsigned acc = ACC_X | mmu_data_acc(&c->mmu);
	struct walk_fault f;

	if (c->mmu.fetch_page == (va & PAGE_MASK) || c->rep_active) {
		ref->host = mmu_code_free(&c->mmu, va);
		if (ref->host)
			return true;
		if (mmu_peek(&c->mmu, va, acc, &ref->hpa))
			return true;
	}
	if (!mmu_lookup(&c->mmu, va, acc, ref, &f))
		return raise_pf(c, &f);
	c->mmu.fetch_page = va & PAGE_MASK;
	return true;
}

/* Up to n bytes at va, not beyond its page. */
static bool
fetch_bytes(struct cpu *c, gva_t va, uint8_t *buf, unsigned n, unsigned *got)
{
	unsigned room = PAGE_SIZE - (va & ~PAGE_MASK);
	struct mmu_ref ref;
	unsigned i;

	if (!fetch_translate(c, va, &ref))
		return false;
	*got = n < room ? n : room;
	if (ref.host) {
		memcpy(buf, ref.host, *got);
	} else if (phys_peek(c->pm, ref.hpa, buf, *got) < *got) {
		for (i = 0; i < *got; i++)
			buf[i] = phys_ld8(c->pm, ref.hpa + i);
	}
	return true;
}

/* The instruction at va if it lies in one page and was decoded before. */
static bool
fetch_known(struct cpu *c, gva_t va, unsigned mode, struct insn *in)
{
	unsigned room = PAGE_SIZE - (va & ~PAGE_MASK), limit = fetch_room(c, 0);
	const uint8_t *code = mmu_code_fast(&c->mmu, va);
	const struct insn *known;

	if (!code)
		return false;
	known = memo_find(c->memo, code, limit < room ? limit : room, mode);
	if (!known)
		return false;
	c->mmu.fetch_page = va & PAGE_MASK;
	*in = *known;
	return true;
}

static void
fetch_remember(struct cpu *c, gva_t va, unsigned mode, const struct insn *in)
{
	const uint8_t *code = mmu_code_fast(&c->mmu, va);

	if (code && (va & ~PAGE_MASK) + in->len <= PAGE_SIZE)
		memo_put(c->memo, code, mode, in);
}

/*
 * AMD APM vol 2 §8.5 "Priorities": code-segment limit, then code page fault,
 * then what the bytes say.  The second page is only looked at when the first
 * page's bytes are not a whole instruction.
 */
bool
fetch_insn(struct cpu *c, struct insn *in)
{
	uint8_t buf[INSN_MAX];
	unsigned have = 0, room, got, mode = mode_decode(c->mode);
	gva_t va = seg_linear(c, SEG_CS, c->rip);
	enum decode_result r;

	if (fetch_known(c, va, mode, in))
		return true;
	do {
		room = fetch_room(c, have);
		if (!room || have >= INSN_MAX)
			return raise_gp0(c);
		if (room > INSN_MAX - have)
			room = INSN_MAX - have;
		if (!fetch_bytes(c, seg_linear(c, SEG_CS, c->rip + have), buf + have, room, &got))
			return false;
		have += got;
		r = decode(buf, have, mode, &c->features, in);
	} while (r == DEC_MORE);
	if (r == DEC_OK) {
		fetch_remember(c, va, mode, in);
		return true;
	}
	return r == DEC_UD ? raise_ud(c) : raise_gp0(c);
}

/* ---- checks ---- */

#define CK_CHECKED (CK_CPL0 | CK_X87 | CK_X87NW | CK_FWAIT | CK_MMX | CK_SSE | \
    CK_XSAVE | CK_UMIP | CK_NM)

/* What a model asks for is in the processor, so that CK_SENS costs the others
 * nothing. */
void
exec_set_checks(struct cpu *c)
{
	c->chk_first = c->model->traps_sensitive ? CK_CPL0 | CK_SENS : 0;
	c->chk_any = CK_CHECKED | c->chk_first;
}

static bool
check_fpu(struct cpu *c, uint32_t chk)
{
	if (chk & (CK_X87 | CK_X87NW) && c->mode & (MK_EM | MK_TS))
		return raise_fault(c, EXC_NM);
	if (chk & CK_FWAIT && (c->mode & (MK_MP | MK_TS)) == (MK_MP | MK_TS))
		return raise_fault(c, EXC_NM);
	if (chk & (CK_NM | CK_MMX | CK_SSE) && c->mode & MK_TS)
		return raise_fault(c, EXC_NM);
	return !(chk & (CK_X87 | CK_FWAIT | CK_MMX)) || x87_check_pending(c);
}

static bool
check(struct cpu *c, uint32_t chk)
{
	if (chk & c->chk_first && c->cpl)
		return raise_gp0(c);
	if (chk & (CK_MMX | CK_SSE) && c->mode & MK_EM)
		return raise_ud(c);
	if (chk & CK_SSE && !(c->mode & MK_OSFXSR))
		return raise_ud(c);
	if (chk & CK_XSAVE && !(c->mode & MK_OSXSAVE))
		return raise_ud(c);
	if (chk & CK_CPL0 && c->cpl)
		return raise_gp0(c);
	if (chk & CK_UMIP && c->mode & MK_UMIP && c->cpl)
		return raise_gp0(c);
	return check_fpu(c, chk);
}

/* ---- operands ---- */

struct operands {
	union xval	v[4];
	struct span	span;		/* at most one operand is in memory */
	unsigned	stored;		/* bit i: operand i is written through span */
	bool		mmx;		/* an MMX register was named */
};

static uint64_t
operand_ea(const struct cpu *c, const struct insn *in, unsigned kind)
{
	switch (kind) {
	case OK_STRS: return c->gpr[RSI] & size_mask(in->addrsize);
	case OK_STRD: return c->gpr[RDI] & size_mask(in->addrsize);
	default: return insn_ea(c, in);
	}
}

static bool
load_memory(struct cpu *c, const struct insn *in, struct operands *ops, unsigned i)
{
	const struct insn_info *info = insn_info(in);
	const struct opnd *o = &in->o[i];
	uint64_t ea = operand_ea(c, in, o->kind);
	unsigned seg = o->kind == OK_STRD ? SEG_ES : in->seg;

	ops->v[i].u = ea;
	if (info->chk & CK_RAW || o->acc == AC_N)
		return true;
	/* Before the segment is looked at: a non-canonical misaligned operand in
	 * the stack segment is #GP (observed, family 19h). */
	if (info->chk & CK_ALIGN16 && o->size == 16 && seg_linear(c, seg, ea) & 15)
		return raise_gp0(c);
	if (!span_open(c, &ops->span, seg, ea, o->size, o->acc & AC_W ? ACC_W : ACC_R))
		return false;
	ops->v[i].v = (__typeof__(ops->v[i].v)){ 0 };
	if (o->acc & AC_R)
		span_read(c, &ops->span, &ops->v[i]);
	if (o->acc & AC_W)
		ops->stored |= 1u << i;
	return true;
}

/* The address of a relative branch, cut to the operand size. */
static uint64_t
branch_target(const struct cpu *c, const struct insn *in)
{
	return (c->next_rip + in->imm) & size_mask(in->opsize);
}

static bool
load_operand(struct cpu *c, const struct insn *in, struct operands *ops, unsigned i)
{
	const struct opnd *o = &in->o[i];
	union xval *v = &ops->v[i];

	switch (o->kind) {
	case OK_GPR: v->u = gpr_read(c, o->reg, o->size); break;
	case OK_GPRH: v->u = c->gpr[o->reg] >> 8 & 0xff; break;
	case OK_SEG: v->u = c->seg[o->reg].sel; break;
	case OK_IMM: v->u = i && in->o[i - 1].kind == OK_IMM ? in->imm2 : in->imm; break;
	case OK_REL: v->u = branch_target(c, in); break;
	case OK_FAR: v->u = in->imm; break;
	case OK_MM:
		v->v = (__typeof__(v->v)){ (long long)c->x87.reg[o->reg].mant };
		ops->mmx = true;
		break;
	case OK_XMM: v->v = c->xmm[o->reg].v; break;
	case OK_MEM:
	case OK_STRS:
	case OK_STRD: return load_memory(c, in, ops, i);
	default: v->u = 0; break;
	}
	return true;
}

static void
store_operand(struct cpu *c, const struct insn *in, struct operands *ops, unsigned i)
{
	const struct opnd *o = &in->o[i];
	const union xval *v = &ops->v[i];

	switch (o->kind) {
	case OK_GPR: gpr_write(c, o->reg, o->size, v->u); break;
	case OK_GPRH: put_le8((uint8_t *)&c->gpr[o->reg] + 1, (uint8_t)v->u); break;
	case OK_MM: x87_mmx_write(&c->x87, o->reg, v->q[0]); break;
	case OK_XMM: c->xmm[o->reg].v = v->v; break;
	case OK_MEM:
	case OK_STRS:
	case OK_STRD:
		if (ops->stored & 1u << i)
			span_write(c, &ops->span, v);
		break;
	default: break;
	}
}

/* Backwards: XADD with the same register twice leaves the sum. */
static void
store_operands(struct cpu *c, const struct insn *in, struct operands *ops)
{
	unsigned i = in->nopnd;

	if (ops->mmx)
		x87_mmx_enter(&c->x87);
	while (i--) {
		if (in->o[i].acc & AC_W)
			store_operand(c, in, ops, i);
	}
}

static uint64_t
following_rip(const struct cpu *c, const struct insn *in)
{
	uint64_t ip = c->rip + in->len;

	return in_long64(c) ? ip : (uint32_t)ip;
}

bool
exec_insn(struct cpu *c, const struct insn *in)
{
	const struct insn_info *info = insn_info(in);
	struct operands ops;
	unsigned i;

	c->next_rip = following_rip(c, in);
	c->rep_active = false;
	c->svm.rf = c->rflags & F_RF;
	/* AMD APM vol 2 §3.1.6 "RFLAGS Register": RF lasts one instruction. */
	c->rflags &= ~(uint64_t)F_RF;
	if (info->chk & c->chk_any && !check(c, info->chk))
		return false;
	if (unlikely(c->svm.guest) && !svm_insn_ok(c, in))
		return false;
	ops.stored = 0;
	ops.mmx = false;
	for (i = 0; i < in->nopnd; i++) {
		if (!load_operand(c, in, &ops, i))
			return false;
	}
	if (!oper_table[in->opr].exec(c, in, ops.v))
		return false;
	store_operands(c, in, &ops);
	return true;
}
