/*
 * Are fields of the VMCB read that are not called clean?
 *
 * Set-up: a VMCB that has run, of which one group of fields changes, the group's
 * clean bit clear and all others set.
 * Expected: the change counts. Fields without a clean bit count even with all
 * bits set; another VMCB's page counts as all new. What happens to changes that
 * are called clean is up to the processor and not asked.
 * AMD APM vol 2, "VMCB Clean Bits", "VMCB Clean Field".
 */
#include "svm.h"

enum { C_I, C_IOPM, C_ASID, C_TPR, C_NP, C_CR, C_DR, C_DT, C_SEG, C_CR2, C_LBR };

GUEST(asks, "mov %cr2, %rbx\n mov %dr7, %rcx\n mov %cr4, %r9\n mov %cr8, %rsi\n sub $16, %rsp\n"
    "sidt (%rsp)\n movzwl (%rsp), %edi\n add $16, %rsp\n mov %ds, %r8\n rdtsc\n"
    "vmmcall");

static void
first(void)
{
	guest64(asks);
	vmcb->vintr = V_MASKING;
	run();
	vmcb->rip = (ulong)asks;
	vmcb->rsp = (ulong)guest_stack + sizeof(guest_stack);
	vmcb->tlb_control = 0;
}

static void
again(unsigned bit)
{
	vmcb->clean = ~(1u << bit);
	run();
}

static void
groups(void)
{
	first();
	vmcb->icpt[ICPT_3] |= I3_RDTSC;
	again(C_I);
	expect_exit(vmcb->exitcode, EXIT_RDTSC, "intercepts");
	first();
	vmcb->asid = 0;
	again(C_ASID);
	expect_exit(vmcb->exitcode, EXIT_INVALID, "ASID");
	first();
	vmcb->vintr |= V_TPR(5);
	again(C_TPR);
	expect(gr.si, 5, "V_TPR");
	first();
	vmcb->cr4 |= CR4_PGE;
	again(C_CR);
	expect(gr.r9, CR4_PAE | CR4_PGE, "CR4");
	first();
	vmcb->dr7 = 0x500;
	again(C_DR);
	expect(gr.cx, 0x500, "DR7");
	first();
	vmcb->idtr.limit = 0x7ff;
	again(C_DT);
	expect(gr.di, 0x7ff, "IDTR");
	first();
	vmcb->ds.sel = 0x38;
	again(C_SEG);
	expect(gr.r8, 0x38, "DS");
	first();
	vmcb->cr2 = 0x4444;
	again(C_CR2);
	expect(gr.bx, 0x4444, "CR2");
}

static void
without_bits(void)
{
	static const char code[] = "\x0f\x01\xd9";	/* VMMCALL */

	first();
	vmcb->clean = ~0u;
	vmcb->rip = (ulong)code;
	vmcb->rax = 0x1357;
	vmcb->rsp -= 64;
	vmcb->rflags |= FL_CF;
	expect_exit(run(), EXIT_VMMCALL, "all clean");
	expect64(vmcb->rip, (ulong)code, "rip");
	expect64(vmcb->rax, 0x1357, "rAX");
	expect64(vmcb->rsp, (ulong)guest_stack + sizeof(guest_stack) - 64, "rSP");
	expect64(vmcb->rflags & FL_CF, FL_CF, "RFLAGS");
	vmcb->clean = ~0u;
	vmcb->eventinj = EVENT(EV_INTR, 0x31);
	expect_vector(0x31, "EVENTINJ");
}

static void
another_page(void)
{
	struct vmcb *was = vmcb;

	first();
	vmcb = vmcb_alloc();
	*vmcb = *was;
	vmcb->clean = ~0u;
	vmcb->cr2 = 0x5555;
	vmcb->dr7 = 0x700;
	vmcb->icpt[ICPT_3] |= I3_RDTSC;
	expect_exit(run(), EXIT_RDTSC, "another VMCB, all clean");
	expect(gr.bx, 0x5555, "another VMCB: CR2");
	expect(gr.cx, 0x700, "another VMCB: DR7");
	vmcb = was;
}

int
main(void)
{
	svm_init();
	groups();
	without_bits();
	another_page();
	return 0;
}
