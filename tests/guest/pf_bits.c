/*
 * Which bits of which level deny an access, and what does the error code say?
 *
 * Set-up: a 4K, a 2M and (if there are) a 1G page; P, R/W, U/S and NX changed at
 * each level of its translation; read, write and fetch at CPL 0 and 3; CR0.WP
 * clear and set.
 * Expected: the model below; CR2 is the address.
 * AMD APM vol 2, "Page-Protection Checks"; "#PF-Page-Fault Exception (Vector
 * 14)".
 */
#include "guest.h"

enum { READ, WRITE, FETCH };
static const char *const access_name[] = { "read", "write", "fetch" };
static const char *const change_name[] = { "as it is", "not present", "read-only", "supervisor",
	"NX" };
static bool wp;

static int
attempt(ulong va, int access, unsigned cpl)
{
	if (cpl == 0 && access == READ)
		return TRYX("movb (%0), %%al", , "r"(va), "rax");
	if (cpl == 0 && access == WRITE)
		return TRY("movb $0xc3, (%0)", "r"(va));
	if (cpl == 0)
		return TRY("call *%0", "r"(va));
	if (access == READ)
		return USERX("movb (%0), %%al", , "r"(va), "rax");
	if (access == WRITE)
		return USER("movb $0xc3, (%0)", "r"(va));
	return USER("call *%0", "r"(va));
}

/* rights: PTE_P, W, U all ANDed; nx ORed.  Returns the error code or -1. */
static long
model(unsigned rights, bool nx, int access, unsigned cpl)
{
	bool user = rights & PTE_U, ok = true;
	long error = (access == WRITE ? 2 : 0) | (cpl == 3 ? 4 : 0) | (access == FETCH ? 16 : 0);

	if (!(rights & PTE_P))
		return error;
	if (cpl == 3 && !user)
		ok = false;
	if (access == WRITE && !(rights & PTE_W) && (cpl == 3 || wp))
		ok = false;
	if (access == FETCH && nx)
		ok = false;
	return ok ? -1 : error | 1;
}

static void
change(ulong va, unsigned level, unsigned what, unsigned leaf)
{
	uint64_t *e = pte_at(va, level), was = *e;
	unsigned rights = PTE_P | PTE_W | PTE_U;
	bool nx = false;

	if (what == 1)
		*e &= ~(uint64_t)PTE_P, rights &= ~PTE_P;
	if (what == 2)
		*e &= ~(uint64_t)PTE_W, rights &= ~PTE_W;
	if (what == 3)
		*e &= ~(uint64_t)PTE_U, rights &= ~PTE_U;
	if (what == 4)
		*e |= PTE_NX, nx = true;
	invlpg(va);
	for (unsigned i = 0; i < 6; i++) {
		int access = (int)i % 3;
		unsigned cpl = i < 3 ? 0 : 3;
		long want = model(rights, nx, access, cpl);
		int got = attempt(va, access, cpl);

		expect_trap(got, want < 0 ? NONE : PF,
		    "%u-level page, level %u %s, CPL %u %s, WP %u",
		    leaf, level, change_name[what], cpl,
		    access_name[access], wp);
		if (got != PF || want < 0)
			continue;
		expect(trap.error, (ulong)want, "%u-level page, level %u %s, CPL %u %s, WP %u:"
		    " error code", leaf, level, change_name[what], cpl,
		    access_name[access], wp);
		expect(trap.cr2, va, "%u-level page, level %u %s, CPL %u %s: CR2", leaf, level,
		    change_name[what], cpl, access_name[access]);
	}
	*e = was;
	invlpg(va);
}

static void
page(ulong va, unsigned leaf)
{
	for (unsigned level = leaf; level <= 4; level++) {
		for (unsigned what = 0; what < (has(HAS_NX) ? 5u : 4u); what++)
			change(va, level, what, leaf);
	}
}

static void
all(void)
{
	ulong pa = (ulong)page_alloc();

	memset((void *)pa, 0xc3, PAGE);
	map(VA_FREE, pa, PTE_P | PTE_W | PTE_U);
	*pte_at(VA_FREE + 0x40000000, 2) = 0x2000000 | PTE_P | PTE_W | PTE_U | PTE_PS;
	*(uint8_t *)0x2000000 = 0xc3;
	page(VA_FREE, 1);
	page(VA_FREE + 0x40000000, 2);
	if (has(HAS_1G)) {
		*pte_at(VA_FREE + 0x80000000, 3) = PTE_P | PTE_W | PTE_U | PTE_PS;
		*(uint8_t *)(VA_FREE + 0x80000000) = 0xc3;
		page(VA_FREE + 0x80000000, 3);
	}
}

int
main(void)
{
	if (has(HAS_NX))
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	all();
	wp = true;
	write_cr0(read_cr0() | CR0_WP);
	all();
	return 0;
}
