/*
 * What do VM_CR and SVM_KEY guard?
 *
 * Expected: SVMDIS cannot be set while EFER.SVME is set, and then SVME cannot be
 * set; CPUID announces SVM all the same; reserved bits are #GP. With SVM-Lock:
 * LOCK makes both keep their values; the key that was written before it was set
 * opens it again, another one does not.
 * AMD APM vol 2, "VM_CR MSR (C001_0114h)", "SVM-Lock", "SVM_KEY MSR".
 */
#include "svm.h"

#define MSR_SVM_KEY	0xc0010118u
enum { LOCK = 8, SVMDIS = 0x10 };

static void
svme(bool on)
{
	uint64_t efer = rdmsr(MSR_EFER);

	wrmsr(MSR_EFER, on ? efer | EFER_SVME : efer & ~(uint64_t)EFER_SVME);
}

static void
disable(void)
{
	uint64_t cr = rdmsr(MSR_VM_CR);

	expect64(cr & (LOCK | SVMDIS), 0, "neither locked nor disabled");
	expect_trap(try_wrmsr(MSR_VM_CR, cr | SVMDIS), GP, "SVMDIS while SVME is set");
	expect_trap(try_wrmsr(MSR_VM_CR, cr | BIT(5)), GP, "bit 5 of VM_CR");
	expect_trap(try_wrmsr(MSR_VM_CR, cr | BIT(63)), GP, "bit 63 of VM_CR");
	svme(false);
	expect_trap(try_wrmsr(MSR_VM_CR, cr | SVMDIS), NONE, "SVMDIS while SVME is clear");
	expect_trap(try_wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME), GP,
	    "SVME while SVMDIS is set");
	expect(cpuid(0x80000001, 0).c >> 2 & 1, 1, "CPUID announces SVM all the same");
	expect_trap(try_wrmsr(MSR_VM_CR, cr), NONE, "SVMDIS cleared");
	expect_trap(try_wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME), NONE, "SVME again");
	svme(false);
}

static void
lock(void)
{
	uint64_t cr = rdmsr(MSR_VM_CR);

	wrmsr(MSR_SVM_KEY, 0x123456789abcdef);
	wrmsr(MSR_VM_CR, cr | LOCK | SVMDIS);
	expect64(rdmsr(MSR_VM_CR) & (LOCK | SVMDIS), LOCK | SVMDIS, "LOCK and SVMDIS set");
	expect_trap(try_wrmsr(MSR_VM_CR, cr), NONE, "write while locked");
	expect64(rdmsr(MSR_VM_CR) & (LOCK | SVMDIS), LOCK | SVMDIS, "LOCK and SVMDIS stay");
	wrmsr(MSR_SVM_KEY, 0x123456789abcdee);
	expect64(rdmsr(MSR_VM_CR) & LOCK, LOCK, "another key");
	wrmsr(MSR_SVM_KEY, 0x123456789abcdef);
	expect64(rdmsr(MSR_VM_CR) & LOCK, 0, "the key");
	wrmsr(MSR_VM_CR, cr);
	expect64(rdmsr(MSR_VM_CR) & SVMDIS, 0, "SVMDIS can be cleared then");
}

int
main(void)
{
	svm_init();
	disable();
	if (svm_has(SVM_LOCK))
		lock();
	else
		left_out("LOCK and SVM_KEY");
	return 0;
}
