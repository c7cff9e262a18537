/*
 * cpu/iret.c - IRET in every mode, and the stacks of outer levels
 *
 * AMD APM vol 3 "IRET, IRETD, IRETQ"; AMD APM vol 2 §8.7.4, §8.8.2 and §8.9.6
 * on interrupt returns.
 */
#include "cpu/system_priv.h"

/* ---- the stack a return goes to ---- */

/* AMD APM vol 2 §8.9.6 "Long-Mode Interrupt Returns": a null SS is fine for 64-bit code
 * below level 3. */
bool
outer_stack_open(struct cpu *c, uint16_t sel, uint64_t sp, unsigned cpl,
    const struct descriptor *cs, struct outer_stack *os)
{
	bool code64 = long_mode(c) && (cs->lo & DESC_L);

	os->sel = sel;
	os->sp = sp;
	os->code64 = code64;
	os->null = sel_is_null(sel) && code64 && cpl < 3 && (sel & 3) == cpl;
	return os->null || stack_desc_read(c, sel, cpl, EXC_GP, &os->d);
}

bool
outer_stack_load(struct cpu *c, struct outer_stack *os)
{
	uint64_t mask;

	if (os->null) {
		seg_set_null(&c->seg[SEG_SS], os->sel);
	} else {
		if (!desc_set_accessed(c, os->sel, &os->d))
			return false;
		desc_to_seg(&os->d, os->sel, &c->seg[SEG_SS]);
	}
	mask = os->code64 ? ~(uint64_t)0 : c->seg[SEG_SS].attr & SA_DB ? 0xffffffff : 0xffff;
	if (mask == 0xffff)
		gpr_write(c, RSP, 2, os->sp);
	else
		c->gpr[RSP] = os->sp & mask;
	return true;
}

/* ---- flags ---- */

void
rflags_load(struct cpu *c, uint64_t v)
{
	c->rflags = (v & F_DEFINED) | 2;
	cc_set_raw(c, (uint32_t)v);
}

/* What IRET at this level may change. */
static uint64_t
iret_flags_mask(const struct cpu *c, unsigned size)
{
	uint64_t mask = F_OSZAPC | F_TF | F_DF | F_NT | F_RF | F_AC | F_ID;

	if (c->cpl == 0)
		mask |= F_IOPL | F_VIF | F_VIP;
	if (c->cpl <= iopl(c))
		mask |= F_IF;
	return size == 2 ? mask & 0xffff : mask;
}

static void
flags_restore(struct cpu *c, uint64_t v, uint64_t mask)
{
	rflags_load(c, (rflags_get(c) & ~mask) | (v & mask));
}

/* ---- real and virtual-8086 mode ---- */

static bool
iret_frame(struct cpu *c, unsigned size, uint64_t out[3])
{
	for (unsigned i = 0; i < 3; i++) {
		if (!stack_peek(c, i * size, size, &out[i]))
			return false;
	}
	return true;
}

static void
stack_skip(struct cpu *c, uint64_t n)
{
	uint64_t mask = stack_mask(c);
	uint64_t sp = (c->gpr[RSP] & ~mask) | ((c->gpr[RSP] + n) & mask);

	c->gpr[RSP] = mask == 0xffffffff ? (uint32_t)sp : sp;
}

static bool
iret_real(struct cpu *c, unsigned size, uint64_t mask, uint64_t flip)
{
	uint64_t fr[3];

	if (!iret_frame(c, size, fr))
		return false;
	if (fr[0] > c->seg[SEG_CS].limit)
		return raise_gp0(c);
	stack_skip(c, 3 * size);
	seg_load_real(c, SEG_CS, (uint16_t)fr[1]);
	c->next_rip = fr[0];
	flags_restore(c, fr[2] | flip, mask);
	cpu_mode_update(c);
	return true;
}

/*
 * AMD APM vol 2 §8.10.1 "Virtual-8086 Mode Extensions": at IOPL < 3 a 16-bit
 * IRET puts the image's IF into VIF; #GP(0) when it sets IF with VIP pending,
 * or sets TF.
 */
static bool
iret_vme(struct cpu *c)
{
	uint64_t fr[3], mask = F_OSZAPC | F_TF | F_DF | F_NT | F_VIF;

	if (!iret_frame(c, 2, fr))
		return false;
	if ((fr[2] & F_TF) || ((fr[2] & F_IF) && (c->rflags & F_VIP)))
		return raise_gp0(c);
	return iret_real(c, 2, mask, fr[2] & F_IF ? F_VIF : 0);
}

