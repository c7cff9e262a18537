/*
 * cpu/seg.c - segment descriptors and segment register loads
 *
 * AMD APM vol 2 chapter 4 "Segmented Virtual Memory", with the checks of §4.10
 * "Data-Access Privilege Checks".  Error codes are the selector's index and
 * table bit (§8.4.1 "Selector-Error Code").
 */
#include "cpu/system_priv.h"

gva_t
desc_va(const struct cpu *c, uint16_t sel)
{
	gva_t va = (sel & 4 ? c->ldtr.base : c->gdtr.base) + (sel & ~7u);

	return long_mode(c) ? va : (uint32_t)va;
}

/* Does the table end at or after byte last of the descriptor? */
static bool
desc_in_table(const struct cpu *c, uint16_t sel, uint32_t last)
{
	if (!(sel & 4))
		return last <= c->gdtr.limit;
	return !SEG_UNUSABLE(&c->ldtr) && last <= c->ldtr.limit;
}

bool
desc_read(struct cpu *c, uint16_t sel, unsigned vector, struct descriptor *d)
{
	d->hi = 0;
	if (!desc_in_table(c, sel, sel | 7u))
		return raise_sel(c, vector, sel);
	if (!sys_ld_u(c, desc_va(c, sel), 8, &d->lo))
		return false;
	if (!long_mode(c) || (d->lo & DESC_S) || !desc_type(d))
		return true;
	/* AMD APM vol 2 §4.8.3 "System Descriptors": 16 bytes in long mode. */
	if (!desc_in_table(c, sel, (sel | 7u) + 8))
		return raise_sel(c, vector, sel);
	return sys_ld_u(c, desc_va(c, sel) + 8, 8, &d->hi);
}

void
desc_to_seg(const struct descriptor *d, uint16_t sel, struct seg *s)
{
	uint32_t limit = (uint32_t)(bits_get(d->lo, 0, 16) | bits_get(d->lo, 48, 4) << 16);

	s->sel = sel;
	s->attr = (uint16_t)(bits_get(d->lo, 40, 8) | bits_get(d->lo, 52, 4) << 8);
	s->limit = d->lo & DESC_G ? limit << 12 | 0xfff : limit;
	s->base = bits_get(d->lo, 16, 24) | bits_get(d->lo, 56, 8) << 24 | d->hi << 32;
}

bool
desc_set_accessed(struct cpu *c, uint16_t sel, struct descriptor *d)
{
	if (desc_type(d) & SA_ACCESSED)
		return true;
	d->lo |= BIT(40);
	return sys_st_u(c, desc_va(c, sel) + 5, 1, bits_get(d->lo, 40, 8));
}

bool
desc_set_busy(struct cpu *c, uint16_t sel, bool busy)
{
	gva_t va = desc_va(c, sel) + 5;
	uint64_t v;

	if (!sys_ld_u(c, va, 1, &v))
		return false;
	return sys_st_u(c, va, 1, bits_put(v, 1, 1, busy));
}

void
seg_set_null(struct seg *s, uint16_t sel)
{
	*s = (struct seg){ .sel = sel };
}

void
seg_set_vm86(struct seg *s, uint16_t sel)
{
	s->sel = sel;
	s->base = (uint64_t)sel << 4;
	s->limit = 0xffff;
	s->attr = SA_P | 3 << SA_DPL_SHIFT | SA_S | SA_RW | SA_ACCESSED;
}

/*
 * Real mode changes selector and base only: limit and attributes stay what
 * protected mode left ("big real mode").
 */
void
seg_load_real(struct cpu *c, unsigned seg, uint16_t sel)
{
	struct seg *s = &c->seg[seg];

	if (c->rflags & F_VM) {
		seg_set_vm86(s, sel);
		return;
	}
	s->sel = sel;
	s->base = (uint64_t)sel << 4;
	if (SEG_UNUSABLE(s))
		s->attr = SA_P | SA_S | SA_RW | SA_ACCESSED;
}

bool
seg_within(const struct seg *s, uint64_t off, unsigned size)
{
	uint64_t last = off + size - 1, top = s->attr & SA_DB ? 0xffffffff : 0xffff;

	if (SEG_UNUSABLE(s))
		return false;
	if ((s->attr & (SA_S | SA_CODE | SA_EXPDOWN)) == (SA_S | SA_EXPDOWN))
		return off > s->limit && last <= top;
	return last <= s->limit;
}

bool
stack_desc_read(struct cpu *c, uint16_t sel, unsigned cpl, unsigned vector,
    struct descriptor *d)
{
	if (sel_is_null(sel))
		return raise_error(c, vector, 0);
	if (!desc_read(c, sel, vector, d))
		return false;
	if ((sel & 3) != cpl || desc_dpl(d) != cpl || !desc_is_writable(d))
		return raise_sel(c, vector, sel);
	if (!(d->lo & DESC_P))
		return raise_sel(c, EXC_SS, sel);
	return true;
}

/* AMD APM vol 2 §4.5.1 "Segment Registers in 64-Bit Mode": at CPL 0 to 2 in 64-bit mode
 * the null selector is a valid SS. */
