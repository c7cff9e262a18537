/*
 * What does the global interrupt flag hold back?
 *
 * Expected: while it is clear interrupts and NMIs wait, and breakpoints are lost;
 * exceptions and single steps are as ever. #VMEXIT clears it, VMRUN sets it. A
 * guest's CLGI that is not intercepted holds its interrupts, physical ones, too.
 * AMD APM vol 2, "Global Interrupt Flag, STGI and CLGI Instructions" (table),
 * "#VMEXIT".
 */
#include "svm_irq.h"

#define VECTOR	0x51

GUEST(asks, "nop\n vmmcall");
GUEST(clears, "clgi\n nop\n nop\n vmmcall");
GUEST(toggles, "clgi\n nop\n stgi\n toggles_end: nop\n vmmcall");
extern const char toggles_end[];

static uint32_t watched;

static void
in_host(void)
{
	clgi();
	send_intr(VECTOR);
	send_nmi();
	host_takes_all();
	expect(irqs[VECTOR], 0, "CLGI holds an interrupt");
	expect(irqs[NMI], 0, "CLGI holds an NMI");
	stgi();
	expect(irqs[NMI], 1, "STGI lets the NMI through");
	expect(irqs[VECTOR], 0, "STGI, IF clear");
	host_takes_all();
	expect(irqs[VECTOR], 1, "STGI and STI let the interrupt through");
	clgi();
	expect_trap(TRY("ud2"), UD, "exceptions with GIF clear");
	write_dr0((ulong)&watched);
	write_dr7(0x30703);
	expect_trap(TRY("movl $0, %0\n nop", "m"(watched)), NONE, "data breakpoint, GIF clear");
	stgi();
	expect_trap(TRY("nop"), NONE, "the breakpoint is lost");
	expect_trap(TRY("movl $0, %0\n nop", "m"(watched)), DB, "data breakpoint, GIF set");
	write_dr7(0x400);
	clgi();
	expect_trap(TRY("pushf\n orl $0x100, (%%rsp)\n popf\n nop\n nop"), DB,
	    "single step, GIF clear");
	stgi();
}

/* svm_enter comes back before STGI. */
static void
around_exit(void)
{
	ulong pa = (ulong)vmcb;
	unsigned was = irqs[VECTOR];

	guest64(asks);
	send_intr(VECTOR);
	asm volatile("call svm_enter" : "+a"(pa) :: "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
	    "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	host_takes_all();
	expect(irqs[VECTOR], was, "GIF is clear behind #VMEXIT");
	stgi();
	host_takes_all();
	expect(irqs[VECTOR], was + 1, "until STGI");
	write_dr0((ulong)&watched);
	write_dr7(0x30703);
	guest64(asks);
	expect_exit(run(), EXIT_VMMCALL, "breakpoints of the host");
	expect(read_dr7() & 0xff, 0, "#VMEXIT disables the host's breakpoints");
	write_dr7(0x400);
}

static void
in_guest(void)
{
	unsigned was = irqs[VECTOR];

	guest64(clears);
	vmcb->rflags |= FL_IF;
	vmcb->icpt[ICPT_3] |= I3_INTR;
	vmcb->shadow = 1;
	send_intr(VECTOR);
	expect_exit(run(), EXIT_VMMCALL, "CLGI in the guest holds an interrupt");
	host_takes_all();
	expect(irqs[VECTOR], was + 1, "the host gets it");
	guest64(toggles);
	vmcb->rflags |= FL_IF;
	vmcb->vintr = V_IRQ | V_PRIO(5) | V_VECTOR(0x61) | V_MASKING;
	vmcb->shadow = 1;
	expect_vector(0x61, "CLGI in the guest holds a virtual interrupt");
	expect64(guest_frame().ip, (ulong)toggles_end, "until STGI");
}

int
main(void)
{
	svm_init();
	irq_counting();
	lapic_init();
	in_host();
	around_exit();
	in_guest();
	return 0;
}
