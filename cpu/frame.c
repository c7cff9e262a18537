/*
 * cpu/frame.c - stack frames of events and far transfers
 *
 * A delivery or a far call that faults half-way has changed nothing, so its
 * pushes are collected: each is checked and translated in push order, and
 * they are written when nothing can fault any more.
 */
#include "cpu/system_priv.h"
#include "cpu/trace.h"

void
frame_begin_at(struct frame *f, struct cpu *c, const struct seg *ss, uint64_t sp,
    unsigned cpl, bool flat64, uint32_t ss_error)
{
	f->c = c;
	f->ss = *ss;
	f->flat64 = flat64;
	f->sp = sp;
	f->mask = flat64 ? ~(uint64_t)0 : ss->attr & SA_DB ? 0xffffffff : 0xffff;
	f->acc = cpl == 3 ? ACC_USER : c->cpl < 3 && c->mmu.ac ? ACC_AC : 0;
	f->error = ss_error;
	f->n = 0;
}

void
frame_begin(struct frame *f, struct cpu *c, uint32_t ss_error)
{
	frame_begin_at(f, c, &c->seg[SEG_SS], c->gpr[RSP], c->cpl, in_long64(c), ss_error);
}

/* Offset in SS to gva, with the checks a push makes. */
static bool
frame_address(const struct frame *f, uint64_t off, unsigned size, gva_t *va)
{
	if (f->flat64) {
		*va = off;
		return is_canonical(off) && is_canonical(off + size - 1);
	}
	*va = (uint32_t)(f->ss.base + off);
	return seg_within(&f->ss, off, size);
}

bool
frame_push(struct frame *f, unsigned size, uint64_t v)
{
	uint64_t off = (f->sp - size) & f->mask;
	struct walk_fault wf;
	gva_t va;

	if (!frame_address(f, off, size, &va))
		return raise_error(f->c, EXC_SS, f->error);
	if (!mmu_rmw_begin(&f->c->mmu, va, size, f->acc, &f->slot[f->n], &wf))
		return raise_pf(f->c, &wf);
	f->value[f->n++] = v;
	f->sp = (f->sp & ~f->mask) | off;
	return true;
}

void
frame_commit(struct frame *f)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < f->n; i++) {
		put_le64(bytes, f->value[i]);
		if (cpu_debug_armed(f->c))
			cpu_debug_data(f->c, f->slot[i].va, f->slot[i].size, true);
		if (f->c->debugger && f->c->debugger->data)
			f->c->debugger->data(f->c->debugger->arg, f->c, f->slot[i].va,
			    f->slot[i].size, true);
		mmu_rmw_write(&f->c->mmu, &f->slot[i], bytes);
	}
	f->c->gpr[RSP] = f->mask == 0xffffffff ? (uint32_t)f->sp : f->sp;
}

bool
stack_peek(struct cpu *c, uint64_t off, unsigned size, uint64_t *v)
{
	return seg_ld_u(c, SEG_SS, (c->gpr[RSP] + off) & stack_mask(c), size, v);
}
