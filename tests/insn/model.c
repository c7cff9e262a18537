/*
 * tests/insn/model.c - a case on the emulated processor
 *
 * Level 3 code of a 64-bit kernel, as on the host: long mode, in its 64-bit or
 * in its 32-bit compatibility form, the windows at the same linear addresses.
 * The reference engine is asked for exactly one instruction.  The threaded
 * engine runs until an exception, at the latest that of the INT3 behind the
 * instruction, has entered its handler; handlers are told apart by address.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/cpuid.h"
#include "cpu/engine.h"
#include "cpu/exec.h"
#include "cpu/regs.h"
#include "cpu/system.h"
#include "cpu/x87.h"
#include "tests/insn/diff.h"

/* Bus addresses. */
#define RAM_BYTES	(2u << 20)
#define TABLES		0x10000u	/* page tables, taken one after the other */
#define TABLES_END	0x40000u
#define SYSTEM		0x40000u	/* IDT, GDT, TSS, stack: a page each */
#define CODE_HPA	0x100000u
#define ARENA_HPA	0x110000u
#define READONLY_HPA	0x120000u
/* Linear, supervisor only. */
#define SYSTEM_AT	0xffffffff80000000u
#define IDT_AT		SYSTEM_AT
#define GDT_AT		(SYSTEM_AT + 0x1000)
#define TSS_AT		(SYSTEM_AT + 0x2000)
#define STACK_TOP	(SYSTEM_AT + 0x4000)
#define HANDLER_AT	(SYSTEM_AT + 0x4000)	/* 16 bytes per vector */
#define SYSTEM_PAGES	5u

struct model {
	struct target	*t;
	struct physmem	*pm;
	struct codecache *codes;
	struct cpu	*c;
	uint8_t		*arena;
	const uint8_t	*template;
	hpa_t		next_table;
	uint32_t	code_off, code_len;	/* what is not CODE_FILL */
};

/* ---- the machine around it ---- */

static uint64_t no_in(void *a, uint16_t p, unsigned n) { (void)a; (void)p; (void)n; return 0; }
static void
no_out(void *a, uint16_t p, unsigned n, uint64_t v)
{
	(void)a;
	(void)p;
	(void)n;
	(void)v;
}
static int no_ack(void *a) { (void)a; return -1; }
static uint8_t no_tpr(void *a) { (void)a; return 0; }
static void no_tpr_set(void *a, uint8_t v) { (void)a; (void)v; }
static bool no_rdmsr(void *a, uint32_t m, uint64_t *v) { (void)a; (void)m; (void)v; return false; }
static bool no_wrmsr(void *a, uint32_t m, uint64_t v) { (void)a; (void)m; (void)v; return false; }
static void no_level(void *a, bool l) { (void)a; (void)l; }
static void no_shutdown(void *a) { (void)a; }
static uint64_t no_random(void *a) { (void)a; return 0; }

/* ---- memory ---- */

static hpa_t
new_table(struct model *m)
{
	hpa_t at = m->next_table;

	m->next_table += PAGE_SIZE;
	return at;
}

static void
map_page(struct model *m, gva_t va, hpa_t hpa, uint64_t flags)
{
	hpa_t table = TABLES, entry;
	unsigned level;
	uint64_t e;

	for (level = 3; level; level--) {
		entry = table + (va >> (12 + 9 * level) & 511) * 8;
		e = phys_ld64(m->pm, entry);
		if (!e) {
			e = new_table(m) | 7;
			phys_st64(m->pm, entry, e);
		}
		table = e & ~(uint64_t)0xfff;
	}
	phys_st64(m->pm, table + (va >> 12 & 511) * 8, hpa | flags);
}

#define PTE_NX		((uint64_t)1 << 63)
#define USER_CODE	0x5u
#define USER_DATA	(0x7u | PTE_NX)
#define USER_CONST	(0x5u | PTE_NX)
#define KERNEL		0x3u

