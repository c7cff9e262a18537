/*
 * What is said when the delivery of an event is stopped?
 *
 * Set-up: an IDT with holes: gates that are not present, a stack that is not.
 * Expected: EXITINTINFO has the event that was being delivered, also when it was
 * injected; the exit tells of the exception; exceptions are looked at before
 * they become a double fault, and the double fault then; what EXITINTINFO says
 * can be put into EVENTINJ.
 * AMD APM vol 2, "Intercepts During IDT Interrupt Delivery", "EXITINTINFO
 * Pseudo-Code", "Exception Intercepts".
 */
#include "svm.h"

GUEST(undefined, "ud2\n vmmcall");
GUEST(divides, "xor %ecx, %ecx\n div %ecx\n vmmcall");
GUEST(int_41, "int $0x41\n int_41_end: vmmcall");
GUEST(int3, "int3\n vmmcall");
GUEST(icebp, ".byte 0xf1\n vmmcall");
GUEST(no_stack, "mov $0x8000001000, %rsp\n ud2\n vmmcall");
GUEST(asks, "nop\n vmmcall");
extern const char int_41_end[];

static uint64_t hole;
static unsigned hole_at;

/* The guest's gate of a vector goes and comes. */
static void
gate_away(unsigned vector)
{
	uint64_t *gate = (uint64_t *)(ulong)(vmcb->idtr.base + vector * 16);

	hole_at = vector;
	hole = *gate;
	*gate &= ~((uint64_t)D_PRESENT << 40);
}

static void
gate_back(void)
{
	*(uint64_t *)(ulong)(vmcb->idtr.base + hole_at * 16) = hole;
}

/* length: of an instruction that is an interrupt.  EXT is for what comes from outside. */
static void
not_present(const void *code, unsigned vector, uint64_t info, unsigned length, const char *name)
{
	bool ext = (info & 0x700) == (EVENT(EV_INTR, 0) & 0x700) ||
	    (info & 0x700) == (EVENT(EV_NMI, 0) & 0x700);

	guest64(code);
	gate_away(vector);
	vmcb->icpt[ICPT_EXC] = BIT(NP);
	if (code == asks)
		vmcb->eventinj = info;
	expect_exit(run(), EXIT_EXC + NP, "%s, gate not present", name);
	expect64(vmcb->info1, vector * 8 + 2 + ext, "%s: error code of #NP", name);
	expect64(vmcb->exitintinfo & 0xffffffff, info & 0xffffffff, "%s: EXITINTINFO", name);
	gate_back();
	vmcb->eventinj = vmcb->exitintinfo;
	vmcb->nrip = vmcb->rip + length;
	vmcb->icpt[ICPT_EXC] = 0;
	expect_vector((int)vector, "%s: injected anew", name);
}

static void
double_faults(void)
{
	guest64(divides);
	gate_away(DE);
	vmcb->icpt[ICPT_EXC] = BIT(DF);
	expect_exit(run(), EXIT_EXC + DF, "#DE, #NP: #DF intercepted");
	guest64(divides);
	vmcb->icpt[ICPT_EXC] = BIT(DF) | BIT(NP);
	expect_exit(run(), EXIT_EXC + NP, "#DE, #NP intercepted with #DF");
	expect64(vmcb->exitintinfo & 0xffffffff, EVENT(EV_EXC, DE),
	    "#DE, #NP intercepted: EXITINTINFO");
	guest64(divides);
	expect_vector(DF, "#DE, #NP: #DF in the guest");
	gate_back();
}

static void
page_faults(void)
{
	guest64(no_stack);
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	expect_exit(run(), EXIT_EXC + PF, "#UD without a stack");
	expect64(vmcb->exitintinfo & 0xffffffff, EVENT(EV_EXC, UD),
	    "#UD without a stack: EXITINTINFO");
	expect64(vmcb->info1, 2, "#UD without a stack: EXITINFO1");
	expect64(vmcb->info2 & ~0xfffull, VA_FREE, "#UD without a stack: EXITINFO2");
	guest64(asks);
	vmcb->rsp = VA_FREE + PAGE;
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	vmcb->eventinj = EVENT_ERROR(GP, 0x88);
	expect_exit(run(), EXIT_EXC + PF, "injected #GP without a stack");
	expect64(vmcb->exitintinfo, EVENT_ERROR(GP, 0x88),
	    "injected #GP without a stack: EXITINTINFO");
	expect64(vmcb->rip, (ulong)asks, "injected #GP without a stack: rip");
}

/* #DF cannot be delivered either. */
static void
shutdown(void)
{
	guest64(no_stack);
	expect_exit(run(), EXIT_SHUTDOWN, "#UD, #PF, #PF: shutdown");
	guest64(asks);
	vmcb->idtr.limit = 0;
	vmcb->eventinj = EVENT(EV_INTR, 0x20);
	expect_exit(run(), EXIT_SHUTDOWN, "an interrupt without an IDT: shutdown");
}

int
main(void)
{
	svm_init();
	not_present(undefined, UD, EVENT(EV_EXC, UD), 0, "#UD");
	not_present(int_41, 0x41, EVENT(EV_SOFT, 0x41), 2, "INTn");
	expect64(guest_frame().ip, (ulong)int_41_end, "INTn: rip in the frame");
	not_present(int3, BP, EVENT(EV_EXC, BP), 1, "INT3");
	not_present(icebp, DB, EVENT(EV_EXC, DB), 1, "ICEBP");
	not_present(asks, 0x30, EVENT(EV_INTR, 0x30), 0, "injected interrupt");
	not_present(asks, NMI, EVENT(EV_NMI, NMI), 0, "injected NMI");
	not_present(asks, UD, EVENT(EV_EXC, UD), 0, "injected #UD");
	double_faults();
	page_faults();
	shutdown();
	return 0;
}
