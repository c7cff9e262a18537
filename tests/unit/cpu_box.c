/*
 * tests/unit/cpu_box.c - see cpu_box.h
 */
#include "tests/unit/cpu_box.h"

#include <stdlib.h>

#define RAM	((uint64_t)16 << 20)

/* ---- fake machine ---- */

static uint64_t
box_pio_read(void *arg, uint16_t port, unsigned size)
{
	struct box *b = arg;

	b->port = port;
	b->port_size = size;
	b->port_reads++;
	return b->port_value;
}

static void
box_pio_write(void *arg, uint16_t port, unsigned size, uint64_t v)
{
	struct box *b = arg;

	b->port = port;
	b->port_size = size;
	b->port_value = v;
	b->port_writes++;
}

static int
box_intack(void *arg)
{
	struct box *b = arg;

	b->acks++;
	return b->vector;
}

static uint8_t
box_tpr_get(void *arg)
{
	return ((struct box *)arg)->tpr;
}

static void
box_tpr_set(void *arg, uint8_t v)
{
	((struct box *)arg)->tpr = v;
}

static bool
box_apic_read(void *arg, uint32_t msr, uint64_t *v)
{
	*v = ((struct box *)arg)->apic_base;
	return msr == 0x1b;
}

static bool
box_apic_write(void *arg, uint32_t msr, uint64_t v)
{
	((struct box *)arg)->apic_base = v;
	return msr == 0x1b;
}

static void
box_shutdown(void *arg)
{
	((struct box *)arg)->shutdowns++;
}

static uint64_t
box_random(void *arg)
{
	(void)arg;
	return 0x0123456789abcdef;
}

/* ---- tables ---- */

uint64_t
box_desc(uint32_t base, uint32_t limit, unsigned attr)
{
	uint64_t d = 0;

	d = bits_put(d, 0, 16, limit);
	d = bits_put(d, 48, 4, limit >> 16);
	d = bits_put(d, 16, 24, base);
	d = bits_put(d, 56, 8, base >> 24);
	d = bits_put(d, 40, 8, attr);
	return bits_put(d, 52, 4, attr >> 8);
}

void
box_gdt(struct box *b, uint16_t sel, uint64_t desc)
{
	phys_st64(b->pm, BOX_GDT + (sel & ~7u), desc);
}

static void
box_fill_gdt(struct box *b)
{
	box_gdt(b, SEL_CODE32, box_desc(0, 0xfffff, 0xc9a));
	box_gdt(b, SEL_DATA32, box_desc(0, 0xfffff, 0xc92));
	box_gdt(b, SEL_UCODE32, box_desc(0, 0xfffff, 0xcfa));
	box_gdt(b, SEL_UDATA32, box_desc(0, 0xfffff, 0xcf2));
	box_gdt(b, SEL_CODE16, box_desc(0, 0xffff, 0x09a));
	box_gdt(b, SEL_DATA16, box_desc(0, 0xffff, 0x092));
	box_gdt(b, SEL_CODE64, box_desc(0, 0xfffff, 0xa9a));
	box_gdt(b, SEL_UCODE64, box_desc(0, 0xfffff, 0xafa));
	box_gdt(b, SEL_CONFORM, box_desc(0, 0xfffff, 0xc9e));
	box_gdt(b, SEL_TSS, box_desc(BOX_TSS, 0x2067, 0x089));
	box_gdt(b, SEL_TSS + 8, 0);
	box_gdt(b, SEL_LDT, box_desc(BOX_LDT, 0xff, 0x082));
	box_gdt(b, SEL_LDT + 8, 0);
	box_gdt(b, SEL_TSS_B, box_desc(BOX_TSS_B, 0x67, 0x089));
	box_gdt(b, SEL_TSS_16, box_desc(BOX_TSS_16, 0x2b, 0x081));
	box_gdt(b, SEL_ABSENT, box_desc(0, 0xfffff, 0xc12));
	box_gdt(b, SEL_RODATA, box_desc(0, 0xfffff, 0xc90));
	box_gdt(b, SEL_XONLY, box_desc(0, 0xfffff, 0xc98));
	box_gdt(b, SEL_DATA1, box_desc(0, 0xfffff, 0xcb2));
	box_gdt(b, SEL_CODE1, box_desc(0, 0xfffff, 0xcba));
	box_gdt(b, SEL_BOTH_LD, box_desc(0, 0xfffff, 0xe9a));
	box_gdt(b, SEL_BASED, box_desc(0x12345678, 0x4321, 0x4f2));
	phys_st64(b->pm, BOX_LDT + 8, box_desc(0x80000, 0xff, 0x4f2));
}

