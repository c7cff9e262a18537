/*
 * vmm/exits.c - what made the guest leave
 */
#include "vmm/exits.h"

#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/deprive.h"
#include "vmm/host.h"
#include "vmm/inject.h"
#include "vmm/mmu.h"
#include "vmm/npt.h"
#include "vmm/svm.h"
#include "vmm/swap.h"
#include "vmm/vm.h"

void
exit_skip(struct vm *vm, unsigned len)
{
	struct vmcb *v = vm->cpu.vmcb;

	v->s.rip += len;
	if (!guest_is_64(vm))
		v->s.rip = (uint32_t)v->s.rip;
	v->c.int_state &= ~(uint64_t)INT_STATE_SHADOW;
}

/* The length of what was intercepted, when the processor does not say. */
static bool
skip_decoded(struct vm *vm, struct insn *i)
{
	if (!decode(vm, i)) {
		inject_exception(vm, VEC_UD);
		return false;
	}
	exit_skip(vm, i->len);
	return true;
}

static void
exit_hlt(struct vm *vm)
{
	struct insn i;

	vm->count.exit_hlt++;
	if (!skip_decoded(vm, &i))
		return;
	if (!guest_takes_interrupts(vm))
		vm_end(vm, 0, NULL);
	else
		vm->state = VM_HALTED;
}

static void
exit_invlpg(struct vm *vm)
{
	struct insn i;

	vm->count.exit_invlpg++;
	if (skip_decoded(vm, &i))
		mmu_invlpg(vm, i.ea);
}

static void
exit_page_fault(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;
	uint32_t error = (uint32_t)v->c.exitinfo1;
	gva_t va = v->c.exitinfo2;

	vm->count.exit_pf++;
	if (mmu_fault(vm, va, &error)) {
		vm->count.faults_true++;
		inject_page_fault(vm, va, error);
	}
}

static void
exit_nested_fault(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;

	vm->count.exit_npf++;
	npt_fault(vm, v->c.exitinfo2, v->c.exitinfo1);
}

static void
exit_other(struct vm *vm, uint64_t code)
{
	struct insn i;

	vm->count.exit_other++;
	switch (code) {
	case EXIT_INVD:
	case EXIT_WBINVD:
		skip_decoded(vm, &i);
		break;
	case EXIT_NMI:
	case EXIT_INIT:
		break;
	case EXIT_SHUTDOWN:
		vm_end(vm, 1, "triple fault");
		break;
	case EXIT_RDPMC:
	case EXIT_XSETBV:
		inject_exception_error(vm, VEC_GP, 0);
		break;
	case EXIT_INVALID:
		vm_end(vm, 1, "the processor refuses its VMCB");
		break;
	case EXIT_TASK_SWITCH:
	case EXIT_FERR:
		vm_end(vm, 1, "it wants something this VMM does not have");
		break;
	default:
		inject_exception(vm, VEC_UD);
	}
}

static void
dispatch(struct vm *vm, uint64_t code)
{
	struct counters *n = &vm->count;

	switch (code) {
	case EXIT_NOTHING:
		n->exit_trap++;
		break;
	case EXIT_INTR:
		n->exit_intr++;
		host_alarm_gone();
		break;
	case EXIT_VINTR:
		n->exit_vintr++;
		break;
	case EXIT_IOIO:
		n->exit_io++;
		exit_io(vm);
		break;
	case EXIT_CPUID:
		n->exit_cpuid++;
		exit_cpuid(vm);
		break;
	case EXIT_MSR:
		n->exit_msr++;
		exit_msr(vm);
		break;
	case EXIT_VMMCALL:
		n->exit_vmmcall++;
		exit_hypercall(vm);
		break;
	case EXIT_HLT:
		exit_hlt(vm);
		break;
	case EXIT_INVLPG:
		exit_invlpg(vm);
		break;
	case EXIT_EXC(VEC_PF):
		exit_page_fault(vm);
		break;
	case EXIT_NPF:
		exit_nested_fault(vm);
		break;
	default:
		if (code < 0x20)
			exit_cr(vm, (unsigned)code);
		else if (code < 0x40)
			exit_dr(vm, (unsigned)code);
		else
			exit_other(vm, code);
	}
}

void
exit_handle(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;

	vm->count.exits++;
	swap_unpin(vm);
	dispatch(vm, v->c.exitcode);
	inject_again(vm);
}
