/*
 * Who gets a physical interrupt that is pending while a guest runs?
 *
 * Expected: with V_INTR_MASKING clear the guest's IF decides, else the host's at
 * VMRUN. With the intercept the guest exits before its next instruction and the
 * interrupt stays pending; without it the guest's IDT is used. A shadow from the
 * VMCB covers one instruction; the APIC's TPR counts in any case.
 * AMD APM vol 2, "INTR Intercept", "Physical (INTR) Interrupt Masking in EFLAGS",
 * "Interrupt Shadows".
 */
#include "svm_irq.h"

#define VECTOR	0x51

GUEST(asks, "nop\n nop\n vmmcall");
GUEST(halts, "hlt\n vmmcall");
GUEST(enables, "sti\n nop\n nop\n vmmcall");

static void
pending(const void *code, ulong flags, bool intercept)
{
	guest64(code);
	vmcb->rflags |= flags;
	vmcb->icpt[ICPT_3] |= intercept ? I3_INTR : 0;
	if (!is_pending(VECTOR))
		send_intr(VECTOR);
}

static void
taken_by_host(const char *name)
{
	unsigned was = irqs[VECTOR];

	expect(is_pending(VECTOR), 1, "%s: still pending", name);
	host_takes_all();
	expect(irqs[VECTOR], was + 1, "%s: the host takes it", name);
}

static void
intercepted(void)
{
	pending(asks, FL_IF, true);
	expect_exit(run(), EXIT_INTR, "IF set");
	expect64(vmcb->rip, (ulong)asks, "IF set: rip");
	taken_by_host("IF set");
	pending(asks, 0, true);
	expect_exit(run(), EXIT_VMMCALL, "IF clear");
	taken_by_host("IF clear");
	pending(asks, 0, true);
	vmcb->vintr |= V_MASKING;
	run_sti = 1;
	expect_exit(run(), EXIT_INTR, "masking virtual, IF clear, host's IF set");
	taken_by_host("masking virtual, IF clear, host's IF set");
	pending(asks, FL_IF, true);
	vmcb->vintr |= V_MASKING;
	expect_exit(run(), EXIT_VMMCALL, "masking virtual, IF set, host's IF clear");
	taken_by_host("masking virtual, IF set, host's IF clear");
	pending(asks, FL_IF, true);
	run_sti = 1;
	expect_exit(run(), EXIT_INTR, "IF set, host's IF set");
	taken_by_host("IF set, host's IF set");
	pending(asks, FL_IF, true);
	vmcb->shadow = 1;
	expect_exit(run(), EXIT_INTR, "in a shadow");
	expect64(vmcb->rip, (ulong)asks + 1, "in a shadow: one instruction later");
	expect64(vmcb->shadow & 1, 0, "in a shadow: it is over");
	taken_by_host("in a shadow");
	pending(enables, 0, true);
	expect_exit(run(), EXIT_INTR, "STI");
	expect64(vmcb->rip, (ulong)enables + 2, "STI: one instruction later");
	taken_by_host("STI");
}

static void
not_intercepted(void)
{
	pending(asks, FL_IF, false);
	expect_vector(VECTOR, "no intercept: the guest takes it");
	expect64(guest_frame().ip, (ulong)asks, "no intercept: where");
	expect(in_service(VECTOR), 1, "no intercept: in service");
	lapic_write(LAPIC_EOI, 0);
	pending(asks, FL_IF, true);
	lapic_write(LAPIC_TPR, 0x60);
	expect_exit(run(), EXIT_VMMCALL, "masked by the APIC's TPR");
	lapic_write(LAPIC_TPR, 0);
	taken_by_host("masked by the APIC's TPR");
}

static void
halted(void)
{
	irqs[PIC_BASE] = 0;
	pic_init(0);
	outb(0x21, 0xfe);
	guest64(halts);
	vmcb->rflags |= FL_IF;
	vmcb->icpt[ICPT_3] |= I3_INTR;
	pit_start(0, 1000);
	expect_exit(run(), EXIT_INTR, "HLT waits for it");
	expect64(vmcb->rip, (ulong)halts + 1, "HLT: rip behind it");
	host_takes_all();
	expect(irqs[PIC_BASE], 1, "HLT: the host takes it");
}

int
main(void)
{
	svm_init();
	irq_counting();
	lapic_init();
	intercepted();
	not_intercepted();
	halted();
	return 0;
}
