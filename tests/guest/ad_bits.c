/*
 * When are accessed and dirty bits set?
 *
 * Set-up: 4K and 2M pages with both bits clear at all levels.
 * Expected: A at every level on any access, D at the last one on a write only;
 * a write that is denied sets no D; a write after a read sets D although the
 * translation is cached; a write sets D before it is done; locked accesses that
 * do not write (CMPXCHG that fails) set it; A of tables is set also when the
 * access faults lower down.
 * AMD APM vol 2, "Accessed (A) Bit", "Dirty (D) Bit" under "Page-Translation-
 * Table Entry Fields".
 */
#include "guest.h"

static void
clear(ulong va, unsigned leaf)
{
	for (unsigned l = leaf; l <= 4; l++)
		*pte_at(va, l) &= ~(uint64_t)(PTE_A | (l == leaf ? PTE_D : 0));
	write_cr3(read_cr3());
}

static void
bits(ulong va, unsigned leaf, unsigned want, const char *name)
{
	for (unsigned l = leaf + 1; l <= 4; l++)
		expect(*pte_at(va, l) & PTE_A, PTE_A, "%s, %u-level page: A of level %u", name,
		    leaf, l);
	expect(*pte_at(va, leaf) & (PTE_A | PTE_D), want, "%s, %u-level page", name, leaf);
}

static void
page(ulong va, unsigned leaf)
{
	uint32_t *p = (uint32_t *)va;
	uint64_t *e = pte_at(va, leaf);

	clear(va, leaf);
	expect(*e & (PTE_A | PTE_D), 0, "no access, %u-level page", leaf);
	*(volatile uint32_t *)p;
	bits(va, leaf, PTE_A, "read");
	*(volatile uint32_t *)p = 0xc3;
	bits(va, leaf, PTE_A | PTE_D, "write after read");
	clear(va, leaf);
	*(volatile uint32_t *)p = 0xc3;
	bits(va, leaf, PTE_A | PTE_D, "write");
	clear(va, leaf);
	TRY("call *%0", "r"(va));
	bits(va, leaf, PTE_A, "fetch");
	clear(va, leaf);
	TRY("addl $0, (%0)", "r"(va));
	bits(va, leaf, PTE_A | PTE_D, "read-modify-write");
	clear(va, leaf);
	TRYX("lock cmpxchgl %%ecx, (%0)", , OPERANDS("r"(va), "a"(1), "c"(2)));
	bits(va, leaf, PTE_A | PTE_D, "CMPXCHG that fails");
	clear(va, leaf);
	TRYX("cmpl $0, (%0)", , OPERANDS("r"(va)));
	bits(va, leaf, PTE_A, "CMP");
	clear(va, leaf);
	TRY("prefetcht0 (%0)\n invlpg (%0)", "r"(va));
	*e &= ~(uint64_t)PTE_W;
	write_cr0(read_cr0() | CR0_WP);
	clear(va, leaf);
	expect_trap(TRY("movb $0, (%0)", "r"(va)), PF, "write to a read-only page");
	expect(*e & PTE_D, 0, "write to a read-only page sets no D, %u-level page", leaf);
	write_cr0(read_cr0() & ~CR0_WP);
	*e |= PTE_W;
	clear(va, leaf);
	*e &= ~(uint64_t)PTE_P;
	expect_trap(TRY("movb $0, (%0)", "r"(va)), PF, "write to a page that is not present");
	expect(*e & (PTE_A | PTE_D), 0, "not present: no bits, %u-level page", leaf);
	expect(*pte_at(va, leaf + 1) & PTE_A, PTE_A, "not present: A of the table above, "
	    "%u-level page", leaf);
	*e |= PTE_P;
	invlpg(va);
}

static void
across(void)
{
	ulong va = VA_FREE + 0x100000;

	map(va, (ulong)page_alloc(), PTE_P | PTE_W);
	map(va + PAGE, (ulong)page_alloc(), PTE_W);
	expect_trap(TRY("movl $0x12345678, (%0)", "r"(va + PAGE - 2)), PF, "write across pages");
	expect(*(uint16_t *)(va + PAGE - 2), 0, "write across pages that faults: nothing written");
	*pte_at(va + PAGE, 1) |= PTE_P;
	expect_trap(TRY("movl $0x12345678, (%0)", "r"(va + PAGE - 2)), NONE, "write across pages");
	expect(*pte_at(va, 1) & *pte_at(va + PAGE, 1) & PTE_D, PTE_D, "write across pages: both D");
}

int
main(void)
{
	map(VA_FREE, (ulong)page_alloc(), PTE_P | PTE_W | PTE_U);
	*pte_at(VA_FREE + 0x40000000, 2) = 0x2000000 | PTE_P | PTE_W | PTE_U | PTE_PS;
	page(VA_FREE, 1);
	page(VA_FREE + 0x40000000, 2);
	if (has(HAS_1G)) {
		*pte_at(VA_FREE + 0x80000000, 3) = PTE_P | PTE_W | PTE_U | PTE_PS;
		*(uint32_t *)(VA_FREE + 0x80000000) = 0xc3;
		page(VA_FREE + 0x80000000, 3);
	}
	across();
	return 0;
}
