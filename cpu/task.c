/*
 * cpu/task.c - hardware task switches
 *
 * AMD APM vol 2 chapter 12 "Task Management", §12.3 "Hardware Task-Management
 * in Legacy Mode".  Everything that can be checked or translated in the old
 * task's context is, before anything changes; then the switch is committed
 * and segment registers are loaded, whose faults belong to the new task.
 */
#include "cpu/svm.h"
#include "cpu/system_priv.h"

/* Layout of a TSS: byte offsets of the first of each kind. */
struct tss_layout {
	unsigned	min_limit;
	unsigned	width;		/* of EIP, EFLAGS and general registers */
	unsigned	eip;		/* then EFLAGS, eight registers */
	unsigned	sel;		/* ES CS SS DS and, in 32 bits, FS GS */
	unsigned	nsel;
	unsigned	sel_step;
	unsigned	ldt;
	unsigned	saved;		/* bytes written from eip on */
};

static const struct tss_layout tss16 = {
	.min_limit = 43, .width = 2, .eip = 14, .sel = 34, .nsel = 4, .sel_step = 2,
	.ldt = 42, .saved = 28
};
static const struct tss_layout tss32 = {
	.min_limit = 103, .width = 4, .eip = 32, .sel = 72, .nsel = 6, .sel_step = 4,
	.ldt = 96, .saved = 64
};

#define TSS32_CR3	28
#define TSS32_TRAP	100
#define TSS_MAX		104

struct switching {
	const struct task_switch *ts;
	struct descriptor	d;		/* of the new TSS */
	const struct tss_layout	*from, *to;
	uint8_t			tss[TSS_MAX];	/* the new TSS */
	struct mmu_rmw		save;		/* old TSS, registers */
	struct mmu_rmw		link;		/* new TSS, back link */
	struct mmu_rmw		old_busy, new_busy;
};

static const struct tss_layout *
tss_layout(unsigned type)
{
	return type & 8 ? &tss32 : &tss16;
}

/* The selector and its descriptor; IRET wants a busy TSS, all others a free one. */
static bool
target_check(struct cpu *c, struct switching *s)
{
	unsigned vector = s->ts->src == TASK_IRET ? EXC_TS : EXC_GP;
	unsigned busy = s->ts->src == TASK_IRET ? 2 : 0;
	uint16_t sel = s->ts->sel;
	struct seg seg;

	if ((sel & 4) || sel_is_null(sel))
		return raise_sel(c, vector, sel);
	if (!desc_read(c, sel, vector, &s->d))
		return false;
	if ((s->d.lo & DESC_S) || (desc_type(&s->d) & ~8u) != (1 | busy))
		return raise_sel(c, vector, sel);
	if (!(s->d.lo & DESC_P))
		return raise_sel(c, EXC_NP, sel);
	s->to = tss_layout(desc_type(&s->d));
	s->from = tss_layout(c->tr.attr);
	desc_to_seg(&s->d, sel, &seg);
	if (seg.limit < s->to->min_limit)
		return raise_sel(c, EXC_TS, sel);
	return true;
}

static gva_t
new_tss_va(const struct switching *s)
{
	struct seg seg;

	desc_to_seg(&s->d, s->ts->sel, &seg);
	return seg.base;
}

static bool
tss_read(struct cpu *c, struct switching *s)
{
	unsigned n = s->to->min_limit + 1;
	gva_t base = new_tss_va(s);
	uint64_t v;

	memset(s->tss, 0, sizeof(s->tss));
	for (unsigned off = 0; off < n; off += 4) {
		if (!sys_ld_u(c, (uint32_t)(base + off), 4, &v))
			return false;
		put_le32(s->tss + off, (uint32_t)v);
	}
	return true;
}

static bool
translate(struct cpu *c, gva_t va, unsigned size, struct mmu_rmw *r)
{
	struct walk_fault f;

	return mmu_rmw_begin(&c->mmu, (uint32_t)va, size, ACC_IMPLICIT, r, &f) ||
	    raise_pf(c, &f);
}

