/*
 * vmm/mmu.c - what the ways of virtualizing memory have in common
 */
#include "vmm/mmu.h"

#include "vmm/cpu.h"
#include "vmm/direct.h"
#include "vmm/npt.h"
#include "vmm/p2m.h"
#include "vmm/shadow.h"
#include "vmm/vm.h"

void
mmu_init(struct vm *vm)
{
	if (vm->config.mem == MEM_SHADOW)
		shadow_init(vm);
	else
		npt_init(vm);
	if (vm->config.mem == MEM_DIRECT)
		direct_init(vm);
}

void
mmu_mode_changed(struct vm *vm)
{
	if (vm->config.mem == MEM_SHADOW)
		shadow_mode_changed(vm);
}

void
mmu_cr3_loaded(struct vm *vm)
{
	uint64_t begin = rdtsc();

	vm->count.cr3_loads++;
	if (vm->config.mem == MEM_SHADOW)
		shadow_load_root(vm);
	vm->count.cycles_cr3 += rdtsc() - begin;
}

void
mmu_prepare(struct vm *vm)
{
	if (vm->config.mem == MEM_SHADOW)
		shadow_prepare(vm);
}

void
mmu_invlpg(struct vm *vm, gva_t va)
{
	if (vm->config.mem == MEM_SHADOW)
		shadow_invlpg(vm, va);
}

bool
mmu_fault(struct vm *vm, gva_t va, uint32_t *error)
{
	return shadow_fault(vm, va, error);
}

void
mmu_store(struct vm *vm, gpa_t gpa, const void *from, unsigned n)
{
	if (p2m_write(vm, gpa, from, n) && vm->config.mem == MEM_SHADOW)
		shadow_written(vm, gpa, n);
}

void
mmu_unmap(struct vm *vm, uint32_t gfn)
{
	if (vm->config.mem == MEM_SHADOW)
		shadow_unmap(vm, gfn);
	else
		npt_drop(vm, gfn);
	vm->cpu.flush = true;
}

bool
mmu_test_accessed(struct vm *vm, uint32_t gfn)
{
	return vm->config.mem == MEM_SHADOW ? shadow_test_accessed(vm, gfn) :
	    npt_test_accessed(vm, gfn);
}

bool
mmu_test_dirty(struct vm *vm, uint32_t gfn)
{
	return vm->config.mem == MEM_SHADOW ? shadow_test_dirty(vm, gfn) :
	    npt_test_dirty(vm, gfn);
}

void
mmu_verify(struct vm *vm)
{
	if (vm->config.mem == MEM_SHADOW)
		shadow_verify(vm);
}
