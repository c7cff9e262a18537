/*
 * What do TSD, PCE and UMIP forbid at CPL 3?
 *
 * Set-up: each bit of CR4 set and clear.
 * Expected: RDTSC(P) is #GP(0) with TSD; RDPMC is #GP(0) without PCE; SGDT,
 * SIDT, SLDT, STR, SMSW are #GP(0) with UMIP; CPL 0 may always.
 * AMD APM vol 2, "CR4 Register"; vol 3 "RDTSC", "RDPMC", "SGDT", "SMSW".
 */
#include "guest.h"

static uint8_t buf[16];

static void
umip(int want, const char *how)
{
	expect_trap(USER("sgdt %0", "m"(buf)), want, "%s: SGDT", how);
	expect_trap(USER("sidt %0", "m"(buf)), want, "%s: SIDT", how);
	expect_trap(USERX("sldt %%eax", , , "eax"), want, "%s: SLDT", how);
	expect_trap(USERX("str %%eax", , , "eax"), want, "%s: STR", how);
	expect_trap(USERX("smsw %%eax", , , "eax"), want, "%s: SMSW", how);
	expect_trap(USERX("smsw (%0)", , "r"(buf)), want, "%s: SMSW to memory", how);
	expect_trap(TRY("sgdt %0", "m"(buf)), NONE, "%s: SGDT at CPL 0", how);
}

int
main(void)
{
	ulong cr4 = read_cr4();

	expect_trap(USERX("rdtsc", , , "eax", "edx"), NONE, "RDTSC");
	write_cr4(cr4 | CR4_TSD);
	expect_trap(USERX("rdtsc", , , "eax", "edx"), GP, "RDTSC with TSD");
	expect_trap(TRYX("rdtsc", , , "eax", "edx"), NONE, "RDTSC with TSD at CPL 0");
	if (has(HAS_RDTSCP))
		expect_trap(USERX("rdtscp", , , "eax", "ecx", "edx"), GP, "RDTSCP with TSD");
	write_cr4(cr4);
	expect_trap(USERX("rdpmc", , "c"(0), "eax", "edx"), GP, "RDPMC without PCE");
	umip(NONE, "UMIP clear");
	if (has(HAS_UMIP)) {
		write_cr4(cr4 | CR4_UMIP);
		umip(GP, "UMIP set");
#ifdef __x86_64__
		expect_trap(USER("sldt (%0)", "r"(VA_FREE)), GP, "UMIP before the page fault");
#endif
	}
	return 0;
}
