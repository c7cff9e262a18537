/*
 * cpu/exec_svm.c - SVM's instructions
 *
 * AMD APM vol 3 chapter 4 "System Instruction Reference".
 */
#include "cpu/cpuid.h"
#include "cpu/svm_priv.h"
#include "cpu/system_priv.h"

bool
svm_usable(const struct cpu *c)
{
	return (c->efer & EFER_SVME) && !c->cpl;
}

static bool
usable(struct cpu *c)
{
	if (!(c->efer & EFER_SVME))
		return raise_ud(c);
	return !c->cpl || raise_gp0(c);
}

/* rAX names a page of the processor's physical addresses. */
bool
svm_address_ok(const struct cpu *c, const struct insn *in)
{
	uint64_t pa = gpr_read(c, RAX, in->addrsize);

	return !(pa & ~PAGE_MASK) && !(pa >> c->model->phys_bits);
}

static bool
vmcb_address(struct cpu *c, const struct insn *in, hpa_t *pa)
{
	if (!usable(c))
		return false;
	if (!svm_address_ok(c, in))
		return raise_gp0(c);
	*pa = gpr_read(c, RAX, in->addrsize);
	return true;
}

bool
x_vmrun(struct cpu *c, const struct insn *in, union xval *v)
{
	hpa_t pa;

	(void)v;
	if (!vmcb_address(c, in, &pa))
		return false;
	svm_run(c, pa);
	return true;
}

/* Not intercepted, or in no guest: AMD APM vol 3 "VMMCALL". */
bool
x_vmmcall(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return raise_ud(c);
}

/* ---- VMLOAD and VMSAVE ---- */

#define SAVE_FROM	offsetof(struct vmcb, s)
#define SAVE_BYTES	sizeof(struct vmcb_save)

static void
load_seg(struct seg *s, const struct vmcb_seg *v)
{
	s->sel = v->sel;
	s->attr = v->attr & 0xfff;
	s->limit = v->limit;
	s->base = svm_canonical(v->base);
}

static void
save_seg(struct vmcb_seg *v, const struct seg *s)
{
	v->sel = s->sel;
	v->attr = s->attr;
	v->limit = s->limit;
	v->base = s->base;
}

bool
x_vmload(struct cpu *c, const struct insn *in, union xval *v)
{
	struct vmcb_save s;
	hpa_t pa;

	(void)v;
	if (!vmcb_address(c, in, &pa))
		return false;
	phys_read(c->pm, pa + SAVE_FROM, &s, SAVE_BYTES);
	load_seg(&c->seg[SEG_FS], &s.fs);
	load_seg(&c->seg[SEG_GS], &s.gs);
	load_seg(&c->ldtr, &s.ldtr);
	load_seg(&c->tr, &s.tr);
	c->star = s.star;
	c->lstar = svm_canonical(s.lstar);
	c->cstar = svm_canonical(s.cstar);
	c->sfmask = (uint32_t)s.sfmask;
	c->kernel_gs_base = svm_canonical(s.kernel_gs_base);
	c->sysenter_cs = (uint32_t)s.sysenter_cs;
	c->sysenter_esp = svm_canonical(s.sysenter_esp);
	c->sysenter_eip = svm_canonical(s.sysenter_eip);
	return true;
}

static void
save_written(struct cpu *c, hpa_t pa, const struct vmcb_save *s, size_t from, size_t to)
{
	phys_write(c->pm, pa + SAVE_FROM + from, (const uint8_t *)s + from, to - from);
}

/* Only what VMSAVE saves is written. */
bool
x_vmsave(struct cpu *c, const struct insn *in, union xval *v)
{
	struct vmcb_save s;
	hpa_t pa;

	(void)v;
	if (!vmcb_address(c, in, &pa))
		return false;
	phys_read(c->pm, pa + SAVE_FROM, &s, SAVE_BYTES);
	save_seg(&s.fs, &c->seg[SEG_FS]);
	save_seg(&s.gs, &c->seg[SEG_GS]);
	save_seg(&s.ldtr, &c->ldtr);
	save_seg(&s.tr, &c->tr);
	s.star = c->star;
	s.lstar = c->lstar;
	s.cstar = c->cstar;
	s.sfmask = c->sfmask;
	s.kernel_gs_base = c->kernel_gs_base;
	s.sysenter_cs = c->sysenter_cs;
	s.sysenter_esp = c->sysenter_esp;
	s.sysenter_eip = c->sysenter_eip;
	save_written(c, pa, &s, offsetof(struct vmcb_save, fs),
	    offsetof(struct vmcb_save, reserved_4a0));
	save_written(c, pa, &s, offsetof(struct vmcb_save, star), offsetof(struct vmcb_save, cr2));
	return true;
}

/* ---- the global interrupt flag ---- */

static bool
set_gif(struct cpu *c, bool gif)
{
	if (!usable(c))
		return false;
	if (c->svm.guest && (c->svm.v_intr & V_GIF_ENABLE))
		c->svm.v_intr = gif ? c->svm.v_intr | V_GIF : c->svm.v_intr & ~V_GIF;
	else
		svm_set_gif(c, gif);
	return true;
}

bool
x_stgi(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return set_gif(c, true);
}

bool
x_clgi(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return set_gif(c, false);
}

/* No processor of ours has Secure Init. */
bool
x_skinit(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return raise_ud(c);
}

bool
x_invlpga(struct cpu *c, const struct insn *in, union xval *v)
{
	gva_t va = gpr_read(c, RAX, in->addrsize);

	(void)v;
	if (!usable(c))
		return false;
	c->mmu.fetch_page = FETCH_NONE;
	if (is_canonical(va))
		mmu_invlpga(&c->mmu, va, (uint32_t)c->gpr[RCX]);
	return true;
}
