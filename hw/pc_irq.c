/*
 * hw/pc_irq.c - processors, local APICs, and how interrupts reach them
 *
 * An interrupt line 0..15 goes to the 8259 pair and to the I/O APIC's pin of
 * the same number, except that line 0, the timer, is on pin 2, where the 8259's
 * cascade would be.  Lines 16..23 are the I/O APIC's alone.  Several chips may
 * pull one line.  The 8259's INTR is on LINT0 of the boot processor.
 */
#include <stdlib.h>

#include "hw/machine_slice.h"
#include "hw/pc_priv.h"

#define IOAPIC_BASE	0xfec00000u
#define LAPIC_BASE	0xfee00000u

/* --- lines --- */

static void
pc_pull(struct pc *pc, int line, enum pc_puller who, bool level)
{
	uint8_t was = pc->pull[line];

	pc->pull[line] = (uint8_t)(level ? was | who : was & ~who);
	level = pc->pull[line] != 0;
	if (line < 16 && line != 2)
		i8259_set_irq(pc->pic, line, level);
	if (line != 2)
		ioapic_set_pin(pc->ioapic, line ? line : 2, level);
}

static void
isa_pull(void *arg, int line, bool level)
{
	pc_pull(arg, line, PULL_ISA, level);
}

static void
pci_pull(void *arg, int line, bool level)
{
	pc_pull(arg, line, PULL_PCI, level);
}

static void
test_pull(void *arg, int line, bool level)
{
	pc_pull(arg, line, PULL_TEST, level);
}

/* The HPET's inputs are the I/O APIC's numbers: the timer's is 2 there. */
static void
hpet_pull(void *arg, int line, bool level)
{
	pc_pull(arg, line == 2 ? 0 : line, PULL_HPET, level);
}

struct wire
pc_isa_irq(struct pc *pc, int line)
{
	return (struct wire){ isa_pull, pc, line };
}

struct wire
pc_pci_irq(struct pc *pc, int line)
{
	return (struct wire){ pci_pull, pc, line };
}

struct wire
pc_test_irq(struct pc *pc, int line)
{
	return (struct wire){ test_pull, pc, line };
}

struct wire
pc_hpet_irq(struct pc *pc, int line)
{
	return (struct wire){ hpet_pull, pc, line };
}

/* --- the processor's side --- */

static struct lapic *
cur_lapic(const struct machine *m)
{
	return m->pc->cpu[m->cur->index].lapic;
}

static int
env_intack(void *arg)
{
	struct pc_cpu *pcc = arg;
	int v = lapic_intack(pcc->lapic);

	return v == LAPIC_EXTINT ? i8259_intack(pcc->m->pc->pic) : v;
}

static uint8_t
env_tpr_get(void *arg)
{
	const struct pc_cpu *pcc = arg;

	return lapic_tpr(pcc->lapic) >> 4;
}

static void
env_tpr_set(void *arg, uint8_t cr8)
{
	struct pc_cpu *pcc = arg;

	lapic_set_tpr(pcc->lapic, (uint8_t)(cr8 << 4));
}

static bool
env_apic_msr_read(void *arg, uint32_t msr, uint64_t *v)
{
	struct pc_cpu *pcc = arg;

	/* CPUID asks while the processor is being made. */
	return pcc->lapic && lapic_rdmsr(pcc->lapic, msr, v);
}

static bool
env_apic_msr_write(void *arg, uint32_t msr, uint64_t v)
{
	struct pc_cpu *pcc = arg;

	return lapic_wrmsr(pcc->lapic, msr, v);
}

static uint64_t
env_pio_read(void *arg, uint16_t port, unsigned size)
{
	const struct pc_cpu *pcc = arg;

	return pio_read(pcc->m->pio, port, size);
}

static void
env_pio_write(void *arg, uint16_t port, unsigned size, uint64_t v)
{
	const struct pc_cpu *pcc = arg;

	pio_write(pcc->m->pio, port, size, (uint32_t)v);
}

static void
env_shutdown(void *arg)
{
	const struct pc_cpu *pcc = arg;

	machine_request(pcc->m, REQ_TRIPLE);
}

/* splitmix64, by Steele, Lea and Flood: "Fast Splittable Pseudorandom Number
 * Generators", 2014. */
