/*
 * Which intercepts do the software interrupts check?
 *
 * Expected: INTn that of INTn only, also for vectors of exceptions; INT3 that of
 * #BP, ICEBP its own and not #DB's; with decode assists EXITINFO1 is INTn's
 * vector.
 * AMD APM vol 2, "Instruction Intercepts", "Exception Intercepts", "INTn
 * Intercepts".
 */
#include "svm.h"

GUEST(int_41, "int $0x41\n vmmcall");
GUEST(int_3_long, ".byte 0xcd, 3\n vmmcall");
GUEST(int_14, "int $14\n vmmcall");
GUEST(int3, "int3\n vmmcall");
GUEST(icebp, ".byte 0xf1\n vmmcall");

static uint64_t
with(const void *code, uint32_t exceptions, uint32_t i3, uint32_t i4)
{
	guest64(code);
	vmcb->icpt[ICPT_EXC] = exceptions;
	vmcb->icpt[ICPT_3] |= i3;
	vmcb->icpt[ICPT_4] |= i4;
	return run();
}

int
main(void)
{
	svm_init();
	expect_exit(with(int_41, 0, I3_INTN, 0), EXIT_INTN, "INT 41h");
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1, 0x41, "INT 41h: EXITINFO1");
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, (ulong)int_41 + 2, "INT 41h: nRIP");
	expect_exit(with(int_3_long, 0, I3_INTN, 0), EXIT_INTN, "INT 3, long form");
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1, 3, "INT 3, long form: EXITINFO1");
	with(int_3_long, ~0u, 0, 0);
	expect((ulong)guest_vector(), BP, "INT 3, long form: not #BP's intercept");
	with(int_14, ~0u, 0, 0);
	expect((ulong)guest_vector(), PF, "INT 14: not #PF's intercept");
	expect_exit(with(int3, BIT(BP), 0, 0), EXIT_EXC + BP, "INT3 with #BP intercepted");
	expect64(vmcb->rip, (ulong)int3, "INT3: rip");
	with(int3, ~(1u << BP), I3_INTN, 0);
	expect((ulong)guest_vector(), BP, "INT3: not INTn's intercept");
	expect_exit(with(icebp, 0, 0, I4_ICEBP), EXIT_ICEBP, "ICEBP");
	with(icebp, ~0u, I3_INTN, 0);
	expect((ulong)guest_vector(), DB, "ICEBP: neither #DB's nor INTn's intercept");
	return 0;
}
