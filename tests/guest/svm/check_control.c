/*
 * What does VMRUN refuse in the control area?
 *
 * Expected: no intercept of VMRUN; ASID 0; a permission map of which a byte is
 * beyond the largest physical address (the low 12 bits of its address are
 * ignored); with nested paging reserved bits of nCR3 and memory types in G_PAT
 * that do not exist.  A map that ends there is good.
 * AMD APM vol 2, "Canonicalization and Consistency Checks", "Nested Paging and
 * VMRUN/#VMEXIT".
 */
#include "svm.h"

GUEST(asks, "vmmcall");

static uint64_t top;
static struct space nested;

static uint64_t
with_iopm(uint64_t pa)
{
	guest64(asks);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	vmcb->iopm = pa;
	return run();
}

static uint64_t
with_msrpm(uint64_t pa)
{
	guest64(asks);
	vmcb->icpt[ICPT_3] |= I3_MSR;
	vmcb->msrpm = pa;
	return run();
}

static void
maps(void)
{
	expect_exit(with_iopm(top - 3 * PAGE), EXIT_VMMCALL, "I/O map that ends at the top");
	expect_exit(with_iopm(top - 3 * PAGE + 0xfff), EXIT_VMMCALL,
	    "I/O map: the low 12 bits are ignored");
	expect_exit(with_iopm(top - 2 * PAGE), EXIT_INVALID, "I/O map one page beyond the top");
	expect_exit(with_iopm(top - PAGE), EXIT_INVALID, "I/O map two pages beyond the top");
	expect_exit(with_iopm(top), EXIT_INVALID, "I/O map at the top");
	expect_exit(with_iopm(BIT(63)), EXIT_INVALID, "I/O map with bit 63");
	expect_exit(with_iopm(-PAGE), EXIT_INVALID, "I/O map that wraps");
	expect_exit(with_msrpm(top - 2 * PAGE), EXIT_VMMCALL, "MSR map that ends at the top");
	expect_exit(with_msrpm(top - 2 * PAGE + 0xfff), EXIT_VMMCALL,
	    "MSR map: the low 12 bits are ignored");
	expect_exit(with_msrpm(top - PAGE), EXIT_INVALID, "MSR map one page beyond the top");
	expect_exit(with_msrpm(top), EXIT_INVALID, "MSR map at the top");
	expect_exit(with_msrpm(BIT(63)), EXIT_INVALID, "MSR map with bit 63");
	expect_exit(with_msrpm(-PAGE), EXIT_INVALID, "MSR map that wraps");
}

static void
with_nested(void)
{
	space_init(&nested, 4);
	pt_identity(&nested, PTE_P | PTE_W | PTE_U);
	guest64(asks);
	guest_nested(&nested);
	expect_exit(run(), EXIT_VMMCALL, "nested paging as it should be");
	for (unsigned bit = 52; bit < 64; bit++) {
		guest64(asks);
		guest_nested(&nested);
		vmcb->ncr3 |= BIT(bit);
		expect_exit(run(), EXIT_INVALID, "nCR3 bit %u", bit);
	}
	for (unsigned i = 0; i < 8; i++) {
		guest64(asks);
		guest_nested(&nested);
		vmcb->g_pat |= 8ull << (i * 8);
		expect_exit(run(), EXIT_INVALID, "G_PAT: reserved bit of PA%u", i);
		guest64(asks);
		guest_nested(&nested);
		vmcb->g_pat &= ~(0xffull << (i * 8));
		vmcb->g_pat |= 2ull << (i * 8);
		expect_exit(run(), EXIT_INVALID, "G_PAT: reserved type in PA%u", i);
	}
	guest64(asks);
	vmcb->g_pat = ~0ull;
	expect_exit(run(), EXIT_VMMCALL, "G_PAT without nested paging");
}

int
main(void)
{
	svm_init();
	top = BIT(cpuid(0x80000008, 0).a & 0xff);
	guest64(asks);
	vmcb->icpt[ICPT_4] = I4_VMMCALL;
	expect_exit(run(), EXIT_INVALID, "no intercept of VMRUN");
	guest64(asks);
	vmcb->asid = 0;
	expect_exit(run(), EXIT_INVALID, "ASID 0");
	maps();
	if (svm_has(SVM_NP))
		with_nested();
	else
		left_out("nested paging");
	return 0;
}
