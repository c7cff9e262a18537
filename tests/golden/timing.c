/*
 * tests/golden/timing.c - the timing tables as text: VERSION KIND NAME VALUE
 */
#include <stdio.h>

#include "base/vclock.h"
#include "cpu/timing.h"
#include "hw/i8254.h"
#include "hw/piix4_pm.h"
#include "mmu/tlb_model.h"

#define ROW(kind, name, v) \
	printf("%d " kind " %s %llu\n", TIMING_VERSION, name, (unsigned long long)(v))
#define CHARGE(name)	ROW("charge", #name, cpu_costs_flat.name)
#define GEOMETRY(name)	ROW("geometry", #name, name)

static_assert(sizeof(struct cpu_costs) == 10 * sizeof(uint32_t),
    "a charge that is not printed below");

int
main(void)
{
#define COST(name, cycles) ROW("cost", #name, cost_flat[COST_##name]);
#include "cpu/timing.def"
#undef COST
	CHARGE(exception);
	CHARGE(interrupt);
	CHARGE(task_switch);
	CHARGE(cr3_write);
	CHARGE(pio);
	CHARGE(mmio);
	CHARGE(tlb_miss);
	CHARGE(walk_ref);
	CHARGE(vmrun);
	CHARGE(vmexit);
	GEOMETRY(TLB_SETS);
	GEOMETRY(TLB_WAYS);
	GEOMETRY(TLB_HUGE);
	GEOMETRY(PWC_SETS);
	GEOMETRY(PWC_WAYS);
	ROW("clock", "VCLOCK_HZ", VCLOCK_HZ);
	ROW("clock", "I8254_HZ", I8254_HZ);
	ROW("clock", "PM_TIMER_HZ", PM_TIMER_HZ);
	return 0;
}
