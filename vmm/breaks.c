/*
 * vmm/breaks.c - breakpoints of guests under VMRUN
 *
 * AMD APM vol 2 §13.1 "Software-Debug Resources".
 */
#include "vmm/breaks.h"

#include <stdbool.h>

#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/vm.h"

#define DR7_OFF		0x400u
#define DR7_ENABLES	0xffu
#define RW_IO		2u

void
breaks_save(struct vm *vm)
{
	uint64_t *dr = vm->cpu.dr;

	__asm__ volatile("mov %%dr0, %0\n mov %%dr1, %1\n mov %%dr2, %2\n mov %%dr3, %3"
	    : "=r"(dr[0]), "=r"(dr[1]), "=r"(dr[2]), "=r"(dr[3]));
}

void
breaks_load(const struct vm *vm)
{
	const uint64_t *dr = vm->cpu.dr;

	__asm__ volatile("mov %0, %%dr0\n mov %1, %%dr1\n mov %2, %%dr2\n mov %3, %%dr3"
	    : : "r"(dr[0]), "r"(dr[1]), "r"(dr[2]), "r"(dr[3]));
}

/* #VMEXIT switches them off; not every processor does. */
void
breaks_off(const struct vm *vm)
{
	if (vm->cpu.vmcb->s.dr7 & DR7_ENABLES)
		__asm__ volatile("mov %0, %%dr7" : : "r"((uint64_t)DR7_OFF));
}

/* §13.1.1.4 "Debug-Control Register (DR7)": lengths of 1, 2, 8 and 4. */
static bool
hits(uint64_t dr7, unsigned n, uint64_t at, uint16_t port, unsigned size)
{
	unsigned len = (const unsigned[]){ 1, 2, 8, 4 }[bits_get(dr7, 18 + 4 * n, 2)];

	at &= ~(uint64_t)(len - 1);
	return bits_get(dr7, 2 * n, 2) && bits_get(dr7, 16 + 4 * n, 2) == RW_IO &&
	    port < at + len && at < (uint64_t)port + size;
}

void
breaks_io(struct vm *vm, uint16_t port, unsigned size)
{
	struct vmcb *v = vm->cpu.vmcb;
	unsigned n, which = 0;

	if (!(v->s.dr7 & DR7_ENABLES) || !(vm->cpu.cr4 & CR4_DE))
		return;
	breaks_save(vm);
	for (n = 0; n < 4; n++)
		if (hits(v->s.dr7, n, vm->cpu.dr[n], port, size))
			which |= 1u << n;
	if (!which || v->c.eventinj & EV_VALID)
		return;
	v->s.dr6 = (v->s.dr6 & ~(uint64_t)0xf) | which;
	v->c.eventinj = VEC_DB | EV_TYPE_EXC | EV_VALID;	/* a trap: RF stays as it is */
	vm->count.exceptions++;
}
