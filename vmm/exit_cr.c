/*
 * vmm/exit_cr.c - control and debug registers
 *
 * Intercepted without nested paging only; debug registers of a deprivileged guest,
 * whose breakpoints are remembered and do nothing.
 */
#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/direct.h"
#include "vmm/exits.h"
#include "vmm/inject.h"
#include "vmm/mmu.h"
#include "vmm/vm.h"

#define CR4_ALLOWED	(CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | \
			    CR4_OSFXSR | CR4_OSXMMEXCPT)
#define CR0_REMAP	(CR0_PG | CR0_WP | CR0_PE)

enum { OP_CLTS = 0xf06, OP_GROUP7 = 0xf01, OP_READ = 0xf20, OP_WRITE = 0xf22 };
enum { G7_SMSW = 4, G7_LMSW = 6 };	/* ModRM.reg */

/* false: #GP.  AMD APM vol 2 §3.1.1 "CR0 Register". */
static bool
cr0_legal(const struct vm *vm, uint64_t v)
{
	const struct vcpu *c = &vm->cpu;

	if (v >> 32 || (v & CR0_PG && !(v & CR0_PE)) || (v & CR0_NW && !(v & CR0_CD)))
		return false;
	if (!(v & CR0_PG))
		return !(c->cr0 & CR0_PG) || !guest_is_64(vm);
	return c->cr0 & CR0_PG || !(c->efer & EFER_LME) || c->cr4 & CR4_PAE;
}

static bool
write_cr0_guest(struct vm *vm, uint64_t v)
{
	struct vcpu *c = &vm->cpu;
	uint64_t old = c->cr0;

	if (!cr0_legal(vm, v))
		return false;
	c->cr0 = (v & CR0_ALL) | CR0_ET;
	if (c->cr0 & CR0_PG && c->efer & EFER_LME)
		c->efer |= EFER_LMA;
	if (!(c->cr0 & CR0_PG))
		c->efer &= ~(uint64_t)EFER_LMA;
	c->vmcb->s.cr0 = (c->vmcb->s.cr0 & CR0_REMAP) | (c->cr0 & ~(uint64_t)(CR0_REMAP |
	    CR0_CD | CR0_NW));
	if ((old ^ c->cr0) & CR0_REMAP)
		mmu_mode_changed(vm);
	return true;
}

static bool
write_cr4_guest(struct vm *vm, uint64_t v)
{
	struct vcpu *c = &vm->cpu;

	if (v & ~(uint64_t)CR4_ALLOWED || (c->efer & EFER_LMA && !(v & CR4_PAE)))
		return false;
	c->cr4 = v;
	mmu_mode_changed(vm);
	return true;
}

static bool
write_cr(struct vm *vm, unsigned n, uint64_t v)
{
	struct vcpu *c = &vm->cpu;

	if (direct_is_live(vm))
		return direct_write_cr(vm, n, v);
	switch (n) {
	case 0:
		return write_cr0_guest(vm, v);
	case 3:
		c->cr3 = c->efer & EFER_LMA ? v & LOW_BITS(52) : (uint32_t)v;
		mmu_cr3_loaded(vm);
		return true;
	case 4:
		return write_cr4_guest(vm, v);
	case 2:
		c->vmcb->s.cr2 = v;
		return true;
	case 8:
		c->vmcb->c.v_intr = (c->vmcb->c.v_intr & ~(uint64_t)V_TPR_MASK) | (v & 15);
		return v < 16;
	default:
		return false;
	}
}

static uint64_t
read_cr(const struct vm *vm, unsigned n)
{
	const struct vcpu *c = &vm->cpu;

	switch (n) {
	case 0: return c->cr0;
	case 2: return c->vmcb->s.cr2;
	case 3: return c->cr3;
	case 4: return c->cr4;
	case 8: return c->vmcb->c.v_intr & V_TPR_MASK;
	default: return 0;
	}
}

static bool
store_msw(struct vm *vm, const struct insn *i)
{
	if (i->mem)		/* rare enough */
		return false;
	reg_write(vm, i, i->rm, i->size, vm->cpu.cr0);
	return true;
}

static bool
load_msw(struct vm *vm, const struct insn *i)
{
	uint64_t v = reg_read(vm, i, i->rm, 2), old = vm->cpu.cr0;

	if (i->mem)
		return false;
	return write_cr(vm, 0, (old & ~(uint64_t)0xe) | (v & 0xf));
}

static bool
access_cr(struct vm *vm, const struct insn *i, unsigned n)
{
	unsigned size = guest_word(vm);

	switch (i->opcode) {
	case OP_READ:
		reg_write(vm, i, i->rm, size, read_cr(vm, n));
		return true;
	case OP_WRITE:
		return write_cr(vm, n, reg_read(vm, i, i->rm, size));
	case OP_CLTS:
		return write_cr(vm, 0, vm->cpu.cr0 & ~(uint64_t)CR0_TS);
	default:
		if ((i->reg & 7) == G7_SMSW)
			return store_msw(vm, i);
		return (i->reg & 7) == G7_LMSW && load_msw(vm, i);
	}
}

void
exit_cr(struct vm *vm, unsigned code)
{
	struct insn i;

	vm->count.exit_cr++;
	if (!decode(vm, &i))
		inject_exception(vm, VEC_UD);
	else if (!access_cr(vm, &i, code & 0xf))
		inject_exception_error(vm, VEC_GP, 0);
	else
		exit_skip(vm, i.len);
}

static uint64_t *
debug_register(struct vm *vm, unsigned n)
{
	if (n < 4)
		return &vm->cpu.dr[n];
	return n & 1 ? &vm->cpu.dr7 : &vm->cpu.vmcb->s.dr6;
}

void
exit_dr(struct vm *vm, unsigned code)
{
	unsigned size = guest_word(vm);
	struct insn i;

	vm->count.exit_dr++;
	if (!decode(vm, &i)) {
		inject_exception(vm, VEC_UD);
		return;
	}
	if (i.opcode == 0xf21)
		reg_write(vm, &i, i.rm, size, *debug_register(vm, code & 0xf));
	else
		*debug_register(vm, code & 0xf) = (uint32_t)reg_read(vm, &i, i.rm, size);
	exit_skip(vm, i.len);
}
