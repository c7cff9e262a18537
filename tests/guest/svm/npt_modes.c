/*
 * Are guests of every mode translated by the nested tables?
 *
 * Set-up: real mode, protected mode without paging, 2-level paging with 4K and
 * 4M pages, PAE with 4K and 2M pages, compatibility mode; a guest-physical page
 * that is elsewhere in the machine.
 * Expected: without paging linear addresses are guest-physical; a nested fault
 * has bit 32 and the guest-physical address, one at a guest's table bit 33. PDPEs
 * of a PAE guest are read by each walk: a reserved bit in one is #PF, not #GP at
 * MOV CR3, and its table page must be writable.
 * AMD APM vol 2, "Nested Table Walk", "Legacy PAE Mode".
 */
#include "nested.h"

GUEST32(read32, "mov (%ebx), %al\n vmmcall");
GUEST32(write32, "movb $0x66, (%ebx)\n vmmcall");
GUEST16(read16, "movb (%bx), %al\n vmmcall");

#define GPA	0xc0000000u		/* a page where the machine has no memory */
#define LOW_GPA	0x4000u

static struct space two, pae;

static void
guest_of(const void *code, struct space *s)
{
	guest32(code);
	guest_nested(&nested_pt);
	vmcb->efer |= EFER_NXE;
	try_page[0x10] = 0x42;
	gr.bx = GPA + 0x10;
	if (s == NULL)
		return;
	vmcb->cr0 |= CR0_PG;
	vmcb->cr3 = s->root;
	vmcb->cr4 = s->levels == 3 ? CR4_PAE : CR4_PSE;
}

static void
try_mode(struct space *s, uint64_t va, const char *name)
{
	guest_of(read32, s);
	gr.bx = (ulong)va + 0x10;
	expect_npf(0, 0, "%s: read", name);
	expect64(vmcb->rax & 0xff, 0x42, "%s: what is there", name);
	guest_of(write32, s);
	gr.bx = (ulong)va + 0x10;
	expect_npf(0, 0, "%s: write", name);
	expect(try_page[0x10], 0x66, "%s: it is written", name);
	guest_of(read32, s);
	gr.bx = (ulong)va + 0x10;
	nested_change(GPA, 1, 0, PTE_P);
	expect_npf(NPF_U | NPF_FINAL, GPA + 0x10, "%s: not present", name);
	nested_change(GPA, 1, PTE_P, PTE_W);
	guest_of(write32, s);
	gr.bx = (ulong)va + 0x10;
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_FINAL, GPA + 0x10, "%s: read only", name);
	nested_change(GPA, 1, PTE_W, 0);
}

static void
table_of(struct space *s, uint64_t va, unsigned level, const char *name)
{
	uint64_t at = (ulong)pt_entry(s, va, level), entry = pt_get(&nested_pt, at, 1);

	guest_of(read32, s);
	gr.bx = (ulong)va;
	nested_change(at, 1, 0, PTE_W);
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_TABLE, at, "%s: table at level %u read only", name,
	    level);
	pt_set(&nested_pt, at, 1, entry);
}

static void
two_levels(void)
{
	space_init(&two, 2);
	pt_identity(&two, FLAGS);
	pt_set(&two, 0x80000000, 1, GPA | FLAGS);
	try_mode(&two, 0x80000000, "2-level, 4K page");
	try_mode(&two, GPA, "2-level, 4M page");
	table_of(&two, 0x80000000, 1, "2-level");
	guest_of(read32, &two);
	pt_set(&two, 0x80000000, 1, 0);
	gr.bx = 0x80000000;
	expect_vector(PF, "2-level: the guest's own fault");
}

static void
three_levels(void)
{
	uint64_t pdpe;

	space_init(&pae, 3);
	pt_identity(&pae, FLAGS);
	pt_set(&pae, 0x80000000, 1, GPA | FLAGS);
	try_mode(&pae, 0x80000000, "PAE, 4K page");
	try_mode(&pae, GPA, "PAE, 2M page");
	table_of(&pae, 0x80000000, 1, "PAE");
	table_of(&pae, 0x80000000, 2, "PAE");
	pdpe = pt_get(&pae, 0x80000000, 3);
	pt_set(&pae, 0x80000000, 3, pdpe | PTE_W);
	guest_of(read32, &pae);
	gr.bx = 0x80000000;
	expect_vector(PF, "PAE: reserved bit of a PDPE");
	expect(guest_frame().error, 9, "PAE: reserved bit of a PDPE: error code");
	pt_set(&pae, 0x80000000, 3, pdpe);
	guest_of(read32, &pae);
	gr.bx = 0x80000000;
	expect_npf(0, 0, "PAE: mended");
}

static void
real_mode(void)
{
	guest16(read16);
	guest_nested(&nested_pt);
	pt_set(&nested_pt, LOW_GPA, 1, (ulong)try_page | FLAGS);
	try_page[0x10] = 0x42;
	gr.bx = LOW_GPA + 0x10;
	expect_npf(0, 0, "real mode: read");
	expect64(vmcb->rax & 0xff, 0x42, "real mode: what is there");
	guest16(read16);
	guest_nested(&nested_pt);
	gr.bx = LOW_GPA + 0x10;
	nested_change(LOW_GPA, 1, 0, PTE_P);
	expect_npf(NPF_U | NPF_FINAL, LOW_GPA + 0x10, "real mode: not present");
	nested_change(LOW_GPA, 1, PTE_P, 0);
	guest16(read16);
	guest_nested(&nested_pt);
	nested_change(0x5000, 1, 0, PTE_P);
	expect_npf(NPF_U | NPF_FETCH | NPF_FINAL, 0x5000, "real mode: code not present");
	nested_change(0x5000, 1, PTE_P, 0);
}

static void
compatibility(void)
{
	guest64(read32);
	vmcb->cs.attr = ATTR(D_CODE | D_ACCESSED, F_G | F_B);
	vmcb->cs.sel = KCS32;
	vmcb->cr3 = guest_pt.root;
	vmcb->efer |= EFER_NXE;
	guest_nested(&nested_pt);
	try_page[0x10] = 0x42;
	gr.bx = GPA + 0x10;
	expect_npf(0, 0, "compatibility mode: read");
	expect64(vmcb->rax & 0xff, 0x42, "compatibility mode: what is there");
}

int
main(void)
{
	nested_init();
	pt_set(&nested_pt, GPA, 1, (ulong)try_page | FLAGS);
	try_mode(NULL, GPA, "no paging");
	two_levels();
	three_levels();
	real_mode();
	compatibility();
	return 0;
}
