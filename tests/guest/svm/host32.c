/*
 * Does a 32-bit host run guests, and with which nested tables?
 *
 * Set-up: protected mode, without paging, then 2-level paging, then PAE.
 * Expected: host state comes back; nested paging without paging in the host is
 * refused; nested tables have the host's format: faults, large pages, reserved
 * bits; NX only with PAE. VMRUN in real mode is #UD.
 * AMD APM vol 2, "Enabling Nested Paging", "Nested Table Walk", "Basic
 * Operation".
 */
#include "svm.h"

#define FLAGS	(PTE_P | PTE_W | PTE_U)
#define GPA	0xc0000000u

GUEST(reads, "mov (%ebx), %al\n vmmcall");
GUEST(writes, "movb $0x66, (%ebx)\n vmmcall");
GUEST(fetches, "call *%ebx\n vmmcall");
REAL_CODE("vmrun_real: vmrun\n ret");
void vmrun_real(void);

static struct space nested;
static uint8_t *page;
static const char *mode;

static void
start(const void *code)
{
	guest32(code);
	guest_nested(&nested);
	page[0x10] = 0xc3;
	gr.bx = GPA + 0x10;
}

static void
faults(const void *code, uint64_t set, uint64_t clear, uint64_t info, const char *name)
{
	uint64_t entry = (ulong)page | FLAGS, after;

	start(code);
	pt_set(&nested, GPA, 1, (entry | set) & ~clear);
	if (info == 0) {
		expect_exit(run(), EXIT_VMMCALL, "%s: %s", mode, name);
		after = pt_get(&nested, GPA, 1);
		expect64(after & (PTE_A | PTE_D), code == writes ? PTE_A | PTE_D : PTE_A,
		    "%s: %s: A and D", mode, name);
	} else {
		expect_exit(run(), EXIT_NPF, "%s: %s", mode, name);
		expect64(vmcb->info1, info, "%s: %s: EXITINFO1", mode, name);
		expect64(vmcb->info2, GPA + 0x10, "%s: %s: EXITINFO2", mode, name);
	}
	pt_set(&nested, GPA, 1, entry);
}

static void
with_host(struct space *own, ulong cr4, const char *name)
{
	ulong cr0 = read_cr0(), cr3 = read_cr3();

	mode = name;
	write_cr4(cr4);
	write_cr3(own->root);
	write_cr0(cr0 | CR0_PG);
	space_init(&nested, own->levels);
	pt_identity(&nested, FLAGS);
	pt_set(&nested, GPA, 1, (ulong)page | FLAGS);
	faults(reads, 0, 0, 0, "read");
	expect(vmcb->rax & 0xff, 0xc3, "%s: what is there", mode);
	faults(writes, 0, 0, 0, "write");
	faults(reads, 0, PTE_P, NPF_U | NPF_FINAL, "not present");
	faults(writes, 0, PTE_W, NPF_P | NPF_W | NPF_U | NPF_FINAL, "read only");
	faults(reads, 0, PTE_U, NPF_P | NPF_U | NPF_FINAL, "supervisor");
	if (own->levels == 3) {
		faults(fetches, PTE_NX, 0, NPF_P | NPF_U | NPF_FETCH | NPF_FINAL, "no execute");
		faults(reads, PTE_NX, 0, 0, "read of no execute");
		faults(reads, BIT(62), 0, NPF_P | NPF_RSV | NPF_U | NPF_FINAL, "reserved bit 62");
	}
	expect(read_cr3(), own->root, "%s: CR3 of the host", mode);
	write_cr0(cr0);
	write_cr3(cr3);
}

int
main(void)
{
	struct space two, pae;

	real_init();
	svm_init();
	page = page_alloc();
	guest32(reads);
	gr.bx = (ulong)page;
	expect_exit(run(), EXIT_VMMCALL, "no paging");
	if (!svm_has(SVM_NP)) {
		left_out("nested paging");
		return 0;
	}
	space_init(&nested, 2);
	pt_identity(&nested, FLAGS);
	start(reads);
	expect_exit(run(), EXIT_INVALID, "nested paging without paging in the host");
	space_init(&two, 2);
	pt_identity(&two, FLAGS);
	with_host(&two, CR4_PSE, "2-level");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	space_init(&pae, 3);
	pt_identity(&pae, FLAGS);
	with_host(&pae, CR4_PAE, "PAE");
	expect((ulong)real_call(vmrun_real), UD, "VMRUN in real mode");
	return 0;
}
