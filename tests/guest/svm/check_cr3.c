/*
 * Which values of CR3 does VMRUN refuse?
 *
 * Expected: in long mode bits 63:52, and those from the width of physical
 * addresses on.
 * AMD APM vol 2, "Canonicalization and Consistency Checks", "CR3 in long mode".
 */
#include "svm.h"

GUEST(asks, "vmmcall");

static uint64_t
with_cr3(uint64_t set)
{
	guest64(asks);
	vmcb->cr3 |= set;
	return run();
}

int
main(void)
{
	unsigned width;

	svm_init();
	width = cpuid(0x80000008, 0).a & 0xff;
	expect_exit(with_cr3(0), EXIT_VMMCALL, "CR3 as it should be");
	for (unsigned bit = 52; bit < 64; bit++)
		expect_exit(with_cr3(BIT(bit)), EXIT_INVALID, "CR3 bit %u", bit);
	if (width < 52) {
		expect_exit(with_cr3(BIT(51)), EXIT_INVALID, "the last bit beyond the width");
		expect_exit(with_cr3(BIT(width)), EXIT_INVALID, "the first bit beyond the width");
	}
	expect_exit(with_cr3(PTE_PWT | PTE_PCD), EXIT_VMMCALL, "PWT and PCD");
	return 0;
}
