/*
 * cpu/exec_desc.c - descriptor tables, LDTR, TR, and questions about selectors
 *
 * AMD APM vol 3 chapter 4 "System Instruction Reference".
 */
#include "cpu/system_priv.h"

/* ---- GDTR and IDTR ---- */

static bool
dtable_store(struct cpu *c, const struct insn *in, uint64_t ea, const struct dtable *t)
{
	uint8_t b[10];

	put_le16(b, (uint16_t)t->limit);
	put_le64(b + 2, t->base);
	return seg_st(c, in->seg, ea, in_long64(c) ? 10 : 6, b);
}

/* With a 16-bit operand size the base has 24 bits. */
static bool
dtable_load(struct cpu *c, const struct insn *in, uint64_t ea, struct dtable *t)
{
	uint8_t b[10] = { 0 };
	uint64_t base;

	if (!seg_ld(c, in->seg, ea, in_long64(c) ? 10 : 6, b))
		return false;
	base = get_le64(b + 2);
	if (!is_canonical(base))
		return raise_gp0(c);
	t->limit = get_le16(b);
	t->base = in->opsize == 2 ? base & 0xffffff : base;
	return true;
}

bool
x_sgdt(struct cpu *c, const struct insn *in, union xval *v)
{
	return dtable_store(c, in, v[0].u, &c->gdtr);
}

bool
x_sidt(struct cpu *c, const struct insn *in, union xval *v)
{
	return dtable_store(c, in, v[0].u, &c->idtr);
}

bool
x_lgdt(struct cpu *c, const struct insn *in, union xval *v)
{
	return dtable_load(c, in, v[0].u, &c->gdtr);
}

bool
x_lidt(struct cpu *c, const struct insn *in, union xval *v)
{
	return dtable_load(c, in, v[0].u, &c->idtr);
}

/* ---- LDTR and TR ---- */

bool
x_sldt(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->ldtr.sel;
	return true;
}

bool
x_str(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->tr.sel;
	return true;
}

/* A present system descriptor of one type in the GDT; types: bit set. */
static bool
system_desc_read(struct cpu *c, uint16_t sel, unsigned types, struct descriptor *d)
{
	struct seg s;

	if (sel & 4)
		return raise_sel(c, EXC_GP, sel);
	if (!desc_read(c, sel, EXC_GP, d))
		return false;
	if ((d->lo & DESC_S) || !(types >> desc_type(d) & 1) || !desc_upper_ok(d))
		return raise_sel(c, EXC_GP, sel);
	if (!(d->lo & DESC_P))
		return raise_sel(c, EXC_NP, sel);
	desc_to_seg(d, sel, &s);
	return is_canonical(s.base) || raise_sel(c, EXC_GP, sel);
}

bool
x_lldt(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t sel = (uint16_t)v[0].u;
	struct descriptor d;

	(void)in;
	if (sel_is_null(sel)) {
		seg_set_null(&c->ldtr, sel);
		return true;
	}
	if (!system_desc_read(c, sel, 1u << DT_LDT, &d))
		return false;
	desc_to_seg(&d, sel, &c->ldtr);
	return true;
}

bool
x_ltr(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned types = 1u << DT_TSS32 | (long_mode(c) ? 0 : 1u << DT_TSS16);
	uint16_t sel = (uint16_t)v[0].u;
	struct descriptor d;

	(void)in;
	if (sel_is_null(sel))
		return raise_gp0(c);
	if (!system_desc_read(c, sel, types, &d) || !desc_set_busy(c, sel, true))
		return false;
	desc_to_seg(&d, sel, &c->tr);
	c->tr.attr |= 2;
	return true;
}

/* ---- questions ---- */

static void
set_zf(struct cpu *c, bool zf)
{
	cc_set_raw(c, (cc_flags(c) & ~F_ZF) | (zf ? F_ZF : 0));
}

/*
 * Reads the descriptor: *visible is false where the selector names none or
 * privilege hides it.  Only the table access itself can fault.
 */
static bool
visible_desc(struct cpu *c, uint16_t sel, struct descriptor *d, bool *visible)
{
	unsigned level = (sel & 3u) > c->cpl ? sel & 3u : c->cpl;
	unsigned conforming = SA_CODE | SA_CONFORM;

	*visible = false;
	if (sel_is_null(sel))
		return true;
	if (!desc_read(c, sel, EXC_GP, d))
		return c->fault.vector == EXC_GP;
	*visible = ((d->lo & DESC_S) && (desc_type(d) & conforming) == conforming) ||
	    level <= desc_dpl(d);
	return true;
}

