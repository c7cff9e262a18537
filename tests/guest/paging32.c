/*
 * Two-level and PAE paging in 32-bit mode: rights, large pages, reserved bits
 *
 * Set-up: an identity map of 4M (PSE) or 2M (PAE) pages; one address mapped by
 * 4K pages with every combination of R/W and U/S at two levels.
 * Expected: the rights of both levels combined; reserved bits of 4M and PAE
 * entries; PDPTEs loaded by MOV CR3 only, #GP for reserved bits there; NX in
 * PAE.
 * AMD APM vol 2, "Legacy-Mode Page Translation".
 */
#include "guest.h"

#define VA	0x40000000u

static uint32_t *pd, *pt;
static uint64_t *pdpt, *pd64[4], *pt64;

static int
attempt(bool write, bool user)
{
	if (user)
		return write ? USER("movl $1, (%0)", "r"(VA)) :
		    USERX("movl (%0), %%eax", , "r"(VA), "eax");
	return write ? TRY("movl $1, (%0)", "r"(VA)) : TRYX("movl (%0), %%eax", , "r"(VA), "eax");
}

static void
matrix(const char *mode, void (*set)(unsigned pde, unsigned pte))
{
	for (unsigned i = 0; i < 64; i++) {
		unsigned pde = i & 7, pte = i >> 3, both = pde & pte;

		set(pde, pte);
		invlpg(VA);
		for (unsigned j = 0; j < 8; j++) {
			bool write = j & 1, user = j & 2, wp = j & 4, ok;
			int got;

			write_cr0((read_cr0() & ~CR0_WP) | (wp ? CR0_WP : 0));
			ok = (both & PTE_P) && (!user || (both & PTE_U)) &&
			    (!write || (both & PTE_W) || (!user && !wp));
			got = attempt(write, user);
			expect_trap(got, ok ? NONE : PF, "%s: PDE %u, PTE %u, %s at CPL %u, WP %u",
			    mode, pde, pte, write ? "write" : "read", user ? 3 : 0, wp);
			if (!ok && got == PF)
				expect(trap.error, (both & PTE_P) | (write ? 2u : 0) |
				    (user ? 4u : 0), "%s: PDE %u, PTE %u, %s at CPL %u, WP %u:"
				    " error code", mode, pde, pte, write ? "write" : "read",
				    user ? 3 : 0, wp);
		}
	}
	write_cr0(read_cr0() & ~CR0_WP);
}

static void
set_two(unsigned pde, unsigned pte)
{
	pd[VA >> 22] = (uint32_t)(ulong)pt | pde;
	pt[0] = 0x800000 | pte;
}

static void
two_level(void)
{
	ulong cr4 = read_cr4();

	pd = page_alloc();
	pt = page_alloc();
	for (unsigned i = 0; i < 1024; i++)
		pd[i] = i << 22 | 0x87;
	write_cr4(cr4 | CR4_PSE);
	write_cr3((ulong)pd);
	write_cr0(read_cr0() | CR0_PG);
	matrix("2 levels", set_two);
	pd[VA >> 22] = 0x800000 | 0x87;
	invlpg(VA);
	*(volatile uint32_t *)0x800ffc = 0x1234;
	expect(*(volatile uint32_t *)(VA + 0xffc), 0x1234, "4M page");
	pd[VA >> 22] = 0x800000 | 0x87 | 1u << 21;
	invlpg(VA);
	expect_trap(attempt(false, false), PF, "4M page, bit 21");
	expect(trap.error, 9, "4M page, bit 21: error code");
	write_cr0(read_cr0() & ~CR0_PG);
	write_cr4(cr4);
}

static void
set_pae(unsigned pde, unsigned pte)
{
	pd64[1][0] = (ulong)pt64 | pde;
	pt64[0] = 0x800000 | pte;
}

static void
pae_reserved(unsigned phys)
{
	set_pae(7, 7);
	pt64[0] |= BIT(phys);
	invlpg(VA);
	expect_trap(attempt(false, false), PF, "PAE: reserved bit of a PTE");
	expect(trap.error, 9, "PAE: reserved bit of a PTE: error code");
	set_pae(7, 7);
	pd64[1][0] |= BIT(phys);
	invlpg(VA);
	expect_trap(attempt(false, false), PF, "PAE: reserved bit of a PDE");
	set_pae(7, 7);
	pd64[1][0] = 0x800000 | 0x87 | 1 << 13;
	invlpg(VA);
	expect_trap(attempt(false, false), PF, "PAE: bit 13 of a 2M page");
	pd64[1][0] = 0x800000 | 0x87;
	invlpg(VA);
	expect_trap(attempt(false, false), NONE, "PAE: 2M page");
	set_pae(7, 7);
	pt64[0] |= BIT(63);
	invlpg(VA);
	expect_trap(attempt(false, false), PF, "PAE: bit 63 without NXE");
	if (has(HAS_NX)) {
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
		invlpg(VA);
		expect_trap(attempt(false, false), NONE, "PAE: NX, read");
		expect_trap(TRY("call *%0", "r"(VA)), PF, "PAE: NX, fetch");
		expect(trap.error, 0x11, "PAE: NX, fetch: error code");
	}
}

static void
pae(void)
{
	pdpt = page_alloc();
	pt64 = page_alloc();
	for (unsigned i = 0; i < 4; i++) {
		pd64[i] = page_alloc();
		pdpt[i] = (ulong)pd64[i] | 1;
		for (unsigned j = 0; j < 512; j++)
			pd64[i][j] = (uint64_t)i << 30 | (uint64_t)j << 21 | 0x87;
	}
	write_cr4(read_cr4() | CR4_PAE);
	write_cr3((ulong)pdpt);
	write_cr0(read_cr0() | CR0_PG);
	matrix("PAE", set_pae);
	pae_reserved(cpuid(0x80000008, 0).a & 0xff);
	set_pae(7, 7);
	pdpt[1] = 0;
	invlpg(VA);
	expect_trap(attempt(false, false), NONE, "PDPTEs are read by MOV CR3 only");
	write_cr3((ulong)pdpt);
	expect_trap(attempt(false, false), PF, "MOV CR3 reads the PDPTEs");
	expect(trap.error, 0, "PDPTE that is not present: error code");
	pdpt[1] = (ulong)pd64[1] | 1 | 2;
	expect_trap(try_cr3((ulong)pdpt), GP, "MOV CR3, reserved bit of a PDPTE");
	pdpt[1] = (ulong)pd64[1] | 1;
	write_cr3((ulong)pdpt);
	write_cr0(read_cr0() & ~CR0_PG);
}

int
main(void)
{
	if (!has(HAS_PSE) || !has(HAS_PAE))
		skip("no PSE or PAE");
	two_level();
	pae();
	return 0;
}
