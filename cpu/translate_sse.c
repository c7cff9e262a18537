/*
 * cpu/translate_sse.c - XMM moves and integer arithmetic to slots
 *
 * Hot forms exist only while the mode key says that no #UD or #NM is due.
 */
#include "cpu/hot.h"
#include "cpu/translate_priv.h"

static bool
sse_usable(const struct tr *t)
{
	return (t->mode & MK_OSFXSR) && !(t->mode & (MK_EM | MK_TS));
}

static bool
vop(struct tr *t, const struct insn *in, unsigned op)
{
	const struct opnd *s = &in->o[1];

	if (s->kind == OK_MEM)
		return tr_mem_op(t, in, hot_vop_rm[op], in->o[0].reg);
	return tr_reg_op(t, hot_vop_rr[op], in->o[0].reg, s->reg, 0);
}

/* Whole-register moves; narrow memory forms go by memory operand size. */
static bool
vmove(struct tr *t, const struct insn *in, bool aligned)
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];

	if (d->kind == OK_XMM && s->kind == OK_XMM)
		return tr_reg_op(t, hot_vmov_rr, d->reg, s->reg, 0);
	if (s->kind == OK_MEM)
		return tr_mem_op(t, in, hot_vload[aligned], d->reg);
	return tr_mem_op(t, in, hot_vstore[aligned], s->reg);
}

/* Memory forms of scalar and half-register moves. */
static bool
vscalar(struct tr *t, const struct insn *in, slot_fn load, slot_fn store)
{
	if (in->o[1].kind == OK_MEM)
		return tr_mem_op(t, in, load, in->o[0].reg);
	if (in->o[0].kind == OK_MEM)
		return tr_mem_op(t, in, store, in->o[1].reg);
	return false;
}

static bool
vmovd(struct tr *t, const struct insn *in)
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];

	if (s->kind == OK_MEM)
		return tr_mem_op(t, in, s->size == 8 ? hot_vload64 : hot_vload32, d->reg);
	if (d->kind == OK_MEM)
		return tr_mem_op(t, in, d->size == 8 ? hot_vstore64 : hot_vstore32, s->reg);
	if (d->kind == OK_XMM)
		return tr_reg_op(t, hot_vmov_vr[s->size == 8], d->reg, (uint8_t)(s->reg * 8), 0);
	return tr_reg_op(t, hot_vmov_rv[d->size == 8], (uint8_t)(d->reg * 8), s->reg, 0);
}

static bool
vmovq(struct tr *t, const struct insn *in)
{
	const struct opnd *d = &in->o[0], *s = &in->o[1];

	if (s->kind == OK_MEM)
		return tr_mem_op(t, in, hot_vload64, d->reg);
	if (d->kind == OK_MEM)
		return tr_mem_op(t, in, hot_vstore64, s->reg);
	return tr_reg_op(t, hot_vmovq_rr, d->reg, s->reg, 0);
}

bool
tr_sse(struct tr *t, const struct insn *in)
{
	if (!sse_usable(t))
		return false;
	switch (in->opr) {
	case OPR_movdqa: case OPR_movaps: case OPR_movapd:
	case OPR_movntdq: case OPR_movntps: case OPR_movntpd:
		return vmove(t, in, true);
	case OPR_movdqu: case OPR_movups: case OPR_movupd: case OPR_lddqu:
		return vmove(t, in, false);
	case OPR_movss: return vscalar(t, in, hot_vload32, hot_vstore32);
	case OPR_movsd: return vscalar(t, in, hot_vload64, hot_vstore64);
	case OPR_movlps: case OPR_movlpd:
		return vscalar(t, in, hot_vload_lo, hot_vstore64);
	case OPR_movhps: case OPR_movhpd:
		return vscalar(t, in, hot_vload_hi, hot_vstore_hi);
	case OPR_xorps: case OPR_xorpd: return vop(t, in, VOP_pxor);
	case OPR_orps: case OPR_orpd: return vop(t, in, VOP_por);
	case OPR_andps: case OPR_andpd: return vop(t, in, VOP_pand);
	case OPR_andnps: case OPR_andnpd: return vop(t, in, VOP_pandn);
	case OPR_unpcklpd: case OPR_movlhps: return vop(t, in, VOP_punpcklqdq);
	case OPR_unpckhpd: return vop(t, in, VOP_punpckhqdq);
	case OPR_unpcklps: return vop(t, in, VOP_punpckldq);
	case OPR_movd_x: return vmovd(t, in);
	case OPR_movq_x: return vmovq(t, in);
	case OPR_pmovmskb_x:
		return tr_reg_op(t, hot_pmovmskb, (uint8_t)(in->o[0].reg * 8), in->o[1].reg, 0);
	case OPR_pshufd:
		return in->o[1].kind == OK_XMM &&
		    tr_reg_op(t, hot_pshufd, in->o[0].reg, in->o[1].reg, (int32_t)in->imm);
	case OPR_pxor_x: return vop(t, in, VOP_pxor);
	case OPR_por_x: return vop(t, in, VOP_por);
	case OPR_pand_x: return vop(t, in, VOP_pand);
	case OPR_pandn_x: return vop(t, in, VOP_pandn);
	case OPR_paddb_x: return vop(t, in, VOP_paddb);
	case OPR_paddw_x: return vop(t, in, VOP_paddw);
	case OPR_paddd_x: return vop(t, in, VOP_paddd);
	case OPR_paddq_x: return vop(t, in, VOP_paddq);
	case OPR_psubb_x: return vop(t, in, VOP_psubb);
	case OPR_psubw_x: return vop(t, in, VOP_psubw);
	case OPR_psubd_x: return vop(t, in, VOP_psubd);
	case OPR_psubq_x: return vop(t, in, VOP_psubq);
	case OPR_pcmpeqb_x: return vop(t, in, VOP_pcmpeqb);
	case OPR_pcmpeqw_x: return vop(t, in, VOP_pcmpeqw);
	case OPR_pcmpeqd_x: return vop(t, in, VOP_pcmpeqd);
	case OPR_pcmpgtb_x: return vop(t, in, VOP_pcmpgtb);
	case OPR_pcmpgtw_x: return vop(t, in, VOP_pcmpgtw);
	case OPR_pcmpgtd_x: return vop(t, in, VOP_pcmpgtd);
	case OPR_pminub_x: return vop(t, in, VOP_pminub);
	case OPR_pmaxub_x: return vop(t, in, VOP_pmaxub);
	case OPR_punpcklbw_x: return vop(t, in, VOP_punpcklbw);
	case OPR_punpcklwd_x: return vop(t, in, VOP_punpcklwd);
	case OPR_punpckldq_x: return vop(t, in, VOP_punpckldq);
	case OPR_punpcklqdq: return vop(t, in, VOP_punpcklqdq);
	case OPR_punpckhqdq: return vop(t, in, VOP_punpckhqdq);
	default: return false;
	}
}
