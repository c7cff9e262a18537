/*
 * Are the branch records of host and guest kept apart?
 *
 * Expected: with virtualization of them DebugCtl and the four records of the
 * guest come from and go to the VMCB, the host's are as before; without it the
 * guest sees and changes the host's.
 * AMD APM vol 2, "Last Branch Record Virtualization".
 */
#include "svm.h"

enum { MSR_DEBUGCTL = 0x1d9, MSR_BR_FROM = 0x1db };

GUEST(branches, "mov $0x1d9, %ecx\n rdmsr\n mov %rax, %rbx\n jmp branches_to\n ud2\n"
    "branches_to: vmmcall");
GUEST(sets, "mov $0x1d9, %ecx\n mov $2, %eax\n xor %edx, %edx\n wrmsr\n vmmcall");
extern const char branches_to[];

/* Also without a guest in between */
static bool
host_records(void)
{
	uint64_t from;

	wrmsr(MSR_DEBUGCTL, 1);
	asm volatile("jmp 1f\n 1:");
	from = rdmsr(MSR_BR_FROM);
	wrmsr(MSR_DEBUGCTL, 0);
	return from != 0;
}

int
main(void)
{
	svm_init();
	if (!svm_has(SVM_LBR))
		skip("no virtualization of branch records");
	wrmsr(MSR_DEBUGCTL, 0);
	guest64(branches);
	vmcb->lbr_enable = 1;
	vmcb->dbgctl = 1;
	expect_exit(run(), EXIT_VMMCALL, "enabled");
	expect(gr.bx & 1, 1, "DebugCtl of the VMCB is loaded");
	if (host_records()) {
		expect64(vmcb->br_to, (ulong)branches_to, "the branch's target is saved");
		claim(vmcb->br_from >= (ulong)branches && vmcb->br_from < (ulong)branches_to,
		    "the branch's source is saved");
	} else {
		left_out("branch records");
	}
	expect64(rdmsr(MSR_DEBUGCTL), 0, "DebugCtl of the host");
	guest64(sets);
	vmcb->lbr_enable = 1;
	expect_exit(run(), EXIT_VMMCALL, "written by the guest");
	expect64(vmcb->dbgctl, 2, "DebugCtl is saved");
	expect64(rdmsr(MSR_DEBUGCTL), 0, "DebugCtl of the host stays");
	guest64(sets);
	expect_exit(run(), EXIT_VMMCALL, "disabled");
	expect64(rdmsr(MSR_DEBUGCTL), 2, "disabled: the guest writes the host's");
	wrmsr(MSR_DEBUGCTL, 0);
	return 0;
}