static void
map_windows(struct model *m)
{
	unsigned i;

	m->next_table = TABLES + PAGE_SIZE;
	for (i = 0; i < CODE_PAGES; i++)
		map_page(m, CODE_AT + i * PAGE_SIZE, CODE_HPA + i * PAGE_SIZE, USER_CODE);
	for (i = 0; i < WINDOW_PAGES; i++) {
		map_page(m, DATA_AT + i * PAGE_SIZE, ARENA_HPA + i * PAGE_SIZE, USER_DATA);
		map_page(m, m->t->far_at + i * PAGE_SIZE,
		    ARENA_HPA + WINDOW_BYTES + i * PAGE_SIZE, USER_DATA);
	}
	map_page(m, DATA_AT + WINDOW_BYTES, READONLY_HPA, USER_CONST);
	map_page(m, m->t->far_at + WINDOW_BYTES, READONLY_HPA, USER_CONST);
	for (i = 0; i < SYSTEM_PAGES; i++)
		map_page(m, SYSTEM_AT + i * PAGE_SIZE, SYSTEM + i * PAGE_SIZE, KERNEL);
}

/* Interrupt gates; INT3 and INTO may be called from level 3. */
static void
make_system(struct model *m)
{
	unsigned i;
	gva_t to;

	for (i = 0; i < 256; i++) {
		unsigned dpl = i == EXC_BP || i == EXC_OF ? 3 : 0;

		to = HANDLER_AT + 16 * i;
		phys_st64(m->pm, SYSTEM + 16 * i, (to & 0xffff) | 8u << 16 |
		    (uint64_t)(0x8e | dpl << 5) << 40 | (to >> 16 & 0xffff) << 48);
		phys_st64(m->pm, SYSTEM + 16 * i + 8, to >> 32);
		phys_st8(m->pm, SYSTEM + (to - SYSTEM_AT), 0xf4);	/* HLT */
	}
	phys_st64(m->pm, SYSTEM + 0x1000 + 8, 0x00af9b000000ffff);
	phys_st64(m->pm, SYSTEM + 0x1000 + 16, 0x00cf93000000ffff);
	phys_st64(m->pm, SYSTEM + 0x2000 + 4, STACK_TOP);
	phys_st16(m->pm, SYSTEM + 0x2000 + 0x66, 0xffff);	/* no port bitmap */
}

static void
copy_template(struct model *m)
{
	const struct shared *sh = m->t->shared;
	uint8_t fill[CODE_BYTES];

	memset(fill, CODE_FILL, sizeof(fill));
	phys_write(m->pm, CODE_HPA, fill, sizeof(fill));
	phys_write(m->pm, READONLY_HPA, sh->readonly, sizeof(sh->readonly));
	phys_write(m->pm, ARENA_HPA, sh->arena, sizeof(sh->arena));
	m->arena = physmem_host(m->pm, ARENA_HPA / PAGE_SIZE);
	m->template = sh->arena;
}

/* ---- the processor ---- */

static void
set_system_registers(struct cpu *c)
{
	c->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
	c->cr3 = TABLES;
	c->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_OSXSAVE;
	if (feat_has(&c->features, FEAT_FSGSBASE))
		c->cr4 |= CR4_FSGSBASE;
	c->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
	c->xcr0 = 3;
	c->idtr = (struct dtable){ IDT_AT, 0xfff };
	c->gdtr = (struct dtable){ GDT_AT, 0xfff };
	c->tr = (struct seg){ .sel = 0x40, .attr = SA_P | DT_TSS32_BUSY, .limit = 0x67,
		.base = TSS_AT };
}

struct model *
model_new(struct target *t)
{
	struct model *m = calloc(1, sizeof(*m));
	struct cpu_config cfg = {
		.model = "max",
		.fast_tlb = 1024,
		.threaded = t->engine == ENGINE_THREADED,
		.env = { NULL, no_in, no_out, no_ack, no_tpr, no_tpr_set, no_rdmsr, no_wrmsr,
		    no_level, no_shutdown, no_random, NULL },
	};

	m->t = t;
	m->pm = physmem_new(RAM_BYTES, 0, NULL);
	if (!m->pm || !physmem_map_ram(m->pm, 0, RAM_BYTES, 0, 0))
		return NULL;
	cfg.pm = m->pm;
	cfg.codes = cfg.threaded ? codecache_new(m->pm, &engine_defaults, NULL) : NULL;
	m->codes = cfg.codes;
	m->c = cpu_new(&cfg);
	if (!m->c)
		return NULL;
	t->features = m->c->features;
	map_windows(m);
	make_system(m);
	copy_template(m);
	set_system_registers(m->c);
	return m;
}

void
model_free(struct model *m)
{
	if (!m)
		return;
	cpu_free(m->c);
	if (m->codes)
		codecache_free(m->codes);
	physmem_free(m->pm);
	free(m);
}

