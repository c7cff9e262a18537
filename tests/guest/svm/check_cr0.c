/*
 * Which values of CR0 does VMRUN refuse?
 *
 * Expected: NW without CD, and any of bits 63:32; the exit code is -1 and no
 * guest instruction ran.  All else is loaded: CD with NW, PG without PE (paged
 * real mode), reserved bits of the low half are ignored.
 * AMD APM vol 2, "Canonicalization and Consistency Checks".
 */
#include "svm.h"

GUEST(asks, "mov %cr0, %rbx\n vmmcall");

static uint64_t
with_cr0(uint64_t set, uint64_t clear)
{
	guest64(asks);
	vmcb->cr0 = (vmcb->cr0 | set) & ~clear;
	return run();
}

int
main(void)
{
	svm_init();
	expect_exit(with_cr0(0, 0), EXIT_VMMCALL, "CR0 as it should be");
	expect_exit(with_cr0(CR0_NW, CR0_CD), EXIT_INVALID, "NW without CD");
	expect64(vmcb->rip, (ulong)asks, "NW without CD: no instruction ran");
	expect_exit(with_cr0(CR0_NW | CR0_CD, 0), EXIT_VMMCALL, "NW with CD");
	expect_exit(with_cr0(CR0_CD, CR0_NW), EXIT_VMMCALL, "CD alone");
	for (unsigned bit = 32; bit < 64; bit++)
		expect_exit(with_cr0(BIT(bit), 0), EXIT_INVALID, "CR0 bit %u", bit);
	return 0;
}
