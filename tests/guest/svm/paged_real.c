/*
 * Does paged real mode do both?
 *
 * Set-up: CR0.PG without PE, shadow tables that lead elsewhere.
 * Expected: real-mode segments, addresses translated; #PF is intercepted with a
 * protected-mode error code; PG and PE are as they were in the VMCB.
 * AMD APM vol 2, "Paged Real Mode", "#PF (Page Fault)".
 */
#include "svm.h"

GUEST16(reads, "mov $0x1234, %ax\n mov %ax, %fs\n movb %ds:0x4010, %bl\n mov %cs, %cx\n vmmcall");
GUEST16(writes, "movb $0x77, %ds:0x4010\n vmmcall");
GUEST16(interrupts, "int $0x21\n vmmcall");

static struct space two;
static uint8_t *page;

static void
start(const void *code)
{
	guest16(code);
	vmcb->cr0 |= CR0_PG;
	vmcb->cr3 = two.root;
	vmcb->rsp = 0x4000;		/* below the page that is elsewhere */
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	page[0x10] = 0x42;
	pt_set(&two, 0x4000, 1, (ulong)page | PTE_P | PTE_W | PTE_U);
}

int
main(void)
{
	svm_init();
	page = page_alloc();
	space_init(&two, 2);
	for (uint64_t a = 0; a < 0x100000; a += PAGE)
		pt_set(&two, a, 1, a | PTE_P | PTE_W | PTE_U);
	start(reads);
	expect_exit(run(), EXIT_VMMCALL, "read");
	expect(gr.bx & 0xff, 0x42, "read: by the tables");
	expect(gr.cx & 0xffff, 0x500, "CS");
	expect64(vmcb->cr0 & (CR0_PG | CR0_PE), CR0_PG, "CR0 stays");
	start(writes);
	pt_set(&two, 0x4000, 1, 0);
	expect_exit(run(), EXIT_EXC + PF, "not present");
	expect64(vmcb->info1, 2, "not present: EXITINFO1");
	expect64(vmcb->info2, 0x4010, "not present: EXITINFO2");
	start(interrupts);
	expect_vector(0x21, "INT 21h");
	expect64(guest_frame().ip, 2, "INT 21h: ip in the frame");
	return 0;
}