void
box_gate(struct box *b, unsigned vector, unsigned type, unsigned dpl)
{
	bool lm = b->c->efer & EFER_LMA;
	uint64_t at = BOX_IDT + vector * (lm ? 16 : 8), d = 0;

	d = bits_put(d, 0, 16, BOX_HANDLER(vector));
	d = bits_put(d, 48, 16, BOX_HANDLER(vector) >> 16);
	d = bits_put(d, 16, 16, lm ? SEL_CODE64 : SEL_CODE32);
	d = bits_put(d, 40, 8, 0x80 | dpl << 5 | type);
	phys_st64(b->pm, at, d);
	if (lm)
		phys_st64(b->pm, at + 8, 0);
}

static void
box_fill_idt(struct box *b)
{
	for (unsigned v = 0; v < 256; v++)
		box_gate(b, v, 14, 0);
}

static void
box_fill_tss(struct box *b)
{
	phys_st32(b->pm, BOX_TSS + 4, BOX_STACK0);
	phys_st32(b->pm, BOX_TSS + 8, SEL_DATA32);
	phys_st32(b->pm, BOX_TSS + 12, BOX_STACK1);
	phys_st32(b->pm, BOX_TSS + 16, SEL_DATA1);
	phys_st16(b->pm, BOX_TSS + 102, 0x68);
	for (unsigned i = 0x68; i < 0x2068; i++)
		phys_st8(b->pm, BOX_TSS + i, 0);
}

static void
box_fill_tss64(struct box *b)
{
	phys_st64(b->pm, BOX_TSS + 4, BOX_STACK0);
	phys_st64(b->pm, BOX_TSS + 12, BOX_STACK1);
	phys_st64(b->pm, BOX_TSS + 20, 0);
	phys_st64(b->pm, BOX_TSS + 36, BOX_IST1);
	phys_st16(b->pm, BOX_TSS + 102, 0x68);
}

/* PML4 and PDPT for both modes; four page tables map 8 MiB. */
static void
box_fill_pages(struct box *b)
{
	uint64_t pml4 = BOX_PAGES, pdpt = pml4 + 0x1000, pd = pdpt + 0x1000, pt = pd + 0x1000;

	phys_st64(b->pm, pml4, pdpt | 7);
	phys_st64(b->pm, pdpt, pd | 1);
	for (unsigned i = 0; i < 4; i++)
		phys_st64(b->pm, pd + i * 8, (pt + i * 0x1000) | 7);
	for (unsigned i = 0; i < 2048; i++)
		phys_st64(b->pm, pt + i * 8, (uint64_t)i << 12 | 7);
}

void
box_pte(struct box *b, uint32_t va, uint64_t set, uint64_t clear)
{
	uint64_t at = BOX_PAGES + 0x3000 + (va >> 12) * 8;

	phys_st64(b->pm, at, (phys_ld64(b->pm, at) & ~clear) | set);
	mmu_flush_all(&b->c->mmu);
}

/* ---- box ---- */

struct box *
box_new(const char *model)
{
	struct box *b = calloc(1, sizeof(*b));
	struct cpu_config cfg = {
		.model = model, .fast_tlb = 1024,
		.env = {
			.arg = b, .pio_read = box_pio_read, .pio_write = box_pio_write,
			.intack = box_intack, .tpr_get = box_tpr_get, .tpr_set = box_tpr_set,
			.apic_msr_read = box_apic_read, .apic_msr_write = box_apic_write,
			.shutdown = box_shutdown, .random = box_random
		}
	};

	b->pm = physmem_new(RAM, 4096, NULL);
	ck_assert_ptr_nonnull(b->pm);
	ck_assert_int_gt(physmem_map_ram(b->pm, 0, RAM, 0, 0), 0);
	physmem_set_a20(b->pm, true);
	b->apic_base = 0xfee00900;
	cfg.pm = b->pm;
	b->c = cpu_new(&cfg);
	ck_assert_ptr_nonnull(b->c);
	b->c->deadline = ~(uint64_t)0;
	return b;
}

void
box_free(struct box *b)
{
	cpu_free(b->c);
	physmem_free(b->pm);
	free(b);
}

