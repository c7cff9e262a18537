/*
 * What time does a guest read?
 *
 * Expected: RDTSC, RDTSCP and RDMSR of the TSC have TSC_OFFSET added, the host
 * has not; with a ratio of 1/2 the guest's time is half of the host's plus the
 * offset; reserved bits of the ratio are #GP.
 * AMD APM vol 2, "Basic Operation" (Control Bits), "TSC Ratio MSR".
 */
#include "svm.h"

#define OFFSET	0x100000000000ull
#define SLACK	0x100000000ull

GUEST(by_rdtsc, "rdtsc\n vmmcall");
GUEST(by_rdtscp, "rdtscp\n vmmcall");
GUEST(by_msr, "mov $0x10, %ecx\n rdmsr\n vmmcall");

static uint64_t
guest_time(const void *code, uint64_t offset)
{
	guest64(code);
	vmcb->tsc_offset = offset;
	run();
	return (uint32_t)vmcb->rax | (uint64_t)(uint32_t)gr.dx << 32;
}

static void
between(uint64_t before, uint64_t t, uint64_t after, const char *name)
{
	claim(before <= t && t <= after, "%s", name);
}

static void
offset(const void *code, const char *name)
{
	uint64_t before = rdtsc(), t = guest_time(code, OFFSET);

	between(before + OFFSET, t, rdtsc() + OFFSET, name);
	claim(rdtsc() < OFFSET, "%s: not in the host", name);
	before = rdtsc();
	t = guest_time(code, -before);
	claim(t < SLACK, "%s: negative offset", name);
}

static void
ratio(void)
{
	uint64_t before, t;

	wrmsr(MSR_TSC_RATIO, BIT(31));
	before = rdtsc();
	t = guest_time(by_rdtsc, OFFSET);
	between(before / 2 + OFFSET, t, rdtsc() / 2 + OFFSET, "ratio 1/2");
	wrmsr(MSR_TSC_RATIO, 3 * BIT(32));
	before = rdtsc();
	t = guest_time(by_rdtsc, 0);
	between(before * 3, t, rdtsc() * 3, "ratio 3");
	wrmsr(MSR_TSC_RATIO, BIT(32));
	expect_trap(try_wrmsr(MSR_TSC_RATIO, BIT(40)), GP, "reserved bit of the ratio");
	expect64(rdmsr(MSR_TSC_RATIO), BIT(32), "the ratio is read back");
}

int
main(void)
{
	svm_init();
	offset(by_rdtsc, "RDTSC");
	if (has(HAS_RDTSCP))
		offset(by_rdtscp, "RDTSCP");
	offset(by_msr, "RDMSR");
	if (svm_has(SVM_TSC_RATIO))
		ratio();
	else
		left_out("TSC ratio");
	return 0;
}