static bool
translate_all(struct cpu *c, struct switching *s)
{
	return translate(c, c->tr.base + s->from->eip, s->from->saved, &s->save) &&
	    translate(c, new_tss_va(s), 2, &s->link) &&
	    translate(c, desc_va(c, c->tr.sel) + 5, 1, &s->old_busy) &&
	    translate(c, desc_va(c, s->ts->sel) + 5, 1, &s->new_busy);
}

static void
set_busy(struct cpu *c, const struct mmu_rmw *r, bool busy)
{
	uint8_t b;

	mmu_rmw_read(&c->mmu, r, &b);
	b = (uint8_t)bits_put(b, 1, 1, busy);
	mmu_rmw_write(&c->mmu, r, &b);
}

/* Writes the old task's registers; selectors leave the upper half of their
 * fields alone. */
static void
save_old(struct cpu *c, const struct switching *s)
{
	const struct tss_layout *l = s->from;
	uint32_t eflags = s->ts->eflags;
	uint8_t buf[64];

	if (s->ts->src == TASK_IRET)
		eflags &= ~F_NT;
	mmu_rmw_read(&c->mmu, &s->save, buf);
	put_le(buf, l->width, s->ts->eip);
	put_le(buf + l->width, l->width, eflags);
	for (unsigned i = 0; i < 8; i++)
		put_le(buf + (2 + i) * l->width, l->width, c->gpr[i]);
	for (unsigned i = 0; i < l->nsel; i++)
		put_le16(buf + (l->sel - l->eip) + i * l->sel_step, c->seg[i].sel);
	mmu_rmw_write(&c->mmu, &s->save, buf);
}

static bool
nests(const struct switching *s)
{
	return s->ts->src == TASK_CALL || s->ts->src == TASK_EVENT;
}

static void
load_registers(struct cpu *c, const struct switching *s)
{
	const struct tss_layout *l = s->to;
	const uint8_t *p = s->tss + l->eip;
	uint64_t high = l->width == 2 ? 0xffff0000 : 0;
	uint64_t eflags = get_le(p + l->width, l->width);

	if (nests(s))
		eflags |= F_NT;
	for (unsigned i = 0; i < 8; i++)
		c->gpr[i] = high | get_le(p + (2 + i) * l->width, l->width);
	c->rip = c->next_rip = get_le(p, l->width);
	rflags_load(c, eflags);
}

/* Bare selectors first: a fault handler must find the new task's. */
static void
load_selectors(struct cpu *c, const struct switching *s)
{
	for (unsigned i = 0; i < SEG_COUNT; i++) {
		uint16_t sel = i < s->to->nsel ?
		    get_le16(s->tss + s->to->sel + i * s->to->sel_step) : 0;

		if (c->rflags & F_VM)
			seg_set_vm86(&c->seg[i], sel);
		else
			seg_set_null(&c->seg[i], sel);
	}
	seg_set_null(&c->ldtr, get_le16(s->tss + s->to->ldt));
	cpu_set_cpl(c, c->rflags & F_VM ? 3 : c->seg[SEG_CS].sel & 3);
}

static void
load_cr3(struct cpu *c, const struct switching *s)
{
	uint32_t cr3 = get_le32(s->tss + TSS32_CR3);

	if (s->to != &tss32 || !(c->cr0 & CR0_PG) || c->cr3 == cr3)
		return;
	c->cr3 = cr3;
	c->mmu.fetch_page = FETCH_NONE;
	cpu_mode_update(c);
	mmu_flush_nonglobal(&c->mmu);
	c->stats.cr3_loads++;
}

/* The point of no return: from here on it is the new task. */
static void
commit(struct cpu *c, struct switching *s)
{
	uint8_t link[2];

	if (!nests(s))
		set_busy(c, &s->old_busy, false);
	save_old(c, s);
	if (nests(s)) {
		put_le16(link, c->tr.sel);
		mmu_rmw_write(&c->mmu, &s->link, link);
	}
	if (s->ts->src != TASK_IRET)
		set_busy(c, &s->new_busy, true);
	desc_to_seg(&s->d, s->ts->sel, &c->tr);
	c->tr.attr |= 2;
	c->cr0 |= CR0_TS;
	c->dr[7] &= ~(uint64_t)0x155;		/* local enables */
	load_cr3(c, s);
	load_registers(c, s);
	load_selectors(c, s);
	c->inhibit = 0;
	c->rep_active = false;
	cpu_mode_update(c);
	c->charge += c->costs->task_switch;
	c->stats.task_switches++;
}

