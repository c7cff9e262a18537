/*
 * When is a misaligned access #AC?
 *
 * Set-up: CR0.AM and RFLAGS.AC set; misaligned accesses of each size at CPL 0
 * and 3, stacks, descriptor tables.
 * Expected: #AC(0) at CPL 3 only, with AM and AC both set;
 * 2-, 4- and 8-byte accesses at their natural alignment are good.
 * AMD APM vol 2, "#AC-Alignment-Check Exception (Vector 17)".
 */
#include "guest.h"

#ifdef __x86_64__
#define SP	"rsp"
#define AX	"rax"
#else
#define SP	"esp"
#define AX	"eax"
#endif

static uint8_t buf[64] __attribute__((aligned(16)));

static void
sizes(bool on, const char *how)
{
	for (unsigned i = 0; i < 8; i++) {
		ulong a = (ulong)buf + i;

		expect_trap(USERX("movb (%0), %%al", , "r"(a), "eax"), NONE, "%s: byte at %u", how,
		    i);
		expect_trap(USERX("movw (%0), %%ax", , "r"(a), "eax"), on && i % 2 ? AC : NONE,
		    "%s: word at %u", how, i);
		expect_trap(USERX("movl (%0), %%eax", , "r"(a), "eax"), on && i % 4 ? AC : NONE,
		    "%s: dword at %u", how, i);
		expect_trap(USER("movl $0, (%0)", "r"(a)), on && i % 4 ? AC : NONE,
		    "%s: dword write at %u", how, i);
#ifdef __x86_64__
		expect_trap(USERX("movq (%0), %%rax", , "r"(a), "eax"), on && i % 8 ? AC : NONE,
		    "%s: qword at %u", how, i);
#endif
	}
}

int
main(void)
{
	sizes(false, "AM and AC clear");
	user_flags = 2 | FL_AC;
	sizes(false, "AM clear");
	write_cr0(read_cr0() | CR0_AM);
	sizes(true, "AM and AC set");
	expect_trap(USERX("movl (%0), %%eax", , "r"(buf + 1), "eax"), AC, "error code");
	expect(trap.error, 0, "error code");
	expect_trap(USERX("mov %0, %%" SP "\n push %%" AX, , "r"(buf + 33)), AC, "push");
	expect_trap(USER("rep movsw", "S"(buf + 1), "D"(buf + 32), "c"(1)), AC, "MOVSW source");
	expect_trap(USER("lock incl (%0)", "r"(buf + 2)), AC, "locked increment");
	user_flags = 2;
	sizes(false, "AC clear");
	write_flags(2 | FL_AC);
	expect_trap(TRYX("push %1\n popf\n movl (%0), %%eax", , OPERANDS("r"(buf + 1),
	    "r"((ulong)(2 | FL_AC))), "eax"), NONE, "CPL 0");
	return 0;
}
