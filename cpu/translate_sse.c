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
	case OPR_movdqa: return vmove(t, in, true);
	case OPR_movdqu: return vmove(t, in, false);
	case OPR_lddqu: return vmove(t, in, false);
	case OPR_movntdq: return vmove(t, in, true);
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
