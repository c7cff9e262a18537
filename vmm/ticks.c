/*
 * vmm/ticks.c - ticks that were due while the guest could not take them
 */
#include "vmm/ticks.h"

#include "base/vclock.h"
#include "vmm/chips.h"
#include "vmm/chips_priv.h"
#include "vmm/vm.h"

static bool
is_counted(const struct vm *vm)
{
	return vm->config.time == TIME_BATCH || vm->config.time == TIME_SLEW;
}

static void
due(struct vm *vm, struct ticks *t, uint64_t at)
{
	vm->count.ticks_due++;
	t->period = at - t->last_due;
	t->last_due = at;
	if (!is_counted(vm))
		return;
	t->pending++;
	if (t->pending > vm->count.ticks_pending_max)
		vm->count.ticks_pending_max = t->pending;
}

void
ticks_edge(struct vm *vm, bool level, uint64_t at)
{
	struct ticks *t = chips_ticks(vm);
	bool rises = level && !t->level;

	t->level = level;
	if (rises)
		due(vm, t, at);
	if (is_counted(vm))
		return;
	if (rises && vm->config.time == TIME_DROP && at >= t->off_from) {
		vm->count.ticks_lost++;
		return;
	}
	/* The bit that waits stays while the timer's output falls and rises. */
	if (!chips_tick_waits(vm))
		chips_tick_line(vm, level);
	else if (rises)
		vm->count.ticks_lost++;
}

/* When the next of those that wait may be given. */
static uint64_t
next_at(const struct vm *vm, const struct ticks *t)
{
	if (vm->config.time != TIME_SLEW || !t->last_given)
		return 0;
	return t->last_given + t->period / vm->config.slew;
}

void
ticks_run(struct vm *vm)
{
	struct ticks *t = chips_ticks(vm);

	if (!t->pending || chips_tick_waits(vm) ||
	    vmclock_now(&vm->clock) < next_at(vm, t))
		return;
	t->pending--;
	t->last_given = vmclock_now(&vm->clock);
	chips_tick_line(vm, false);
	chips_tick_line(vm, true);
}

uint64_t
ticks_next(const struct vm *vm)
{
	const struct ticks *t = chips_ticks(vm);

	if (!t->pending || chips_tick_waits(vm))
		return VTIMER_IDLE;
	return next_at(vm, t);
}

void
ticks_taken(struct vm *vm)
{
	vm->count.ticks_delivered++;
	ticks_run(vm);
}
