/*
 * Which RDMSR and WRMSR does the MSR permission map stop?
 *
 * Set-up: the two bits of the first and last register of each range.
 * Expected: the low bit stops reads, the high one writes; registers of no range
 * always exit, whatever the map's reserved part says; EXITINFO1 is 1 for writes;
 * registers that do not exist are #GP only behind the intercept.
 * AMD APM vol 2, "MSR Intercepts".
 */
#include "svm.h"

GUEST(reads, "rdmsr\n vmmcall");
GUEST(writes, "wrmsr\n vmmcall");

/* Bit of the map for the read intercept, or -1 */
static int
map_bit(uint32_t msr)
{
	if (msr < 0x2000)
		return (int)(msr * 2);
	if (msr - 0xc0000000u < 0x2000)
		return (int)(0x800 * 8 + (msr - 0xc0000000u) * 2);
	if (msr - 0xc0010000u < 0x2000)
		return (int)(0x1000 * 8 + (msr - 0xc0010000u) * 2);
	return -1;
}

static uint64_t
access(const void *code, uint32_t msr)
{
	guest64(code);
	vmcb->icpt[ICPT_3] |= I3_MSR;
	vmcb->icpt[ICPT_EXC] = BIT(GP);
	gr.cx = msr;
	return run();
}

static void
covered(uint32_t msr)
{
	unsigned bit = (unsigned)map_bit(msr);
	uint8_t *byte = &msrpm[bit / 8], low = (uint8_t)(1 << bit % 8);

	*byte = low;
	expect_exit(access(reads, msr), EXIT_MSR, "read of %x", msr);
	expect64(vmcb->info1, 0, "read of %x: EXITINFO1", msr);
	expect64(vmcb->rip, (ulong)reads, "read of %x: rip", msr);
	claim(access(writes, msr) != EXIT_MSR, "write of %x, reads stopped", msr);
	*byte = (uint8_t)(low << 1);
	expect_exit(access(writes, msr), EXIT_MSR, "write of %x", msr);
	expect64(vmcb->info1, 1, "write of %x: EXITINFO1", msr);
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, (ulong)writes + 2, "write of %x: nRIP", msr);
	claim(access(reads, msr) != EXIT_MSR, "read of %x, writes stopped", msr);
	memset(msrpm, 0xff, 2 * PAGE);
	*byte &= (uint8_t)~(3 * low);
	claim(access(reads, msr) != EXIT_MSR, "read of %x, all others stopped", msr);
	claim(access(writes, msr) != EXIT_MSR, "write of %x, all others stopped", msr);
	memset(msrpm, 0, 2 * PAGE);
}

static void
uncovered(uint32_t msr)
{
	expect_exit(access(reads, msr), EXIT_MSR, "read of %x, in no range", msr);
	expect_exit(access(writes, msr), EXIT_MSR, "write of %x, in no range", msr);
}

int
main(void)
{
	static const uint32_t in[] = { 0, 0x174, 0x1fff, 0xc0000000, 0xc0000103, 0xc0001fff,
		0xc0010000, 0xc0010114, 0xc0011fff };
	static const uint32_t out[] = { 0x2000, 0xbfffffff, 0xc0002000, 0xc000ffff, 0xc0012000,
		0xffffffff, 0x40000000, 0x80000000 };

	svm_init();
	for (unsigned i = 0; i < COUNT(in); i++)
		covered(in[i]);
	for (unsigned i = 0; i < COUNT(out); i++)
		uncovered(out[i]);
	memset(msrpm, 0xff, 2 * PAGE);
	guest64(reads);
	gr.cx = 0x174;
	expect_exit(run(), EXIT_VMMCALL, "without the intercept");
	return 0;
}
