/*
 * Which exceptions of 32-bit guests are intercepted, and with what?
 *
 * Expected: #OF and #BR with rip at the instruction, #TS, #AC and #NP of a stack
 * switch with their error codes; each intercept bit stops no other.
 * AMD APM vol 2, "Exception Intercepts".
 */
#include "svm.h"

GUEST32(overflows, "mov $0x7fffffff, %eax\n add $1, %eax\n overflows_at: into\n vmmcall");
GUEST32(out_of_bounds, "push $2\n push $1\n mov $9, %eax\n out_of_bounds_at: bound %eax, (%esp)\n"
    "vmmcall");
GUEST32(bad_stack, "int $0x41\n vmmcall");
GUEST32(misaligned, "pushl $0x40002\n popfl\n misaligned_at: mov -3(%esp), %eax\n vmmcall");
GUEST32(bad_load, "mov $0x50, %ecx\n mov %ecx, %ds\n vmmcall");
extern const char overflows_at[], out_of_bounds_at[], misaligned_at[];

static uint32_t tss32_bad[26];

static void
exits(int vector, const char *at, const char *name)
{
	vmcb->icpt[ICPT_EXC] = 1u << vector;
	expect_exit(run(), EXIT_EXC + (unsigned)vector, "%s", name);
	if (at != NULL)
		expect64(vmcb->rip, (ulong)at, "%s: rip", name);
	expect64(vmcb->exitintinfo & EV_VALID, 0, "%s: EXITINTINFO", name);
}

int
main(void)
{
	svm_init();
	guest32(overflows);
	exits(OF, overflows_at, "INTO");
	guest32(overflows);
	vmcb->icpt[ICPT_EXC] = ~(1u << OF);
	vmcb->icpt[ICPT_3] |= I3_INTN;
	expect_vector(OF, "INTO, all others intercepted");
	expect(guest_frame().ip, (ulong)overflows_at + 1, "INTO: eip in the guest");
	guest32(out_of_bounds);
	exits(BR, out_of_bounds_at, "BOUND");
	guest32(bad_load);
	exits(GP, NULL, "#GP of a TSS in DS");
	expect64(vmcb->info1, 0x50, "#GP of a TSS in DS: error code");
	guest32(misaligned);
	guest_user();
	vmcb->cr0 |= CR0_AM;
	exits(AC, misaligned_at, "#AC");
	expect64(vmcb->info1, 0, "#AC: error code");
	guest32(bad_stack);
	guest_user();
	set_seg(&vmcb->tr, TSSSEL, (uint32_t)(ulong)tss32_bad, sizeof(tss32_bad) - 1,
	    ATTR(D_TSS_BUSY, 0));
	vmcb->icpt[ICPT_EXC] = BIT(TS);
	expect_exit(run(), EXIT_EXC + TS, "#TS of a null stack");
	expect64(vmcb->exitintinfo & 0xffffffff, EVENT(EV_SOFT, 0x41),
	    "#TS of a null stack: EXITINTINFO");
	return 0;
}
