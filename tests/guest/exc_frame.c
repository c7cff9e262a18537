/*
 * Which exceptions push what?
 *
 * Set-up: each instruction faults or traps once at CPL 0 and, where that is
 * possible, at CPL 3.
 * Expected: the vector; an error code for #TS, #NP, #SS, #GP, #PF, #AC and #DF
 * only; rip of the instruction for faults, of the next one for traps; RF set in
 * the image of faults, clear for traps.
 * AMD APM vol 2, "Vectors"; "Error Codes";
 * "Interrupt-Gate/Trap-Gate stack"; "Resume Flag (RF) Bit".
 */
#include "guest.h"

static unsigned no_rf;

static void
frame(const char *name, int got, int want, ulong error, ulong ip, ulong length, bool rf)
{
	expect_trap(got, want, "%s", name);
	if (got != want || want == NONE)
		return;
	expect(trap.error, error, "%s: error code", name);
	expect(trap.ip, ip + length, "%s: pushed rip", name);
	if (rf && !(trap.flags & FL_RF))
		no_rf++;
	else
		expect(trap.flags & FL_RF, rf ? FL_RF : 0, "%s: RF in the image", name);
}

#ifdef __x86_64__
#define GETIP	"lea 95f(%%rip), %0\n"
#else
#define GETIP	"movl $95f, %0\n"
#endif
#define CASE(name, before, text, want, error, length, rf) do { \
		ulong ip = 0; \
		int v = TRYX(GETIP before "\n95: " text, OPERANDS("=&r"(ip)), , "eax", "ecx", \
		    "edx"); \
		frame(name, v, want, error, ip, length, rf); \
	} while (0)
#define CASE3(name, before, text, want, error, length, rf) do { \
		ulong ip = 0; \
		int v = USERX(GETIP before "\n95: " text, OPERANDS("=&r"(ip)), , "eax", "ecx", \
		    "edx"); \
		frame("CPL 3: " name, v, want, error, ip, length, rf); \
		expect(trap.cs & 3, 3, "CPL 3: %s: pushed CPL", name); \
		expect(trap.ss, UDS, "CPL 3: %s: pushed SS", name); \
	} while (0)

static void
both_modes(void)
{
	CASE("DIV by zero", "xorl %%ecx, %%ecx", "divl %%ecx", DE, 0, 0, true);
	CASE("IDIV overflow", "movl $-1, %%ecx\n movl $0x80000000, %%eax\n cdq", "idivl %%ecx",
	    DE, 0, 0, true);
	CASE("INT3", "", "int3", BP, 0, 1, false);
	CASE("INT 3 in two bytes", "", ".byte 0xcd, 3", BP, 0, 2, false);
	CASE("INT 1Fh", "", "int $0x1f", 0x1f, 0, 2, false);
	CASE("INT1", "", ".byte 0xf1", DB, 0, 1, false);
	CASE("UD2", "", "ud2", UD, 0, 0, true);
	CASE("0F FF", "", ".byte 0x0f, 0xff, 0xc0", UD, 0, 0, true);
	CASE("null selector into SS", "xorl %%eax, %%eax", "mov %%eax, %%ss",
	    sizeof(ulong) == 8 ? NONE : GP, 0, 0, true);
	CASE("segment that is not present", "movl $" XSTR(FREESEL) ", %%eax", "mov %%eax, %%ds",
	    NP, FREESEL, 0, true);
	CASE("stack segment that is not present", "movl $" XSTR(FREESEL) ", %%eax",
	    "mov %%eax, %%ss", SS, FREESEL, 0, true);
	CASE("selector beyond the GDT", "movl $0x1008, %%eax", "mov %%eax, %%es", GP, 0x1008, 0,
	    true);
	CASE("WRMSR of an unknown register", "movl $0x12345678, %%ecx", "wrmsr", GP, 0, 0, true);
	CASE("MOV to CR1", "", ".byte 0x0f, 0x22, 0xc8", UD, 0, 0, true);
	CASE3("HLT", "", "hlt", GP, 0, 0, true);
	CASE3("UD2", "", "ud2", UD, 0, 0, true);
	CASE3("INT 20h of a DPL 0 gate", "", "int $0x20", GP, 0x20 * 8 + 2, 0, true);
	CASE3("CLI", "", "cli", GP, 0, 0, true);
	CASE3("IN", "", "in $0x80, %%al", GP, 0, 0, true);
	CASE3("INT1", "", ".byte 0xf1", DB, 0, 1, false);
}

#ifndef __x86_64__
static void
one_mode(void)
{
	CASE("INTO", "movb $0x7f, %%al\n addb $1, %%al", "into", OF, 0, 1, false);
	CASE("BOUND", "pushl $9\n pushl $5\n movl $4, %%eax", "bound %%eax, (%%esp)", BR, 0, 0,
	    true);
}
#else
static void
one_mode(void)
{
	CASE("non-canonical read", "mov $0x800000000000, %%rax", "mov (%%rax), %%al", GP, 0, 0,
	    true);
	CASE3("non-canonical push", "mov $0x800000000100, %%rsp", "push %%rax", SS, 0, 0, true);
	CASE("read of an unmapped page", "mov $0x8000000000, %%rax", "mov (%%rax), %%al", PF, 0, 0,
	    true);
	CASE("write to an unmapped page", "mov $0x8000000000, %%rax", "mov %%al, (%%rax)", PF, 2,
	    0, true);
	CASE3("write to an unmapped page", "mov $0x8000000000, %%rax", "mov %%al, (%%rax)", PF, 6,
	    0, true);
	CASE("INTO is undefined", "", ".byte 0xce", UD, 0, 0, true);
}
#endif

int
main(void)
{
	set_gdt(FREESEL, seg_desc(FLAT, D_DATA & ~D_PRESENT, F_G | F_B));
	both_modes();
	one_mode();
	expect(no_rf, 0, "faults push RF set");
	return 0;
}
