/*
 * What makes a changed page-table entry seen?
 *
 * Set-up: two pages of known content; the entry of one address is switched
 * between them.
 * Expected: the new one after INVLPG, MOV CR3 (unless global), a change of
 * CR4.PGE, INVPCID of the right type; global pages survive MOV
 * CR3; with PCIDs MOV CR3 with bit 63 keeps entries, without it drops those of
 * its PCID; a not-present entry is never cached; a permission that was raised is
 * seen after the fault it caused.
 * AMD APM vol 2, "Translation-Lookaside Buffer (TLB)"; "Process Context
 * Identifier"; vol 3 "INVLPG", "INVPCID".
 */
#include "guest.h"

#define VA	VA_FREE

static ulong one, two;

static unsigned
look(void)
{
	return *(volatile uint8_t *)VA;
}

static void
start(uint64_t flags)
{
	map(VA, one, PTE_P | PTE_W | flags);
	look();
}

static void
change(uint64_t flags)
{
	*pte_at(VA, 1) = two | PTE_P | PTE_W | flags;
}

static void
basics(void)
{
	ulong cr3 = read_cr3();

	start(0);
	change(0);
	invlpg(VA + 0x123);
	expect(look(), 2, "INVLPG of another byte of the page");
	start(0);
	change(0);
	write_cr3(cr3);
	expect(look(), 2, "MOV CR3");
	start(PTE_G);
	change(PTE_G);
	write_cr3(cr3);
	expect(look(), 2, "MOV CR3 with G but CR4.PGE clear");
	write_cr4(read_cr4() | CR4_PGE);
	start(PTE_G);
	change(PTE_G);
	write_cr3(cr3);
	expect(look(), 1, "MOV CR3 keeps a global page");
	invlpg(VA);
	expect(look(), 2, "INVLPG of a global page");
	start(PTE_G);
	change(PTE_G);
	write_cr4(read_cr4() & ~(ulong)CR4_PGE);
	expect(look(), 2, "CR4.PGE cleared");
	*pte_at(VA, 1) = 0;
	invlpg(VA);
	expect_trap(TRYX("movb (%0), %%al", , "r"(VA), "rax"), PF, "not present");
	*pte_at(VA, 1) = one | PTE_P;
	expect_trap(TRYX("movb (%0), %%al", , "r"(VA), "rax"), NONE,
	    "present again without INVLPG");
	write_cr0(read_cr0() | CR0_WP);
	invlpg(VA);
	expect_trap(TRY("movb $1, (%0)", "r"(VA)), PF, "read-only");
	*pte_at(VA, 1) |= PTE_W;
	expect_trap(TRY("movb $1, (%0)", "r"(VA)), NONE, "writable again without INVLPG");
	write_cr0(read_cr0() & ~CR0_WP);
	*pte_at(VA, 1) &= ~(uint64_t)PTE_W;
	invlpg(VA);
	look();
	expect_trap(TRY("movb $1, (%0)", "r"(VA)), NONE, "write with WP clear");
	write_cr0(read_cr0() | CR0_WP);
	expect_trap(TRY("movb $1, (%0)", "r"(VA)), PF, "WP set is seen at once");
	write_cr0(read_cr0() & ~CR0_WP);
}

static void
upper_level(void)
{
	uint64_t *e = pte_at(VA, 2), was;

	start(0);
	was = *e;
	*e = (two & ~0x1ffffful) | PTE_P | PTE_W | PTE_PS;
	invlpg(VA);
	claim(look() == *(uint8_t *)(two & ~0x1ffffful),
	    "INVLPG after a table became a large page");
	*e = was;
	invlpg(VA + 0x100000);
	expect(look(), 1, "INVLPG anywhere in a large page drops it");
}

static void
invpcid(ulong type, ulong pcid, ulong va)
{
	struct { ulong pcid, va; } d = { pcid, va };

	asm volatile("invpcid %0, %1" :: "m"(d), "r"(type) : "memory");
}

static void
pcids(void)
{
	ulong cr3 = read_cr3();

	write_cr4(read_cr4() | CR4_PCIDE | CR4_PGE);
	write_cr3(cr3 | 1);
	start(0);
	change(0);
	write_cr3(cr3 | 2 | BIT(63));
	write_cr3(cr3 | 1 | BIT(63));
	expect(look(), 1, "MOV CR3 with bit 63 keeps the entries of a PCID");
	write_cr3(cr3 | 2);
	expect(look(), 2, "another PCID does not see them");
	write_cr3(cr3 | 1 | BIT(63));
	expect(look(), 1, "MOV CR3 drops those of its own PCID only");
	write_cr3(cr3 | 1);
	expect(look(), 2, "MOV CR3 without bit 63 drops them");
	if (has(HAS_INVPCID)) {
		start(0);
		change(0);
		invpcid(0, 1, VA);
		expect(look(), 2, "INVPCID of an address");
		start(0);
		change(0);
		invpcid(0, 2, VA);
		expect(look(), 1, "INVPCID of an address of another PCID");
		invpcid(1, 1, 0);
		expect(look(), 2, "INVPCID of a PCID");
		start(PTE_G);
		change(PTE_G);
		invpcid(1, 1, 0);
		expect(look(), 1, "INVPCID of a PCID keeps global pages");
		invpcid(3, 0, 0);
		expect(look(), 1, "INVPCID of all but global keeps global pages");
		invpcid(2, 0, 0);
		expect(look(), 2, "INVPCID of everything");
		expect_trap(TRY("invpcid (%0), %1", "r"(&pcids), "r"(4ul)), GP, "INVPCID type 4");
	}
	write_cr3(cr3 | 1);
	expect_trap(try_cr4(read_cr4() & ~(ulong)CR4_PCIDE), NONE, "PCIDE cleared");
	start(0);
	write_cr3(cr3);
	write_cr4(read_cr4() & ~(ulong)CR4_PGE);
}

int
main(void)
{
	one = (ulong)page_alloc();
	two = (ulong)page_alloc();
	*(uint8_t *)one = 1;
	*(uint8_t *)two = 2;
	basics();
	upper_level();
	if (has(HAS_PCID))
		pcids();
	return 0;
}
