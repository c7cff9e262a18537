/*
 * hw/pc_timers.c - PIT, RTC, HPET, and who of them has interrupts 0 and 8
 */
#include "hw/hpet.h"
#include "hw/pc_priv.h"

/* --- PIT and RTC; not while the HPET replaces them --- */

static void
pit_irq(void *arg, int line, bool level)
{
	struct pc *pc = arg;
	struct wire isa = pc_isa_irq(pc, line);

	pc->pit_level = level;
	wire_set(&isa, level && !pc->hpet_legacy);
}

/* To the interrupt controllers, and to power management, which is made later. */
static void
rtc_irq(void *arg, int line, bool level)
{
	struct pc *pc = arg;
	struct wire isa = pc_isa_irq(pc, line);

	pc->rtc_level = level;
	wire_set(&isa, level && !pc->hpet_legacy);
	if (pc->pm)
		piix4_pm_rtc(pc->pm, level);
}

bool
pc_timers_build(struct pc *pc)
{
	struct machine *m = pc->m;
	struct vclock *vc = &m->heap.clock;
	struct wire pit = { pit_irq, pc, 0 };
	struct mc146818_wires rtc = { .irq = { rtc_irq, pc, 8 } };

	pc->pit = i8254_new(vc, pit, m->log);
	if (!machine_add(m, &i8254_class, pc->pit, "i8254"))
		return false;
	pc->rtc = mc146818_new(vc, rtc, (uint64_t)m->cfg.rtc_base, m->log);
	return machine_add(m, &mc146818_class, pc->rtc, "rtc") &&
	    pc_map_pio(pc, 0x40, 4, &i8254_io, pc->pit, "pit") &&
	    pc_map_pio(pc, 0x61, 1, &i8254_port61_io, pc->pit, "port61") &&
	    pc_map_pio(pc, 0x70, 2, &mc146818_io, pc->rtc, "rtc") &&
	    pc_map_pio(pc, 0x72, 2, &mc146818_ext_io, pc->rtc, "cmos");
}

/* --- HPET --- */

static void
hpet_legacy(void *arg, int line, bool level)
{
	struct pc *pc = arg;
	struct wire irq0 = pc_isa_irq(pc, 0), irq8 = pc_isa_irq(pc, 8);

	(void)line;
	pc->hpet_legacy = level;
	wire_set(&irq0, pc->pit_level && !level);
	wire_set(&irq8, pc->rtc_level && !level);
}

bool
pc_hpet_build(struct pc *pc)
{
	struct hpet_wires w = {
		.irq0 = pc_hpet_irq(pc, 0), .irq8 = pc_hpet_irq(pc, 8),
		.legacy = { hpet_legacy, pc, 0 }
	};
	struct machine *m = pc->m;
	struct hpet *h;
	int i;

	if (!m->cfg.hpet)
		return true;
	for (i = 0; i < HPET_IRQS; i++)
		w.irq[i] = pc_hpet_irq(pc, i);
	h = hpet_new(&m->heap.clock, &w);
	return machine_add(m, &hpet_class, h, "hpet") &&
	    pc_map_io(pc, ACPI_HPET_ADDR, HPET_SIZE, &hpet_io, h, "hpet");
}
