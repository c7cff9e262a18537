/*
 * Which instructions does virtual-8086 mode trap, and how are events delivered?
 *
 * Set-up: IRET to 16-bit code with EFLAGS.VM set, IOPL 0 and 3, without VME.
 * Expected: as the rows say; the handler's frame holds GS, FS, DS, ES, SS, ESP
 * above the usual five words and its data segments are null; INT n at IOPL 3
 * goes through the IDT, to CPL 0 only.
 * AMD APM vol 2, "Virtual-8086 Mode Interrupt Control Transfers"; "Interrupts
 * in Virtual-8086 mode", vol 3 "IRET".
 */
#include "guest.h"

#define IN	0x46

static int
enter(ulong code, unsigned iopl)
{
	return TRYX("pushl $0x1234\n pushl $0x2345\n pushl $0x3456\n pushl $0x4567\n"
	    "pushl $0\n pushl $0x7000\n pushl %0\n pushl $0\n pushl %1\n iretl", ,
	    OPERANDS("r"((ulong)(2 | FL_VM | iopl << 12)), "r"(code)), "eax", "ecx", "edx");
}

struct row {
	const char	*name;
	uint8_t		bytes[8];
	int		at0, at3;
	unsigned	length;		/* of a trap */
};

/* After each row's bytes comes HLT, which is #GP: "nothing". */
static const struct row rows[] = {
	{ "CLI", { 0xfa }, GP, NONE, 0 },
	{ "STI", { 0xfb }, GP, NONE, 0 },
	{ "PUSHF", { 0x9c }, GP, NONE, 0 },
	{ "PUSHFD", { 0x66, 0x9c }, GP, NONE, 0 },
	{ "POPF", { 0x9d }, GP, NONE, 0 },
	{ "INT n", { 0xcd, IN }, GP, IN, 2 },
	{ "INT3", { 0xcc }, BP, BP, 1 },
	{ "INTO", { 0xb0, 0x7f, 0x04, 0x01, 0xce }, OF, OF, 5 },
	{ "DIV by zero", { 0x31, 0xc9, 0xf7, 0xf1 }, DE, DE, 2 },
	{ "UD2", { 0x0f, 0x0b }, UD, UD, 0 },
	{ "SLDT", { 0x0f, 0x00, 0xc0 }, UD, UD, 0 },
	{ "LAR", { 0x0f, 0x02, 0xc0 }, UD, UD, 0 },
	{ "ARPL", { 0x63, 0xc0 }, UD, UD, 0 },
	{ "MOV from CR0", { 0x0f, 0x20, 0xc0 }, GP, GP, 0 },
	{ "SMSW", { 0x0f, 0x01, 0xe0 }, NONE, NONE, 0 },
	{ "LMSW", { 0x0f, 0x01, 0xf0 }, GP, GP, 0 },
	{ "CLTS", { 0x0f, 0x06 }, GP, GP, 0 },
	{ "RDMSR", { 0x0f, 0x32 }, GP, GP, 0 },
	{ "IN of a port the map denies", { 0xe4, 0x80 }, GP, GP, 0 },
	{ "IN of a port the map allows", { 0xe4, 0x61 }, NONE, NONE, 0 },
	{ "MOV DS", { 0x8e, 0xd8 }, NONE, NONE, 0 },
	{ "word at ffffh", { 0xa1, 0xff, 0xff }, GP, GP, 0 },
	{ "word at ffffh of the stack", { 0x36, 0xa1, 0xff, 0xff }, SS, SS, 0 },
};

REAL_CODE(".globl v86_code\n v86_code: .skip 32, 0xf4");
extern uint8_t v86_code[];

static void
run(const struct row *r, unsigned iopl, int want)
{
	int got;

	memset(v86_code, 0xf4, 16);
	memcpy(v86_code, r->bytes, 8);
	for (unsigned i = 7; i > 0 && v86_code[i] == 0; i--)
		v86_code[i] = 0xf4;
	asm volatile("cpuid" : : "a"(0) : "ebx", "ecx", "edx", "memory");
	got = enter((ulong)v86_code, iopl);
	if (got == GP && trap.error == 0 && *(uint8_t *)trap.ip == 0xf4)
		got = NONE;
	expect_trap(got, want, "%s at IOPL %u", r->name, iopl);
	if (got != want)
		return;
	claim(trap.flags & FL_VM, "%s at IOPL %u: VM in the image", r->name, iopl);
	if (want == GP)
		expect(trap.error, 0, "%s at IOPL %u: error code", r->name, iopl);
	if (r->length != 0 && want != GP)
		expect(trap.ip, (ulong)v86_code + r->length, "%s at IOPL %u: pushed rip", r->name,
		    iopl);
}

static void
frame(void)
{
	const uint32_t *f;

	memset(v86_code, 0xf4, 16);
	expect_trap(enter((ulong)v86_code, 3), GP, "HLT");
	f = (const uint32_t *)trap.at + 6;
	expect(trap.at, (ulong)kernel_stack + sizeof(kernel_stack) - 40, "where the frame is");
	expect(trap.sp, 0x7000, "frame: ESP");
	expect(trap.ss, 0, "frame: SS");
	expect(f[0], 0x4567, "frame: ES");
	expect(f[1], 0x3456, "frame: DS");
	expect(f[2], 0x2345, "frame: FS");
	expect(f[3], 0x1234, "frame: GS");
	expect(trap.regs.ds, 0, "DS of the handler");
	expect(trap.regs.gs, 0, "GS of the handler");
}

int
main(void)
{
	real_init();
	set_idt(IN, trap_stub(IN), KCS32, D_INTGATE | D_DPL3, 0);
	set_idt(BP, trap_stub(BP), KCS32, D_INTGATE | D_DPL3, 0);
	set_idt(OF, trap_stub(OF), KCS32, D_INTGATE | D_DPL3, 0);
	tss.io[0x61 / 8] &= (uint8_t)~(1 << (0x61 % 8));
	for (unsigned i = 0; i < COUNT(rows); i++) {
		run(&rows[i], 0, rows[i].at0);
		run(&rows[i], 3, rows[i].at3);
	}
	frame();
	set_idt(IN, trap_stub(IN), KCS32, D_INTGATE, 0);
	memcpy(v86_code, "\xcd\x46", 2);
	expect_trap(enter((ulong)v86_code, 3), GP, "INT n of a DPL 0 gate");
	expect(trap.error, IN * 8 + 2, "INT n of a DPL 0 gate: error code");
	set_idt(IN, trap_stub(IN), UCS32, D_INTGATE | D_DPL3, 0);
	expect_trap(enter((ulong)v86_code, 3), GP, "INT n to code of DPL 3");
	expect(trap.error, UCS32 & ~3, "INT n to code of DPL 3: error code");
	set_gdt(FREESEL, seg_desc(FLAT, D_CONF, F_G | F_B));
	set_idt(IN, trap_stub(IN), FREESEL, D_INTGATE | D_DPL3, 0);
	expect_trap(enter((ulong)v86_code, 3), GP, "INT n to conforming code");
	return 0;
}
