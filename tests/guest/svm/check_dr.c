/*
 * Which values of DR6 and DR7 does VMRUN refuse?
 *
 * Expected: any with one of bits 63:32; the low halves are loaded.
 * AMD APM vol 2, "Canonicalization and Consistency Checks".
 */
#include "svm.h"

GUEST(asks, "mov %dr6, %rbx\n mov %dr7, %rcx\n vmmcall");

int
main(void)
{
	svm_init();
	guest64(asks);
	vmcb->dr6 = 0xffff0ff1;
	vmcb->dr7 = 0x700;
	expect_exit(run(), EXIT_VMMCALL, "low halves");
	expect(gr.bx, 0xffff0ff1, "DR6 is loaded");
	expect(gr.cx, 0x700, "DR7 is loaded");
	for (unsigned bit = 32; bit < 64; bit++) {
		guest64(asks);
		vmcb->dr6 |= BIT(bit);
		expect_exit(run(), EXIT_INVALID, "DR6 bit %u", bit);
		guest64(asks);
		vmcb->dr7 |= BIT(bit);
		expect_exit(run(), EXIT_INVALID, "DR7 bit %u", bit);
	}
	return 0;
}
