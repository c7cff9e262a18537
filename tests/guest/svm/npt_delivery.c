/*
 * What if the delivery of an event meets a nested page fault?
 *
 * Set-up: the guest's IDT, stack, GDT or TSS in a page that is spoilt in the
 * nested tables.
 * Expected: #VMEXIT(NPF) with the event in EXITINTINFO, for reads of tables and
 * writes of the stack; injected anew after the page is mended it is delivered;
 * without an event EXITINTINFO is not valid; nothing was pushed.
 * AMD APM vol 2, "Intercepts During IDT Interrupt Delivery", "Nested versus Guest
 * Page Faults, Fault Ordering".
 */
#include "nested.h"

GUEST(undefined, "ud2\n vmmcall");
GUEST(asks, "nop\n vmmcall");
GUEST(interrupts, "int $0x41\n interrupts_end: vmmcall");
GUEST(loads_ds, "mov $0x70, %ecx\n mov %ecx, %ds\n vmmcall");
extern const char interrupts_end[];

static uint8_t *idt_page, *stack_page, *gdt_page;

static void
start(const void *code)
{
	nested_guest(code, TRY_VA);
	memcpy(idt_page, (void *)(ulong)vmcb->idtr.base, PAGE);
	vmcb->idtr.base = (ulong)idt_page;
	memcpy(gdt_page, gdt, sizeof(gdt));
	vmcb->gdtr.base = (ulong)gdt_page;
	vmcb->rsp = (ulong)stack_page + PAGE;
	memset(stack_page, 0x5a, PAGE);
}

static void
meets(uint64_t event, unsigned vector, const uint8_t *page, uint64_t clear, uint64_t info,
    const char *name)
{
	uint64_t at = page == idt_page ? (ulong)page + vector * 16 : 0;

	nested_change((ulong)page, 1, 0, clear);
	expect_exit(run(), EXIT_NPF, "%s", name);
	expect64(vmcb->info1, info, "%s: EXITINFO1", name);
	expect64(vmcb->info2 & ~0xfffull, (ulong)page, "%s: page of EXITINFO2", name);
	if (at != 0)
		expect64(vmcb->info2 & ~0xfull, at, "%s: EXITINFO2", name);
	expect64(vmcb->exitintinfo, event, "%s: EXITINTINFO", name);
	if (page != stack_page)
		expect64(*(uint64_t *)(stack_page + PAGE - 8), 0x5a5a5a5a5a5a5a5a,
		    "%s: nothing is pushed", name);
	expect64(vmcb->rsp, (ulong)stack_page + PAGE, "%s: rsp", name);
	nested_change((ulong)page, 1, clear, 0);
	vmcb->tlb_control = 1;
	vmcb->eventinj = vmcb->exitintinfo;
	vmcb->nrip = (ulong)interrupts_end;
	expect_vector((int)vector, "%s: injected anew", name);
}

#define READS	(NPF_U | NPF_FINAL)
#define WRITES	(NPF_U | NPF_W | NPF_FINAL)

int
main(void)
{
	nested_init();
	idt_page = page_alloc();
	stack_page = page_alloc();
	gdt_page = page_alloc();
	start(undefined);
	meets(EVENT(EV_EXC, UD), UD, idt_page, PTE_P, READS, "#UD, IDT");
	start(undefined);
	meets(EVENT(EV_EXC, UD), UD, stack_page, PTE_P, WRITES, "#UD, stack");
	start(undefined);
	meets(EVENT(EV_EXC, UD), UD, stack_page, PTE_W, WRITES | NPF_P, "#UD, stack read only");
	start(undefined);
	meets(EVENT(EV_EXC, UD), UD, gdt_page, PTE_P, READS, "#UD, GDT");
	start(interrupts);
	meets(EVENT(EV_SOFT, 0x41), 0x41, idt_page, PTE_P, READS, "INTn, IDT");
	expect64(guest_frame().ip, (ulong)interrupts_end, "INTn, IDT: rip in the frame");
	start(asks);
	vmcb->eventinj = EVENT(EV_INTR, 0x55);
	meets(EVENT(EV_INTR, 0x55), 0x55, stack_page, PTE_P, WRITES, "injected interrupt, stack");
	start(asks);
	vmcb->eventinj = EVENT_ERROR(GP, 0x1234);
	meets(EVENT_ERROR(GP, 0x1234), GP, idt_page, PTE_P, READS, "injected #GP, IDT");
	expect64(guest_frame().error, 0x1234, "injected #GP, IDT: error code");
	start(loads_ds);
	nested_change((ulong)gdt_page, 1, 0, PTE_P);
	expect_exit(run(), EXIT_NPF, "MOV DS, GDT");
	expect64(vmcb->exitintinfo & EV_VALID, 0, "MOV DS, GDT: EXITINTINFO");
	nested_change((ulong)gdt_page, 1, PTE_P, 0);
	return 0;
}