static bool
load_ldt(struct cpu *c)
{
	uint16_t sel = c->ldtr.sel;
	struct descriptor d;

	if (sel_is_null(sel))
		return true;
	if (sel & 4)
		return raise_sel(c, EXC_TS, sel);
	if (!desc_read(c, sel, EXC_TS, &d))
		return false;
	if ((d.lo & DESC_S) || desc_type(&d) != DT_LDT || !(d.lo & DESC_P))
		return raise_sel(c, EXC_TS, sel);
	desc_to_seg(&d, sel, &c->ldtr);
	return true;
}

static bool
load_cs(struct cpu *c)
{
	uint16_t sel = c->seg[SEG_CS].sel;
	struct descriptor d;

	if (sel_is_null(sel))
		return raise_sel(c, EXC_TS, sel);
	if (!desc_read(c, sel, EXC_TS, &d))
		return false;
	if (!desc_is_code(&d) || (desc_type(&d) & SA_CONFORM ? desc_dpl(&d) > c->cpl :
	    desc_dpl(&d) != c->cpl))
		return raise_sel(c, EXC_TS, sel);
	if (!(d.lo & DESC_P))
		return raise_sel(c, EXC_NP, sel);
	if (!desc_set_accessed(c, sel, &d))
		return false;
	cs_load(c, &d, sel, c->cpl);
	return true;
}

static bool
load_ss(struct cpu *c)
{
	uint16_t sel = c->seg[SEG_SS].sel;
	struct descriptor d;

	if (!stack_desc_read(c, sel, c->cpl, EXC_TS, &d) || !desc_set_accessed(c, sel, &d))
		return false;
	desc_to_seg(&d, sel, &c->seg[SEG_SS]);
	return true;
}

/* As MOV to a data segment register, but #TS where that has #GP. */
static bool
load_data(struct cpu *c, unsigned seg)
{
	if (seg_load(c, seg, c->seg[seg].sel))
		return true;
	if (c->fault.vector == EXC_GP)
		c->fault.vector = EXC_TS;
	return false;
}

static bool
load_segments(struct cpu *c)
{
	if (!load_ldt(c))
		return false;
	if (c->rflags & F_VM)
		return true;
	return load_cs(c) && load_ss(c) && load_data(c, SEG_DS) && load_data(c, SEG_ES) &&
	    load_data(c, SEG_FS) && load_data(c, SEG_GS);
}

/* In the new task: segments, entry point, error code, debug trap. */
static bool
enter(struct cpu *c, const struct switching *s)
{
	bool ok = load_segments(c);

	cpu_mode_update(c);
	if (!ok)
		return false;
	if (s->to == &tss32 && (s->tss[TSS32_TRAP] & 1)) {
		c->dr6_pending |= DR6_BT;
		c->pins |= PIN_TRAP;
	}
	if (s->ts->error && !cpu_push(c, s->to->width, *s->ts->error))
		return false;
	if (c->rip > c->seg[SEG_CS].limit)
		return raise_gp0(c);
	return true;
}

/* AMD APM vol 2 §15.14.1 "Task Switch Intercept". */
static bool
task_intercepted(struct cpu *c, const struct task_switch *ts)
{
	uint64_t info = ts->error ? *ts->error | TASK_HAS_ERROR : 0;

	if (!svm_intercepts(c, ICPT_MISC1, ICPT_TASK_SWITCH))
		return false;
	if (ts->src == TASK_IRET)
		info |= TASK_BY_IRET;
	if (ts->src == TASK_JUMP)
		info |= TASK_BY_JUMP;
	if (ts->eflags & F_RF)
		info |= TASK_RF;
	return !svm_raise(c, EXIT_TASK_SWITCH, ts->sel, info);
}

bool
task_switch(struct cpu *c, const struct task_switch *ts)
{
	struct switching s = { .ts = ts };

	if (!target_check(c, &s) || task_intercepted(c, ts) || !tss_read(c, &s) || !translate_all(c, &s))
		return false;
	commit(c, &s);
	return enter(c, &s);
}
