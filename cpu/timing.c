/*
 * cpu/timing.c - the timing presets: see docs/timing.md
 */
#include "cpu/timing.h"

const struct cpu_costs cpu_costs_flat = {
	.exception = 100,
	.interrupt = 150,
	.task_switch = 250,
	.cr3_write = 80,
	.pio = 200,
	.mmio = 100,
	.tlb_miss = 4,
	.walk_ref = 12,
	.vmrun = 700,
	.vmexit = 700
};

const struct cpu_costs cpu_costs_none = { 0 };

const uint8_t cost_flat[COST_CLASSES] = {
#define COST(name, cycles) [COST_##name] = cycles,
#include "cpu/timing.def"
#undef COST
};
