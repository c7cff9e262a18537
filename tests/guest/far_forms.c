/*
 * What do far JMP, CALL, RET and IRET check and push in 32-bit mode?
 *
 * Set-up: direct and indirect forms to segments of every kind at CPL 0 and 3;
 * returns to outer levels; images of EFLAGS with privileged bits.
 * Expected: as the rows say.
 * AMD APM vol 2, "Direct Control Transfers"; vol 3 "CALL (Far)", "RET (Far)",
 * "IRET".
 */
#include "guest.h"

#define SEL	0x200

asm(".pushsection .text\nleave: int $0x80\n.popsection");
extern char leave[];

struct row {
	const char	*name;
	unsigned	access, rpl;
	int		at0, at3, ret0;
	ulong		error;
};

static const struct row rows[] = {
	{ "code of DPL 0, RPL 0", D_CODE, 0, NONE, GP, NONE, SEL },
	{ "code of DPL 0, RPL 3", D_CODE, 3, GP, GP, GP, SEL },
	{ "code of DPL 3, RPL 0", D_CODE | D_DPL3, 0, GP, NONE, GP, SEL },
	{ "code of DPL 3, RPL 3", D_CODE | D_DPL3, 3, GP, NONE, NONE, SEL },
	{ "conforming of DPL 0, RPL 3", D_CONF, 3, NONE, NONE, NONE, SEL },
	{ "conforming of DPL 3, RPL 3", D_CONF | D_DPL3, 3, GP, NONE, NONE, SEL },
	{ "execute-only code", D_CODE_XO, 0, NONE, GP, NONE, SEL },
	{ "code that is not present", D_CODE & ~0x80, 0, NP, GP, NP, SEL },
	{ "data", D_DATA, 0, GP, GP, GP, SEL },
	{ "data of DPL 3", D_DATA | D_DPL3, 3, GP, GP, GP, SEL },
	{ "LDT", D_LDT, 0, GP, GP, GP, SEL },
	{ "interrupt gate", D_INTGATE, 0, GP, GP, GP, SEL },
};

static void
one(const struct row *r, const char *what, int got, int want)
{
	expect_trap(got, want, "%s: %s", r->name, what);
	if (got == want && got != NONE)
		expect(trap.error, r->error, "%s: %s: error code", r->name, what);
}

static void
run(const struct row *r)
{
	struct { uint32_t ip; uint16_t sel; } __attribute__((packed)) to = {
		(uint32_t)(ulong)leave, (uint16_t)(SEL | r->rpl)
	};

	set_gdt(SEL, seg_desc(FLAT, r->access, F_G | F_B));
	one(r, "JMP", TRY("ljmp *%0", "m"(to)), r->at0);
	one(r, "CALL", TRY("lcall *%0", "m"(to)), r->at0);
	one(r, "JMP at CPL 3", USER("ljmp *%0", "m"(to)), r->at3);
	one(r, "CALL at CPL 3", USER("lcall *%0", "m"(to)), r->at3);
	one(r, "RET", TRY("pushl %2\n pushl try_sp\n pushl %0\n pushl %1\n lret",
	    "r"((ulong)to.sel), "r"(leave), "i"(UDS)), r->ret0);
	one(r, "IRET", TRY("pushl %2\n pushl try_sp\n pushl $2\n pushl %0\n pushl %1\n iretl",
	    "r"((ulong)to.sel), "r"(leave), "i"(UDS)), r->ret0);
}

static void
conforming_keeps_cpl(void)
{
	struct { uint32_t ip; uint16_t sel; } __attribute__((packed)) to = {
		(uint32_t)(ulong)leave, SEL
	};

	set_gdt(SEL, seg_desc(FLAT, D_CONF, F_G | F_B));
	USER("lcall *%0", "m"(to));
	expect(trap.cs, SEL | 3, "conforming code runs at the caller's CPL");
	expect(trap.sp, try_sp - 8, "CALL to conforming code stays on the stack");
}

static void
returns(void)
{
	int v;

	v = TRY("pushl $" XSTR(KDS) "\n pushl try_sp\n pushl $" XSTR(UCS32) "\n"
	    "pushl $leave\n lret");
	expect_trap(v, GP, "RET to CPL 3 with an SS of DPL 0");
	expect(trap.error, KDS, "RET to CPL 3 with an SS of DPL 0: error code");
	v = TRY("pushl $0\n pushl try_sp\n pushl $" XSTR(UCS32) "\n pushl $leave\n lret");
	expect_trap(v, GP, "RET to CPL 3 with a null SS");
	v = TRY("pushl $0\n pushl $leave\n lret");
	expect_trap(v, GP, "RET to a null CS");
	v = USER("pushl $" XSTR(KCS32) "\n pushl $leave\n lret");
	expect_trap(v, GP, "RET to an inner level");
	v = TRY("pushl $" XSTR(UDS) "\n pushl try_sp\n subl $16, %%esp\n"
	    "pushl $" XSTR(UCS32) "\n pushl $leave\n lret $16");
	expect_trap(v, NONE, "RET n to CPL 3");
	expect(trap.sp, try_sp + 16, "RET n adds to the outer ESP");
}

static ulong
user_popf(ulong in)
{
	ulong out = 0;

	USERX("pushl %1\n popfl\n pushfl\n popl %0", OPERANDS("=r"(out)), "r"(in));
	return out;
}

static void
flag_images(void)
{
	user_flags = 2 | FL_IF;
	expect(user_popf(2) & FL_IF, FL_IF, "POPF at CPL 3, IOPL 0 leaves IF");
	expect(user_popf(2 | FL_IF | FL_IOPL) & FL_IOPL, 0, "POPF at CPL 3 leaves IOPL");
	expect(user_popf(2 | FL_NT | FL_ID | FL_AC) & (FL_NT | FL_ID | FL_AC),
	    FL_NT | FL_ID | FL_AC, "POPF at CPL 3 sets NT, ID, AC");
	expect(user_popf(2 | FL_VM) & FL_VM, 0, "POPF leaves VM");
	user_flags = 2 | FL_IOPL | FL_IF;
	expect(user_popf(2 | FL_IOPL) & FL_IF, 0, "POPF at CPL 3, IOPL 3 changes IF");
	user_flags = 2;
	expect_trap(USER("pushl $2\n pushl $" XSTR(UCS32) "\n pushl $leave\n iretl"), NONE,
	    "IRET at CPL 3");
	user_flags = 2 | FL_IF;
	USER("pushl $2\n pushl $" XSTR(UCS32) "\n pushl $leave\n iretl");
	expect(trap.flags & FL_IF, FL_IF, "IRET at CPL 3 leaves IF");
	USER("pushl $0x3002\n pushl $" XSTR(UCS32) "\n pushl $leave\n iretl");
	expect(trap.flags & FL_IOPL, 0, "IRET at CPL 3 leaves IOPL");
	user_flags = 2;
	TRY("pushl %0\n popfl\n int $0x80", "r"(0xfffc8ad7 & ~(FL_IF | FL_TF | FL_NT)));
	expect(trap.flags & 0xffc08028, 0, "reserved flags stay clear");
	expect(trap.flags & 2, 2, "flag 1 stays set");
}

int
main(void)
{
	set_idt(0x80, trap_stub(0x80), KCS32, D_INTGATE | D_DPL3, 0);
	for (unsigned i = 0; i < COUNT(rows); i++)
		run(&rows[i]);
	conforming_keeps_cpl();
	returns();
	flag_images();
	return 0;
}
