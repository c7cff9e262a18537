/*
 * What do XSAVE, XRSTOR, XSETBV and XGETBV check?
 *
 * Set-up: CR4.OSXSAVE; XCR0 of x87 and SSE; damaged headers.
 * Expected: #UD without OSXSAVE, whatever the CPL; #GP(0) for an area not aligned to 64, a header
 * with reserved bits, bits of XSTATE_BV not in XCR0, XCR0 without bit 0, XCR1;
 * XSETBV at CPL 3; XRSTOR of a clear bit gives the initial state; XSAVE writes
 * only what is asked for.
 * AMD APM vol 4, "XSAVE", "XRSTOR"; vol 2 "XSAVE/XRSTOR".
 */
#include "guest.h"

static uint8_t area[1024] __attribute__((aligned(64)));

#define XSAVE(mask) TRY("xsave (%0)", "r"(area), "a"(mask), "d"(0))
#define XRSTOR(mask) TRY("xrstor (%0)", "r"(area), "a"(mask), "d"(0))

static int
xsetbv(uint32_t n, uint64_t v)
{
	return TRY("xsetbv", "c"(n), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

int
main(void)
{
	uint64_t *bv = (uint64_t *)(area + 512);
	uint32_t a, d;

	if (!has(HAS_XSAVE))
		skip("no XSAVE");
	write_cr4(read_cr4() | CR4_OSFXSR);
	expect(cpuid(1, 0).c >> 27 & 1, 0, "CPUID OSXSAVE clear");
	expect_trap(XSAVE(3), UD, "XSAVE without OSXSAVE");
	expect_trap(TRYX("xgetbv", , "c"(0), "eax", "edx"), UD, "XGETBV without OSXSAVE");
	expect_trap(USER("xsetbv", "c"(0), "a"(3), "d"(0)), UD, "XSETBV at CPL 3, without OSXSAVE");
	write_cr4(read_cr4() | CR4_OSXSAVE);
	expect(cpuid(1, 0).c >> 27 & 1, 1, "CPUID OSXSAVE set");
	asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	expect(a, 1, "XCR0 after reset");
	expect_trap(xsetbv(0, 3), NONE, "XCR0 = 3");
	expect_trap(xsetbv(0, 2), GP, "XCR0 without x87");
	expect_trap(xsetbv(0, 0), GP, "XCR0 = 0");
	expect_trap(xsetbv(0, 3 | BIT(62)), GP, "XCR0 with a reserved bit");
	expect_trap(xsetbv(1, 1), GP, "XCR1");
	expect_trap(USER("xsetbv", "c"(0), "a"(3), "d"(0)), GP, "XSETBV at CPL 3");
	expect_trap(TRY("xsave (%0)", "r"(area + 16), "a"(3), "d"(0)), GP, "misaligned XSAVE");
	expect_trap(TRY("xrstor (%0)", "r"(area + 32), "a"(3), "d"(0)), GP, "misaligned XRSTOR");
	expect_trap(TRY(".byte 0xf0, 0x0f, 0xae, 0x27"), UD, "LOCK XSAVE");
	memset(area, 0xff, sizeof(area));
	memset(area + 512, 0, 64);
	asm volatile("fninit\n fld1\n pcmpeqb %xmm0, %xmm0");
	expect_trap(XSAVE(1), NONE, "XSAVE of x87");
	expect((ulong)*bv, 1, "XSAVE of x87: XSTATE_BV");
	expect(*(uint32_t *)(area + 288), 0xffffffff, "XSAVE of x87 leaves the last XMM field");
	expect_trap(XSAVE(3), NONE, "XSAVE of both");
	expect((ulong)*bv & 3, 3, "XSAVE of both: XSTATE_BV");
	*bv = 1;
	expect_trap(XRSTOR(3), NONE, "XRSTOR");
	asm volatile("movd %%xmm0, %0" : "=r"(a));
	expect(a, 0, "XRSTOR of a clear bit: initial state");
	*bv = 4;
	expect_trap(XRSTOR(3), GP, "XSTATE_BV beyond XCR0");
	*bv = 3;
	bv[1] = 1;
	expect_trap(XRSTOR(3), GP, "XCOMP_BV");
	bv[1] = 0;
	bv[2] = 1;
	expect_trap(XRSTOR(3), GP, "header bytes 16 to 23");
	bv[2] = 0;
	*(uint32_t *)(area + 24) = 0x10000;
	expect_trap(XRSTOR(2), GP, "reserved bit of MXCSR");
	*(uint32_t *)(area + 24) = 0x1f80;
	expect_trap(XRSTOR(3), NONE, "good again");
	write_cr0(read_cr0() | CR0_TS);
	expect_trap(XSAVE(3), NM, "XSAVE with TS");
	return 0;
}
