/*
 * Which state do VMLOAD and VMSAVE move?
 *
 * Expected: FS, GS, TR and LDTR with all they hide, KernelGsBase, STAR, LSTAR,
 * CSTAR, SFMASK and the SYSENTER registers, nothing else of the VMCB; bases are
 * sign-extended from bit 47; an intercept in the guest stops them, and without
 * it the guest's addresses are physical ones.
 * AMD APM vol 2, "VMSAVE and VMLOAD Instructions", "Canonicalization and
 * Consistency Checks".
 */
#include "svm.h"

static struct vmcb *was, *in, *out;

static void
load_and_save(void)
{
	asm volatile("mov %0, %%rax\n vmload\n mov %1, %%rax\n vmsave\n mov %2, %%rax\n vmload"
	    :: "r"(in), "r"(out), "r"(was) : "rax", "memory");
}

static void
seg(struct vmcb_seg *s, unsigned n, unsigned attr)
{
	s->sel = (uint16_t)(0x100 + n * 8);
	s->attr = (uint16_t)attr;
	s->limit = 0x1000 + n;
	s->base = 0x123400000 + n * 0x1000;
}

static void
same_seg(const struct vmcb_seg *a, const struct vmcb_seg *b, const char *name)
{
	expect(b->sel, a->sel, "%s: selector", name);
	expect(b->attr, a->attr, "%s: attributes", name);
	expect(b->limit, a->limit, "%s: limit", name);
	expect64(b->base, a->base, "%s: base", name);
}

static void
moved(void)
{
	seg(&in->fs, 1, ATTR(D_DATA | D_ACCESSED | D_DPL3, F_B));
	seg(&in->gs, 2, ATTR(D_DATA | D_ACCESSED, F_G | F_B));
	in->gs.limit = 0x12fff;
	seg(&in->tr, 3, ATTR(D_TSS_BUSY, 0));
	seg(&in->ldtr, 4, ATTR(D_LDT, 0));
	in->kernel_gs_base = 0x7fff00001000;
	in->star = 0x23001000000000;
	in->lstar = 0xffffffff80001000;
	in->cstar = 0x10002000;
	in->sfmask = 0x47700;
	in->sysenter_cs = 0x10;
	in->sysenter_esp = 0xffff800000001000;
	in->sysenter_eip = 0x5678;
	load_and_save();
	same_seg(&in->fs, &out->fs, "FS");
	same_seg(&in->gs, &out->gs, "GS");
	same_seg(&in->tr, &out->tr, "TR");
	same_seg(&in->ldtr, &out->ldtr, "LDTR");
	expect64(out->kernel_gs_base, in->kernel_gs_base, "KernelGsBase");
	expect64(out->star, in->star, "STAR");
	expect64(out->lstar, in->lstar, "LSTAR");
	expect64(out->cstar, in->cstar, "CSTAR");
	expect64(out->sfmask, in->sfmask, "SFMASK");
	expect64(out->sysenter_cs, in->sysenter_cs, "SYSENTER_CS");
	expect64(out->sysenter_esp, in->sysenter_esp, "SYSENTER_ESP");
	expect64(out->sysenter_eip, in->sysenter_eip, "SYSENTER_EIP");
}

static void
not_moved(void)
{
	memset(out, 0xa5, PAGE);
	load_and_save();
	expect(out->cs.sel, 0xa5a5, "CS stays");
	expect(out->gdtr.limit, 0xa5a5a5a5, "GDTR stays");
	expect(out->idtr.limit, 0xa5a5a5a5, "IDTR stays");
	expect64(out->efer, 0xa5a5a5a5a5a5a5a5, "EFER stays");
	expect64(out->cr3, 0xa5a5a5a5a5a5a5a5, "CR3 stays");
	expect64(out->rax, 0xa5a5a5a5a5a5a5a5, "rAX stays");
	expect64(out->cr2, 0xa5a5a5a5a5a5a5a5, "CR2 stays");
	expect64(out->exitcode, 0xa5a5a5a5a5a5a5a5, "the control area stays");
}

static void
bases(void)
{
	in->fs.base = 0x0000800000001000;
	in->gs.base = 0x1234000000001000;
	in->tr.base = 0xffff000000001000;
	load_and_save();
	expect64(out->fs.base, 0xffff800000001000, "FS.base with bit 47 is sign-extended");
	expect64(out->gs.base, 0x1000, "GS.base without bit 47 is sign-extended");
	expect64(out->tr.base, 0x1000, "TR.base is sign-extended");
}

GUEST(loads, "vmload\n rdfsbase %rbx\n vmmcall");

static void
in_guest(void)
{
	in->fs.base = 0x5555000;
	guest64(loads);
	vmcb->cr4 |= CR4_FSGSBASE;
	vmcb->rax = (ulong)in;
	expect_exit(run(), EXIT_VMMCALL, "VMLOAD in a guest");
	asm volatile("vmload" :: "a"(was) : "memory");
	expect64(gr.bx, 0x5555000, "VMLOAD in a guest loads");
}

int
main(void)
{
	svm_init();
	was = vmcb_alloc();
	in = vmcb_alloc();
	out = vmcb_alloc();
	asm volatile("vmsave" :: "a"(was) : "memory");
	*in = *was;
	moved();
	not_moved();
	bases();
	*in = *was;
	if (has(HAS_FSGSBASE))
		in_guest();
	return 0;
}
