/*
 * vmm/deprive_event.c - events of a deprivileged guest
 *
 * AMD APM vol 2 §8.9 "Long-Mode Interrupt Control Transfers".
 */
#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/deprive.h"
#include "vmm/inject.h"
#include "vmm/mmu.h"
#include "vmm/p2m.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define SEG_CS		1u
#define SEG_SS		2u
#define GATE_INTERRUPT	0xeu
#define TSS_RSP0	4u
#define TSS_IST1	36u
#define FLAG_NT		0x4000u
#define SELECTOR_TI	4u

/* An entry of the IDT, and who comes to it. */
struct event {
	unsigned	vector;
	bool		soft, has_error;
	uint32_t	error;
	uint16_t	selector;
	uint8_t		ist, type, dpl;
	uint64_t	offset;
};

/* Pages by themselves, whatever the current code may do. */
static bool
kernel_access(struct vm *vm, gva_t va, void *buf, unsigned n, uint32_t access)
{
	uint8_t *p = buf;
	struct walk w;
	unsigned part;

	for (; n; n -= part, va += part, p += part) {
		part = PAGE_SIZE - (va & (PAGE_SIZE - 1));
		part = part < n ? part : n;
		if (!walk(vm, va, access, &w)) {
			inject_page_fault(vm, va, w.error);
			return false;
		}
		walk_mark(vm, &w, access & PF_WRITE);
		if (access & PF_WRITE)
			mmu_store(vm, w.gpa, p, part);
		else
			p2m_read(vm, w.gpa, p, part);
	}
	return true;
}

bool
deprive_read(struct vm *vm, gva_t va, void *to, unsigned n)
{
	return kernel_access(vm, va, to, n, 0);
}

bool
deprive_write(struct vm *vm, gva_t va, void *from, unsigned n)
{
	return kernel_access(vm, va, from, n, PF_WRITE);
}

bool
deprive_load_segment(struct vm *vm, unsigned n, uint16_t selector)
{
	struct vmcb_save *s = &vm->cpu.vmcb->s;
	struct vmcb_seg *seg = &(&s->es)[n];
	uint64_t d;

	if (!(selector & ~3u)) {
		*seg = (struct vmcb_seg){ .sel = selector };
		return true;
	}
	if (selector & SELECTOR_TI || (selector | 7u) > s->gdtr.limit) {
		inject_exception_error(vm, VEC_GP, selector & ~3u);
		return false;
	}
	if (!deprive_read(vm, s->gdtr.base + (selector & ~7u), &d, sizeof(d)))
		return false;
	if (!(d & BIT(47))) {
		inject_exception_error(vm, VEC_NP, selector & ~3u);
		return false;
	}
	*seg = (struct vmcb_seg){
		.sel = selector,
		.attr = (uint16_t)(bits_get(d, 40, 8) | bits_get(d, 52, 4) << 8),
		.limit = (uint32_t)(bits_get(d, 0, 16) | bits_get(d, 48, 4) << 16),
		.base = bits_get(d, 16, 24) | bits_get(d, 56, 8) << 24,
	};
	if (d & BIT(55))
		seg->limit = seg->limit << 12 | 0xfff;
	return true;
}

static bool
read_gate(struct vm *vm, struct event *e)
{
	const struct vmcb_seg *idtr = &vm->cpu.vmcb->s.idtr;
	uint64_t g[2];

	if (e->vector * 16 + 15 > idtr->limit) {
		inject_exception_error(vm, VEC_GP, e->vector * 8 + 2);
		return false;
	}
	if (!deprive_read(vm, idtr->base + e->vector * 16, g, sizeof(g)))
		return false;
	e->selector = (uint16_t)bits_get(g[0], 16, 16);
	e->ist = (uint8_t)bits_get(g[0], 32, 3);
	e->type = (uint8_t)bits_get(g[0], 40, 4);
	e->dpl = (uint8_t)bits_get(g[0], 45, 2);
	e->offset = bits_get(g[0], 0, 16) | bits_get(g[0], 48, 16) << 16 | g[1] << 32;
	if (!(g[0] & BIT(47)) || (e->type | 1) != 0xf ||
	    (e->soft && e->dpl < vm->cpu.vmcb->s.cpl)) {
		inject_exception_error(vm, VEC_GP, e->vector * 8 + 2);
		return false;
	}
	return true;
}

static bool
new_stack(struct vm *vm, const struct event *e, uint64_t *rsp)
{
	const struct vmcb_save *s = &vm->cpu.vmcb->s;

	*rsp = vm->cpu.gpr[RSP];
	if (e->ist && !deprive_read(vm, s->tr.base + TSS_IST1 + 8 * (e->ist - 1u), rsp, 8))
		return false;
	if (!e->ist && s->cpl && !deprive_read(vm, s->tr.base + TSS_RSP0, rsp, 8))
		return false;
	*rsp &= ~(uint64_t)15;
	return true;
}

static bool
push_frame(struct vm *vm, const struct event *e, uint64_t *rsp)
{
	const struct vmcb_save *s = &vm->cpu.vmcb->s;
	uint64_t f[6] = { e->error, s->rip, s->cs.sel, s->rflags, vm->cpu.gpr[RSP],
	    s->ss.sel };
	unsigned skip = !e->has_error;

	*rsp -= 8 * (6 - skip);
	return kernel_access(vm, *rsp, f + skip, 8 * (6 - skip), PF_WRITE);
}

static bool
deliver(struct vm *vm, struct event *e)
{
	struct vmcb_save *s = &vm->cpu.vmcb->s;
	uint64_t rsp;

	if (!(vm->cpu.efer & EFER_LMA)) {
		vm_end(vm, 1, "an event before it is in long mode");
		return true;
	}
	if (!read_gate(vm, e) || !new_stack(vm, e, &rsp) || !push_frame(vm, e, &rsp) ||
	    !deprive_load_segment(vm, SEG_CS, e->selector))
		return false;
	if (s->cpl)
		s->ss = (struct vmcb_seg){ 0 };
	s->cpl = 0;
	s->rip = e->offset;
	s->rflags &= ~(uint64_t)(FLAG_TF | FLAG_NT | FLAG_RF);
	if (e->type == GATE_INTERRUPT)
		s->rflags &= ~(uint64_t)FLAG_IF;
	vm->cpu.gpr[RSP] = rsp;
	return true;
}

/* An exception on the way makes it another event, the third one ends it. */
void
deprive_deliver(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;
	struct event e;
	unsigned turn;

	for (turn = 0; turn < 4 && vm->state != VM_ENDED; turn++) {
		uint64_t inj = v->c.eventinj;

		e = (struct event){
			.vector = inj & EV_VECTOR,
			.soft = (inj & EV_TYPE) == EV_TYPE_SOFT,
			.has_error = inj & EV_ERROR_VALID,
			.error = (uint32_t)(inj >> 32),
		};
		v->c.exitintinfo = inj;
		v->c.eventinj = 0;
		if (deliver(vm, &e))
			return;
	}
	vm_end(vm, 1, "triple fault");
}
