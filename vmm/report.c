/*
 * vmm/report.c - the counters, when all has ended
 *
 * "vmN.NAME=VALUE"; those that are 0 are left out, but for a few.
 */
#include "vmm/report.h"

#include "vmm/abi.h"
#include "vmm/chips.h"
#include "vmm/common/lab.h"
#include "vmm/common/print.h"
#include "vmm/common/serial.h"
#include "vmm/frames.h"
#include "vmm/panic.h"
#include "vmm/sched.h"
#include "vmm/ticks.h"
#include "vmm/vm.h"

static void
text(const struct sched *s, const char *line)
{
	if (s->report_serial)
		say("%s", line);
	else
		lab_text(line, serial_put);
}

static void
counter(const struct sched *s, const struct vm *vm, const char *name, uint64_t v)
{
	char line[80];

	if (!v)
		return;
	print_into(line, sizeof(line), "vm%u.%s=%lu", vm->id, name, v);
	text(s, line);
}

static void
report_vm(const struct sched *s, const struct vm *vm)
{
	char name[32];
	unsigned i;

#define C(name)	counter(s, vm, #name, vm->count.name);
	VM_COUNTERS(C)
#undef C
	for (i = 0; i < HC_COUNT; i++) {
		print_into(name, sizeof(name), "call%u", i);
		counter(s, vm, name, vm->calls[i]);
	}
	counter(s, vm, "ticks_pending", chips_ticks(vm)->pending);
	print_into(name, sizeof(name), "vm%u.exit=%lu", vm->id, vm->exit_code);
	text(s, name);
}

void
report_work(const struct vm *vm)
{
	char line[80];

#define C(name) \
	if (vm->count.name != vm->at_start.name) { \
		print_into(line, sizeof(line), "vm%u.work." #name "=%lu", vm->id, \
		    vm->count.name - vm->at_start.name); \
		lab_text(line, serial_put); \
	}
	VM_COUNTERS(C)
#undef C
}

/* Frames in a row that are one's: "vmm.owner.FIRST.COUNT=WHOSE", as in
 * vmm/frames.h. */
static void
report_owners(const struct sched *s)
{
	uint32_t first, mfn = 0;
	char line[80];

	while (frame_info(mfn)) {
		uint8_t owner = frame_info(mfn)->owner;

		for (first = mfn; frame_info(mfn) && frame_info(mfn)->owner == owner; mfn++)
			;
		print_into(line, sizeof(line), "vmm.owner.%u.%u=%u", first, mfn - first, owner);
		text(s, line);
	}
}

void
report(const struct sched *s)
{
	char line[80];
	unsigned i;

	for (i = 0; i < s->vms; i++)
		report_vm(s, s->vm[i]);
	print_into(line, sizeof(line), "vmm.idle=%lu", s->idle);
	text(s, line);
	if (s->canary) {
		print_into(line, sizeof(line), "vmm.canaries_lost=%u",
		    frames_check(OWNER_FREE));
		text(s, line);
		print_into(line, sizeof(line), "vmm.own_lost=%u", frames_check(OWNER_VMM));
		text(s, line);
	}
	if (s->owners)
		report_owners(s);
	print_into(line, sizeof(line), "vmm.frames_left=%u", frames_left());
	text(s, line);
}
