/*
 * Which nested page faults are there for the page a guest wants?
 *
 * Set-up: the nested entry of one page is spoilt at each level, and read,
 * written, executed, read and written, or pushed to.
 * Expected: #VMEXIT(NPF), EXITINFO1 as a #PF's error code of a user access with
 * bit 32, EXITINFO2 the guest-physical address; CR2 stays, no #PF comes, rip is
 * at the instruction, which goes on when the entry is mended.
 * AMD APM vol 2, "Nested versus Guest Page Faults, Fault Ordering", "Nested Table
 * Walk".
 */
#include "nested.h"

#define AT	0x123u			/* offset in the page */

struct access { const char *name, *code; uint64_t info; };

static const struct access accesses[] = {
	{ "read", try_read, 0 }, { "write", try_write, NPF_W }, { "fetch", try_fetch, NPF_FETCH },
	{ "read and write", try_rmw, NPF_W }, { "push", try_push, NPF_W }
};

struct spoiling { const char *name; uint64_t set, clear, info; unsigned accesses; };
#define ALL	31u
#define WRITES	0x1au

static const struct spoiling spoilings[] = {
	{ "not present", 0, PTE_P, 0, ALL },
	{ "read only", 0, PTE_W, NPF_P, WRITES },
	{ "supervisor", 0, PTE_U, NPF_P, ALL },
	{ "no execute", PTE_NX, 0, NPF_P, 4 },
	{ "no bits", 0, PTE_P | PTE_W | PTE_U, 0, ALL },
	{ "reserved bit 51", BIT(51), 0, NPF_P | NPF_RSV, ALL },
	{ "reserved bit 51, not present", BIT(51), PTE_P, 0, ALL }
};

static void
one(const struct spoiling *s, unsigned level, unsigned a)
{
	uint64_t want = s->info | accesses[a].info | NPF_U | NPF_FINAL;
	uint64_t entry = pt_get(&nested_pt, try_gpa, level);

	nested_guest(accesses[a].code, TRY_VA + AT);
	try_page[AT] = 0xc3;
	nested_change(try_gpa, level, s->set, s->clear);
	expect_npf(s->accesses >> a & 1 ? want : 0, try_gpa + AT, "%s at level %u: %s", s->name,
	    level, accesses[a].name);
	expect64(vmcb->cr2, 0x2222, "%s at level %u: %s: CR2 stays", s->name, level,
	    accesses[a].name);
	pt_set(&nested_pt, try_gpa, level, entry);
	vmcb->tlb_control = 1;
	if (s->accesses >> a & 1)
		expect_npf(0, 0, "%s at level %u: %s: mended", s->name, level, accesses[a].name);
}

/* A table page of its own for the try page alone, at each level. */
static void
own_branch(void)
{
	pt_set(&nested_pt, try_gpa, 1, (ulong)try_page | FLAGS);
}

static void
bytes(void)
{
	unsigned n;

	if (!svm_has(SVM_DECODE)) {
		left_out("instruction bytes");
		return;
	}
	nested_guest(try_read, TRY_VA);
	nested_change(try_gpa, 1, 0, PTE_P);
	run();
	expect(vmcb->fetched, 15, "data: 15 instruction bytes");
	n = (unsigned)memcmp(vmcb->bytes, try_read, 15);
	expect(n, 0, "data: which instruction bytes");
	nested_guest(try_fetch, TRY_VA);
	run();
	expect(vmcb->exitcode == EXIT_NPF && vmcb->fetched == 0, 1,
	    "fetch: no instruction bytes");
	nested_change(try_gpa, 1, PTE_P, 0);
}

int
main(void)
{
	nested_init();
	try_gpa = 0x100000000;		/* a branch of its own up to level 3 */
	own_branch();
	nested_guest(try_read, TRY_VA);
	expect_npf(0, 0, "nothing spoilt");
	for (unsigned i = 0; i < COUNT(spoilings); i++) {
		if (spoilings[i].set == BIT(51) && (cpuid(0x80000008, 0).a & 0xff) > 51)
			continue;
		for (unsigned level = 1; level <= 3; level++) {
			for (unsigned a = 0; a < COUNT(accesses); a++)
				one(&spoilings[i], level, a);
		}
	}
	try_gpa = 0x8000000000;		/* and at level 4 */
	own_branch();
	for (unsigned i = 0; i < COUNT(spoilings); i++) {
		for (unsigned a = 0; a < COUNT(accesses); a++)
			one(&spoilings[i], 4, a);
	}
	bytes();
	return 0;
}
