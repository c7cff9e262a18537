/*
 * vmm/exit_msr.c - model-specific registers
 */
#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/direct.h"
#include "vmm/exits.h"
#include "vmm/inject.h"
#include "vmm/mmu.h"
#include "vmm/svm.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

/* No others: not every processor has them, and CPUID does not offer them. */
#define EFER_ALLOWED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

/* Registers that are nothing to a guest but there: they read as zero. */
static bool
is_dull(uint32_t msr)
{
	static const uint32_t dull[] = {
		0x8b,				/* microcode */
		0x1d9, 0x1db, 0x1dc, 0x1dd, 0x1de, /* debug control, branches */
		0xc0010010, 0xc0010015,		/* SYSCFG, HWCR */
		0xc0010055, 0xc0011020, 0xc0011022, 0xc0011029
	};

	for (unsigned i = 0; i < sizeof(dull) / sizeof(dull[0]); i++)
		if (dull[i] == msr)
			return true;
	return false;
}

/* Those that are in the VMCB, and not intercepted unless there is no SVM. */
static uint64_t *
exchanged(struct vmcb *v, uint32_t msr)
{
	switch (msr) {
	case MSR_STAR: return &v->s.star;
	case MSR_LSTAR: return &v->s.lstar;
	case MSR_CSTAR: return &v->s.cstar;
	case MSR_SFMASK: return &v->s.sfmask;
	case MSR_FS_BASE: return &v->s.fs.base;
	case MSR_GS_BASE: return &v->s.gs.base;
	case MSR_KERNEL_GS_BASE: return &v->s.kernel_gs_base;
	case MSR_SYSENTER_CS: return &v->s.sysenter_cs;
	case MSR_SYSENTER_ESP: return &v->s.sysenter_esp;
	case MSR_SYSENTER_EIP: return &v->s.sysenter_eip;
	default: return NULL;
	}
}

static bool
read_msr(struct vm *vm, uint32_t msr, uint64_t *v)
{
	struct vmcb *c = vm->cpu.vmcb;

	switch (msr) {
	case MSR_TSC:
		*v = rdtsc() + c->c.tsc_offset;
		return true;
	case MSR_EFER:
		*v = vm->cpu.efer;
		return true;
	case MSR_PAT:
		*v = c->s.g_pat;
		return true;
	default:
		*v = 0;
		if (!exchanged(c, msr))
			return is_dull(msr);
		*v = *exchanged(c, msr);
		return true;
	}
}

static bool
write_efer(struct vm *vm, uint64_t v)
{
	struct vcpu *c = &vm->cpu;

	if (v & ~(uint64_t)EFER_ALLOWED ||
	    ((v ^ c->efer) & EFER_LME && c->cr0 & CR0_PG) ||
	    ((v ^ c->efer) & EFER_NXE && direct_is_live(vm)))
		return false;
	c->efer = (v & ~(uint64_t)EFER_LMA) | (c->efer & EFER_LMA);
	c->vmcb->s.efer = c->efer | EFER_SVME;
	mmu_mode_changed(vm);
	return true;
}

/* Memory types 2, 3 and those above 7 do not exist. */
static bool
write_pat(struct vm *vm, uint64_t v)
{
	for (unsigned i = 0; i < 64; i += 8)
		if (bits_get(v, i, 8) > 7 || bits_get(v, i + 1, 7) == 1)
			return false;
	vm->cpu.vmcb->s.g_pat = v;
	return true;
}

/* AMD APM vol 2 §5.3.1 "Canonical Address Form". */
static bool
is_address(uint32_t msr)
{
	return msr != MSR_STAR && msr != MSR_SFMASK && msr != MSR_SYSENTER_CS;
}

static bool
write_msr(struct vm *vm, uint32_t msr, uint64_t v)
{
	switch (msr) {
	case MSR_EFER:
		return write_efer(vm, v);
	case MSR_PAT:
		return write_pat(vm, v);
	default:
		if (!exchanged(vm->cpu.vmcb, msr))
			return is_dull(msr);
		if (is_address(msr) && !is_canonical(v))
			return false;
		*exchanged(vm->cpu.vmcb, msr) = v;
		return true;
	}
}

void
exit_msr(struct vm *vm)
{
	uint64_t *g = vm->cpu.gpr, v;
	uint32_t msr = (uint32_t)g[RCX];
	bool ok;

	if (vm->cpu.vmcb->c.exitinfo1)
		ok = write_msr(vm, msr, (uint32_t)g[RAX] | g[RDX] << 32);
	else if ((ok = read_msr(vm, msr, &v))) {
		g[RAX] = (uint32_t)v;
		g[RDX] = v >> 32;
	}
	if (ok)
		exit_skip(vm, 2);
	else
		inject_exception_error(vm, VEC_GP, 0);
}
