/*
 * When does PAUSE exit?
 *
 * Expected: each one with a count of 0; with a count of n the one after n that
 * were let through; VMRUN loads the count anew; the VMCB's count stays; nothing
 * without the intercept; with a threshold the count starts anew when more time
 * than that went by.
 * AMD APM vol 2, "Pause Intercept Filtering", "Instruction Intercepts".
 */
#include "svm.h"

GUEST(pauses, "1: inc %ecx\n pause\n cmp $50, %ecx\n jb 1b\n vmmcall");
GUEST(slow, "1: inc %ecx\n mov $2000, %edx\n 2: dec %edx\n jnz 2b\n pause\n cmp $50, %ecx\n jb 1b\n"
    "vmmcall");

static uint64_t
with(const void *code, unsigned count, unsigned threshold)
{
	guest64(code);
	vmcb->icpt[ICPT_3] |= I3_PAUSE;
	vmcb->pause_count = (uint16_t)count;
	vmcb->pause_threshold = (uint16_t)threshold;
	return run();
}

int
main(void)
{
	svm_init();
	expect_exit(with(pauses, 0, 0), EXIT_PAUSE, "count 0");
	expect(gr.cx, 1, "count 0: the first one");
	if (!svm_has(SVM_PAUSE)) {
		left_out("pause filter");
		return 0;
	}
	expect_exit(with(pauses, 10, 0), EXIT_PAUSE, "count 10");
	expect(gr.cx, 11, "count 10: the eleventh");
	expect(vmcb->pause_count, 10, "the count stays");
	expect_exit(resume(2), EXIT_PAUSE, "the next VMRUN");
	expect(gr.cx, 22, "the next VMRUN: anew");
	expect_exit(with(pauses, 1000, 0), EXIT_VMMCALL, "count 1000");
	if (svm_has(SVM_PAUSE_THRESHOLD)) {
		expect_exit(with(slow, 10, 100), EXIT_VMMCALL, "more time than the threshold");
		expect_exit(with(pauses, 10, 60000), EXIT_PAUSE, "less time than the threshold");
	} else {
		left_out("threshold");
	}
	return 0;
}
