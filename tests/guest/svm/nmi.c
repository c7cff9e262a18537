/*
 * Who gets an NMI that is pending while a guest runs?
 *
 * Expected: with the intercept the guest exits at once and the NMI stays pending
 * until the host sets GIF; without it the guest's IDT is used; a second one waits
 * for IRET.
 * AMD APM vol 2, "NMI Intercept", "NMI Support" (table of NMI handling).
 */
#include "svm_irq.h"

GUEST(asks, "nop\n vmmcall");

int
main(void)
{
	unsigned was;

	svm_init();
	irq_counting();
	lapic_init();
	guest64(asks);
	vmcb->icpt[ICPT_3] |= I3_NMI;
	clgi();
	send_nmi();
	was = irqs[NMI];
	expect(was, 0, "held while GIF is clear");
	expect_exit(run(), EXIT_NMI, "intercepted");
	expect64(vmcb->rip, (ulong)asks, "intercepted: rip");
	expect(irqs[NMI], was + 1, "intercepted: the host takes it at STGI");
	guest64(asks);
	clgi();
	send_nmi();
	expect_vector(NMI, "not intercepted");
	expect64(guest_frame().ip, (ulong)asks, "not intercepted: where");
	expect(irqs[NMI], was + 1, "not intercepted: not the host's");
	clgi();
	send_nmi();
	expect_exit(guest_iret(), EXIT_VMMCALL, "the next is behind IRET");
	expect((ulong)guest_vector(), NMI, "the next is an NMI");
	expect64(guest_frame().ip, (ulong)asks, "the next: where");
	expect_exit(guest_iret(), EXIT_VMMCALL, "and no more");
	expect((ulong)guest_vector(), (ulong)NONE, "and no more: the guest's own VMMCALL");
	return 0;
}