static bool
seg_load_ss(struct cpu *c, uint16_t sel)
{
	struct descriptor d;

	if (sel_is_null(sel) && in_long64(c) && c->cpl < 3 && (sel & 3) == c->cpl) {
		seg_set_null(&c->seg[SEG_SS], sel);
		return true;
	}
	if (!stack_desc_read(c, sel, c->cpl, EXC_GP, &d) ||
	    !desc_set_accessed(c, sel, &d))
		return false;
	desc_to_seg(&d, sel, &c->seg[SEG_SS]);
	return true;
}

/* May the descriptor be in DS, ES, FS or GS at level max(CPL, RPL)? */
static bool
data_desc_allowed(const struct descriptor *d, unsigned level)
{
	unsigned type = desc_type(d);

	if (!(d->lo & DESC_S))
		return false;
	if ((type & SA_CODE) && !(type & SA_RW))
		return false;
	if ((type & (SA_CODE | SA_CONFORM)) == (SA_CODE | SA_CONFORM))
		return true;
	return level <= desc_dpl(d);
}

static bool
seg_load_data(struct cpu *c, unsigned seg, uint16_t sel)
{
	unsigned rpl = sel & 3;
	struct descriptor d;

	if (sel_is_null(sel)) {
		seg_set_null(&c->seg[seg], sel);
		return true;
	}
	if (!desc_read(c, sel, EXC_GP, &d))
		return false;
	if (!data_desc_allowed(&d, rpl > c->cpl ? rpl : c->cpl))
		return raise_sel(c, EXC_GP, sel);
	if (!(d.lo & DESC_P))
		return raise_sel(c, EXC_NP, sel);
	if (!desc_set_accessed(c, sel, &d))
		return false;
	desc_to_seg(&d, sel, &c->seg[seg]);
	return true;
}

bool
seg_load(struct cpu *c, unsigned seg, uint16_t sel)
{
	if (in_real_or_vm(c))
		seg_load_real(c, seg, sel);
	else if (!(seg == SEG_SS ? seg_load_ss(c, sel) : seg_load_data(c, seg, sel)))
		return false;
	cpu_mode_update(c);
	return true;
}

/* AMD APM vol 3 "RET (Far)": a data segment that the outer level may not use is
 * loaded with the null selector.  One that is null has DPL 0 and loses its RPL;
 * in 64-bit mode the base, which may have come from an MSR, stays. */
void
seg_drop_inner(struct cpu *c)
{
	static const uint8_t data[] = { SEG_ES, SEG_DS, SEG_FS, SEG_GS };

	for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
		struct seg *s = &c->seg[data[i]];
		bool conforming = (s->attr & (SA_CODE | SA_CONFORM)) == (SA_CODE | SA_CONFORM);

		if (SEG_UNUSABLE(s) && sel_is_null(s->sel))
			s->sel = 0;
		else if (!SEG_UNUSABLE(s) && !conforming && seg_dpl(s) < c->cpl)
			seg_set_null(s, 0);
	}
}

/* ---- instructions ---- */

bool
x_mov_sreg(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned seg = in->o[0].reg;

	if (seg >= SEG_COUNT || seg == SEG_CS)
		return raise_ud(c);
	if (!seg_load(c, seg, (uint16_t)v[1].u))
		return false;
	if (seg == SEG_SS)
		c->inhibit |= INHIBIT_SS;
	return true;
}

/* The stack pointer moves by the old stack's size attribute, after the load. */
bool
x_pop_sreg(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned seg = in->o[0].reg;
	uint64_t mask = stack_mask(c), sel, sp;

	(void)v;
	if (!stack_peek(c, 0, in->opsize, &sel))
		return false;
	sp = c->gpr[RSP];
	if (!seg_load(c, seg, (uint16_t)sel))
		return false;
	sp = (sp & ~mask) | ((sp + in->opsize) & mask);
	c->gpr[RSP] = mask == 0xffffffff ? (uint32_t)sp : sp;
	if (seg == SEG_SS)
		c->inhibit |= INHIBIT_SS;
	return true;
}

/* LES, LDS, LSS, LFS, LGS; a REX.W offset is still 32 bits (no 64-bit far
 * pointers on AMD processors). */
static bool
load_far_pointer(struct cpu *c, const struct insn *in, union xval *v, unsigned seg)
{
	unsigned size = in->opsize == 2 ? 2 : 4;
	uint64_t ea = v[1].u, off, sel;

	if (!seg_ld_u(c, in->seg, ea, size, &off) ||
	    !seg_ld_u(c, in->seg, (ea + size) & LOW_BITS(in->addrsize * 8), 2, &sel) ||
	    !seg_load(c, seg, (uint16_t)sel))
		return false;
	v[0].u = off;
	return true;
}

#define LOAD_FAR(name, seg) \
bool \
x_##name(struct cpu *c, const struct insn *in, union xval *v) \
{ \
	return load_far_pointer(c, in, v, seg); \
}
LOAD_FAR(les, SEG_ES)
LOAD_FAR(lds, SEG_DS)
LOAD_FAR(lss, SEG_SS)
LOAD_FAR(lfs, SEG_FS)
LOAD_FAR(lgs, SEG_GS)
