/*
 * Which bits of page-table entries are reserved?
 *
 * Set-up: single bits set at every level of 4K, 2M and 1G mappings in long mode.
 * Expected: #PF with RSVD and P set for address bits above the physical address
 * width, NX without EFER.NXE, PS in the PML4, bits 12 to 20 (29) of large
 * entries except PAT; reserved before not writable; not checked in entries that
 * are not present.
 * AMD APM vol 2, "Reserved Bits" under "Long-Mode Page Translation"; "#PF".
 */
#include "guest.h"

static unsigned phys_bits;

static void
try_bit(ulong va, unsigned level, unsigned leaf, unsigned bit, bool reserved)
{
	uint64_t *e = pte_at(va, level), was = *e;
	int got;

	*e |= BIT(bit);
	invlpg(va);
	got = TRYX("movb (%0), %%al", , "r"(va), "rax");
	expect_trap(got, reserved ? PF : NONE, "%u-level page, level %u, bit %u", leaf, level, bit);
	if (reserved && got == PF)
		expect(trap.error, 9, "%u-level page, level %u, bit %u: error code", leaf, level,
		    bit);
	*e = was & ~(uint64_t)PTE_P;
	*e |= BIT(bit);
	invlpg(va);
	got = TRYX("movb (%0), %%al", , "r"(va), "rax");
	claim(got == PF && trap.error == 0, "%u-level page, level %u, bit %u, not present", leaf,
	    level, bit);
	*e = was;
	invlpg(va);
}

static void
page(ulong va, unsigned leaf)
{
	for (unsigned level = leaf; level <= 4; level++) {
		if (phys_bits < 52) {
			try_bit(va, level, leaf, phys_bits, true);
			try_bit(va, level, leaf, 51, true);
		}
		try_bit(va, level, leaf, 63, true);
		try_bit(va, level, leaf, 52, false);
		try_bit(va, level, leaf, 62, false);
		try_bit(va, level, leaf, 9, false);
		try_bit(va, level, leaf, 11, false);
		if (level == 4)
			try_bit(va, level, leaf, 7, true);
	}
	if (leaf > 1) {
		try_bit(va, leaf, leaf, 12, false);
		try_bit(va, leaf, leaf, 13, true);
		try_bit(va, leaf, leaf, 20, true);
	}
	if (leaf == 3)
		try_bit(va, leaf, leaf, 29, true);
	if (leaf == 1)
		try_bit(va, leaf, leaf, 7, false);	/* PAT */
}

int
main(void)
{
	ulong pa = (ulong)page_alloc();

	phys_bits = cpuid(0x80000008, 0).a & 0xff;
	map(VA_FREE, pa, PTE_P | PTE_W | PTE_U);
	*pte_at(VA_FREE + 0x40000000, 2) = 0x2000000 | PTE_P | PTE_W | PTE_U | PTE_PS;
	page(VA_FREE, 1);
	page(VA_FREE + 0x40000000, 2);
	*pte_at(VA_FREE + 0x80000000, 3) = PTE_P | PTE_W | PTE_U | PTE_PS;
	if (has(HAS_1G)) {
		page(VA_FREE + 0x80000000, 3);
	} else {
		expect_trap(TRYX("movb (%0), %%al", , "r"(VA_FREE + 0x80000000), "rax"), PF,
		    "PS at level 3 without 1G pages");
		expect(trap.error, 9, "PS at level 3 without 1G pages: error code");
	}
	*pte_at(VA_FREE, 1) = pa | PTE_P | BIT(63);
	invlpg(VA_FREE);
	write_cr0(read_cr0() | CR0_WP);
	expect_trap(TRY("movb $0, (%0)", "r"(VA_FREE)), PF, "reserved and read-only");
	expect(trap.error, 0xb, "reserved and read-only: error code");
	return 0;
}
