/*
 * Which values of CR4 does VMRUN refuse?
 *
 * Expected: bits that are reserved on all processors, and those of features
 * that CPUID does not announce; the others are loaded.
 * AMD APM vol 2, "Canonicalization and Consistency Checks", "CR4 Register".
 */
#include "svm.h"

GUEST(asks, "mov %cr4, %rbx\n vmmcall");
GUEST(pushes, "push $0\n vmmcall");

static uint64_t
with_cr4(uint64_t set)
{
	guest64(asks);
	vmcb->cr4 |= set;
	return run();
}

static void
feature(unsigned bit, bool announced, const char *name)
{
	if (announced) {
		expect_exit(with_cr4(BIT(bit)), EXIT_VMMCALL, "CR4.%s", name);
		expect(gr.bx >> bit & 1, 1, "CR4.%s is loaded", name);
	} else {
		expect_exit(with_cr4(BIT(bit)), EXIT_INVALID, "CR4.%s without the feature", name);
	}
}

/* The image's pages are user pages: its own fetches, or stack, fault. */
static void
user_pages_barred(unsigned bit, bool announced, const char *name)
{
	if (!announced) {
		feature(bit, false, name);
		return;
	}
	guest64(pushes);
	vmcb->cr4 |= BIT(bit);
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	expect_exit(run(), EXIT_EXC + PF, "CR4.%s is loaded", name);
}

int
main(void)
{
	struct cpuid c7 = cpuid(7, 0);

	svm_init();
	feature(0, has(HAS_VME), "VME");
	feature(1, has(HAS_VME), "PVI");
	feature(2, true, "TSD");
	feature(3, true, "DE");
	feature(4, true, "PSE");
	feature(6, true, "MCE");
	feature(7, true, "PGE");
	feature(8, true, "PCE");
	feature(9, true, "OSFXSR");
	feature(10, true, "OSXMMEXCPT");
	feature(11, has(HAS_UMIP), "UMIP");
	if (c7.c >> 16 & 1)
		left_out("CR4.LA57");
	else
		feature(12, false, "LA57");
	feature(16, has(HAS_FSGSBASE), "FSGSBASE");
	feature(17, has(HAS_PCID), "PCIDE");
	feature(18, has(HAS_XSAVE), "OSXSAVE");
	user_pages_barred(20, has(HAS_SMEP), "SMEP");
	user_pages_barred(21, has(HAS_SMAP), "SMAP");
	feature(22, c7.c >> 3 & 1, "PKE");
	feature(23, c7.c >> 7 & 1, "CET");
	for (unsigned bit = 13; bit < 64; bit++) {
		if (bit <= 15 || bit == 19 || bit >= 33)
			expect_exit(with_cr4(BIT(bit)), EXIT_INVALID, "CR4 bit %u", bit);
	}
	return 0;
}
