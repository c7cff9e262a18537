/*
 * What does IRET do in long mode?
 *
 * Set-up: frames for 64-bit, compatibility and faulty targets.
 * Expected: SS:rsp are always popped with a 64-bit operand; a null SS is good
 * for 64-bit code below CPL 3; NT is #GP(0); the faults are at IRET itself with
 * nothing changed.
 * AMD APM vol 2, "Interrupt Returns in Long Mode"; vol 3 "IRET".
 */
#include "guest.h"

asm(".pushsection .text\nleave: int $0x80\n.popsection");
extern char leave[];

#define IRET(ss, sp, flags, cs, ip) \
	TRY("push %0\n push %1\n push %2\n push %3\n push %4\n iretq", "r"((ulong)(ss)), \
	    "r"((ulong)(sp)), "r"((ulong)(flags)), "r"((ulong)(cs)), "r"((ulong)(ip)))

int
main(void)
{
	ulong sp = (ulong)other_stack + 8192;

	expect_trap(IRET(KDS, sp, 2, KCS64, leave), NONE, "to the same level");
	expect(trap.sp, sp, "to the same level: rsp is popped");
	expect(trap.ss, KDS, "to the same level: SS is popped");
	expect_trap(IRET(0, sp, 2, KCS64, leave), NONE, "null SS to CPL 0");
	expect(trap.ss, 0, "null SS to CPL 0: SS");
	expect_trap(IRET(3, sp, 2, UCS64, leave), GP, "null SS to CPL 3");
	expect_trap(IRET(UDS, sp, 2, UCS64, leave), NONE, "to CPL 3");
	expect_trap(IRET(UDS, sp, 2, UCS32, leave), NONE, "to compatibility mode");
	expect_trap(IRET(UDS, sp | 0xdead00000000, 2, UCS32, leave), NONE,
	    "to compatibility mode with a wide rsp");
	expect_trap(IRET(0, sp, 2, KCS32, leave), GP, "null SS to compatibility mode");
	expect_trap(IRET(KDS, sp, 2, KCS64, 0x800000000000), GP, "rip that is not canonical");
	expect(trap.error, 0, "rip that is not canonical: error code");
	expect_trap(IRET(UDS, sp, 2, UCS64, 0x800000000000), GP,
	    "rip that is not canonical, to CPL 3");
	expect(trap.cs & 3, 0, "rip that is not canonical: the fault is IRET's");
	expect_trap(IRET(KDS, sp, 2, 0, leave), GP, "null CS");
	expect_trap(IRET(KDS, sp, 2, UCS64 & ~3, leave), GP, "code of DPL 3 with RPL 0");
	expect_trap(IRET(KDS, sp, 2, UCS64, leave), GP, "SS of DPL 0 to CPL 3");
	expect(trap.error, KDS, "SS of DPL 0 to CPL 3: error code");
	set_gdt(FREESEL, seg_desc(FLAT, D_CODE, F_G | F_L | F_B));
	expect_trap(IRET(KDS, sp, 2, FREESEL, leave), GP, "code with L and D set");
	expect(trap.error, FREESEL, "code with L and D set: error code");
	expect_trap(TRY("pushq $0x4002\n popfq\n push %0\n push %1\n push $2\n push %2\n push %3\n"
	    "iretq", "r"((ulong)KDS), "r"(sp), "r"((ulong)KCS64), "r"((ulong)leave)), GP,
	    "IRET with NT set");
	expect(trap.error, 0, "IRET with NT set: error code");
	expect_trap(IRET(KDS, sp, 2 | FL_VM | FL_NT, KCS64, leave), NONE, "VM in the image");
	expect(trap.flags & FL_VM, 0, "VM in the image is ignored");
	expect(trap.flags & FL_NT, FL_NT, "NT in the image is loaded");
	return 0;
}
