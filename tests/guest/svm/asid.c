/*
 * Which translations of a guest outlive a world switch, and what flushes them?
 *
 * Set-up: a guest reads a page through its entry, the host changes the entry and
 * runs it again; the byte it reads says whether the old translation was used.
 * Expected: a stale one is allowed with the same ASID, never with another one or
 * in the host, and never after TLB_CONTROL 1, or 3 or 7 (7 may keep global
 * pages), INVLPGA of the address and ASID, or the guest's own INVLPG or MOV CR3.
 * Whether a stale one is seen where it is allowed is only printed.
 * AMD APM vol 2, "TLB Control", "TLB Flush", "Invalidate Page, Alternate ASID".
 */
#include "nested.h"

GUEST(reads, "mov (%rbx), %al\n vmmcall");
GUEST(invlpgs, "mov (%rbx), %al\n vmmcall\n invlpg (%rbx)\n mov (%rbx), %al\n vmmcall");
GUEST(loads_cr3, "mov (%rbx), %al\n vmmcall\n mov %cr3, %rcx\n mov %rcx, %cr3\n mov (%rbx), %al\n"
    "vmmcall");

enum { OLD = 0x11, NEW = 0x22 };
static uint8_t *page[2];
static bool nested;

/* The entry, of the guest or nested, that is changed */
static void
lead_to(unsigned which, uint64_t flags)
{
	if (nested) {
		pt_set(&guest_pt, TRY_VA, 1, try_gpa | FLAGS | flags);
		pt_set(&nested_pt, try_gpa, 1, (ulong)page[which] | FLAGS);
	} else {
		pt_set(&guest_pt, TRY_VA, 1, (ulong)page[which] | FLAGS | flags);
	}
}

static void
start(const void *code, uint64_t flags)
{
	guest64(code);
	vmcb->cr3 = guest_pt.root;
	vmcb->cr4 |= CR4_PGE;
	if (nested)
		guest_nested(&nested_pt);
	gr.bx = TRY_VA;
	vmcb->asid = 5;
	lead_to(0, flags);
	run();
	lead_to(1, flags);
	vmcb->tlb_control = 0;
}

static void
reads_new(unsigned control, unsigned asid, uint64_t flags, const char *name)
{
	start(reads, flags);
	vmcb->tlb_control = (uint8_t)control;
	vmcb->asid = asid;
	vmcb->rip = (ulong)reads;
	expect_exit(run(), EXIT_VMMCALL, "%s, %s", nested ? "nested" : "shadow", name);
	expect64(vmcb->rax & 0xff, NEW, "%s, %s: the new page", nested ? "nested" : "shadow",
	    name);
	expect(vmcb->tlb_control, control, "%s, %s: TLB_CONTROL stays",
	    nested ? "nested" : "shadow", name);
}

static void
same_asid(void)
{
	start(reads, 0);
	vmcb->rip = (ulong)reads;
	expect_exit(run(), EXIT_VMMCALL, "%s, same ASID", nested ? "nested" : "shadow");
	claim((vmcb->rax & 0xff) == OLD || (vmcb->rax & 0xff) == NEW,
	    "%s, same ASID: the old page or the new one", nested ? "nested" : "shadow");
}

static void
invlpga(void)
{
	start(reads, PTE_G);
	asm volatile("invlpga" :: "a"(TRY_VA), "c"(5) : "memory");
	vmcb->rip = (ulong)reads;
	expect_exit(run(), EXIT_VMMCALL, "INVLPGA of the ASID");
	expect64(vmcb->rax & 0xff, NEW, "INVLPGA of the ASID: the new page");
}

static void
by_guest(const char *code, const char *name)
{
	start(code, 0);
	expect_exit(resume(3), EXIT_VMMCALL, "%s in the guest", name);
	expect64(vmcb->rax & 0xff, NEW, "%s in the guest: the new page", name);
}

static void
all(void)
{
	same_asid();
	reads_new(1, 5, PTE_G, "TLB_CONTROL 1");
	reads_new(0, 6, PTE_G, "another ASID");
	if (svm_has(SVM_FLUSH)) {
		reads_new(3, 5, PTE_G, "TLB_CONTROL 3");
		reads_new(7, 5, 0, "TLB_CONTROL 7");
	} else {
		left_out("TLB_CONTROL 3 and 7");
	}
}

int
main(void)
{
	nested_init();
	page[0] = page_alloc();
	page[1] = page_alloc();
	page[0][0] = OLD;
	page[1][0] = NEW;
	all();
	invlpga();
	by_guest(invlpgs, "INVLPG");
	by_guest(loads_cr3, "MOV CR3");
	nested = true;
	all();
	nested = false;
	start(reads, PTE_G);
	map(TRY_VA, (ulong)page[1], FLAGS);
	expect(*(volatile uint8_t *)TRY_VA, NEW, "the host never sees a guest's");
	return 0;
}
