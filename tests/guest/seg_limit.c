/*
 * Where are the limits of segments?
 *
 * Set-up: segments of byte and page granularity, up and down, 16 and 32 bits;
 * accesses of 1, 2 and 4 bytes around both ends through FS at CPL 0, and
 * through SS at CPL 3.
 * Expected: an access is allowed if all of its bytes are inside; else #GP(0),
 * or #SS(0) through SS.  Reads of execute-only code, writes of read-only data
 * and of code are #GP(0).
 * AMD APM vol 2, "Segment Limits"; "Limit Checks on Expand-Down Segments" under
 * "Segment Limits and Checks".
 */
#include "guest.h"

#define SEL	0x200

struct row {
	const char	*name;
	uint32_t	limit;
	unsigned	access, flags;
	uint32_t	first, last;		/* bytes inside */
};

static const struct row rows[] = {
	{ "limit 0", 0, D_DATA, F_B, 0, 0 },
	{ "limit ffh", 0xff, D_DATA, F_B, 0, 0xff },
	{ "limit ffffh", 0xffff, D_DATA, 0, 0, 0xffff },
	{ "limit fffffh", 0xfffff, D_DATA, F_B, 0, 0xfffff },
	{ "limit 0 pages", 0, D_DATA, F_G | F_B, 0, 0xfff },
	{ "limit 1fh pages", 0x1f, D_DATA, F_G | F_B, 0, 0x1ffff },
	{ "limit fffffh pages", 0xfffff, D_DATA, F_G | F_B, 0, 0xffffffff },
	{ "down from 64 KiB, limit ffh", 0xff, D_DOWN, 0, 0x100, 0xffff },
	{ "down from 4 GiB, limit fffh", 0xfff, D_DOWN, F_B, 0x1000, 0xffffffff },
	{ "down from 4 GiB, limit 0 pages", 0, D_DOWN, F_G | F_B, 0x1000, 0xffffffff },
	{ "down from 64 KiB, limit fffeh", 0xfffe, D_DOWN, 0, 0xffff, 0xffff },
	{ "readable code", 0xff, D_CODE, F_B, 0, 0xff },
};

asm(".pushsection .text\nfour_nops: nop\n nop\n nop\n nop\n ud2\n.popsection");
extern char four_nops[];

static bool
inside(const struct row *r, uint32_t at, unsigned size)
{
	uint64_t end = (uint64_t)at + size - 1;

	return at >= r->first && end <= r->last;
}

static void
access(const struct row *r, uint32_t at, unsigned size)
{
	int want = inside(r, at, size) ? NONE : GP, got;

	if (r->last == 0xffffffff && at + size - 1 < at)
		return;		/* around 4 GiB: differs between processors */
	if (size == 1)
		got = TRYX("mov %1, %%fs\n movb %%fs:(%0), %%al", , OPERANDS("r"(at), "r"(SEL)),
		    "eax");
	else if (size == 2)
		got = TRYX("mov %1, %%fs\n movw %%fs:(%0), %%ax", , OPERANDS("r"(at), "r"(SEL)),
		    "eax");
	else
		got = TRYX("mov %1, %%fs\n movl %%fs:(%0), %%eax", , OPERANDS("r"(at), "r"(SEL)),
		    "eax");
	expect_trap(got, want, "%s: %u bytes at %x", r->name, size, at);
	if (got == GP)
		expect(trap.error, 0, "%s: %u bytes at %x: error code", r->name, size, at);
}

static void
around(const struct row *r)
{
	static const unsigned sizes[] = { 1, 2, 4 };

	set_gdt(SEL, seg_desc(0, r->limit, r->access, r->flags));
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		for (int d = -5; d <= 5; d++) {
			access(r, r->first + (uint32_t)d, sizes[i]);
			access(r, r->last + (uint32_t)d, sizes[i]);
		}
	}
}

static void
stack_limits(void)
{
	set_gdt(SEL, seg_desc(0, 0x1ff, D_DATA | D_DPL3, F_B));
	expect_trap(USERX("movl %0, %%ss\n movl $0x204, %%esp\n push %%eax", , "r"(SEL | 3)), SS,
	    "push beyond the limit");
	expect(trap.error, 0, "push beyond the limit: error code");
	expect(trap.sp, 0x204, "push beyond the limit leaves ESP");
	expect_trap(USERX("movl %0, %%ss\n movl $2, %%esp\n push %%eax", , "r"(SEL | 3)), SS,
	    "push across 4 GiB");
	expect_trap(USERX("movl %0, %%ss\n movl $0x1ff, %%ebp\n movw (%%ebp), %%ax\n", ,
	    "r"(SEL | 3), "eax", "esi"), SS, "read through EBP");
	expect_trap(USERX("movl %0, %%ss\n movl $0x1ff, %%eax\n movw %%ss:(%%eax), %%ax\n", ,
	    "r"(SEL | 3), "eax"), SS, "read with an SS prefix");
	expect_trap(USERX("movl %0, %%ss\n movl $0x1ff, %%ebp\n movw %%ds:(%%ebp), %%ax\n", ,
	    "r"(SEL | 3), "eax"), NONE, "read through EBP with a DS prefix");
	set_gdt(SEL, seg_desc(0, 0xffff, D_DATA | D_DPL3, 0));
	expect_trap(USERX("movl %0, %%ss\n movl $0x12340000, %%esp\n pushw %%ax\n"
	    "movl %%esp, %%eax\n int $" XSTR(RETURN_VECTOR), , "r"(SEL | 3), "eax"), NONE,
	    "16-bit stack: push at SP 0");
	expect(trap.regs.ax, 0x1234fffe, "16-bit stack: SP wraps, ESP's upper half stays");
}

int
main(void)
{
	for (unsigned i = 0; i < COUNT(rows); i++)
		around(&rows[i]);
	set_gdt(SEL, seg_desc(0, 0xff, D_CODE, F_B));
	expect_trap(TRY("mov %0, %%fs\n movb $0, %%fs:8", "r"(SEL)), GP, "write to code");
	expect_trap(TRY("movb $0, %%cs:0x100000"), GP, "write through CS");
	set_gdt(SEL, seg_desc(FLAT, D_DATA_RO, F_B | F_G));
	expect_trap(TRY("mov %0, %%fs\n orb $0, %%fs:0x100000", "r"(SEL)), GP,
	    "write to read-only data");
	expect_trap(TRYX("mov %0, %%fs\n movb %%fs:0x100000, %%al", , "r"(SEL), "eax"), NONE,
	    "read of read-only data");
	set_gdt(SEL, seg_desc(FLAT, D_CODE_XO, F_B | F_G));
	expect_trap(TRYX("ljmp %0, $95f\n 95: movb %%cs:0x100000, %%al\n int $0x80", , "i"(SEL),
	    "eax"), GP, "read of execute-only code");
	set_gdt(SEL, seg_desc((uint32_t)(ulong)four_nops, 3, D_CODE, F_B));
	expect_trap(TRYX("ljmp %0, $0", , "i"(SEL)), GP, "execution past the limit");
	expect(trap.ip, 4, "execution past the limit: pushed rip");
	set_gdt(SEL, seg_desc((uint32_t)(ulong)four_nops, 3, D_CODE, F_B));
	expect_trap(TRYX("ljmp %0, $4", , "i"(SEL)), GP, "far jump past the limit");
	expect(trap.cs, KCS32, "far jump past the limit is the jump's fault");
	stack_limits();
	return 0;
}
