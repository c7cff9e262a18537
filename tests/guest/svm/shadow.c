/*
 * Is an interrupt shadow saved and loaded?
 *
 * Expected: INTERRUPT_SHADOW is set when the exit is at the instruction behind an
 * STI that set IF, or behind MOV SS or POP SS, clear one later; it is loaded by
 * VMRUN and ends behind one instruction; a shadow of the host around VMRUN is
 * none of the guest's.
 * AMD APM vol 2, "Interrupt Shadows", "#VMEXIT".
 */
#include "svm.h"

GUEST(behind_sti, "sti\n cpuid\n vmmcall");
GUEST(later, "sti\n nop\n cpuid\n vmmcall");
GUEST(sti_again, "sti\n sti\n cpuid\n vmmcall");
GUEST(mov_ss, "mov %ss, %eax\n mov %eax, %ss\n cpuid\n vmmcall");
GUEST(at_once, "cpuid\n vmmcall");
GUEST(nops, "nop\n cpuid\n vmmcall");

static void
saved(const void *code, ulong flags, unsigned shadow, unsigned want, const char *name)
{
	guest64(code);
	vmcb->rflags |= flags;
	vmcb->shadow = shadow;
	vmcb->icpt[ICPT_3] |= I3_CPUID;
	expect_exit(run(), EXIT_CPUID, "%s", name);
	expect64(vmcb->shadow & 1, want, "%s: INTERRUPT_SHADOW", name);
}

int
main(void)
{
	svm_init();
	saved(behind_sti, 0, 0, 1, "behind STI");
	saved(behind_sti, FL_IF, 0, 0, "behind STI with IF set before");
	saved(later, 0, 0, 0, "two behind STI");
	saved(sti_again, 0, 0, 0, "behind a second STI");
	saved(mov_ss, 0, 0, 1, "behind MOV SS");
	saved(at_once, 0, 1, 1, "loaded, at the first instruction");
	saved(nops, 0, 1, 0, "loaded, at the second instruction");
	saved(at_once, 0, 0, 0, "none");
	guest64(at_once);
	vmcb->icpt[ICPT_3] |= I3_CPUID;
	run_sti = 1;
	expect_exit(run(), EXIT_CPUID, "VMRUN behind STI of the host");
	expect64(vmcb->shadow & 1, 0, "VMRUN behind STI of the host: INTERRUPT_SHADOW");
	expect64(vmcb->rflags & FL_IF, 0, "VMRUN behind STI of the host: IF of the guest");
	return 0;
}
