/*
 * What does an injected event do?
 *
 * Expected: it is taken before the first instruction whatever IF, V_TPR and the
 * intercepts are; the vector of an NMI is ignored; an error code is pushed when
 * EV says so; EVENTINJ is not valid afterwards; a shadow does not delay it; the
 * guest sees the frame of the instruction it would have run. Vectors 3 and 4 as
 * exceptions check the gate's DPL, interrupts do not.
 * AMD APM vol 2, "Event Injection".
 */
#include "svm.h"

GUEST(asks, "nop\n vmmcall");

static void
taken(uint64_t event, int vector, ulong error, const char *name)
{
	guest64(asks);
	vmcb->eventinj = event;
	vmcb->nrip = vmcb->rip;		/* of INT3 */
	vmcb->icpt[ICPT_EXC] = ~0u;
	expect_vector(vector, "%s", name);
	expect64(guest_frame().ip, (ulong)asks, "%s: rip in the frame", name);
	expect64(guest_frame().error, error, "%s: error code", name);
	expect64(guest_frame().cs, KCS64, "%s: CS in the frame", name);
	expect64(vmcb->eventinj & EV_VALID, 0, "%s: EVENTINJ is done", name);
	expect64(vmcb->exitintinfo & EV_VALID, 0, "%s: EXITINTINFO", name);
}

static void
exceptions(void)
{
	static const uint8_t plain[] = { DE, DB, BP, UD, NM, MF, MC, XF };
	static const uint8_t with_error[] = { DF, TS, NP, SS, GP, PF, AC };

	for (unsigned i = 0; i < COUNT(plain); i++)
		taken(EVENT(EV_EXC, plain[i]), plain[i], 0, vector_name(plain[i]));
	for (unsigned i = 0; i < COUNT(with_error); i++)
		taken(EVENT_ERROR(with_error[i], 0x1234), with_error[i], 0x1234,
		    vector_name(with_error[i]));
}

static void
conditions(void)
{
	guest64(asks);
	vmcb->eventinj = EVENT(EV_INTR, 0x77);
	vmcb->vintr = V_TPR(15) | V_MASKING;
	vmcb->shadow = 1;
	vmcb->icpt[ICPT_3] |= I3_INTR | I3_VINTR | I3_NMI | I3_INTN;
	expect_vector(0x77, "an interrupt, IF clear, in a shadow, V_TPR 15");
	expect64(guest_frame().ip, (ulong)asks, "an interrupt in a shadow: where");
	guest64(asks);
	vmcb->eventinj = EVENT(EV_INTR, 0x77);
	vmcb->rflags |= FL_IF;
	vmcb->vintr = V_IRQ | V_PRIO(5) | V_VECTOR(0x61) | V_MASKING;
	expect_vector(0x77, "an injected one goes before a virtual one");
	expect64(vmcb->vintr & V_IRQ, V_IRQ, "the virtual one waits");
	expect64(vmcb->rflags & FL_IF, 0, "IF is clear in the handler");
	expect_exit(guest_iret(), EXIT_VMMCALL, "behind IRET");
	expect((ulong)guest_vector(), 0x61, "the virtual one comes behind IRET");
}

/* The pushed CR2 is the VMCB's: VMRUN loads it. */
static void
page_fault(void)
{
	guest64(asks);
	vmcb->eventinj = EVENT_ERROR(PF, 7);
	vmcb->cr2 = 0x123456789000;
	expect_vector(PF, "#PF with CR2 of the VMCB");
	expect64(vmcb->cr2, 0x123456789000, "#PF: CR2");
}

static void
levels(void)
{
	guest64(asks);
	guest_user();
	vmcb->eventinj = EVENT(EV_INTR, 0x20);
	expect_vector(0x20, "an interrupt at CPL 3");
	expect64(guest_frame().cs, UCS64, "an interrupt at CPL 3: CS");
	expect64(guest_frame().ss, UDS, "an interrupt at CPL 3: SS");
	expect(vmcb->cpl, 0, "an interrupt at CPL 3: CPL of the handler");
}

static void
gate_level(unsigned type, unsigned vector, bool allowed, const char *name)
{
	uint64_t *gate;

	guest64(asks);
	guest_user();
	gate = (uint64_t *)(ulong)(vmcb->idtr.base + vector * 16);
	*gate &= ~((uint64_t)D_DPL3 << 40);
	vmcb->eventinj = EVENT(type, vector);
	vmcb->nrip = vmcb->rip;
	expect_vector(allowed ? (int)vector : GP, "%s, gate with DPL 0, at CPL 3", name);
	if (!allowed)
		expect64(guest_frame().error, vector * 8 + 2, "%s: error code of #GP", name);
	*gate |= (uint64_t)D_DPL3 << 40;
}

int
main(void)
{
	svm_init();
	exceptions();
	taken(EVENT(EV_NMI, 0x55), NMI, 0, "NMI with some vector");
	taken(EVENT(EV_INTR, 0x20), 0x20, 0, "interrupt 20h");
	taken(EVENT(EV_INTR, 0xff), 0xff, 0, "interrupt ffh");
	taken(EVENT(EV_INTR, 3), 3, 0, "interrupt 3");
	conditions();
	page_fault();
	levels();
	gate_level(EV_INTR, 0x20, true, "interrupt");
	gate_level(EV_EXC, UD, true, "#UD");
	gate_level(EV_EXC, BP, false, "#BP");
	return 0;
}
