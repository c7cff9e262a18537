/*
 * Does a pending x87 exception with CR0.NE clear exit?
 *
 * Expected: with the intercept the guest exits when it would freeze, at the
 * waiting instruction; with NE set the exception is #MF and no exit 7Eh.
 * AMD APM vol 2, "Ferr_Freeze Intercept".
 */
#include "svm.h"

GUEST(waits, "fninit\n movl $0x33b, -4(%rsp)\n fldcw -4(%rsp)\n fldz\n fld1\n fdiv %st(1), %st\n"
    "waits_at: fwait\n vmmcall");
extern const char waits_at[];

int
main(void)
{
	svm_init();
	guest64(waits);
	vmcb->icpt[ICPT_3] |= I3_FERR;
	expect_vector(MF, "NE set");
	guest64(waits);
	vmcb->cr0 &= ~CR0_NE;
	vmcb->icpt[ICPT_3] |= I3_FERR;
	expect_exit(run(), EXIT_FERR, "NE clear");
	expect64(vmcb->rip, (ulong)waits_at, "NE clear: rip");
	return 0;
}
