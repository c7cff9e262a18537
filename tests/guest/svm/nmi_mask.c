/*
 * When are NMIs blocked in a guest?
 *
 * Expected: an injected NMI does not block others, a physical one that the guest
 * took does, until IRET; with the IRET intercept the exit comes before IRET has
 * unblocked them; an NMI goes before an interrupt.
 * AMD APM vol 2, "Event Injection", "NMI Support", "Instruction Intercepts".
 */
#include "svm_irq.h"

GUEST(asks, "nop\n vmmcall");

/* NMIs are let through again, whatever blocked them. */
static void
host_irets(void)
{
	asm volatile("mov %%rsp, %%rax\n push %0\n push %%rax\n pushfq\n push %1\n push $1f\n"
	    "iretq\n 1:" :: "i"(KDS), "i"(KCS64) : "rax", "memory");
}

int
main(void)
{
	svm_init();
	irq_counting();
	lapic_init();
	guest64(asks);
	vmcb->eventinj = EVENT(EV_NMI, NMI);
	clgi();
	send_nmi();
	expect_vector(NMI, "injected, another pending");
	claim(guest_frame().ip != (ulong)asks, "injected: it does not block the other");
	expect_exit(guest_iret(), EXIT_VMMCALL, "IRET from the second");
	expect64(guest_vector() == NMI ? guest_frame().ip : 0, (ulong)asks,
	    "into the handler of the first");
	host_irets();
	guest64(asks);
	clgi();
	send_nmi();
	expect_vector(NMI, "a physical one");
	vmcb->icpt[ICPT_3] |= I3_IRET;
	clgi();
	send_nmi();
	expect_exit(guest_iret(), EXIT_IRET, "IRET intercepted");
	vmcb->icpt[ICPT_3] &= ~I3_IRET;
	expect_exit(run(), EXIT_VMMCALL, "IRET done");
	expect((ulong)guest_vector(), NMI, "the second comes behind IRET");
	guest_iret();
	host_irets();
	guest64(asks);
	vmcb->rflags |= FL_IF;
	vmcb->icpt[ICPT_3] |= I3_NMI | I3_INTR;
	clgi();
	send_intr(0x51);
	send_nmi();
	expect_exit(run(), EXIT_NMI, "an NMI goes before an interrupt");
	expect_exit(run(), EXIT_INTR, "then the interrupt");
	host_takes_all();
	return 0;
}
