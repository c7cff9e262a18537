/*
 * Which values of EFER does VMRUN refuse?
 *
 * Expected: SVME clear; reserved bits, that is 9, 16, 22 and up, and those of
 * features that CPUID does not announce.
 * AMD APM vol 2, "Canonicalization and Consistency Checks", "Extended Feature
 * Enable Register (EFER)".
 */
#include "svm.h"

GUEST(asks, "vmmcall");

static uint64_t
with_efer(uint64_t set, uint64_t clear)
{
	guest64(asks);
	vmcb->efer = (vmcb->efer | set) & ~clear;
	return run();
}

int
main(void)
{
	svm_init();
	expect_exit(with_efer(0, 0), EXIT_VMMCALL, "EFER as it should be");
	expect_exit(with_efer(0, EFER_SVME), EXIT_INVALID, "SVME clear");
	expect_exit(with_efer(EFER_SCE, 0), EXIT_VMMCALL, "SCE");
	if (has(HAS_NX))
		expect_exit(with_efer(EFER_NXE, 0), EXIT_VMMCALL, "NXE");
	else
		expect_exit(with_efer(EFER_NXE, 0), EXIT_INVALID, "NXE without the feature");
	if (!has(HAS_FFXSR))
		expect_exit(with_efer(BIT(14), 0), EXIT_INVALID, "FFXSR without the feature");
	if (!(cpuid(0x80000001, 0).c >> 17 & 1))
		expect_exit(with_efer(BIT(15), 0), EXIT_INVALID, "TCE without the feature");
	expect_exit(with_efer(BIT(9), 0), EXIT_INVALID, "EFER bit 9");
	expect_exit(with_efer(BIT(16), 0), EXIT_INVALID, "EFER bit 16");
	for (unsigned bit = 22; bit < 64; bit++)
		expect_exit(with_efer(BIT(bit), 0), EXIT_INVALID, "EFER bit %u", bit);
	return 0;
}
