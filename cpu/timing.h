/*
 * cpu/timing.h - charges of the flat timing model
 *
 * Table costs are in cpu/timing.def by class; this is what events add.
 * docs/timing.md lists sources; a preset is part of the machine's definition.
 */
#ifndef CPU_TIMING_H
#define CPU_TIMING_H

#include "base/types.h"

enum cost_class {
#define COST(name, cycles) COST_##name,
#include "cpu/timing.def"
#undef COST
	COST_CLASSES
};

struct cpu_costs {
	uint32_t	exception;	/* delivery through the IDT */
	uint32_t	interrupt;
	uint32_t	task_switch;
	uint32_t	cr3_write;
	uint32_t	pio;		/* per port access */
	uint32_t	mmio;		/* per device access */
	uint32_t	tlb_miss;	/* besides the references */
	uint32_t	walk_ref;
	uint32_t	vmrun, vmexit;
};

extern const struct cpu_costs cpu_costs_flat;
extern const struct cpu_costs cpu_costs_none;	/* -timing none: all 0 */
/* Cycles per class for flat; every 1 for none. */
extern const uint8_t cost_flat[COST_CLASSES];

/* Of all these figures and the model TLB's; docs/timing.md, "Versions". */
#define TIMING_VERSION	1

#endif
