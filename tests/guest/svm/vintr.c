/*
 * When is a virtual interrupt taken?
 *
 * Expected: V_IRQ with a priority above V_TPR, or V_IGN_TPR, IF set, no shadow;
 * V_IRQ is clear afterwards. The intercept comes just before and leaves V_IRQ.
 * A physical interrupt goes first. Nothing remains for the host.
 * AMD APM vol 2, "Injecting Virtual (INTR) Interrupts", "Virtual Interrupt
 * Intercept", "Interrupt Shadows".
 */
#include "svm_irq.h"

#define VECTOR	0x61

GUEST(asks, "nop\n nop\n vmmcall");
GUEST(enables, "sti\n nop\n nop\n vmmcall");
GUEST(opens, "xor %eax, %eax\n mov %rax, %cr8\n opens_end: nop\n vmmcall");
extern const char opens_end[];

static void
virtual(const void *code, unsigned priority, unsigned tpr, ulong flags)
{
	guest64(code);
	vmcb->rflags |= flags;
	vmcb->vintr = V_IRQ | V_PRIO(priority) | V_TPR(tpr) | V_VECTOR(VECTOR) | V_MASKING;
}

static void
priorities(void)
{
	unsigned wrong = 0;

	for (unsigned p = 0; p < 16; p++) {
		for (unsigned t = 0; t < 16; t++) {
			virtual(asks, p, t, FL_IF);
			run();
			wrong += (guest_vector() == VECTOR) != (p > t);
		}
	}
	expect(wrong, 0, "priority against V_TPR, all pairs");
	virtual(asks, 0, 15, FL_IF);
	vmcb->vintr |= V_IGN_TPR;
	expect_vector(VECTOR, "V_IGN_TPR");
}

static void
conditions(void)
{
	virtual(asks, 5, 0, FL_IF);
	expect_vector(VECTOR, "taken");
	expect64(vmcb->vintr & V_IRQ, 0, "taken: V_IRQ is clear");
	expect64(guest_frame().ip, (ulong)asks, "taken: before the first instruction");
	expect64(guest_frame().flags & FL_IF, FL_IF, "taken: IF in the frame");
	expect64(vmcb->rflags & FL_IF, 0, "taken: IF is clear");
	virtual(asks, 5, 0, 0);
	expect_exit(run(), EXIT_VMMCALL, "IF clear");
	expect((ulong)guest_vector(), (ulong)NONE, "IF clear: not taken");
	expect64(vmcb->vintr & V_IRQ, V_IRQ, "IF clear: V_IRQ stays");
	virtual(asks, 5, 0, FL_IF);
	vmcb->vintr &= ~V_MASKING;
	expect_vector(VECTOR, "without V_INTR_MASKING");
	virtual(asks, 5, 0, FL_IF);
	vmcb->shadow = 1;
	expect_vector(VECTOR, "in a shadow");
	expect64(guest_frame().ip, (ulong)asks + 1, "in a shadow: one instruction later");
	virtual(enables, 5, 0, 0);
	expect_vector(VECTOR, "STI");
	expect64(guest_frame().ip, (ulong)enables + 2, "STI: one instruction later");
	virtual(opens, 5, 7, FL_IF);
	expect_vector(VECTOR, "MOV to CR8");
	expect64(guest_frame().ip, (ulong)opens_end, "MOV to CR8: right behind it");
	expect64(vmcb->vintr & 0xff, 0, "MOV to CR8: V_TPR is written back");
}

static void
intercept(void)
{
	virtual(asks, 5, 0, FL_IF);
	vmcb->icpt[ICPT_3] |= I3_VINTR;
	expect_exit(run(), EXIT_VINTR, "intercepted");
	expect64(vmcb->rip, (ulong)asks, "intercepted: rip");
	expect64(vmcb->vintr & V_IRQ, V_IRQ, "intercepted: V_IRQ stays");
	expect64(vmcb->exitintinfo & EV_VALID, 0, "intercepted: EXITINTINFO");
	virtual(asks, 5, 0, 0);
	vmcb->icpt[ICPT_3] |= I3_VINTR;
	expect_exit(run(), EXIT_VMMCALL, "intercepted, IF clear");
	virtual(asks, 5, 9, FL_IF);
	vmcb->icpt[ICPT_3] |= I3_VINTR;
	expect_exit(run(), EXIT_VMMCALL, "intercepted, below V_TPR");
	virtual(enables, 5, 0, 0);
	vmcb->icpt[ICPT_3] |= I3_VINTR;
	expect_exit(run(), EXIT_VINTR, "intercepted, STI");
	expect64(vmcb->rip, (ulong)enables + 2, "intercepted, STI: rip");
}

static void
physical_first(void)
{
	unsigned was = irqs[0x51];

	virtual(asks, 15, 0, FL_IF);
	vmcb->vintr &= ~V_MASKING;
	vmcb->icpt[ICPT_3] |= I3_INTR;
	send_intr(0x51);
	expect_exit(run(), EXIT_INTR, "a physical one goes first");
	expect64(vmcb->vintr & V_IRQ, V_IRQ, "a physical one goes first: V_IRQ stays");
	host_takes_all();
	expect(irqs[0x51], was + 1, "the host takes the physical one");
	expect(irqs[VECTOR], 0, "and not the virtual one");
	expect_vector(VECTOR, "the guest takes the virtual one then");
}

int
main(void)
{
	svm_init();
	irq_counting();
	lapic_init();
	priorities();
	conditions();
	intercept();
	physical_first();
	return 0;
}