bool
x_verr(struct cpu *c, const struct insn *in, union xval *v)
{
	struct descriptor d;
	bool ok;

	(void)in;
	if (!visible_desc(c, (uint16_t)v[0].u, &d, &ok))
		return false;
	set_zf(c, ok && (d.lo & DESC_S) && (!desc_is_code(&d) || (desc_type(&d) & SA_RW)));
	return true;
}

bool
x_verw(struct cpu *c, const struct insn *in, union xval *v)
{
	struct descriptor d;
	bool ok;

	(void)in;
	if (!visible_desc(c, (uint16_t)v[0].u, &d, &ok))
		return false;
	set_zf(c, ok && desc_is_writable(&d));
	return true;
}

/* Types whose access rights or limit may be asked for, as bit sets. */
#define LAR_LEGACY	(1u << DT_TSS16 | 1u << DT_LDT | 1u << DT_TSS16_BUSY | \
	1u << DT_CALL16 | 1u << DT_TASK | 1u << DT_TSS32 | 1u << DT_TSS32_BUSY | 1u << DT_CALL32)
#define LAR_LONG	(1u << DT_LDT | 1u << DT_TSS32 | 1u << DT_TSS32_BUSY | 1u << DT_CALL32)
#define LSL_LEGACY	(1u << DT_TSS16 | 1u << DT_LDT | 1u << DT_TSS16_BUSY | \
	1u << DT_TSS32 | 1u << DT_TSS32_BUSY)
#define LSL_LONG	(1u << DT_LDT | 1u << DT_TSS32 | 1u << DT_TSS32_BUSY)

static bool
type_among(const struct descriptor *d, unsigned types)
{
	return (d->lo & DESC_S) || (types >> desc_type(d) & 1);
}

bool
x_lar(struct cpu *c, const struct insn *in, union xval *v)
{
	struct descriptor d;
	bool ok;

	if (!visible_desc(c, (uint16_t)v[1].u, &d, &ok))
		return false;
	ok = ok && type_among(&d, long_mode(c) ? LAR_LONG : LAR_LEGACY);
	if (ok)
		gpr_write(c, in->o[0].reg, in->o[0].size, d.lo >> 32 & 0x00ffff00);
	set_zf(c, ok);
	return true;
}

bool
x_lsl(struct cpu *c, const struct insn *in, union xval *v)
{
	struct descriptor d;
	struct seg s;
	bool ok;

	if (!visible_desc(c, (uint16_t)v[1].u, &d, &ok))
		return false;
	ok = ok && type_among(&d, long_mode(c) ? LSL_LONG : LSL_LEGACY);
	if (ok) {
		desc_to_seg(&d, 0, &s);
		gpr_write(c, in->o[0].reg, in->o[0].size, s.limit);
	}
	set_zf(c, ok);
	return true;
}

/* Memory is written only if the level is raised. */
bool
x_arpl(struct cpu *c, const struct insn *in, union xval *v)
{
	bool memory = in->o[0].kind == OK_MEM, raise;
	uint64_t ea = v[0].u;

	if (memory && !seg_ld_u(c, in->seg, ea, 2, &v[0].u))
		return false;
	raise = (v[0].u & 3) < (v[1].u & 3);
	if (raise) {
		v[0].u = (v[0].u & ~(uint64_t)3) | (v[1].u & 3);
		if (memory && !seg_st_u(c, in->seg, ea, 2, v[0].u))
			return false;
	}
	set_zf(c, raise);
	return true;
}

/* ---- FS and GS bases ---- */

bool
x_swapgs(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t base = c->seg[SEG_GS].base;

	(void)in;
	(void)v;
	c->seg[SEG_GS].base = c->kernel_gs_base;
	c->kernel_gs_base = base;
	return true;
}

static bool
base_read(struct cpu *c, unsigned seg, union xval *v)
{
	if (!(c->cr4 & CR4_FSGSBASE))
		return raise_ud(c);
	v[0].u = c->seg[seg].base;
	return true;
}

static bool
base_write(struct cpu *c, unsigned seg, const union xval *v)
{
	if (!(c->cr4 & CR4_FSGSBASE))
		return raise_ud(c);
	if (!is_canonical(v[0].u))
		return raise_gp0(c);
	c->seg[seg].base = v[0].u;
	return true;
}

bool
x_rdfsbase(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return base_read(c, SEG_FS, v);
}

bool
x_rdgsbase(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return base_read(c, SEG_GS, v);
}

bool
x_wrfsbase(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return base_write(c, SEG_FS, v);
}

bool
x_wrgsbase(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return base_write(c, SEG_GS, v);
}