static void
box_load(struct box *b, unsigned seg, uint16_t sel)
{
	struct descriptor d = { phys_ld64(b->pm, BOX_GDT + (sel & ~7u)), 0 };

	desc_to_seg(&d, sel, &b->c->seg[seg]);
}

static void
box_load_all(struct box *b, uint16_t code, uint16_t data)
{
	for (unsigned i = 0; i < SEG_COUNT; i++)
		box_load(b, i, i == SEG_CS ? code : data);
}

static void
box_tables(struct box *b)
{
	struct cpu *c = b->c;

	box_fill_gdt(b);
	box_fill_idt(b);
	c->gdtr = (struct dtable){ BOX_GDT, SEL_LAST };
	c->idtr = (struct dtable){ BOX_IDT, 0xfff };
	c->tr = (struct seg){ .sel = SEL_TSS, .attr = 0x8b, .limit = 0x2067, .base = BOX_TSS };
	box_gdt(b, SEL_TSS, box_desc(BOX_TSS, 0x2067, 0x08b));
	c->ldtr = (struct seg){ .sel = SEL_LDT, .attr = 0x82, .limit = 0xff, .base = BOX_LDT };
	c->rip = BOX_CODE;
	c->gpr[RSP] = BOX_STACK0;
	cpu_mode_update(c);
}

void
box_protected(struct box *b)
{
	b->c->cr0 = CR0_PE | CR0_ET;
	box_fill_gdt(b);
	box_load_all(b, SEL_CODE32, SEL_DATA32);
	box_tables(b);
	box_fill_tss(b);
}

void
box_paging(struct box *b)
{
	box_fill_pages(b);
	b->c->cr3 = BOX_PAGES + 0x1000;
	b->c->cr4 |= CR4_PAE;
	b->c->cr0 |= CR0_PG | CR0_WP;
	cpu_mode_update(b->c);
}

void
box_long(struct box *b)
{
	struct cpu *c = b->c;

	box_fill_pages(b);
	phys_st64(b->pm, BOX_PAGES + 0x1000, (BOX_PAGES + 0x2000) | 7);
	c->cr3 = BOX_PAGES;
	c->cr4 |= CR4_PAE;
	c->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
	c->cr0 = CR0_PE | CR0_ET | CR0_PG | CR0_WP;
	box_fill_gdt(b);
	box_load_all(b, SEL_CODE64, SEL_DATA32);
	box_tables(b);
	box_fill_tss64(b);
}

void
box_user(struct box *b)
{
	bool lm = b->c->efer & EFER_LMA;

	box_load_all(b, lm ? SEL_UCODE64 : SEL_UCODE32, SEL_UDATA32);
	b->c->gpr[RSP] = BOX_STACK3;
	cpu_set_cpl(b->c, 3);
	cpu_mode_update(b->c);
}

void
box_vm86(struct box *b)
{
	struct cpu *c = b->c;

	c->rflags |= F_VM;
	for (unsigned i = 0; i < SEG_COUNT; i++)
		seg_load_real(c, i, i == SEG_CS ? BOX_CODE >> 4 : 0x100 * i);
	c->seg[SEG_SS].base = 0;
	c->seg[SEG_SS].sel = 0;
	c->gpr[RSP] = BOX_STACK3;
	c->rip = 0;
	cpu_set_cpl(c, 3);
	cpu_mode_update(c);
}

void
box_exec(struct box *b, const void *code, size_t n)
{
	uint64_t base = b->c->mode & MK_64 ? 0 : b->c->seg[SEG_CS].base;

	phys_write(b->pm, base + b->c->rip, code, n);
	(void)cpu_step(b->c);
}

uint32_t
box_ld32(struct box *b, uint64_t at)
{
	return phys_ld32(b->pm, at);
}

uint64_t
box_ld64(struct box *b, uint64_t at)
{
	return phys_ld64(b->pm, at);
}

uint64_t
box_stack(struct box *b, unsigned n, unsigned size)
{
	uint64_t base = b->c->mode & MK_64 ? 0 : b->c->seg[SEG_SS].base;

	return phys_ld(b->pm, base + b->c->gpr[RSP] + n * size, size);
}

void
box_assert_fault(struct box *b, unsigned vector, int64_t error)
{
	unsigned size = b->c->efer & EFER_LMA ? 8 : 4;

	(void)vector;
	if (error >= 0)
		ck_assert_uint_eq(box_stack(b, 0, size), (uint64_t)error);
}
