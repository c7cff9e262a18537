/*
 * What do STGI and CLGI do in a guest with a virtual GIF?
 *
 * Expected: they change V_GIF, which is written back, and not the real flag: a
 * physical interrupt still exits. Virtual interrupts wait for V_GIF. Their
 * intercepts still work.
 * AMD APM vol 2, "Virtual GIF (VGIF)".
 */
#include "svm_irq.h"

#define VECTOR	0x51

GUEST(clears, "clgi\n vmmcall");
GUEST(sets, "stgi\n nop\n vmmcall");
GUEST(holds, "clgi\n nop\n nop\n vmmcall");

int
main(void)
{
	svm_init();
	if (!svm_has(SVM_VGIF))
		skip("no virtual GIF");
	irq_counting();
	lapic_init();
	guest64(clears);
	vmcb->vintr = V_GIF | V_GIF_ENABLE;
	expect_exit(run(), EXIT_VMMCALL, "CLGI");
	expect64(vmcb->vintr & V_GIF, 0, "CLGI clears V_GIF");
	guest64(sets);
	vmcb->vintr = V_GIF_ENABLE;
	expect_exit(run(), EXIT_VMMCALL, "STGI");
	expect64(vmcb->vintr & V_GIF, V_GIF, "STGI sets V_GIF");
	guest64(holds);
	vmcb->rflags |= FL_IF;
	vmcb->vintr = V_GIF | V_GIF_ENABLE | V_MASKING;
	vmcb->icpt[ICPT_3] |= I3_NMI;
	clgi();
	send_nmi();
	vmcb->shadow = 0;
	expect_exit(run(), EXIT_NMI, "V_GIF set: an NMI exits");
	guest64(sets);
	vmcb->vintr = V_GIF_ENABLE;
	vmcb->icpt[ICPT_3] |= I3_NMI;
	clgi();
	send_nmi();
	expect_exit(run(), EXIT_NMI, "V_GIF clear: a physical NMI exits nonetheless");
	expect64(vmcb->rip, (ulong)sets, "V_GIF clear: before the first instruction");
	guest64(sets);
	vmcb->rflags |= FL_IF;
	vmcb->vintr = V_GIF_ENABLE | V_MASKING | V_IRQ | V_PRIO(5) | V_VECTOR(VECTOR);
	expect_vector(VECTOR, "a virtual interrupt");
	expect64(guest_frame().ip, (ulong)sets + 3, "a virtual interrupt waits for V_GIF");
	guest64(holds);
	vmcb->rflags |= FL_IF;
	vmcb->shadow = 1;
	vmcb->vintr = V_GIF | V_GIF_ENABLE | V_MASKING | V_IRQ | V_PRIO(5) | V_VECTOR(VECTOR);
	expect_exit(run(), EXIT_VMMCALL, "CLGI holds a virtual interrupt");
	expect((ulong)guest_vector(), (ulong)NONE, "CLGI holds a virtual interrupt: not taken");
	guest64(clears);
	vmcb->vintr = V_GIF | V_GIF_ENABLE;
	vmcb->icpt[ICPT_4] |= I4_CLGI;
	expect_exit(run(), EXIT_CLGI, "CLGI intercepted");
	guest64(sets);
	vmcb->vintr = V_GIF_ENABLE;
	vmcb->icpt[ICPT_4] |= I4_STGI;
	expect_exit(run(), EXIT_STGI, "STGI intercepted");
	return 0;
}
