/*
 * How are events injected in the other modes?
 *
 * Expected: real mode by the interrupt table, without an error code; 32-bit
 * protected mode by its gates. An exception that the mode cannot raise (#BR in
 * 64-bit mode) is refused.
 * AMD APM vol 2, "Event Injection".
 */
#include "svm.h"

GUEST(asks64, "nop\n vmmcall");
GUEST32(asks32, "nop\n vmmcall");
GUEST16(asks16, "nop\n vmmcall");

static void
real_mode(void)
{
	guest16(asks16);
	vmcb->eventinj = EVENT(EV_INTR, 0x21);
	expect_vector(0x21, "real mode: interrupt");
	expect64(guest_frame().ip, 0, "real mode: ip");
	expect64(guest_frame().cs, 0x500, "real mode: CS");
	expect64(vmcb->rsp, 0x5000 - 6, "real mode: six bytes on the stack");
	guest16(asks16);
	vmcb->eventinj = EVENT(EV_EXC, UD);
	expect_vector(UD, "real mode: #UD");
	guest16(asks16);
	vmcb->eventinj = EVENT(EV_EXC, GP);
	expect_vector(GP, "real mode: #GP");
	expect64(vmcb->rsp, 0x5000 - 6, "real mode: #GP without error code");
	expect_exit(guest_iret(), EXIT_VMMCALL, "real mode: IRET");
	expect64(vmcb->cs.base + vmcb->rip, 0x5001, "real mode: where IRET goes");
}

static void
protected_mode(void)
{
	guest32(asks32);
	vmcb->eventinj = EVENT(EV_INTR, 0x99);
	expect_vector(0x99, "protected mode: interrupt");
	expect64(guest_frame().ip, (ulong)asks32, "protected mode: eip");
	guest32(asks32);
	vmcb->eventinj = EVENT_ERROR(NP, 0x4321);
	expect_vector(NP, "protected mode: #NP");
	expect64(guest_frame().error, 0x4321, "protected mode: error code");
	guest32(asks32);
	vmcb->eventinj = EVENT(EV_EXC, BR);
	expect_vector(BR, "protected mode: #BR");
	guest32(asks32);
	vmcb->eventinj = EVENT(EV_EXC, OF);
	expect_vector(OF, "protected mode: #OF");
}

int
main(void)
{
	svm_init();
	real_mode();
	protected_mode();
	guest64(asks64);
	vmcb->eventinj = EVENT(EV_EXC, BR);
	expect_exit(run(), EXIT_INVALID, "#BR in 64-bit mode");
	guest32(asks32);
	guest_user();
	vmcb->eventinj = EVENT(EV_INTR, 0x20);
	expect_vector(0x20, "protected mode, CPL 3");
	expect64(guest_frame().cs, UCS32, "protected mode, CPL 3: CS");
	return 0;
}
