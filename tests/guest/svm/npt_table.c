/*
 * What is said when a table of the guest cannot be reached?
 *
 * Set-up: each of the guest's four tables, in turn, in a page whose nested entry
 * is spoilt.
 * Expected: #VMEXIT(NPF) with bit 33, always a user write, never a fetch, with
 * the guest-physical address of the entry; a table page that may only be read
 * faults already when it is read; NX of a table page does not matter. The
 * guest's own faults at a higher level come first, those at a lower one later.
 * AMD APM vol 2, "Nested Table Walk", "Nested versus Guest Page Faults, Fault
 * Ordering".
 */
#include "nested.h"

static const char *const codes[] = { try_read, try_write, try_fetch };
static const char *const names[] = { "read", "write", "fetch" };

static uint64_t
entry_gpa(unsigned level)
{
	return (ulong)pt_entry(&guest_pt, TRY_VA, level);
}

static void
spoilt(unsigned level, uint64_t set, uint64_t clear, uint64_t info, const char *name)
{
	uint64_t gpa = entry_gpa(level), entry = pt_get(&nested_pt, gpa & ~0xfffull, 1);

	if (level == 4)			/* the code's entry, 0, is there, too */
		gpa &= ~0xfffull;

	for (unsigned i = 0; i < COUNT(codes); i++) {
		nested_guest(codes[i], TRY_VA + 0x45);
		try_page[0x45] = 0xc3;
		nested_change(gpa, 1, set, clear);
		expect_npf(info, gpa, "table at level %u %s: %s", level, name, names[i]);
		pt_set(&nested_pt, gpa, 1, entry);
	}
}

static void
order(void)
{
	uint64_t leaf = entry_gpa(1), entry = pt_get(&nested_pt, leaf, 1), upper;

	nested_guest(try_read, TRY_VA);
	upper = pt_get(&guest_pt, TRY_VA, 2);
	nested_change(leaf, 1, 0, PTE_P);
	pt_set(&guest_pt, TRY_VA, 2, upper & ~(uint64_t)PTE_P);
	expect_vector(PF, "the guest's fault at a higher level comes first");
	pt_set(&guest_pt, TRY_VA, 2, upper & ~(uint64_t)PTE_W);
	vmcb->rip = (ulong)try_write;
	vmcb->tlb_control = 1;
	expect_npf(NPF_W | NPF_U | NPF_TABLE, leaf, "permissions come behind the walk");
	pt_set(&guest_pt, TRY_VA, 2, upper);
	pt_set(&nested_pt, leaf, 1, entry);
	nested_guest(try_read, TRY_VA);
	pt_set(&guest_pt, TRY_VA, 1, try_gpa | PTE_W);
	nested_change(try_gpa, 1, 0, PTE_P);
	expect_vector(PF, "not present in the guest and nested: the guest's");
	nested_guest(try_write, TRY_VA);
	vmcb->cr0 |= CR0_WP;
	pt_set(&guest_pt, TRY_VA, 1, try_gpa | PTE_P | PTE_U);
	expect_vector(PF, "read only in the guest, not present nested: the guest's");
	expect64(guest_frame().error, 3, "the guest's: error code");
	expect64(vmcb->cr2, TRY_VA, "the guest's: CR2");
	nested_change(try_gpa, 1, PTE_P, 0);
}

int
main(void)
{
	nested_init();
	for (unsigned level = 1; level <= 4; level++) {
		spoilt(level, 0, 0, 0, "as it should be");
		spoilt(level, 0, PTE_P, NPF_W | NPF_U | NPF_TABLE, "not present");
		spoilt(level, 0, PTE_W, NPF_P | NPF_W | NPF_U | NPF_TABLE, "read only");
		spoilt(level, 0, PTE_U, NPF_P | NPF_W | NPF_U | NPF_TABLE, "supervisor");
		spoilt(level, PTE_NX, 0, 0, "no execute");
		if ((cpuid(0x80000008, 0).a & 0xff) < 52)
			spoilt(level, BIT(51), 0, NPF_P | NPF_W | NPF_U | NPF_RSV | NPF_TABLE,
			    "with a reserved bit");
	}
	order();
	return 0;
}
