/*
 * Which of the two MWAIT intercepts stops it?
 *
 * Expected: the conditional one only when the monitor is armed, before the
 * unconditional one; a store to the line that is watched disarms it.
 * AMD APM vol 2, "Instruction Intercepts" (MWAIT).
 */
#include "svm.h"

uint64_t watched[16] __attribute__((aligned(64)));

GUEST(armed, "xor %ecx, %ecx\n xor %edx, %edx\n monitor\n xor %eax, %eax\n mwait\n vmmcall");
GUEST(stored, "xor %ecx, %ecx\n xor %edx, %edx\n monitor\n incl 60(%rax)\n mwait\n vmmcall");
GUEST(beside, "xor %ecx, %ecx\n xor %edx, %edx\n monitor\n incl 64(%rax)\n xor %eax, %eax\n"
    "mwait\n vmmcall");
GUEST(unarmed, "xor %ecx, %ecx\n xor %eax, %eax\n mwait\n vmmcall");

static uint64_t
with(const void *code, uint32_t i4)
{
	guest64(code);
	vmcb->icpt[ICPT_4] |= i4;
	vmcb->rax = (ulong)watched;
	return run();
}

int
main(void)
{
	svm_init();
	if (!has(HAS_MONITOR))
		skip("no MONITOR");
	expect_exit(with(armed, I4_MWAIT), EXIT_MWAIT, "unconditional, armed");
	expect_exit(with(unarmed, I4_MWAIT), EXIT_MWAIT, "unconditional, not armed");
	expect_exit(with(armed, I4_MWAIT_ARMED), EXIT_MWAIT_ARMED, "conditional, armed");
	expect_exit(with(armed, I4_MWAIT | I4_MWAIT_ARMED), EXIT_MWAIT_ARMED, "both, armed");
	expect_exit(with(unarmed, I4_MWAIT | I4_MWAIT_ARMED), EXIT_MWAIT, "both, not armed");
	expect_exit(with(unarmed, I4_MWAIT_ARMED), EXIT_VMMCALL, "conditional, not armed");
	expect_exit(with(stored, I4_MWAIT_ARMED), EXIT_VMMCALL, "conditional, a store to the line");
	expect_exit(with(beside, I4_MWAIT_ARMED), EXIT_MWAIT_ARMED, "conditional, a store beside it");
	return 0;
}
