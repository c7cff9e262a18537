/*
 * When are the PDPEs of a PAE guest without nested paging read?
 *
 * Expected: by VMRUN, which refuses reserved bits in them.
 * AMD APM vol 2, "Basic Operation" (Loading Guest State).
 */
#include "svm.h"

GUEST32(asks, "mov (%ebx), %al\n vmmcall");

static struct space pae;

static void
start(void)
{
	guest32(asks);
	vmcb->cr0 |= CR0_PG;
	vmcb->cr4 = CR4_PAE;
	vmcb->cr3 = pae.root;
	gr.bx = 0x1000;
}

int
main(void)
{
	uint64_t entry;

	svm_init();
	space_init(&pae, 3);
	pt_identity(&pae, PTE_P | PTE_W | PTE_U);
	start();
	expect_exit(run(), EXIT_VMMCALL, "as it should be");
	entry = pt_get(&pae, 0xc0000000, 3);
	pt_set(&pae, 0xc0000000, 3, entry | PTE_W);
	start();
	expect_exit(run(), EXIT_INVALID, "R/W in a PDPE");
	pt_set(&pae, 0xc0000000, 3, entry | BIT(63));
	start();
	expect_exit(run(), EXIT_INVALID, "bit 63 in a PDPE");
	pt_set(&pae, 0xc0000000, 3, (entry | PTE_W) & ~(uint64_t)PTE_P);
	start();
	expect_exit(run(), EXIT_VMMCALL, "R/W in a PDPE that is not present");
	return 0;
}
