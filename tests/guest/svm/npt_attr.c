/*
 * How do the attributes of both dimensions combine?
 *
 * Expected: writable and executable only if both say so; the guest's CR0.WP and
 * the host's do not lift a nested read-only page; user comes from the guest, and
 * a nested supervisor page is barred to all; SMEP and SMAP of the guest look at
 * the guest's bit, those of the host at nothing; without EFER.NXE in the host
 * bit 63 of a nested entry is reserved.
 * AMD APM vol 2, "Combining Nested and Guest Attributes".
 */
#include "nested.h"

GUEST(user_read, "mov (%rbx), %al\n vmmcall");

static void
again(const char *code, uint64_t guest_flags)
{
	nested_guest(code, TRY_VA);
	pt_set(&guest_pt, TRY_VA, 1, try_gpa | guest_flags);
}

static void
writable(void)
{
	nested_change(try_gpa, 1, 0, PTE_W);
	again(try_write, FLAGS);
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_FINAL, try_gpa, "nested read only, guest's WP clear");
	again(try_write, FLAGS);
	vmcb->cr0 |= CR0_WP;
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_FINAL, try_gpa, "nested read only, guest's WP set");
	again(try_write, FLAGS);
	write_cr0(read_cr0() | CR0_WP);
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_FINAL, try_gpa, "nested read only, host's WP set");
	write_cr0(read_cr0() & ~CR0_WP);
	again(try_write, FLAGS);
	expect_npf(NPF_P | NPF_W | NPF_U | NPF_FINAL, try_gpa,
	    "nested read only, host's WP clear");
	nested_change(try_gpa, 1, PTE_W, 0);
	again(try_write, PTE_P | PTE_U);
	expect_npf(0, 0, "read only in the guest, WP clear");
	again(try_write, PTE_P | PTE_U);
	vmcb->cr0 |= CR0_WP;
	expect_vector(PF, "read only in the guest, WP set");
}

static void
executable(void)
{
	again(try_fetch, FLAGS | PTE_NX);
	expect_vector(PF, "NX in the guest");
	expect(guest_frame().error, 0x11, "NX in the guest: error code");
	nested_change(try_gpa, 1, PTE_NX, 0);
	again(try_fetch, FLAGS | PTE_NX);
	expect_vector(PF, "NX in both: the guest's");
	again(try_fetch, FLAGS);
	vmcb->efer &= ~(uint64_t)EFER_NXE;
	expect_npf(NPF_P | NPF_U | NPF_FETCH | NPF_FINAL, try_gpa,
	    "nested NX, EFER.NXE clear in the guest");
	again(try_read, FLAGS);
	expect_npf(0, 0, "nested NX: read");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_NXE);
	again(try_read, FLAGS);
	expect_npf(NPF_P | NPF_RSV | NPF_U | NPF_FINAL, try_gpa,
	    "nested bit 63, EFER.NXE clear in the host");
	nested_change(try_gpa, 1, 0, PTE_NX);
	again(try_fetch, FLAGS | PTE_NX);
	expect_vector(PF, "NX in the guest, EFER.NXE clear in the host");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
}

static void
user(void)
{
	again(user_read, FLAGS);
	guest_user();
	expect_npf(0, 0, "user in both, CPL 3");
	again(user_read, PTE_P | PTE_W);
	guest_user();
	expect_vector(PF, "supervisor in the guest, CPL 3");
	again(try_read, PTE_P | PTE_W);
	expect_npf(0, 0, "supervisor in the guest, CPL 0");
	nested_change(try_gpa, 1, 0, PTE_U);
	again(try_read, PTE_P | PTE_W);
	expect_npf(NPF_P | NPF_U | NPF_FINAL, try_gpa, "supervisor in both, CPL 0");
	nested_change(try_gpa, 1, PTE_U, 0);
}

/* The code's own pages become supervisor pages of the guest. */
static void
code_supervisor(bool on)
{
	for (uint64_t a = 0; a < BIT(26); a += 0x200000) {
		uint64_t e = pt_get(&guest_pt, a, 2);

		pt_set(&guest_pt, a, 2, on ? e & ~(uint64_t)PTE_U : e | PTE_U);
	}
}

static void
smep_smap(void)
{
	code_supervisor(true);
	if (has(HAS_SMEP)) {
		again(try_fetch, FLAGS);
		vmcb->cr4 |= CR4_SMEP;
		expect_vector(PF, "SMEP: a user page of the guest");
		again(try_fetch, PTE_P | PTE_W);
		vmcb->cr4 |= CR4_SMEP;
		expect_npf(0, 0, "SMEP: a supervisor page of the guest, user when nested");
	}
	if (has(HAS_SMAP)) {
		again(try_read, FLAGS);
		vmcb->cr4 |= CR4_SMAP;
		expect_vector(PF, "SMAP: a user page of the guest");
		again(try_read, FLAGS);
		vmcb->cr4 |= CR4_SMAP;
		vmcb->rflags |= FL_AC;
		expect_npf(0, 0, "SMAP with AC");
		again(try_read, PTE_P | PTE_W);
		vmcb->cr4 |= CR4_SMAP;
		expect_npf(0, 0, "SMAP: a supervisor page of the guest, user when nested");
	}
	code_supervisor(false);
}

int
main(void)
{
	nested_init();
	writable();
	executable();
	user();
	smep_smap();
	return 0;
}
