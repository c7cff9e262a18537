/*
 * Which stack does long mode take for an interrupt, and what does it push?
 *
 * Set-up: INT n through gates with and without IST from CPL 0, 3 and 3 in
 * compatibility mode, from stack pointers of every alignment.
 * Expected: IST stack if the gate names one; else rsp0 for a change of CPL; else
 * the current stack; always aligned to 16 before the push of five quadwords.
 * SS is null after a change of CPL, unchanged without one.
 * AMD APM vol 2, "Interrupt Stack Table"; "Long-Mode Stack Switches";
 * "Interrupts to Same Privilege in Long Mode".
 */
#include "guest.h"

#define V	0x44

static ulong handler_ss;

static bool
note_ss(struct trap *t)
{
	(void)t;
	asm volatile("mov %%ss, %0" : "=r"(handler_ss));
	return false;
}

static void
frame_at(ulong top, const char *name)
{
	expect(trap.at, (top & ~15ul) - 40, "%s: where the frame is", name);
}

int
main(void)
{
	ulong top0 = (ulong)kernel_stack + sizeof(kernel_stack);
	ulong top1 = (ulong)other_stack + sizeof(other_stack);

	trap_hook = note_ss;
	set_idt(V, trap_stub(V), KCS64, D_INTGATE | D_DPL3, 0);
	for (unsigned i = 0; i < 16; i++) {
		ulong sp = top1 - 512 - i;

		TRYX("mov %0, %%rsp\n int $" XSTR(V), , "r"(sp));
		frame_at(sp, "same privilege");
		expect(trap.sp, sp, "same privilege: pushed rsp");
		expect(trap.ss, KDS, "same privilege: pushed SS");
	}
	expect(handler_ss & 0xffff, KDS, "same privilege: SS stays");
	expect_trap(USER("int $" XSTR(V)), V, "from CPL 3");
	frame_at(top0, "from CPL 3");
	expect(trap.sp, try_sp, "from CPL 3: pushed rsp");
	expect(handler_ss & 0xffff, 0, "from CPL 3: SS is null");
	expect_trap(USER32("int $" XSTR(V)), V, "from compatibility mode");
	frame_at(top0, "from compatibility mode");
	expect(trap.cs, UCS32, "from compatibility mode: pushed CS");
	expect(trap.ss, UDS, "from compatibility mode: pushed SS");
	tss.sp[0] = top0 - 8;
	expect_trap(USER("int $" XSTR(V)), V, "with an odd rsp0");
	frame_at(top0 - 8, "with an odd rsp0");
	tss.sp[0] = top0;
	idt[2 * V] |= 3ull << 32;
	tss.TSS_IST(3) = top1 - 100;
	expect_trap(TRY("int $" XSTR(V)), V, "IST from CPL 0");
	frame_at(top1 - 100, "IST from CPL 0");
	expect(handler_ss & 0xffff, KDS, "IST from CPL 0: SS stays");
	expect_trap(USER("int $" XSTR(V)), V, "IST from CPL 3");
	frame_at(top1 - 100, "IST from CPL 3");
	expect(handler_ss & 0xffff, 0, "IST from CPL 3: SS is null");
	tss.TSS_IST(3) = 0x800000000000;
	expect_trap(TRY("int $" XSTR(V)), SS, "IST that is not canonical");
	expect(trap.error, 0, "IST that is not canonical: error code");
	return 0;
}
