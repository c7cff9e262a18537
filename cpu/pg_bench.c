/*
 * cpu/pg_bench.c - a processor and a little memory to try instructions on
 *
 * Accessed and dirty bits are set from the start, so that the only stores are
 * those of the instructions.  Pages an instruction wrote are found by the dirty
 * list, summed up and put back.
 */
#include <stdlib.h>

#include "cpu/cpuid.h"
#include "cpu/pg_priv.h"
#include "cpu/svm.h"
#include "cpu/system_priv.h"

#define BENCH_RAM	0x200000u
#define PTE		(0x63u)		/* present, writable, accessed, dirty */
#define PTE_U		4u
#define TSS_LIMIT	(0x68u + 0x2000u)

const char *const pg_mode_names[PG_MODES] = { "64", "compat", "32", "16", "v86" };

/* ---- the world outside ---- */

static void
port_seen(struct pg_bench *b, uint64_t what)
{
	b->outside.nports++;
	b->outside.ports = (b->outside.ports ^ what) * 0x9e3779b97f4a7c15u;
}

static uint64_t
bench_in(void *arg, uint16_t port, unsigned size)
{
	port_seen(arg, (uint64_t)port << 32 | size);
	return 0x5aa5c33cu;
}

static void
bench_out(void *arg, uint16_t port, unsigned size, uint64_t v)
{
	port_seen(arg, v ^ (uint64_t)port << 40 ^ (uint64_t)size << 60);
}

static int
bench_intack(void *arg)
{
	(void)arg;
	return -1;
}

static uint8_t
bench_tpr_get(void *arg)
{
	return ((struct pg_bench *)arg)->outside.tpr;
}

static void
bench_tpr_set(void *arg, uint8_t v)
{
	((struct pg_bench *)arg)->outside.tpr = v;
}

static bool
bench_apic_read(void *arg, uint32_t msr, uint64_t *v)
{
	*v = ((struct pg_bench *)arg)->outside.apic_base;
	return msr == 0x1b;
}

static bool
bench_apic_write(void *arg, uint32_t msr, uint64_t v)
{
	if (msr != 0x1b)
		return false;
	((struct pg_bench *)arg)->outside.apic_base = v;
	return true;
}

static void
bench_ferr(void *arg, bool level)
{
	if (level)
		((struct pg_bench *)arg)->outside.ferr = true;
}

static void
bench_shutdown(void *arg)
{
	(void)arg;
}

static uint64_t
bench_random(void *arg)
{
	(void)arg;
	return 0x0123456789abcdefu;
}

/* ---- memory ---- */

void
pg_bench_store(struct pg_bench *b, uint32_t at, const void *p, unsigned n)
{
	memcpy(b->template + at, p, n);
	phys_write(b->pm, at, p, n);
	b->stored = true;
}

static void
store64(struct pg_bench *b, uint32_t at, uint64_t v)
{
	uint8_t p[8];

	put_le64(p, v);
	pg_bench_store(b, at, p, 8);
}

/* What the entry of page i of 1 MiB adds to its address; 0: not mapped. */
static unsigned
page_flags(unsigned i)
{
	if (i >= PG_GDT >> PAGE_SHIFT && i < PG_PAGES)
		return PTE;
	if (i == PG_VMCB >> PAGE_SHIFT)
		return PTE;
	return i >= PG_DATA >> PAGE_SHIFT && i <= PG_CODE >> PAGE_SHIFT ? PTE | PTE_U : 0;
}

/* Two top levels of each kind, so that CR3 has another value; one page table. */
static void
fill_tables(struct pg_bench *b)
{
	uint32_t pml4 = PG_TABLES, pdpt = pml4 + 0x2000, pd = pdpt + 0x1000, pt = pd + 0x1000;
	uint32_t pae = pt + 0x1000;

	for (unsigned i = 0; i < 2; i++) {
		store64(b, pml4 + i * PAGE_SIZE, pdpt | PTE | PTE_U);
		store64(b, pae + i * PAGE_SIZE, pd | 1);
	}
	store64(b, pdpt, pd | PTE | PTE_U);
	store64(b, pd, pt | PTE | PTE_U);
	for (unsigned i = 0; i < 512; i++) {
		unsigned flags = page_flags(i % 256);

		store64(b, pt + i * 8, flags ? (i % 256) << PAGE_SHIFT | flags : 0);
	}
}