static bool
iret_from_vm86(struct cpu *c, unsigned size)
{
	uint64_t mask = F_OSZAPC | F_TF | F_IF | F_DF | F_NT;

	if (iopl(c) == 3)
		return iret_real(c, size, size == 2 ? mask : mask | F_RF | F_AC | F_ID, 0);
	if (size == 2 && (c->cr4 & CR4_VME))
		return iret_vme(c);
	return raise_gp0(c);
}

/* ---- protected mode ---- */

static bool
iret_task(struct cpu *c)
{
	struct task_switch ts = {
		.src = TASK_IRET, .eip = (uint32_t)c->next_rip,
		.eflags = (uint32_t)rflags_get(c)
	};
	uint64_t link;

	if (!sys_ld_u(c, c->tr.base, 2, &link))
		return false;
	ts.sel = (uint16_t)link;
	return task_switch(c, &ts);
}

/* To virtual-8086 mode: ESP, SS, ES, DS, FS and GS follow EFLAGS. */
static bool
iret_to_vm86(struct cpu *c, const uint64_t fr[3])
{
	static const uint8_t order[] = { SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS };
	uint64_t esp, sel[ARRAY_SIZE(order)];

	if (!stack_peek(c, 12, 4, &esp))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		if (!stack_peek(c, 16 + 4 * i, 4, &sel[i]))
			return false;
	}
	if (fr[0] > 0xffff)
		return raise_gp0(c);
	rflags_load(c, (uint32_t)fr[2]);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		seg_set_vm86(&c->seg[order[i]], (uint16_t)sel[i]);
	seg_set_vm86(&c->seg[SEG_CS], (uint16_t)fr[1]);
	c->gpr[RSP] = esp;
	c->next_rip = fr[0];
	cpu_set_cpl(c, 3);
	cpu_mode_update(c);
	return true;
}

static bool
iret_same(struct cpu *c, const uint64_t fr[3], struct descriptor *d, unsigned size)
{
	uint16_t sel = (uint16_t)fr[1];

	if (!cs_offset_ok(c, d, fr[0]) || !desc_set_accessed(c, sel, d))
		return false;
	flags_restore(c, fr[2], iret_flags_mask(c, size));
	stack_skip(c, 3 * size);
	cs_load(c, d, sel, c->cpl);
	c->next_rip = fr[0];
	cpu_mode_update(c);
	return true;
}

/* To an outer level; in 64-bit mode also to the same, with SS and RSP popped. */
static bool
iret_outer(struct cpu *c, const uint64_t fr[3], struct descriptor *d, unsigned size)
{
	uint64_t mask = iret_flags_mask(c, size);
	uint16_t sel = (uint16_t)fr[1];
	unsigned cpl = sel & 3;
	struct outer_stack os;
	uint64_t sp, ss;
	bool outer = cpl != c->cpl;

	if (!stack_peek(c, 3 * size, size, &sp) || !stack_peek(c, 4 * size, size, &ss) ||
	    !outer_stack_open(c, (uint16_t)ss, sp, cpl, d, &os) ||
	    !cs_offset_ok(c, d, fr[0]) || !desc_set_accessed(c, sel, d) ||
	    !outer_stack_load(c, &os))
		return false;
	flags_restore(c, fr[2], mask);
	cs_load(c, d, sel, cpl);
	if (outer)
		seg_drop_inner(c);
	c->next_rip = fr[0];
	cpu_mode_update(c);
	return true;
}

static bool
iret_protected(struct cpu *c, unsigned size)
{
	struct descriptor d;
	uint64_t fr[3];

	if (c->rflags & F_NT)
		return long_mode(c) ? raise_gp0(c) : iret_task(c);
	if (!iret_frame(c, size, fr))
		return false;
	if ((fr[2] & F_VM) && size == 4 && c->cpl == 0 && !long_mode(c))
		return iret_to_vm86(c, fr);
	if (!return_code_read(c, (uint16_t)fr[1], &d))
		return false;
	if (in_long64(c) || (fr[1] & 3) != c->cpl)
		return iret_outer(c, fr, &d, size);
	return iret_same(c, fr, &d, size);
}

/* AMD APM vol 2 §8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)": IRET ends the
 * blocking of NMIs. */
bool
x_iret(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned size = in->opsize;
	uint64_t mask = F_OSZAPC | F_TF | F_IF | F_DF | F_IOPL | F_NT;
	bool ok;

	(void)v;
	if (!(c->mode & MK_PE))
		ok = iret_real(c, size, size == 2 ? mask : mask | F_RF | F_AC | F_ID, 0);
	else if (c->rflags & F_VM)
		ok = iret_from_vm86(c, size);
	else
		ok = iret_protected(c, size);
	if (ok)
		c->nmi_blocked = false;
	return ok;
}
