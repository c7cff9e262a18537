/*
 * Are pages of all sizes combined in both dimensions?
 *
 * Set-up: 4K, 2M and 1G pages of the guest on nested pages of the same sizes, a
 * mark in memory where the address must lead.
 * Expected: the sum of the offsets is right for each pair; D and A are set in
 * the entries of either size; PS with reserved address bits faults, as PS does at
 * level 4.
 * AMD APM vol 2, "Page Splintering", "Nested versus Guest Page Faults, Fault
 * Ordering".
 */
#include "nested.h"

#define MARK	0x5a11ce5a
#define GPA	0x8000000000ull		/* a branch of its own in both */

static const char *const sizes[] = { NULL, "4K", "2M", "1G" };
static ulong target;			/* 2M aligned, inside the machine's 64 MiB */

/* A branch of s from address to address at a level, and 4K below. */
static void
page(struct space *s, uint64_t from, uint64_t to, unsigned level)
{
	uint64_t mask = (1ull << (12 + (level - 1) * 9)) - 1;

	for (unsigned l = 4; l > 0; l--)
		pt_set(s, from, l, 0);
	pt_set(s, from, level, (to & ~mask) | FLAGS | (level > 1 ? PTE_PS : 0));
}

static void
pair(unsigned guest_level, unsigned nested_level)
{
	ulong at = target + 0x1234;
	uint64_t e;

	nested_guest(try_read, 0);
	page(&guest_pt, VA_FREE + BIT(37) + at, GPA + at, guest_level);
	page(&nested_pt, GPA + at, at, nested_level);
	*(volatile uint32_t *)at = MARK;
	gr.bx = VA_FREE + BIT(37) + at;
	expect_npf(0, 0, "%s on %s: read", sizes[guest_level], sizes[nested_level]);
	expect64(vmcb->rax & 0xff, MARK & 0xff, "%s on %s: the byte", sizes[guest_level],
	    sizes[nested_level]);
	vmcb->rip = (ulong)try_write;
	vmcb->rax = 0x77;
	expect_npf(0, 0, "%s on %s: write", sizes[guest_level], sizes[nested_level]);
	expect(*(volatile uint8_t *)at, 0x77, "%s on %s: it is written", sizes[guest_level],
	    sizes[nested_level]);
	e = pt_get(&nested_pt, GPA + at, nested_level);
	expect64(e & (PTE_A | PTE_D), PTE_A | PTE_D, "%s on %s: A and D, nested",
	    sizes[guest_level], sizes[nested_level]);
	e = pt_get(&guest_pt, VA_FREE + BIT(37) + at, guest_level);
	expect64(e & (PTE_A | PTE_D), PTE_A | PTE_D, "%s on %s: A and D, guest",
	    sizes[guest_level], sizes[nested_level]);
}

static void
reserved(unsigned level, uint64_t bits, const char *name)
{
	ulong at = target + 0x1234;

	nested_guest(try_read, 0);
	page(&guest_pt, VA_FREE + BIT(37) + at, GPA + at, 1);
	page(&nested_pt, GPA + at, at, level);
	pt_set(&nested_pt, GPA + at, level, pt_get(&nested_pt, GPA + at, level) | bits);
	gr.bx = VA_FREE + BIT(37) + at;
	expect_npf(NPF_P | NPF_RSV | NPF_U | NPF_FINAL, GPA + at, "%s", name);
	pt_set(&nested_pt, GPA + at, level, 0);
}

int
main(void)
{
	unsigned largest = has(HAS_1G) ? 3 : 2;

	nested_init();
	target = 48ul << 20;
	for (unsigned g = 1; g <= largest; g++) {
		for (unsigned n = 1; n <= largest; n++)
			pair(g, n);
	}
	reserved(2, BIT(13), "2M page, bit 13");
	reserved(2, BIT(20), "2M page, bit 20");
	if (has(HAS_1G)) {
		reserved(3, BIT(13), "1G page, bit 13");
		reserved(3, BIT(29), "1G page, bit 29");
	}
	nested_guest(try_read, 0);
	page(&guest_pt, VA_FREE + BIT(37), GPA, 1);
	pt_set(&nested_pt, GPA, 4, FLAGS | PTE_PS);
	gr.bx = VA_FREE + BIT(37);
	expect_npf(NPF_P | NPF_RSV | NPF_U | NPF_FINAL, GPA, "PS at level 4");
	return 0;
}
