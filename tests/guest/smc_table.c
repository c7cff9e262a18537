/*
 * Does code go on into which accessed and dirty bits are written?
 *
 * Set-up: a page table whose entry 100h is the operand of an instruction, 48 B9
 * being in front of it; the instructions before reach their memory by that entry,
 * so that the walk writes into what is being executed.
 * Expected: the access is done once, A and D are set, and what follows runs. With
 * or without the bits in the operand: when a processor sees what its own walk
 * wrote is its matter.
 * AMD APM vol 2, "Accessed (A) Bit", "Dirty (D) Bit".
 */
#include "guest.h"

#define ENTRY	0x100
#define AT	(ENTRY * 8)		/* of the entry in the page */
#define VA	(VA_FREE + ENTRY * PAGE)
#define MARK	0x18
#define OTHER	0xc00			/* other code, which stays as it is */

static void
with(const uint8_t *code, unsigned length, uint8_t want, uint64_t bits, const char *name)
{
	uint64_t *entry = pte_at(VA, 1);
	uint8_t *page = (uint8_t *)((ulong)entry & ~(PAGE - 1));
	uint64_t leaf = (ulong)page | PTE_P | PTE_W | PTE_U;
	ulong a = 5, c = 0;

	memcpy(page + AT - 2 - length, code, length);
	memcpy(page + AT - 2, "\x48\xb9", 2);
	page[AT + 8] = 0xc3;
	page[OTHER] = 0xc3;
	page[MARK] = 9;
	*entry = leaf;
	TRY("call *%0", "r"((ulong)page + OTHER));
	invlpg(VA);
	expect_trap(TRYX("call *%2", OPERANDS("+a"(a), "=&c"(c)),
	    OPERANDS("r"((ulong)page + AT - 2 - length), "D"(VA + MARK))), NONE, "%s", name);
	expect(page[MARK], want, "%s: memory", name);
	expect(*entry & (PTE_A | PTE_D), bits, "%s: A and D", name);
	expect(a & 0xff, want + 1, "%s: the next instruction", name);
	expect(c & ~(ulong)(PTE_A | PTE_D), leaf, "%s: the operand", name);
}

int
main(void)
{
	static const uint8_t store[] = { 0x88, 0x07, 0xfe, 0xc0 };
	static const uint8_t load[] = { 0x8a, 0x07, 0xfe, 0xc0 };
	static const uint8_t add[] = { 0x00, 0x07, 0x8a, 0x07, 0xfe, 0xc0 };

	for (unsigned i = 0; i < 3; i++) {
		with(store, sizeof(store), 5, PTE_A | PTE_D, "store");
		with(load, sizeof(load), 9, PTE_A, "load");
		with(add, sizeof(add), 14, PTE_A | PTE_D, "read and write");
	}
	return 0;
}
