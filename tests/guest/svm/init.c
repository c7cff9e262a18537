/*
 * Does the INIT intercept keep INIT pending, and is it redirected?
 *
 * Set-up: VM_CR.R_INIT, so that INIT becomes #SX and not a reset.
 * Expected: held while GIF is clear; with the intercept the guest exits and the
 * host gets #SX(1) at STGI; without it the guest gets #SX.
 * AMD APM vol 2, "INIT Intercept", "INIT Support" (table of INIT handling).
 */
#include "svm_irq.h"

#define R_INIT	2u

GUEST(asks, "nop\n vmmcall");

int
main(void)
{
	svm_init();
	lapic_init();
	wrmsr(MSR_VM_CR, rdmsr(MSR_VM_CR) | R_INIT);
	expect64(rdmsr(MSR_VM_CR) & R_INIT, R_INIT, "R_INIT can be set");
	guest64(asks);
	vmcb->icpt[ICPT_3] |= I3_INIT;
	clgi();
	send_init();
	claim(true, "held while GIF is clear");
	expect_trap(TRYX("stgi\n nop", , , "memory"), SX, "redirected at STGI");
	expect(trap.error, 1, "redirected: error code");
	clgi();
	send_init();
	guest64(asks);
	vmcb->icpt[ICPT_EXC] = BIT(SX);
	expect_exit(run(), EXIT_EXC + SX, "in the guest, not intercepted");
	return 0;
}