static uint64_t
descriptor(uint32_t base, uint32_t limit, unsigned attr)
{
	uint64_t d = bits_put(0, 0, 16, limit);

	d = bits_put(d, 48, 4, limit >> 16);
	d = bits_put(d, 16, 24, base);
	d = bits_put(d, 56, 8, base >> 24);
	d = bits_put(d, 40, 8, attr);
	return bits_put(d, 52, 4, attr >> 8);
}

static void
put_descriptor(struct pg_bench *b, unsigned sel, uint64_t d)
{
	store64(b, PG_GDT + (sel & ~7u), d);
	store64(b, PG_GDT + PG_TWIN + (sel & ~7u), d);
}

static bool
mode_long(enum pg_mode m)
{
	return m == PG_M64 || m == PG_MCOMPAT;
}

static unsigned
kernel_code(enum pg_mode m)
{
	return mode_long(m) ? PG_KCODE64 : PG_KCODE32;
}

static void
fill_gdt(struct pg_bench *b)
{
	static const unsigned conforming[PG_MODES] = { 0xa9f, 0xc9f, 0xc9f, 0x09f, 0x09f };
	uint64_t gate = PG_CODE | (uint64_t)kernel_code(b->mode) << 16 | (uint64_t)0xec00 << 32;

	put_descriptor(b, PG_KCODE64, descriptor(0, 0xfffff, 0xa9b));
	put_descriptor(b, PG_KDATA, descriptor(0, 0xfffff, 0xc93));
	put_descriptor(b, PG_UCODE32, descriptor(0, 0xfffff, 0xcfb));
	put_descriptor(b, PG_UDATA, descriptor(0, 0xfffff, 0xcf3));
	put_descriptor(b, PG_UCODE64, descriptor(0, 0xfffff, 0xafb));
	put_descriptor(b, PG_KCODE32, descriptor(0, 0xfffff, 0xc9b));
	put_descriptor(b, PG_CONF, descriptor(0, 0xfffff, conforming[b->mode]));
	put_descriptor(b, PG_KCODE16, descriptor(0, 0xffff, 0x09b));
	put_descriptor(b, PG_UCODE16, descriptor(0, 0xffff, 0x0fb));
	put_descriptor(b, PG_TSSSEL, descriptor(PG_TSS, TSS_LIMIT, 0x08b));
	put_descriptor(b, PG_TSSSEL + 8, 0);
	put_descriptor(b, PG_LDTSEL, descriptor(PG_LDT, 0xff, 0x082));
	put_descriptor(b, PG_LDTSEL + 8, 0);
	put_descriptor(b, PG_TSSFREE, descriptor(PG_TSS, TSS_LIMIT, 0x089));
	put_descriptor(b, PG_TSSFREE + 8, 0);
	put_descriptor(b, PG_GATE, gate);
	put_descriptor(b, PG_GATE + 8, 0);
	put_descriptor(b, PG_RODATA, descriptor(0, 0xfffff, 0xcf1));
	put_descriptor(b, PG_ABSENT, descriptor(0, 0xfffff, 0xc13));
	put_descriptor(b, PG_KDATA16, descriptor(0, 0xffff, 0x093));
	put_descriptor(b, PG_UDATA16, descriptor(0, 0xffff, 0x0f3));
}

/* Gates that level 3 may use, all of them. */
static void
fill_idt(struct pg_bench *b)
{
	uint64_t gate = PG_CODE | (uint64_t)kernel_code(b->mode) << 16 | (uint64_t)0xee00 << 32;

	for (unsigned v = 0; v < 256; v++) {
		if (mode_long(b->mode)) {
			store64(b, PG_IDT + v * 16, gate);
			store64(b, PG_IDT + v * 16 + 8, 0);
		} else {
			store64(b, PG_IDT + v * 8, gate);
		}
	}
}

/* Stacks; an I/O bitmap that allows every port. */
static void
fill_tss(struct pg_bench *b)
{
	static const uint8_t zeros[0x2068];

	pg_bench_store(b, PG_TSS, zeros, sizeof(zeros));
	store64(b, PG_TSS + 4, PG_STACK0);
	if (!mode_long(b->mode))
		store64(b, PG_TSS + 8, PG_KDATA);
	store64(b, PG_TSS + 0x60, (uint64_t)0x68 << 48);
}