/* ---- state in and out ---- */

#define DATA_ATTR	(SA_P | 3u << SA_DPL_SHIFT | SA_S | SA_RW | SA_ACCESSED | SA_DB)
#define CODE_ATTR	(SA_P | 3u << SA_DPL_SHIFT | SA_S | SA_CODE | SA_RW | SA_ACCESSED)

static void
put_segment(struct cpu *c, unsigned seg, uint32_t sel, uint64_t base, uint32_t limit)
{
	c->seg[seg] = (struct seg){ .sel = (uint16_t)sel, .attr = DATA_ATTR, .limit = limit,
		.base = base };
	if (limit == 0xffffffff)
		c->seg[seg].attr |= SA_G;
	if (sel < 4)
		c->seg[seg].attr = 0;
}

static void
put_segments(struct model *m, const struct case_regs *r)
{
	const struct shared *sh = m->t->shared;
	struct cpu *c = m->c;
	bool wide = m->t->bits == 64;

	c->seg[SEG_CS] = (struct seg){ .sel = (uint16_t)sh->cs, .limit = 0xffffffff,
		.attr = CODE_ATTR | SA_G | (wide ? SA_L : SA_DB) };
	put_segment(c, SEG_SS, sh->ss, 0, 0xffffffff);
	put_segment(c, SEG_DS, sh->ds, 0, 0xffffffff);
	put_segment(c, SEG_ES, sh->es, 0, 0xffffffff);
	put_segment(c, SEG_FS, sh->fs, r->fs_base, wide ? 0xffffffff : FS_LIMIT32);
	put_segment(c, SEG_GS, sh->gs, r->gs_base, wide ? 0xffffffff : GS_LIMIT32);
}

static void
put_fx(struct cpu *c, const uint8_t *fx)
{
	struct x87 *x = &c->x87;
	unsigned i;

	memset(x, 0, sizeof(*x));
	x->fcw = get_le16(fx);
	x->fsw = get_le16(fx + 2);
	x87_set_abridged_tags(x, fx[4]);
	for (i = 0; i < 8; i++)
		x->reg[x87_phys(x, i)] = (struct f80){ .mant = get_le64(fx + 32 + 16 * i),
			.se = get_le16(fx + 40 + 16 * i) };
	c->mxcsr = get_le32(fx + 24);
	memcpy(c->xmm, fx + 160, 256);
}

static void
take_fx(const struct cpu *c, uint8_t *fx)
{
	const struct x87 *x = &c->x87;
	unsigned i;

	memset(fx, 0, 512);
	put_le16(fx, x->fcw);
	put_le16(fx + 2, x->fsw);
	fx[4] = x87_abridged_tags(x);
	for (i = 0; i < 8; i++) {
		struct f80 st = x87_get(x, i);

		put_le64(fx + 32 + 16 * i, st.mant);
		put_le16(fx + 40 + 16 * i, st.se);
	}
	put_le32(fx + 24, c->mxcsr);
	memcpy(fx + 160, c->xmm, 256);
}

static void
put_memory(struct model *m, const struct insn_case *k)
{
	uint8_t fill[16];

	memset(fill, CODE_FILL, sizeof(fill));
	phys_write(m->pm, CODE_HPA + m->code_off, fill, m->code_len);
	phys_write(m->pm, CODE_HPA + k->code_off, k->code, k->code_len);
	m->code_off = k->code_off;
	m->code_len = k->code_len;
	memcpy(m->arena + k->patch_at, k->patch, k->patch_len);
}

static void
put_state(struct model *m, const struct insn_case *k)
{
	struct cpu *c = m->c;

	memcpy(c->gpr, k->regs.gpr, sizeof(c->gpr));
	c->rip = c->next_rip = k->regs.rip;
	c->rflags = k->regs.rflags;
	cc_set_raw(c, (uint32_t)k->regs.rflags);
	put_segments(m, &k->regs);
	put_fx(c, k->regs.fx);
	cpu_set_cpl(c, 3);
	c->activity = ACT_RUN;
	c->pins = c->inhibit = 0;
	c->delivering = -1;
	c->fault = (struct cpu_fault){ 0 };
	cpu_mode_update(c);
	put_memory(m, k);
}

