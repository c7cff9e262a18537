/*
 * Which MSR accesses fault?
 *
 * Set-up: MSRs that do not exist, values with reserved bits, CPL 3.
 * Expected: #GP(0) for each; legal values read back.
 * AMD APM vol 2, "Model-Specific Registers (MSRs)"; vol 3 "RDMSR", "WRMSR".
 */
#include "guest.h"

int
main(void)
{
	static const uint32_t none[] = { 0x2, 0x8, 0x170, 0x5000, 0x40000fff, 0xbffffffe,
		0xc0002fff, 0xfffffffe };
	uint64_t v;

	for (unsigned i = 0; i < COUNT(none); i++) {
		expect_trap(try_rdmsr(none[i], &v), GP, "RDMSR of %x", none[i]);
		expect_trap(try_wrmsr(none[i], 0), GP, "WRMSR of %x", none[i]);
	}
	expect_trap(USERX("rdmsr", , "c"(0x10), "eax", "edx"), GP, "RDMSR at CPL 3");
	expect_trap(USER("wrmsr", "c"(0x10), "a"(0), "d"(0)), GP, "WRMSR at CPL 3");
	expect_trap(try_rdmsr(MSR_PAT, &v), NONE, "PAT");
	expect((ulong)v, (ulong)0x0007040600070406, "PAT after reset");
	expect_trap(try_wrmsr(MSR_PAT, 0x0007040600070402), GP, "PAT with a reserved type");
	expect_trap(try_wrmsr(MSR_PAT, 0x0007040600070408), GP, "PAT with a reserved bit");
	expect_trap(try_wrmsr(MSR_PAT, 0x0007010500070406), NONE, "PAT with legal types");
	expect_trap(try_wrmsr(MSR_PAT, 0x0007040600070406), NONE, "PAT restored");
	expect_trap(try_rdmsr(0xfe, &v), NONE, "MTRRcap");
	expect_trap(try_wrmsr(0xfe, v), GP, "write of MTRRcap");
	expect_trap(try_wrmsr(0x2ff, 0x2), GP, "MTRRdefType 2");
	expect_trap(try_wrmsr(0x200, 0x2), GP, "MTRRphysBase0 of type 2");
	if (has(HAS_RDTSCP)) {
		expect_trap(try_wrmsr(MSR_TSC_AUX, 0x12345678), NONE, "TSC_AUX");
		expect_trap(try_rdmsr(MSR_TSC_AUX, &v), NONE, "TSC_AUX");
		expect((ulong)v, 0x12345678, "TSC_AUX reads back");
	}
	expect_trap(try_rdmsr(MSR_APIC_BASE, &v), NONE, "APIC_BASE");
	expect((ulong)v & 0xfff, 0x900, "APIC_BASE: enabled, bootstrap processor");
	expect_trap(try_wrmsr(MSR_APIC_BASE, v | 1), GP, "APIC_BASE with a reserved bit");
	return 0;
}