static void
settle(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
}

void
pg_bench_mode(struct pg_bench *b, enum pg_mode m)
{
	b->mode = m;
	fill_tables(b);
	fill_gdt(b);
	fill_idt(b);
	fill_tss(b);
	mmu_flush_all(&b->c->mmu);
}

/* ---- registers ---- */

/* Everything but the MMU, which is told afterwards. */
static void
registers_restore(struct cpu *c, const uint8_t *from)
{
	size_t mmu = offsetof(struct cpu, mmu), rest = mmu + sizeof(struct mmu);

	memcpy(c, from, mmu);
	memcpy((uint8_t *)c + rest, from + rest, PG_CPU_BYTES - rest);
}

static void
load_segment(struct pg_bench *b, unsigned seg, unsigned sel)
{
	struct descriptor d = { get_le64(b->template + PG_GDT + (sel & ~7u)), 0 };

	desc_to_seg(&d, (uint16_t)sel, &b->c->seg[seg]);
}

static void
load_segments(struct pg_bench *b, unsigned cpl)
{
	static const uint8_t code[PG_MV86][2] = {
		{ PG_KCODE64, PG_UCODE64 }, { PG_KCODE32, PG_UCODE32 },
		{ PG_KCODE32, PG_UCODE32 }, { PG_KCODE16, PG_UCODE16 }
	};
	bool user = cpl == 3, small = b->mode == PG_M16;

	if (b->mode == PG_MV86) {
		for (unsigned i = 0; i < SEG_COUNT; i++)
			seg_set_vm86(&b->c->seg[i], 0);
		return;
	}
	for (unsigned i = 0; i < SEG_COUNT; i++)
		load_segment(b, i, small ? PG_UDATA16 : PG_UDATA);
	load_segment(b, SEG_CS, code[b->mode][user]);
	if (!user)
		load_segment(b, SEG_SS, small ? PG_KDATA16 : PG_KDATA);
}

static void
load_controls(struct pg_bench *b)
{
	struct cpu *c = b->c;
	bool lm = mode_long(b->mode);

	c->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
	c->cr3 = lm ? PG_TABLES : PG_TABLES + 0x5000;
	c->cr4 = CR4_PAE | CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (feat_has(&c->features, FEAT_XSAVE))
		c->cr4 |= CR4_OSXSAVE;
	if (lm && feat_has(&c->features, FEAT_FSGSBASE))
		c->cr4 |= CR4_FSGSBASE;
	c->efer = EFER_SCE | (lm ? EFER_LME | EFER_LMA : 0);
	if (feat_has(&c->features, FEAT_SVM))
		c->efer |= EFER_SVME;
	c->xcr0 = 3;
}

static void
load_tables(struct cpu *c)
{
	c->gdtr = (struct dtable){ PG_GDT, PG_GDT_LIMIT };
	c->idtr = (struct dtable){ PG_IDT, 0xfff };
	c->tr = (struct seg){ .sel = PG_TSSSEL, .attr = 0x8b, .limit = TSS_LIMIT,
		.base = PG_TSS };
	c->ldtr = (struct seg){ .sel = PG_LDTSEL, .attr = 0x82, .limit = 0xff, .base = PG_LDT };
}

static void
load_msrs(struct cpu *c)
{
	c->star = (uint64_t)(PG_UCODE32 & ~3u) << 48 | (uint64_t)PG_KCODE64 << 32 | PG_CODE;
	c->lstar = c->cstar = PG_CODE;
	c->sfmask = F_IF;
	c->kernel_gs_base = PG_DATA;
	c->sysenter_cs = PG_KCODE64;
	c->sysenter_esp = PG_STACK0;
	c->sysenter_eip = PG_CODE;
	c->tsc_aux = 7;
	c->vm_hsave_pa = PG_VMCB;
	c->cycles = 1000000;
}

void
pg_bench_registers(struct pg_bench *b, unsigned cpl)
{
	struct cpu *c = b->c;

	registers_restore(c, b->reset);
	load_controls(b);
	load_segments(b, cpl);
	load_tables(c);
	load_msrs(c);
	c->rip = c->next_rip = PG_CODE;
	c->cpl = (uint8_t)cpl;
	c->activity = ACT_RUN;
	c->deadline = UINT64_MAX;
	b->outside = (struct pg_outside){ .apic_base = 0xfee00900, .tpr = 2 };
}

