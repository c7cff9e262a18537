/*
 * Which combinations of the bits that make long mode does VMRUN refuse?
 *
 * Expected: with EFER.LME and CR0.PG: CR4.PAE clear, CR0.PE clear, CS.L with
 * CS.D.  The same bits are legal without LME, or without PG.
 * AMD APM vol 2, "Canonicalization and Consistency Checks".
 */
#include "svm.h"

GUEST(asks, "vmmcall");

int
main(void)
{
	svm_init();
	guest64(asks);
	vmcb->cr4 &= ~(uint64_t)CR4_PAE;
	expect_exit(run(), EXIT_INVALID, "LME and PG without PAE");
	guest64(asks);
	vmcb->cr0 &= ~(uint64_t)CR0_PE;
	expect_exit(run(), EXIT_INVALID, "LME and PG without PE");
	guest64(asks);
	vmcb->cs.attr |= F_B << 8;
	expect_exit(run(), EXIT_INVALID, "LME and PG with CS.L and CS.D");
	guest64(asks);
	vmcb->cs.attr ^= (F_B | F_L) << 8;
	expect_exit(run(), EXIT_VMMCALL, "LME and PG with CS.D alone: compatibility mode");
	guest32(asks);
	vmcb->efer |= EFER_LME;
	expect_exit(run(), EXIT_VMMCALL, "LME without PG");
	guest32(asks);
	vmcb->cs.attr |= F_L << 8;
	expect_exit(run(), EXIT_VMMCALL, "CS.L and CS.D without LME");
	guest32(asks);
	vmcb->efer |= EFER_LME;
	vmcb->cs.attr |= F_L << 8;
	expect_exit(run(), EXIT_VMMCALL, "CS.L and CS.D with LME, without PG");
	return 0;
}