static void
take_changes(struct model *m, struct outcome *o)
{
	uint32_t lo = 0, hi = ARENA_BYTES;

	o->lo = o->hi = 0;
	while (lo < hi && !memcmp(m->arena + lo, m->template + lo, 64))
		lo += 64;
	if (lo == hi)
		return;
	while (m->arena[lo] == m->template[lo])
		lo++;
	while (m->arena[hi - 1] == m->template[hi - 1])
		hi--;
	memcpy(o->change, m->arena + lo, hi - lo);
	memcpy(m->arena + lo, m->template + lo, hi - lo);
	o->lo = lo;
	o->hi = hi;
}

static void
take_state(struct model *m, struct outcome *o, uint64_t rip)
{
	struct cpu *c = m->c;

	memcpy(o->regs.gpr, c->gpr, sizeof(c->gpr));
	o->regs.rip = rip;
	o->regs.rflags = rflags_get(c);
	o->regs.fs_base = c->seg[SEG_FS].base;
	o->regs.gs_base = c->seg[SEG_GS].base;
	take_fx(c, o->regs.fx);
	take_changes(m, o);
}

/* ---- running ---- */

static void
set_fault(struct outcome *o, const struct cpu_fault *f)
{
	o->vector = f->vector;
	o->error = f->has_error ? f->error : 0;
	o->cr2 = f->vector == EXC_PF ? f->cr2 : 0;
}

/* INT3, INTO, INT1 entered their handlers: the state is that of the program. */
static void
leave_handler(struct model *m, const struct insn_case *k, struct outcome *o)
{
	uint64_t frame[5];

	phys_read(m->pm, SYSTEM + 0x4000 - sizeof(frame), frame, sizeof(frame));
	o->vector = (uint32_t)(m->c->next_rip - HANDLER_AT) / 16;
	o->regs = k->regs;
	o->regs.rip = frame[0];
	o->regs.rflags = frame[2];
}

static void
run_reference(struct model *m, const struct insn_case *k, struct outcome *o)
{
	struct cpu *c = m->c;
	struct insn in;

	c->deadline = UINT64_MAX;
	if (!fetch_insn(c, &in) || !exec_insn(c, &in)) {
		take_state(m, o, c->rip);
		set_fault(o, &c->fault);
		return;
	}
	take_state(m, o, c->next_rip);
	o->vector = EXC_DB;
	if (c->cpl != 3)
		leave_handler(m, k, o);
}

/* As the host will report it: without TF an INT3 follows. */
static void
run_on(struct outcome *o)
{
	if (o->vector != EXC_DB)
		return;
	o->vector = EXC_BP;
	o->regs.rip++;
}

static bool
has_error_code(unsigned vector)
{
	return vector == EXC_DF || (vector >= EXC_TS && vector <= EXC_PF) || vector == EXC_AC;
}

/* Every exception, the final INT3 too, ends in a handler that halts. */
static void
run_threaded(struct model *m, struct outcome *o)
{
	struct cpu *c = m->c;
	uint64_t frame[6] = { 0 };
	unsigned error;

	c->deadline = UINT64_MAX;
	o->vector = VECTOR_NONE;
	if (cpu_run(c) != STOP_HALT)
		return;
	o->vector = (uint32_t)(c->rip - HANDLER_AT) / 16;
	error = has_error_code(o->vector);
	phys_read(m->pm, SYSTEM + 0x4000 - 40 - 8 * error, frame, 40 + 8 * error);
	take_state(m, o, frame[error]);
	o->regs.rflags = frame[error + 2];
	o->regs.gpr[RSP] = frame[error + 3];
	o->error = error ? (uint32_t)frame[0] : 0;
	o->cr2 = o->vector == EXC_PF ? c->cr2 : 0;
}

/* Without TF a jump into the instruction itself may never end. */
static bool
ends(const struct insn_case *k, const struct outcome *o)
{
	return o->vector != EXC_DB || o->regs.rip - k->regs.rip >= k->code_len;
}

bool
model_run(struct model *m, const struct insn_case *k, struct plan *p)
{
	struct outcome *o = &p->want;

	o->error = 0;
	o->cr2 = 0;
	put_state(m, k);
	run_reference(m, k, o);
	if (!p->stepped) {
		if (!ends(k, o))
			return false;
		run_on(o);
	}
	if (m->t->engine == ENGINE_THREADED) {
		put_state(m, k);
		run_threaded(m, o);
	}
	m->c->charge = m->c->mmu.charge = 0;
	return true;
}
