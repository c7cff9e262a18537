/*
 * When is nRIP saved, and when is it 0?
 *
 * Expected: the next instruction at intercepts of instructions, MSRs and I/O, and
 * of INT3, whatever their prefixes; 0 at all others.
 * AMD APM vol 2, "State Saved on Exit".
 */
#include "svm.h"

GUEST(prefixed, ".byte 0x66, 0x67, 0x2e\n cpuid\n prefixed_end: vmmcall");
GUEST(branch, "int $0x41\n branch_end: vmmcall");
GUEST(port, "out %al, $0x80\n port_end: vmmcall");
GUEST(msr, "mov $0x174, %ecx\n rdmsr\n msr_end: vmmcall");
GUEST(trap3, "int3\n trap3_end: vmmcall");
GUEST(undefined, "ud2\n vmmcall");
GUEST(page_fault, "mov $0x8000000000, %rcx\n mov (%rcx), %al\n vmmcall");
GUEST(nothing, "nop\n vmmcall");
extern const char prefixed_end[], branch_end[], port_end[], msr_end[], trap3_end[];

static void
with(const void *code, uint64_t want_exit, ulong want, const char *name)
{
	guest64(code);
	vmcb->nrip = 0x1234567;
	memset(iopm, 0xff, 3 * PAGE);
	memset(msrpm, 0xff, 2 * PAGE);
	vmcb->icpt[ICPT_3] |= I3_CPUID | I3_INTN | I3_IOIO | I3_MSR | I3_VINTR;
	vmcb->icpt[ICPT_EXC] = ~0u;
	if (want_exit == EXIT_VINTR) {
		vmcb->rflags |= FL_IF;
		vmcb->vintr = V_IRQ | V_PRIO(3) | V_MASKING;
	}
	if (want_exit == EXIT_INVALID)
		vmcb->asid = 0;
	expect_exit(run(), want_exit, "%s", name);
	expect64(vmcb->nrip, want, "%s: nRIP", name);
}

int
main(void)
{
	svm_init();
	if (!svm_has(SVM_NRIP))
		skip("no nRIP");
	with(prefixed, EXIT_CPUID, (ulong)prefixed_end, "an instruction with prefixes");
	with(branch, EXIT_INTN, (ulong)branch_end, "INTn");
	with(port, EXIT_IOIO, (ulong)port_end, "OUT");
	with(msr, EXIT_MSR, (ulong)msr_end, "RDMSR");
	with(trap3, EXIT_EXC + BP, (ulong)trap3_end, "INT3");
	with(undefined, EXIT_EXC + UD, 0, "#UD");
	with(page_fault, EXIT_EXC + PF, 0, "#PF");
	with(nothing, EXIT_VINTR, 0, "virtual interrupt");
	return 0;
}
