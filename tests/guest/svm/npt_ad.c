/*
 * Which accessed and dirty bits does a nested walk set?
 *
 * Expected: nested entries of a page: A when it is read or executed, D only when
 * it is written; of the guest's tables: A and D always; the guest's own entries
 * as without nesting. A write that faults in the nested dimension sets no D
 * there, but the guest's A and D may have been set: that is not asked.
 * AMD APM vol 2, "Nested Table Walk".
 */
#include "nested.h"

GUEST(both, "mov (%rbx), %al\n vmmcall\n mov %al, (%rbx)\n vmmcall");

#define AD	(PTE_A | PTE_D)

static uint64_t
nested_bits(uint64_t gpa)
{
	return pt_get(&nested_pt, gpa, 1) & AD;
}

static void
clear_bits(void)
{
	for (unsigned l = 1; l <= 4; l++) {
		uint64_t e = pt_get(&guest_pt, TRY_VA, l);

		nested_change((ulong)pt_entry(&guest_pt, TRY_VA, l), 1, 0, AD);
		pt_set(&guest_pt, TRY_VA, l, e & ~(uint64_t)AD);
	}
	nested_change(try_gpa, 1, 0, AD);
	nested_change(try_gpa, 2, 0, PTE_A);
}

static void
after(const char *code, uint64_t final, const char *name)
{
	nested_guest(code, TRY_VA);
	clear_bits();
	expect_npf(0, 0, "%s", name);
	expect64(nested_bits(try_gpa), final, "%s: nested entry of the page", name);
	expect64(pt_get(&nested_pt, try_gpa, 2) & PTE_A, PTE_A, "%s: nested table", name);
	expect64(pt_get(&guest_pt, TRY_VA, 1) & AD, final, "%s: guest's entry", name);
	for (unsigned l = 1; l <= 4; l++) {
		uint64_t gpa = (ulong)pt_entry(&guest_pt, TRY_VA, l);

		expect64(nested_bits(gpa), AD, "%s: nested entry of the table at level %u", name,
		    l);
		if (l > 1)
			expect64(pt_get(&guest_pt, TRY_VA, l) & PTE_A, PTE_A,
			    "%s: guest's entry at level %u", name, l);
	}
}

/* Accessed first, written later: the cached translation has no D. */
static void
later(void)
{
	nested_guest(both, TRY_VA);
	clear_bits();
	expect_exit(run(), EXIT_VMMCALL, "read, then write");
	expect64(nested_bits(try_gpa), PTE_A, "read: no D");
	vmcb->tlb_control = 0;
	expect_exit(resume(3), EXIT_VMMCALL, "write behind a read");
	expect64(nested_bits(try_gpa), AD, "write behind a read: D");
	expect64(pt_get(&guest_pt, TRY_VA, 1) & AD, AD, "write behind a read: D in the guest");
}

static void
faults(void)
{
	nested_guest(try_write, TRY_VA);
	clear_bits();
	nested_change(try_gpa, 1, 0, PTE_W);
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_FINAL, try_gpa, "write to a read-only page");
	expect64(nested_bits(try_gpa) & PTE_D, 0, "write to a read-only page: no D");
	nested_change(try_gpa, 1, PTE_W, 0);
}

int
main(void)
{
	nested_init();
	after(try_read, PTE_A, "read");
	after(try_write, AD, "write");
	after(try_fetch, PTE_A, "fetch");
	after(try_rmw, AD, "read and write");
	later();
	faults();
	return 0;
}
