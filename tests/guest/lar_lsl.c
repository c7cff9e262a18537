/*
 * What do LAR, LSL, VERR and VERW say about each descriptor?
 *
 * Set-up: descriptors of all 32 types and DPL 0 and 3, asked about with RPL 0
 * and 3 at CPL 0 and 3.
 * Expected: ZF by the rules below; LAR gives bits 8-23 of the upper word, LSL
 * the limit in bytes; the destination stays when ZF is clear.
 * AMD APM vol 3, "LAR", "LSL", "VERR", "VERW".
 */
#include "guest.h"

#define SEL	0x200
#define WAS	0x5a5a5a5aul

static bool
visible(unsigned access, unsigned rpl, unsigned cpl)
{
	unsigned dpl = access >> 5 & 3;

	if ((access & 0x1c) == 0x1c)
		return true;
	return dpl >= rpl && dpl >= cpl;
}

#ifdef __x86_64__
#define LAR_TYPES	(1u << 2 | 1u << 9 | 1u << 11 | 1u << 12)
#define LSL_TYPES	(1u << 2 | 1u << 9 | 1u << 11)
#else
#define LAR_TYPES	(1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 9 | 1u << 11 | \
			1u << 12)
#define LSL_TYPES	(1u << 1 | 1u << 2 | 1u << 3 | 1u << 9 | 1u << 11)
#endif

static void
check(const char *what, unsigned access, unsigned rpl, unsigned cpl, bool zf, bool want,
    ulong got, ulong value)
{
	expect(zf, want, "%s of access byte %2x, RPL %u, CPL %u: ZF", what, access, rpl, cpl);
	if (zf == want)
		expect(got, want ? value : WAS, "%s of access byte %2x, RPL %u, CPL %u: result",
		    what, access, rpl, cpl);
}

#define ASK(level, insn, value) ({ \
		ulong r_ = WAS; \
		uint8_t z_ = 2; \
		level(insn "\n setz %1", OPERANDS("+r"(r_), "+q"(z_)), \
		    OPERANDS("r"((ulong)(SEL | rpl)))); \
		value = r_; \
		z_; })

static void
one(unsigned access, unsigned rpl, unsigned cpl)
{
	unsigned type = access & 15;
	bool system = !(access & 0x10), seen = visible(access, rpl, cpl);
	bool lar = seen && (!system || (LAR_TYPES >> type & 1));
	bool lsl = seen && (!system || (LSL_TYPES >> type & 1));
	bool verr = seen && !system && !((type & 8) && !(type & 2));
	bool verw = seen && !system && !(type & 8) && (type & 2);
	ulong v, rights = (ulong)access << 8 | 0xc00000;
	bool zf;

	zf = cpl ? ASK(USERX, "lar %2, %0", v) : ASK(TRYX, "lar %2, %0", v);
	check("LAR", access, rpl, cpl, zf, lar, lar ? v & ~0xf0000ul : v,
	    rights);
	zf = cpl ? ASK(USERX, "lsl %2, %0", v) : ASK(TRYX, "lsl %2, %0", v);
	check("LSL", access, rpl, cpl, zf, lsl, v, 0xabcdfff);
	zf = cpl ? ASK(USERX, "verr %w2", v) : ASK(TRYX, "verr %w2", v);
	check("VERR", access, rpl, cpl, zf, verr, WAS, WAS);
	zf = cpl ? ASK(USERX, "verw %w2", v) : ASK(TRYX, "verw %w2", v);
	check("VERW", access, rpl, cpl, zf, verw, WAS, WAS);
}

int
main(void)
{
	ulong v;
	unsigned rpl = 0;

	for (unsigned access = 0; access < 0x100; access++) {
		if (access >> 5 & 1)		/* DPL 0 or 3 (bits 5 and 6) */
			access |= 0x40;
		else if (access & 0x40)
			continue;
		set_gdt_sys(SEL, seg_desc(0, 0xabcd, access, F_G | F_B), 0);
		for (rpl = 0; rpl < 4; rpl += 3) {
			one(access, rpl, 0);
			one(access, rpl, 3);
		}
	}
	rpl = 0;
	set_gdt(SEL, seg_desc(0, 0x12345, D_DATA, 0));
	claim(ASK(TRYX, "lsl %2, %0", v) && v == 0x12345, "LSL of byte granularity");
	rpl = 0x1000;
	claim(!ASK(TRYX, "lar %2, %0", v), "LAR beyond the GDT clears ZF");
	expect_trap(TRY("verr %w0", "r"(0)), NONE, "VERR of null");
	return 0;
}
