/*
 * cpu/tss.c - stacks of inner privilege levels
 *
 * AMD APM vol 2 §12.2.4 "TSS Descriptor" to §12.2.5 "64-Bit Task State
 * Segment", §8.9.4 "Interrupt-Stack Table".
 */
#include "cpu/system_priv.h"

bool
tss_stack(struct cpu *c, unsigned cpl, uint16_t *ss, uint64_t *sp)
{
	bool tss32 = c->tr.attr & 8;
	unsigned size = tss32 ? 4 : 2;
	unsigned off = tss32 ? 4 + cpl * 8 : 2 + cpl * 4;
	uint64_t sel;

	if (off + size + 1 > c->tr.limit)
		return raise_sel(c, EXC_TS, c->tr.sel);
	if (!sys_ld_u(c, c->tr.base + off, size, sp) ||
	    !sys_ld_u(c, c->tr.base + off + size, 2, &sel))
		return false;
	*ss = (uint16_t)sel;
	return true;
}

bool
tss_stack64(struct cpu *c, unsigned cpl, unsigned ist, uint64_t *sp)
{
	unsigned off = ist ? 36 + (ist - 1) * 8 : 4 + cpl * 8;

	if (off + 7 > c->tr.limit)
		return raise_sel(c, EXC_TS, c->tr.sel);
	if (!sys_ld_u(c, c->tr.base + off, 8, sp))
		return false;
	if (!is_canonical(*sp))
		return raise_error(c, EXC_SS, 0);
	return true;
}

static bool
inner_stack_open_long(struct cpu *c, unsigned cpl, unsigned ist, struct inner_stack *is,
    struct frame *f)
{
	uint64_t sp;

	if (!tss_stack64(c, cpl, ist, &sp))
		return false;
	is->cpl = cpl;
	is->sel = (uint16_t)cpl;
	is->ss = c->seg[SEG_SS];
	seg_set_null(&is->ss, is->sel);
	frame_begin_at(f, c, &is->ss, sp, cpl, true, 0);
	return true;
}

bool
inner_stack_open(struct cpu *c, unsigned cpl, unsigned ist, struct inner_stack *is,
    struct frame *f)
{
	uint64_t sp;

	if (long_mode(c))
		return inner_stack_open_long(c, cpl, ist, is, f);
	if (!tss_stack(c, cpl, &is->sel, &sp) ||
	    !stack_desc_read(c, is->sel, cpl, EXC_TS, &is->d))
		return false;
	is->cpl = cpl;
	desc_to_seg(&is->d, is->sel, &is->ss);
	frame_begin_at(f, c, &is->ss, sp, cpl, false, is->sel & 0xfffcu);
	return true;
}

bool
inner_stack_ready(struct cpu *c, struct inner_stack *is)
{
	if (long_mode(c))
		return true;
	is->ss.attr |= SA_ACCESSED;
	return desc_set_accessed(c, is->sel, &is->d);
}
