/*
 * vmm/guest/quantum.c - what a process got for its quantum
 *
 * The clock charges a process a tick at a time, whoever ran in between.  What
 * it really did in its quantum it counts itself, in memory.
 */
#include "vmm/guest/quantum.h"

#include "vmm/guest/clock.h"
#include "vmm/guest/sys.h"

#define QUANTA		512		/* later ones are not recorded */

static uint64_t items[QUANTA][QUANTUM_ITEMS];
static unsigned charged;

/* The address is of the current process and was checked. */
static uint64_t
work_of(const struct proc *p)
{
	return *(const volatile uint64_t *)p->work_at;
}

bool
quantum_watch(struct proc *p, uint64_t at)
{
	if (at % 8 || at < USER_MAP || at >= USER_END)
		return false;
	p->work_at = at;
	p->work = work_of(p);
	p->since = cycles();
	return true;
}

void
quantum_begin(struct proc *p)
{
	if (p->work_at)
		p->since = cycles();
}

void
quantum_charged(struct proc *p)
{
	uint64_t now, work;

	if (!p->work_at || charged == QUANTA)
		return;
	now = cycles();
	work = work_of(p);
	items[charged][QUANTUM_PID] = p->pid;
	items[charged][QUANTUM_WORK] = work - p->work;
	items[charged][QUANTUM_CYCLES] = now - p->since;
	items[charged][QUANTUM_TICK] = clock_ticks();
	charged++;
	p->work = work;
}

uint64_t
quantum_item(uint64_t n, uint64_t item)
{
	if (n >= charged || item >= QUANTUM_ITEMS)
		return (uint64_t)-1;
	return items[n][item];
}
