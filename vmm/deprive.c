/*
 * vmm/deprive.c - a guest's kernel in ring 3: in and out
 */
#include "vmm/deprive.h"

#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/frames.h"
#include "vmm/host.h"
#include "vmm/inject.h"
#include "vmm/shadow.h"
#include "vmm/svm.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define FLAGS_VIRTUAL	(FLAG_IF | 0x3000u | 0x1a0000u)	/* IF, IOPL, VM, VIF, VIP */
#define FLAGS_FIXED	0x2u

extern uint64_t boot_pml4[512];
void	deprive_enter(struct host_trap *t);	/* vmm/host_trap.S */

/* struct host_trap has registers in the order in which they are pushed. */
static const uint8_t order[15] = {
	15, 14, 13, 12, 11, 10, 9, 8, RDI, RSI, RBP, RBX, RDX, RCX, RAX
};

static void
load(const struct vm *vm, struct host_trap *t)
{
	const struct vmcb_save *s = &vm->cpu.vmcb->s;
	unsigned i;

	for (i = 0; i < 15; i++)
		t->gpr[i] = vm->cpu.gpr[order[i]];
	t->rip = s->rip;
	t->rsp = vm->cpu.gpr[RSP];
	t->rflags = (s->rflags & ~(uint64_t)FLAGS_VIRTUAL) | FLAG_IF | FLAGS_FIXED;
	t->cs = guest_is_64(vm) ? HOST_UCODE64 : HOST_UCODE32;
	t->ss = HOST_UDATA;
}

static void
store(struct vm *vm, const struct host_trap *t)
{
	struct vmcb_save *s = &vm->cpu.vmcb->s;
	unsigned i;

	for (i = 0; i < 15; i++)
		vm->cpu.gpr[order[i]] = t->gpr[i];
	vm->cpu.gpr[RSP] = t->rsp;
	s->rip = t->rip;
	s->rflags = (t->rflags & ~(uint64_t)FLAGS_VIRTUAL) | (s->rflags & FLAGS_VIRTUAL);
	s->rax = vm->cpu.gpr[RAX];
	s->rsp = vm->cpu.gpr[RSP];
}

/* An exception that is the guest's own. */
static uint64_t
reflect(struct vm *vm, const struct host_trap *t)
{
	bool error = t->vector == VEC_DF || t->vector == VEC_AC ||
	    (t->vector >= VEC_TS && t->vector <= VEC_PF);

	if (error)
		inject_exception_error(vm, (unsigned)t->vector, (uint32_t)t->error);
	else
		inject_exception(vm, (unsigned)t->vector);
	return EXIT_NOTHING;
}

static uint64_t
page_fault(struct vm *vm, const struct host_trap *t, uint64_t cr2)
{
	struct vmcb *v = vm->cpu.vmcb;

	v->c.exitinfo1 = t->error;
	if (v->s.cpl != 3)
		v->c.exitinfo1 &= ~(uint64_t)PF_USER;
	v->c.exitinfo2 = cr2;
	return EXIT_EXC(VEC_PF);
}

/* The guest's IRET, SYSCALL or gate led to where there can be no code.  Our IRET must
 * not: its fault would be ours. */
static bool
goes_nowhere(const struct vm *vm)
{
	uint64_t rip = vm->cpu.vmcb->s.rip;

	return guest_is_64(vm) ? !is_canonical(rip) : rip >> 32;
}

static uint64_t
exit_code(struct vm *vm, const struct host_trap *t, uint64_t cr2)
{
	switch (t->vector) {
	case HOST_TIMER:
		return EXIT_INTR;
	case VEC_PF:
		return page_fault(vm, t, cr2);
	case VEC_GP:
		return deprive_instruction(vm);
	case VEC_UD:
		return deprive_is_syscall(vm) ? deprive_instruction(vm) : reflect(vm, t);
	default:
		return t->vector < 32 ? reflect(vm, t) : EXIT_NOTHING;
	}
}

void
deprive_run(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;
	struct host_trap t;
	uint64_t cr2;
	bool alone;

	if (v->c.eventinj & EV_VALID)
		deprive_deliver(vm);
	v->c.exitintinfo = 0;
	v->c.eventinj = 0;
	if (goes_nowhere(vm)) {
		inject_exception_error(vm, VEC_GP, 0);
		v->c.exitcode = EXIT_NOTHING;
		return;
	}
	shadow_set_view(vm, v->s.cpl != 3);
	load(vm, &t);
	alone = deprive_watch(vm);
	if (alone)
		t.rflags |= FLAG_TF;
	wrmsr(MSR_FS_BASE, v->s.fs.base);
	wrmsr(MSR_GS_BASE, v->s.gs.base);
	write_cr3(v->s.cr3);		/* and so nothing old is in the TLB */
	vm->cpu.flush = false;
	deprive_enter(&t);
	cr2 = read_cr2();
	write_cr3(phys_of(boot_pml4));
	if (alone)
		t.rflags &= ~(uint64_t)FLAG_TF;
	store(vm, &t);
	if (alone && t.vector == VEC_DB) {
		deprive_watched(vm);
		v->c.exitcode = EXIT_NOTHING;
		return;
	}
	v->c.exitcode = exit_code(vm, &t, cr2);
}
