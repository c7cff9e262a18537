/*
 * Whose DebugCtl.BTF says what TF steps?
 *
 * Set-up: a guest with TF in RFLAGS of the VMCB.
 * Expected: with LBR virtualization BTF of the VMCB counts, the trap comes behind the
 * guest's branch and clears BTF, which the VMCB shows; without it the host's BTF does.
 * AMD APM vol 2, "Last Branch Record Virtualization"; "Control-Transfer Breakpoint
 * Features".
 */
#include "svm.h"

enum { MSR_DEBUGCTL = 0x1d9, BTF = 2 };

GUEST(branches, "nop\n nop\n jmp btf_to\n ud2\n btf_to: nop\n vmmcall");
extern const char btf_to[];

static void
stepped(void)
{
	guest64(branches);
	vmcb->rflags |= FL_TF;
}

static void
virtualized(void)
{
	if (!svm_has(SVM_LBR)) {
		left_out("virtualization of DebugCtl");
		return;
	}
	wrmsr(MSR_DEBUGCTL, 0);
	stepped();
	vmcb->lbr_enable = 1;
	vmcb->dbgctl = BTF;
	expect_vector(DB, "the guest's");
	expect64(guest_frame().ip, (ulong)btf_to, "the guest's: where");
	expect64(vmcb->dbgctl, 0, "the guest's: BTF is clear");
	stepped();
	vmcb->lbr_enable = 1;
	vmcb->dbgctl = BTF;
	vmcb->icpt[ICPT_EXC] |= 1 << DB;
	expect_exit(run(), EXIT_EXC + DB, "intercepted");
	expect64(vmcb->rip, (ulong)btf_to, "intercepted: where");
	wrmsr(MSR_DEBUGCTL, BTF);
	stepped();
	vmcb->lbr_enable = 1;
	expect_vector(DB, "only the host's");
	expect64(guest_frame().ip, (ulong)branches + 1, "only the host's: where");
	wrmsr(MSR_DEBUGCTL, 0);
}

static void
shared(void)
{
	wrmsr(MSR_DEBUGCTL, BTF);
	stepped();
	expect_vector(DB, "shared");
	expect64(guest_frame().ip, (ulong)btf_to, "shared: where");
	expect64(rdmsr(MSR_DEBUGCTL), 0, "shared: the host's is clear");
}

int
main(void)
{
	svm_init();
	wrmsr(MSR_DEBUGCTL, BTF);
	if (rdmsr(MSR_DEBUGCTL) != BTF)
		skip("no DebugCtl.BTF");
	virtualized();
	shared();
	return 0;
}
