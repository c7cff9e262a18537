/*
 * vmm/sched.c - which VM runs
 *
 * Everything that happens is a function of the clock, so on a deterministic
 * machine the order of slices is always the same.
 */
#include "vmm/sched.h"

#include "base/vclock.h"
#include "vmm/breaks.h"
#include "vmm/chips.h"
#include "vmm/cpu.h"
#include "vmm/deprive.h"
#include "vmm/exits.h"
#include "vmm/frames.h"
#include "vmm/host.h"
#include "vmm/inject.h"
#include "vmm/mmu.h"
#include "vmm/vm.h"

/* A guest always gets that far, whatever its timers want. */
#define SLICE_MIN	2000u
#define INPUT_EVERY	5000000u	/* ns */
#define SHARE_UNIT	1024u

/* --- who may run --- */

static bool
is_off(const struct vm *vm, uint64_t now)
{
	return now - vm->config.off_at < vm->config.off_for;
}

/* It waits for the processor from now on. */
static void
leave(struct vm *vm)
{
	vm->off_since = host_now();
	chips_leave(vm);
}

static void
wake(struct sched *s, struct vm *vm)
{
	vm->state = VM_RUNNABLE;
	if (vm->virtual_time < s->least)
		vm->virtual_time = s->least;
	leave(vm);
}

/* A halted VM's time goes on; an interrupt makes it runnable. */
static void
poll_halted(struct sched *s, struct vm *vm, uint64_t now)
{
	if (vm->state != VM_HALTED || is_off(vm, now))
		return;
	chips_run(vm);
	if (vm->cpu.intr)
		wake(s, vm);
}

static void
poll_input(struct sched *s, uint64_t now)
{
	if (!s->input || s->input->state == VM_ENDED || now < s->input_at)
		return;
	s->input_at = now + INPUT_EVERY;
	chips_serial_poll(s->input);
}

static struct vm *
pick(struct sched *s)
{
	uint64_t now = host_now();
	struct vm *best = NULL;
	unsigned i;

	poll_input(s, now);
	for (i = 0; i < s->vms; i++) {
		struct vm *vm = s->vm[i];

		poll_halted(s, vm, now);
		if (vm->state == VM_RUNNABLE && !is_off(vm, now) &&
		    (!best || vm->virtual_time < best->virtual_time))
			best = vm;
	}
	return best;
}

/* Something that may change who should run. */
static uint64_t
next_event(const struct sched *s, const struct vm *except)
{
	uint64_t next = VTIMER_IDLE, now = host_now(), t;
	unsigned i;

	if (s->input && s->input->state != VM_ENDED)
		next = s->input_at;
	for (i = 0; i < s->vms; i++) {
		const struct vm *vm = s->vm[i];

		if (vm->state == VM_ENDED || vm == except)
			continue;
		if (is_off(vm, now))
			t = vm->config.off_at + vm->config.off_for;
		else if (vm->state == VM_HALTED)
			t = chips_next(vm);
		else
			continue;
		if (t < next)
			next = t;
	}
	return next;
}

static bool
all_ended(const struct sched *s)
{
	unsigned i;

	for (i = 0; i < s->vms; i++)
		if (s->vm[i]->state != VM_ENDED)
			return false;
	return true;
}

static void
idle(struct sched *s)
{
	uint64_t begin = rdtsc(), next = next_event(s, NULL);
	unsigned i;

	if (next == VTIMER_IDLE) {
		for (i = 0; i < s->vms; i++)
			if (s->vm[i]->state != VM_ENDED)
				vm_end(s->vm[i], 1, "it waits for nothing");
		return;
	}
	if (next > host_now()) {
		host_alarm(next);
		halt_until_interrupt();
		host_alarm_gone();
	}
	s->idle += rdtsc() - begin;
}

/* --- a slice --- */

static void
switch_to(struct sched *s, struct vm *vm)
{
	struct vm *old = s->current;

	if (old == vm)
		return;
	if (old) {
		if (old->config.cpu != CPU_DEPRIVILEGED) {
			vmsave(phys_of(old->cpu.vmcb));
			breaks_save(old);
		}
		__asm__ volatile("fxsaveq %0" : "=m"(old->cpu.fpu));
	}
	if (vm->config.cpu != CPU_DEPRIVILEGED) {
		vmload(phys_of(vm->cpu.vmcb));
		breaks_load(vm);
	} else if (s->features.host) {
		vmload(s->features.host);
	}
	__asm__ volatile("fxrstorq %0" : : "m"(vm->cpu.fpu));
	s->current = vm;
}

/* Guest time and time stamp counter go together. */
static void
enter(struct vm *vm)
{
	vm->count.cycles_off += host_now() - vm->off_since;
	chips_enter(vm);
	vm->cpu.vmcb->c.tsc_offset = -host_ticks(vm->clock.begin);
	vm->count.slices++;
}

static void
run_once(struct sched *s, struct vm *vm, uint64_t end)
{
	uint64_t next = chips_next(vm), now = host_now(), in, out;

	if (end < next)
		next = end;
	if (next < now + SLICE_MIN)
		next = now + SLICE_MIN;
	inject_interrupt(vm);
	mmu_prepare(vm);
	host_alarm(next);
	in = rdtsc();
	vm->count.cycles_vmm += in - s->since;
	if (vm->config.cpu == CPU_DEPRIVILEGED)
		deprive_run(vm);
	else
		svm_run(vm, &s->features);
	out = rdtsc();
	vm->count.cycles_guest += out - in;
	s->since = out;
	exit_handle(vm);
}

static bool
goes_on(struct sched *s, struct vm *vm, uint64_t end)
{
	uint64_t now = host_now();

	if (vm->state == VM_HALTED && vm->cpu.intr)
		vm->state = VM_RUNNABLE;
	return vm->state == VM_RUNNABLE && !vm->yields && now < end &&
	    !(s->vms > 1 && is_off(vm, now));
}

/* Where the slice ends: others run then, or become runnable. */
static uint64_t
slice_end(const struct sched *s, const struct vm *vm, uint64_t now)
{
	uint64_t end = now + s->quantum, at = vm->config.off_at;
	uint64_t next = next_event(s, vm);

	if (next < end && next > now)
		end = next;
	if (vm->config.off_for && at > now && at < end)
		end = at;
	return end;
}

static void
run_slice(struct sched *s, struct vm *vm)
{
	uint64_t begin = rdtsc(), end;

	s->since = begin;
	switch_to(s, vm);
	enter(vm);
	s->least = vm->virtual_time;
	end = slice_end(s, vm, host_now());
	do {
		run_once(s, vm, end);
		chips_run(vm);
	} while (goes_on(s, vm, end));
	vm->yields = false;
	if (vm->state == VM_RUNNABLE)
		leave(vm);
	end = rdtsc();
	vm->count.cycles_vmm += end - s->since;
	vm->virtual_time += (end - begin) * SHARE_UNIT / vm->config.share;
}

void
sched_run(struct sched *s)
{
	struct vm *vm;
	unsigned i;

	for (i = 0; i < s->vms; i++)
		leave(s->vm[i]);
	while (!all_ended(s)) {
		vm = pick(s);
		if (vm)
			run_slice(s, vm);
		else
			idle(s);
	}
}
