/*
 * Which selectors may be loaded into which segment registers?
 *
 * Set-up: descriptors of every type with DPL 0 and 3, present or not, loaded
 * with RPL 0 and 3 into DS and SS at CPL 0 and 3.
 * Expected: the rules computed below: #GP(sel) for type and privilege before
 * #NP(sel), #SS(sel) for SS, for a segment that is not present; null is #GP(0)
 * for SS only.
 * AMD APM vol 2, "Data-Access Privilege Checks"; vol 3 "MOV".
 */
#include "guest.h"

#define SEL	0x200

static int
model(unsigned access, unsigned rpl, unsigned cpl, bool ss)
{
	unsigned type = access & 0xf, dpl = access >> 5 & 3;
	bool code = type & 8, system = !(access & 0x10);

	if (ss) {
		if (rpl != cpl || system || code || !(type & 2) || dpl != cpl)
			return GP;
		return access & D_PRESENT ? NONE : SS;
	}
	if (system || (code && !(type & 2)))
		return GP;
	if (!(code && (type & 4)) && (rpl > dpl || cpl > dpl))
		return GP;
	return access & D_PRESENT ? NONE : NP;
}

static void
check(int got, int want, unsigned access, unsigned rpl, unsigned cpl, const char *reg)
{
	expect_trap(got, want, "%s, access byte %2x, RPL %u, CPL %u", reg, access, rpl, cpl);
	if (got == want && got != NONE)
		expect(trap.error, SEL, "%s, access byte %2x, RPL %u, CPL %u: error code", reg,
		    access, rpl, cpl);
}

static void
one(unsigned access, unsigned rpl)
{
	set_gdt(SEL, seg_desc(FLAT, access, F_G | F_B));
	check(TRY("mov %0, %%fs", "r"(SEL | rpl)), model(access, rpl, 0, false), access, rpl, 0,
	    "FS");
	check(USER("mov %0, %%fs", "r"(SEL | rpl)), model(access, rpl, 3, false), access, rpl, 3,
	    "FS");
	check(TRY("mov %0, %%ss\n mov %1, %%ss", "r"(SEL | rpl), "r"(KDS)),
	    model(access, rpl, 0, true), access, rpl, 0, "SS");
	check(USER("mov %0, %%ss", "r"(SEL | rpl)), model(access, rpl, 3, true), access, rpl, 3,
	    "SS");
}

static void
accessed_bit(void)
{
	set_gdt(SEL, seg_desc(FLAT, D_DATA, F_G | F_B));
	TRY("mov %0, %%fs", "r"(SEL));
	expect(gdt[SEL / 8] >> 40 & 1, 1, "a load sets the accessed bit");
	set_gdt(SEL, seg_desc(FLAT, D_DATA & ~D_PRESENT, F_G | F_B));
	TRY("mov %0, %%fs", "r"(SEL));
	expect(gdt[SEL / 8] >> 40 & 1, 0, "a load that faults does not");
}

int
main(void)
{
	uint16_t sel = 1;

	for (unsigned type = 0; type < 32; type += 2) {
		for (unsigned dpl = 0; dpl <= 3; dpl += 3) {
			for (unsigned p = 0; p <= 0x80; p += 0x80) {
				one(type | dpl << 5 | p, 0);
				one(type | dpl << 5 | p, 3);
			}
		}
	}
	accessed_bit();
	for (unsigned rpl = 0; rpl < 4; rpl++)
		expect_trap(TRY("mov %0, %%fs", "r"(rpl)), NONE, "null selector into FS");
	asm volatile("mov %%fs, %0" : "=r"(sel));
	expect(sel, 3, "a null selector keeps its RPL");
#ifndef __x86_64__
	expect_trap(TRY("mov %%fs:0x100000, %%al"), GP, "access through a null segment");
	expect_trap(TRY("mov %0, %%ss", "r"(0)), GP, "null selector into SS");
#else
	expect_trap(TRY("mov %0, %%ss", "r"(0)), NONE, "null selector into SS");
	TRY("mov %0, %%ss", "r"(KDS));
	expect_trap(USER("mov %0, %%ss", "r"(0)), GP, "CPL 3: null selector into SS, RPL 0");
	expect_trap(USER("mov %0, %%ss", "r"(3)), GP, "CPL 3: null selector into SS, RPL 3");
	expect_trap(TRY("mov %0, %%ss", "r"(1)), GP, "null selector with RPL 1 into SS");
	expect_trap(TRY("mov %%fs:(%0), %%al", "r"(0x100000ul)), NONE,
	    "access through a null segment");
#endif
	expect_trap(TRY(".byte 0x8e, 0xc8"), UD, "MOV to CS");
	expect_trap(TRY(".byte 0x8e, 0xf0"), UD, "MOV to segment register 6");
	expect_trap(TRY("mov %0, %%fs", "r"(0x1000)), GP, "selector beyond the GDT");
	expect_trap(TRY("mov %0, %%fs", "r"(SEL | 4)), GP, "selector of an LDT that is null");
	return 0;
}
