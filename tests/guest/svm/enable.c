/*
 * When do the SVM instructions exist, and what do they want of rAX?
 *
 * Expected: #UD while EFER.SVME is clear (not STGI and SKINIT of a processor with
 * the SKINIT or SVML feature), #GP at CPL 3, #GP for an address that is not a page's or
 * beyond the largest; VM_HSAVE_PA alike; CPUID Fn8000_000A has a revision and
 * more than one ASID.
 * AMD APM vol 2, "Enabling SVM", "Basic Operation", "VMSAVE and VMLOAD
 * Instructions"; vol 3, the instructions' own pages.
 */
#include "svm.h"

static bool
has_skinit(void)
{
	return cpuid(0x80000001, 0).c >> 12 & 1;
}

static void
without_svme(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_SVME);
	expect_trap(TRY("vmrun", "a"(vmcb)), UD, "VMRUN without SVME");
	expect_trap(TRY("vmload", "a"(vmcb)), UD, "VMLOAD without SVME");
	expect_trap(TRY("vmsave", "a"(vmcb)), UD, "VMSAVE without SVME");
	expect_trap(TRY("vmmcall"), UD, "VMMCALL without SVME");
	expect_trap(TRY("clgi"), UD, "CLGI without SVME");
	expect_trap(TRY("invlpga", "a"(0), "c"(0)), UD, "INVLPGA without SVME");
	if (!has_skinit() && !svm_has(SVM_LOCK)) {
		expect_trap(TRY("stgi"), UD, "STGI without SVME and SKINIT");
		expect_trap(TRY("skinit", "a"(0)), UD, "SKINIT without SVME and SKINIT");
	}
	expect_trap(USER("vmrun", "a"(vmcb)), UD, "VMRUN without SVME at CPL 3");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
}

static void
at_cpl3(void)
{
	expect_trap(USER("vmrun", "a"(vmcb)), GP, "VMRUN at CPL 3");
	expect_trap(USER("vmload", "a"(vmcb)), GP, "VMLOAD at CPL 3");
	expect_trap(USER("vmsave", "a"(vmcb)), GP, "VMSAVE at CPL 3");
	expect_trap(USER("clgi"), GP, "CLGI at CPL 3");
	expect_trap(USER("stgi"), GP, "STGI at CPL 3");
	expect_trap(USER("invlpga", "a"(0), "c"(0)), GP, "INVLPGA at CPL 3");
	expect_trap(USER("vmmcall"), UD, "VMMCALL at CPL 3");
	expect_trap(TRY("vmmcall"), UD, "VMMCALL in the host");
}

static void
addresses(void)
{
	uint64_t top = BIT(cpuid(0x80000008, 0).a & 0xff), old = rdmsr(MSR_HSAVE);

	expect_trap(TRY("vmrun", "a"((ulong)vmcb + 8)), GP, "VMRUN, not a page");
	expect_trap(TRY("vmload", "a"((ulong)vmcb + 8)), GP, "VMLOAD, not a page");
	expect_trap(TRY("vmsave", "a"((ulong)vmcb + 8)), GP, "VMSAVE, not a page");
	expect_trap(TRY("vmrun", "a"(top)), GP, "VMRUN beyond the top");
	expect_trap(TRY("vmload", "a"(top)), GP, "VMLOAD beyond the top");
	expect_trap(TRY("vmsave", "a"(top)), GP, "VMSAVE beyond the top");
	expect_trap(try_wrmsr(MSR_HSAVE, old + 8), GP, "VM_HSAVE_PA, not a page");
	expect_trap(try_wrmsr(MSR_HSAVE, top), GP, "VM_HSAVE_PA beyond the top");
	expect64(rdmsr(MSR_HSAVE), old, "VM_HSAVE_PA keeps its value");
}

static void
identification(void)
{
	struct cpuid c = cpuid(0x8000000a, 0);

	claim((c.a & 0xff) == 1, "revision 1");
	claim(c.b > 1, "more than one ASID");
	expect(c.c, 0, "ECX is reserved");
}

int
main(void)
{
	svm_init();
	identification();
	without_svme();
	at_cpl3();
	addresses();
	return 0;
}
