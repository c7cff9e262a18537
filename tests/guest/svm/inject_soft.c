/*
 * How is a software interrupt injected?
 *
 * Expected: the frame has nRIP of the VMCB, the gate's DPL is checked, and the
 * fault it raises is at rip; what an intercepted INTn left can be injected.
 * AMD APM vol 2, "Event Injection", "State Saved on Exit".
 */
#include "svm.h"

GUEST(asks, "int $0x41\n asks_end: vmmcall");
extern const char asks_end[];

int
main(void)
{
	svm_init();
	if (!svm_has(SVM_NRIP))
		skip("no nRIP");
	guest64(asks);
	vmcb->eventinj = EVENT(EV_SOFT, 0x41);
	vmcb->nrip = (ulong)asks_end;
	expect_vector(0x41, "INT 41h");
	expect64(guest_frame().ip, (ulong)asks_end, "INT 41h: nRIP is pushed");
	expect_exit(guest_iret(), EXIT_VMMCALL, "INT 41h: IRET");
	expect64(vmcb->rip, (ulong)asks_end, "INT 41h: it was taken once");
	guest64(asks);
	vmcb->icpt[ICPT_3] |= I3_INTN;
	expect_exit(run(), EXIT_INTN, "INT 41h intercepted");
	vmcb->eventinj = EVENT(EV_SOFT, 0x41);
	expect_vector(0x41, "and injected with the VMCB as it was left");
	expect64(guest_frame().ip, (ulong)asks_end, "and injected: rip in the frame");
	guest64(asks);
	guest_user();
	((uint64_t *)(ulong)vmcb->idtr.base)[0x41 * 2] &= ~((uint64_t)D_DPL3 << 40);
	vmcb->eventinj = EVENT(EV_SOFT, 0x41);
	vmcb->nrip = (ulong)asks_end;
	expect_vector(GP, "gate with DPL 0");
	expect64(guest_frame().error, 0x41 * 8 + 2, "gate with DPL 0: error code");
	expect64(guest_frame().ip, (ulong)asks, "gate with DPL 0: rip in the frame");
	return 0;
}
