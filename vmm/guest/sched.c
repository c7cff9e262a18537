/*
 * vmm/guest/sched.c - whose turn it is: round robin
 *
 * A process runs for quantum= ticks (5 of 10 ms by default) and is then put
 * behind the others.
 */
#include "vmm/guest/balloon.h"
#include "vmm/guest/clock.h"
#include "vmm/guest/count.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/quantum.h"
#include "vmm/guest/x86.h"

struct proc *current;
static unsigned quantum;
static bool turn_over;			/* to be seen to in sched_leave() */

static void
begin_turn(void)
{
	turn_over = false;
	current->left = quantum;
	quantum_begin(current);
	desc_set_stack((uint64_t)(proc_frame(current) + 1));
	pmap_activate(current->space.root);
}

void
sched_init(void)
{
	quantum = (unsigned)option("quantum", 5);
	begin_turn();
}

/* The next one in the table that may run; current is the last choice. */
static struct proc *
pick(void)
{
	unsigned i;

	for (i = 1; i <= PROCS; i++) {
		struct proc *p = &procs[(current->pid + i) % PROCS];

		if (p->state == PROC_READY)
			return p;
	}
	return NULL;
}

/* Its last bytes are still zero. */
static void
check_stack(const struct proc *p)
{
	if (*(const uint64_t *)page_at(p->stack))
		panic("pid %u: the kernel's stack is full", p->pid);
}

void
sched(void)
{
	struct proc *from = current, *to;

	check_stack(from);
	while (!(to = pick())) {
		if (!clock_runs())
			panic("nothing to run and no timer");
		halt_until_interrupt();
	}
	if (to == from) {
		turn_over = false;
		from->left = quantum;
		quantum_begin(from);
		return;
	}
	count(COUNT_SWITCHES);
	current = to;
	begin_turn();
	switch_stack(&from->stack_pointer, to->stack_pointer);
}

void
sched_sleep(uint64_t tick)
{
	current->wake_at = tick;
	current->state = PROC_SLEEPING;
	sched();
}

static void
wake(void)
{
	struct proc *p;

	for (p = procs + 1; p < procs + PROCS; p++)
		if (p->state == PROC_SLEEPING && p->wake_at <= clock_ticks())
			p->state = PROC_READY;
}

void
sched_tick(unsigned charged)
{
	wake();
	balloon_poll();
	if (!charged || !current->left)
		return;
	if (charged < current->left) {
		current->left -= charged;
		return;
	}
	current->left = 0;
	quantum_charged(current);
	turn_over = true;
}

void
sched_leave(void)
{
	if (turn_over)
		sched();
	pmap_flush();
}