/* ---- running ---- */

/* Counts what an instruction wrote and puts the template back. */
static void
page_back(void *arg, uint32_t id)
{
	struct pg_bench *b = arg;
	uint8_t *page = physmem_host(b->pm, id);
	const uint8_t *was = b->template + (size_t)id * PAGE_SIZE;
	uint64_t now;

	if (id >= PG_PAGES || !memcmp(page, was, PAGE_SIZE))
		return;
	now = hash_bytes(page, PAGE_SIZE);
	b->memory += (now ^ hash_bytes(was, PAGE_SIZE)) * (2 * (uint64_t)id + 1);
	memcpy(page, was, PAGE_SIZE);
}

/* Taking the list costs more than looking at these pages' epochs. */
static bool
pages_written(struct pg_bench *b)
{
	bool any = false;

	for (unsigned i = 0; i < PG_PAGES; i++) {
		uint32_t epoch = physmem_meta(b->pm, i)->epoch;

		any |= epoch != b->epoch[i];
		b->epoch[i] = epoch;
	}
	return any;
}

static void
pages_settle(struct pg_bench *b)
{
	if (!b->stored)
		return;
	physmem_dirty_take(b->pm, b->dirty, settle, NULL);
	(void)pages_written(b);
	b->stored = false;
}

static uint64_t
invalidations(const struct cpu *c)
{
	return c->mmu.stats.flushes + c->mmu.stats.invlpg;
}

static bool
paging_moved(const struct cpu *c, const struct pg_outcome *o)
{
	return invalidations(c) != o->invalidations || c->mmu.nested || c->mmu.asid;
}

void
pg_bench_run(struct pg_bench *b, const struct insn *in, struct pg_outcome *o)
{
	struct cpu *c = b->c;
	bool moved;

	cpu_world_update(c);
	pages_settle(b);
	o->vector = -1;
	o->error = 0;
	o->invalidations = invalidations(c);
	c->fault = (struct cpu_fault){ 0 };
	if (exec_insn(c, in)) {
		c->rip = c->next_rip;
	} else {
		o->vector = c->fault.vmexit ? -2 : c->fault.vector;
		o->error = c->fault.has_error ? c->fault.error : 0;
	}
	b->memory = 0;
	if (pages_written(b))
		physmem_dirty_take(b->pm, b->dirty, page_back, b);
	o->memory = b->memory;
	moved = paging_moved(c, o);
	o->invalidations = invalidations(c) - o->invalidations;
	if (moved)
		mmu_flush_asids(&c->mmu);
	o->outside = b->outside;
	cc_set_raw(c, cc_flags(c));
	c->rflags = (c->rflags & ~(uint64_t)F_OSZAPC) | cc_flags(c) | 2;
}

/* ---- construction ---- */

bool
pg_bench_init(struct pg_bench *b, const char *cpu, struct log *l)
{
	struct cpu_config cfg = {
		.model = cpu,
		.env = {
			.arg = b, .pio_read = bench_in, .pio_write = bench_out,
			.intack = bench_intack, .tpr_get = bench_tpr_get,
			.tpr_set = bench_tpr_set, .apic_msr_read = bench_apic_read,
			.apic_msr_write = bench_apic_write, .ferr = bench_ferr,
			.shutdown = bench_shutdown, .random = bench_random
		},
		.log = l
	};

	b->pm = physmem_new(BENCH_RAM, 0, l);
	if (!b->pm || physmem_map_ram(b->pm, 0, BENCH_RAM, 0, 0) <= 0)
		return false;
	physmem_set_a20(b->pm, true);
	cfg.pm = b->pm;
	b->c = cpu_new(&cfg);
	if (!b->c)
		return false;
	memcpy(b->reset, b->c, PG_CPU_BYTES);
	b->dirty = physmem_dirty_open(b->pm);
	return b->dirty >= 0;
}

void
pg_bench_fini(struct pg_bench *b)
{
	if (b->c && b->dirty >= 0)
		physmem_dirty_close(b->pm, b->dirty);
	cpu_free(b->c);
	if (b->pm)
		physmem_free(b->pm);
}
