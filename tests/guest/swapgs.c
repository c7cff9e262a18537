/*
 * SWAPGS, FS and GS bases: what changes them?
 *
 * Set-up: MSRs, SWAPGS, selector loads, WRGSBASE.
 * Expected: SWAPGS exchanges GS base and KernelGSBase, #GP(0) above CPL 0, #UD
 * outside 64-bit mode; a descriptor load replaces the base, upper half zero.
 * AMD APM vol 3, "SWAPGS"; vol 2 "FS and GS Registers in 64-Bit Mode".
 */
#include "guest.h"

#define A	0x1234567890ul
#define B	0xffff800000001000ul

int
main(void)
{
	volatile ulong v = 0;
	ulong got;

	wrmsr(MSR_GS_BASE, A);
	wrmsr(MSR_KGS_BASE, B);
	asm volatile("swapgs");
	expect(rdmsr(MSR_GS_BASE), B, "SWAPGS: GS base");
	expect(rdmsr(MSR_KGS_BASE), A, "SWAPGS: KernelGSBase");
	expect_trap(USER("swapgs"), GP, "SWAPGS at CPL 3");
	expect_trap(USER32(".byte 0x0f, 0x01, 0xf8"), UD, "SWAPGS in compatibility mode");
	expect_trap(COMPAT(".byte 0x0f, 0x01, 0xf8"), UD, "SWAPGS in compatibility mode, CPL 0");
	expect_trap(try_wrmsr(MSR_GS_BASE, 0x800000000000), GP, "GS base that is not canonical");
	expect_trap(try_wrmsr(MSR_KGS_BASE, 0x800000000000), GP,
	    "KernelGSBase that is not canonical");
	wrmsr(MSR_FS_BASE, A);
	set_gdt(FREESEL, seg_desc(0x89abc000, 0xfffff, D_DATA, F_G | F_B));
	asm volatile("mov %0, %%fs" :: "r"(FREESEL));
	expect(rdmsr(MSR_FS_BASE), 0x89abc000, "a descriptor load replaces the FS base");
	wrmsr(MSR_FS_BASE, (ulong)&v);
	v = 77;
	asm volatile("mov %%fs:0, %0" : "=r"(got) :: "memory");
	expect(got, 77, "an access uses the FS base");
	wrmsr(MSR_FS_BASE, 0x7fffffffffff);
	expect_trap(TRYX("mov %%fs:(%0), %%al", , "r"(1ul), "rax"), GP,
	    "base plus offset that is not canonical");
	expect_trap(TRYX("mov %%fs:(%0), %%al", , "r"(-0x7fffffffffff + (ulong)&v), "rax"), NONE,
	    "base plus offset wraps at 64 bits");
	if (!has(HAS_FSGSBASE))
		return 0;
	expect_trap(TRYX("rdfsbase %0", "=r"(v), ), UD, "RDFSBASE with CR4.FSGSBASE clear");
	write_cr4(read_cr4() | CR4_FSGSBASE);
	expect_trap(TRY("wrgsbase %0", "r"(A)), NONE, "WRGSBASE");
	expect(rdmsr(MSR_GS_BASE), A, "WRGSBASE: GS base");
	expect_trap(USERX("rdgsbase %0", "=r"(v), ), NONE, "RDGSBASE at CPL 3");
	expect(v, A, "RDGSBASE");
	expect_trap(TRY("wrgsbase %0", "r"(0x800000000000)), GP, "WRGSBASE, not canonical");
	wrmsr(MSR_FS_BASE, B);
	expect_trap(TRYX("rdfsbase %k0", "=r"(v), ), NONE, "32-bit RDFSBASE");
	expect(v, B & 0xffffffff, "32-bit RDFSBASE");
	expect_trap(TRY("wrfsbase %k0", "r"(B)), NONE, "32-bit WRFSBASE");
	expect(rdmsr(MSR_FS_BASE), B & 0xffffffff, "32-bit WRFSBASE clears the upper half");
	expect_trap(USER32(".byte 0xf3, 0x0f, 0xae, 0xc0"), UD, "RDFSBASE in compatibility mode");
	return 0;
}