static uint64_t
env_random(void *arg)
{
	const struct pc_cpu *pcc = arg;
	uint64_t z = pcc->m->pc->glue.random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint64_t
env_common_now(void *arg)
{
	const struct pc_cpu *pcc = arg;

	return slices_chip_now(pcc->m);
}

/* FERR# sets a latch that pulls IRQ13 until the guest writes port F0h. */
static void
env_ferr(void *arg, bool level)
{
	struct pc *pc = ((struct pc_cpu *)arg)->m->pc;

	if (!level)
		return;
	pc->glue.ferr = true;
	pc_pull(pc, 13, PULL_ISA, true);
}

static const struct cpu_env pc_cpu_env = {
	.pio_read = env_pio_read,
	.pio_write = env_pio_write,
	.intack = env_intack,
	.tpr_get = env_tpr_get,
	.tpr_set = env_tpr_set,
	.apic_msr_read = env_apic_msr_read,
	.apic_msr_write = env_apic_msr_write,
	.ferr = env_ferr,
	.shutdown = env_shutdown,
	.random = env_random,
};

/* --- local APICs --- */

static void
lapic_intr(void *arg, int line, bool level)
{
	struct pc_cpu *pcc = arg;

	(void)line;
	cpu_set_intr(pcc->m->cpu[pcc->index], level);
}

static void
lapic_nmi(void *arg, int line, bool level)
{
	struct pc_cpu *pcc = arg;

	(void)line;
	if (level)
		cpu_raise(pcc->m->cpu[pcc->index], PIN_NMI);
}

/* To other processors than the one that runs, and causes it, at the slice's end. */
static void
apic_send(struct pc *pc, const struct lapic *from, const struct apic_msg *msg)
{
	struct slices *s = pc->m->slices;
	uint32_t targets;
	unsigned i;

	if (!s) {
		lapic_route(pc->lapics, pc->m->cpus, from, msg);
		return;
	}
	targets = lapic_targets(pc->lapics, pc->m->cpus, from, msg);
	for (; targets; targets &= targets - 1) {
		i = (unsigned)__builtin_ctz(targets);
		if (!slices_hold(s, i, msg))
			lapic_accept(pc->lapics[i], msg);
	}
}

static void
slice_accept(void *arg, unsigned cpu, const struct apic_msg *msg)
{
	struct pc *pc = arg;

	lapic_accept(pc->lapics[cpu], msg);
}

static void
slice_intr(void *arg, bool level)
{
	struct pc *pc = arg;

	lapic_set_lint(pc->lapics[0], 0, level);
}

static void
lapic_ipi(void *arg, const struct apic_msg *msg)
{
	struct pc_cpu *pcc = arg;

	apic_send(pcc->m->pc, pcc->lapic, msg);
}

static void
lapic_eoi(void *arg, uint8_t vector)
{
	struct pc_cpu *pcc = arg;

	ioapic_eoi(pcc->m->pc->ioapic, vector);
}

static void
lapic_init(void *arg)
{
	struct pc_cpu *pcc = arg;

	if (pcc->m->slices)
		lapic_init_reset(pcc->lapic);
	cpu_raise(pcc->m->cpu[pcc->index], PIN_INIT);
}

static void
lapic_startup(void *arg, uint8_t vector)
{
	struct pc_cpu *pcc = arg;
	struct cpu *c = pcc->m->cpu[pcc->index];

	c->sipi_vector = vector;
	cpu_raise(c, PIN_SIPI);
}

/* The page is one for all processors: the boot processor's register places it, and it
 * is there while one of them has its registers in it. */
static void
lapic_base_moved(void *arg, uint64_t base)
{
	struct pc_cpu *pcc = arg;
	struct pc *pc = pcc->m->pc;
	bool mapped = false;
	unsigned i;

	(void)base;
	if (!pc->lapic_map)
		return;
	for (i = 0; i < pc->m->cpus; i++) {
		base = lapic_base(pc->lapics[i]);
		mapped |= (base & APIC_BASE_EN) && !(base & APIC_BASE_X2);
	}
	physmem_remap(pcc->m->pm, pc->lapic_map, lapic_base(pc->lapics[0]) & PAGE_MASK, mapped);
}

static uint64_t
lapic_tsc_time(void *arg, uint64_t tsc)
{
	const struct pc_cpu *pcc = arg;

	return tsc - (uint64_t)pcc->m->cpu[pcc->index]->tsc_offset;
}

static uint64_t
lapic_page_read(void *dev, uint32_t off, unsigned size)
{
	return lapic_io.read(cur_lapic(dev), off, size);
}

static void
lapic_page_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	lapic_io.write(cur_lapic(dev), off, val, size);
}

static const struct io_ops lapic_page_io = {
	.read = lapic_page_read,
	.write = lapic_page_write,
	.sizes = 4,
};

static void
ioapic_send(void *arg, const struct apic_msg *msg)
{
	apic_send(arg, NULL, msg);
}

/* --- construction --- */

