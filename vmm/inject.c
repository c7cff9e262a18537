/*
 * vmm/inject.c - events into the guest
 *
 * AMD APM vol 2 §15.20 "Event Injection", §15.21 "Interrupt and Local APIC
 * Support".
 */
#include "vmm/inject.h"

#include "vmm/chips.h"
#include "vmm/cpu.h"
#include "vmm/svm.h"
#include "vmm/vm.h"

/* Exceptions that make a second one a double fault: §8.2.9 "#DF". */
static bool
is_contributory(unsigned vector)
{
	return vector == 0 || (vector >= VEC_TS && vector <= VEC_GP);
}

static bool
is_double(uint64_t first, unsigned second)
{
	unsigned v = first & EV_VECTOR;

	if (!(first & EV_VALID) || (first & EV_TYPE) != EV_TYPE_EXC)
		return false;
	if (v == VEC_PF)
		return second == VEC_PF || is_contributory(second);
	return is_contributory(v) && is_contributory(second);
}

static void
inject(struct vm *vm, unsigned vector, uint64_t rest)
{
	struct vmcb *v = vm->cpu.vmcb;
	uint64_t first = v->c.exitintinfo;

	vm->count.exceptions++;
	if (first & EV_VALID && (first & EV_VECTOR) == VEC_DF &&
	    (first & EV_TYPE) == EV_TYPE_EXC) {
		vm_end(vm, 1, "triple fault");
		return;
	}
	if (is_double(first, vector)) {
		vector = VEC_DF;
		rest = EV_ERROR_VALID;
	}
	v->s.rflags |= FLAG_RF;		/* faults, all of them */
	v->c.eventinj = vector | EV_TYPE_EXC | EV_VALID | rest;
}

void
inject_exception(struct vm *vm, unsigned vector)
{
	inject(vm, vector, 0);
}

void
inject_exception_error(struct vm *vm, unsigned vector, uint32_t error)
{
	inject(vm, vector, EV_ERROR_VALID | (uint64_t)error << 32);
}

void
inject_page_fault(struct vm *vm, uint64_t va, uint32_t error)
{
	vm->cpu.vmcb->s.cr2 = va;
	inject_exception_error(vm, VEC_PF, error);
}

/*
 * INT n, INT3 and INTO are executed again instead: RIP is still at them.
 */
void
inject_again(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;
	uint64_t e = v->c.exitintinfo;
	unsigned type = e & EV_TYPE, vector = e & EV_VECTOR;

	if (!(e & EV_VALID) || v->c.eventinj & EV_VALID || type == EV_TYPE_SOFT ||
	    (type == EV_TYPE_EXC && (vector == VEC_BP || vector == 4)))
		return;
	v->c.eventinj = e;
}

bool
guest_takes_interrupts(const struct vm *vm)
{
	return vm->cpu.vmcb->s.rflags & FLAG_IF;
}

static void
want_window(struct vmcb *v, bool want)
{
	v->c.v_intr &= ~(uint64_t)V_IRQ;
	if (want)
		v->c.v_intr |= V_IRQ | V_IGN_TPR | (uint64_t)0xf << V_INTR_PRIO_SHIFT;
	svm_intercept(v, EXIT_VINTR, want);
}

void
inject_interrupt(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;
	bool can = guest_takes_interrupts(vm) && !(v->c.int_state & INT_STATE_SHADOW) &&
	    !(v->c.eventinj & EV_VALID);

	want_window(v, vm->cpu.intr && !can);
	if (!vm->cpu.intr || !can)
		return;
	v->c.eventinj = chips_intack(vm) | EV_TYPE_INTR | EV_VALID;
	vm->count.interrupts++;
	if (vm->cpu.intr)		/* and another one */
		want_window(v, true);
}
