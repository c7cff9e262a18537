/*
 * vmm/guestmem.c - linear memory of the guest, as an instruction reaches it
 */
#include "vmm/guestmem.h"

#include <string.h>

#include "vmm/inject.h"
#include "vmm/mmu.h"
#include "vmm/p2m.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

/* The two pieces of an access that may cross pages. */
struct pieces {
	gpa_t		gpa[2];
	unsigned	n[2];
};

static bool
translate(struct vm *vm, gva_t va, unsigned n, uint32_t access, struct pieces *p)
{
	unsigned room = PAGE_SIZE - (va & (PAGE_SIZE - 1)), k;
	struct walk w;

	if (vm->cpu.vmcb->s.cpl == 3)
		access |= PF_USER;
	p->n[0] = n < room ? n : room;
	p->n[1] = n - p->n[0];
	for (k = 0; k < 2 && p->n[k]; k++) {
		gva_t at = k ? va + p->n[0] : va;

		if (!walk(vm, at, access, &w)) {
			inject_page_fault(vm, at, w.error);
			return false;
		}
		walk_mark(vm, &w, access & PF_WRITE);
		p->gpa[k] = w.gpa;
	}
	return true;
}

bool
guest_load(struct vm *vm, gva_t va, void *to, unsigned n)
{
	struct pieces p;

	if (!translate(vm, va, n, 0, &p))
		return false;
	memset(to, 0xff, n);
	p2m_read(vm, p.gpa[0], to, p.n[0]);
	if (p.n[1])
		p2m_read(vm, p.gpa[1], (uint8_t *)to + p.n[0], p.n[1]);
	return true;
}

bool
guest_store(struct vm *vm, gva_t va, const void *from, unsigned n)
{
	struct pieces p;

	if (!translate(vm, va, n, PF_WRITE, &p))
		return false;
	mmu_store(vm, p.gpa[0], from, p.n[0]);
	if (p.n[1])
		mmu_store(vm, p.gpa[1], (const uint8_t *)from + p.n[0], p.n[1]);
	return true;
}

bool
guest_probe_write(struct vm *vm, gva_t va, unsigned n)
{
	struct pieces p;

	return translate(vm, va, n, PF_WRITE, &p);
}