static bool
cpu_build(struct pc *pc, unsigned i)
{
	static const char *const name[MACHINE_CPUS] = {
		"lapic0", "lapic1", "lapic2", "lapic3",
		"lapic4", "lapic5", "lapic6", "lapic7"
	};
	struct machine *m = pc->m;
	struct evheap *heap = &m->heap;
	struct pc_cpu *pcc = &pc->cpu[i];
	struct cpu_config cc = {
		.model = m->cfg.cpu, .index = i, .cpus = m->cfg.cpus, .fast_tlb = m->cfg.fast_tlb,
		.threaded = !m->cfg.reference, .env = pc_cpu_env, .pm = m->pm,
		.codes = m->codes, .log = m->log
	};
	struct lapic_config lc = {
		.id = i, .bsp = i == 0, .phys_bits = 40,
		.intr = { lapic_intr, pcc, 0 }, .nmi = { lapic_nmi, pcc, 0 },
		.cb = { lapic_ipi, lapic_eoi, lapic_init, lapic_startup,
		    lapic_base_moved, lapic_tsc_time, pcc }
	};

	pcc->m = m;
	pcc->index = i;
	cc.env.arg = pcc;
	if (m->slices)
		cc.env.common_now = env_common_now;
	m->cpu[i] = cpu_new(&cc);
	if (!m->cpu[i])
		return false;
	m->cpus = i + 1;
	if (i == 0)
		m->cur = m->cpu[0];
	lc.phys_bits = m->cpu[i]->mmu.pg.phys_bits;
	if (m->slices) {
		slices_add_cpu(m->slices, m->cpu[i]);
		heap = &m->slices->own[i];
	}
	pcc->lapic = pc->lapics[i] = lapic_new(&lc, &heap->clock, m->log);
	if (!machine_add(m, &lapic_class, pcc->lapic, name[i]))
		return false;
	m->dev[m->devs - 1].heap = heap;
	return true;
}

/* Behind the local APICs: a reset of theirs leaves nothing in the inboxes. */
static bool
slices_build(struct pc *pc)
{
	struct slices *s = pc->m->slices;

	s->accept = slice_accept;
	s->intr = slice_intr;
	s->accept_arg = pc;
	return machine_add(pc->m, &slices_class, s, "slices");
}

bool
pc_cpus_build(struct pc *pc)
{
	unsigned i;

	for (i = 0; i < pc->m->cfg.cpus; i++)
		if (!cpu_build(pc, i))
			return false;
	if (pc->m->slices && !slices_build(pc))
		return false;
	pc->lapic_map = physmem_map_io(pc->m->pm, LAPIC_BASE, PAGE_SIZE,
	    &lapic_page_io, pc->m, "lapic");
	return pc->lapic_map != 0;
}

/* --- 8259 pair, I/O APIC, x87 errors --- */

static void
pic_intr(void *arg, int line, bool level)
{
	struct pc *pc = arg;

	(void)line;
	if (!pc->m->slices || !slices_hold_intr(pc->m->slices, level))
		lapic_set_lint(pc->lapics[0], 0, level);
}

static uint64_t
ferr_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	(void)off;
	return LOW_BITS(8 * size);
}

static void
ferr_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pc *pc = dev;

	(void)off;
	(void)val;
	(void)size;
	pc->glue.ferr = false;
	pc_pull(pc, 13, PULL_ISA, false);
}

static const struct io_ops ferr_io = {
	.read = ferr_read,
	.write = ferr_write,
	.sizes = 1,
};

static void
glue_reset(void *dev)
{
	struct pc *pc = dev;

	pc->glue.ferr = false;
	pc_pull(pc, 13, PULL_ISA, false);
	pc_fw_reset(pc);
}

static int
glue_restored(void *dev)
{
	struct pc *pc = dev;

	pc_pull(pc, 13, PULL_ISA, pc->glue.ferr);
	return 0;
}

static void
glue_free(void *dev)
{
	(void)dev;		/* the board itself */
}

static const struct snap_field glue_sub_fields[] = {
	SNAP_U64(struct pc_glue, random),
	SNAP_BOOL(struct pc_glue, ferr),
	SNAP_END
};

static const struct snap_field glue_fields[] = {
	SNAP_STRUCT_1(struct pc, glue, glue_sub_fields),
	SNAP_END
};

static const struct device_class glue_class = {
	.name = "board",
	.version = 1,
	.reset = glue_reset,
	.restored = glue_restored,
	.free = glue_free,
	.fields = glue_fields,
};

bool
pc_irq_build(struct pc *pc)
{
	struct machine *m = pc->m;
	struct ioapic_cb cb = { ioapic_send, pc };

	pc->glue.random = m->cfg.seed;
	pc->ioapic = ioapic_new(0, &cb, m->log);
	if (!machine_add(m, &ioapic_class, pc->ioapic, "ioapic"))
		return false;
	pc->pic = i8259_new((struct wire){ pic_intr, pc, 0 }, m->log);
	return machine_add(m, &i8259_class, pc->pic, "i8259") &&
	    machine_add(m, &glue_class, pc, "board") &&
	    pc_map_io(pc, IOAPIC_BASE, PAGE_SIZE, &ioapic_io, pc->ioapic, "ioapic") &&
	    pc_map_pio(pc, 0x20, 2, &i8259_master_io, pc->pic, "pic1") &&
	    pc_map_pio(pc, 0xa0, 2, &i8259_slave_io, pc->pic, "pic2") &&
	    pc_map_pio(pc, 0x4d0, 2, &i8259_elcr_io, pc->pic, "elcr") &&
	    pc_map_pio(pc, 0xf0, 1, &ferr_io, pc, "ferr");
}
