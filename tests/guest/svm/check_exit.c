/*
 * What is left when VMRUN refuses a VMCB?
 *
 * Expected: the exit code is -1, 64 bits wide; the host goes on behind VMRUN
 * with its own state and GIF clear; no guest instruction ran.
 * AMD APM vol 2, "Canonicalization and Consistency Checks", "#VMEXIT".
 */
#include "svm.h"

GUEST(counts, "1: inc %rbx\n vmmcall\n jmp 1b");

int
main(void)
{
	ulong cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();
	uint64_t efer;

	svm_init();
	efer = rdmsr(MSR_EFER);
	guest64(counts);
	vmcb->cr0 |= CR0_NW;
	vmcb->cr4 |= CR4_PGE | CR4_MCE;
	vmcb->efer |= EFER_SCE;
	vmcb->rax = 0x1234;
	gr.bx = 5;
	expect64(run(), EXIT_INVALID, "NW without CD");
	expect(gr.bx, 5, "no instruction ran");
	expect(read_cr0(), cr0, "CR0 of the host");
	expect(read_cr3(), cr3, "CR3 of the host");
	expect(read_cr4(), cr4, "CR4 of the host");
	expect64(rdmsr(MSR_EFER), efer, "EFER of the host");
	vmcb->cr0 &= ~CR0_NW;
	expect_exit(run(), EXIT_VMMCALL, "the same VMCB corrected");
	expect(gr.bx, 6, "it ran then");
	vmcb->icpt[ICPT_4] = 0;
	expect64(run(), EXIT_INVALID, "no intercept of VMRUN");
	vmcb->icpt[ICPT_4] = I4_VMRUN | I4_VMMCALL;
	vmcb->rip += 3;
	expect_exit(run(), EXIT_VMMCALL, "and once more");
	expect(gr.bx, 7, "goes on where it was");
	return 0;
}
