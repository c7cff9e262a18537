/*
 * vmm/main.c - the VMM from its first C function to the end
 */
#include <string.h>

#include "vmm/bootinfo.h"
#include "vmm/common/power.h"
#include "vmm/common/serial.h"
#include "vmm/cpu.h"
#include "vmm/disk.h"
#include "vmm/frames.h"
#include "vmm/host.h"
#include "vmm/options.h"
#include "vmm/panic.h"
#include "vmm/report.h"
#include "vmm/sched.h"
#include "vmm/vm.h"

#define SWAP_DRIVE	3u
#define QUANTUM		10000000u	/* ns */

extern uint64_t boot_pml4[512];
void	vmm_main(uint32_t magic, uint32_t info) __attribute__((noreturn));

/* Nothing but the VMM's own slot stays mapped. */
static void
leave_low_memory(void)
{
	boot_pml4[0] = 0;
	write_cr3(read_cr3());
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
}

/* A module with the word vm.module belongs to the guest before it. */
static unsigned
modules_behind(const struct bootinfo *b, unsigned i)
{
	unsigned n = 0;
	struct options o = { .vmm = "" };

	for (; i + 1 + n < b->modules; n++) {
		o.guest = b->module[i + 1 + n].line;
		if (!option_given(&o, "module"))
			break;
	}
	return n;
}

static void
make_vms(struct sched *s, const struct bootinfo *b, struct vm_make *make)
{
	unsigned i, n;

	for (i = 0; i < b->modules; i += 1 + n) {
		n = modules_behind(b, i);
		if (s->vms == VM_MAX)
			panic("more than %u guests", VM_MAX);
		s->vm[s->vms] = vm_new(s->vms, make, &b->module[i], n);
		s->vms++;
	}
	if (!s->vms)
		panic("no guest: -initrd \"guest.elf OPTIONS,guest2.elf OPTIONS\"");
	for (i = 0; i < s->vms; i++)
		s->vm[i]->prefix = s->vms > 1;
}

/* "input=N": what is typed is VM N's. */
static void
find_input(struct sched *s, const struct options *o)
{
	uint64_t n = option_number(o, "input", VM_MAX);

	if (n < s->vms)
		s->input = s->vm[n];
}

void
vmm_main(uint32_t magic, uint32_t info)
{
	static const char *const report_to[] = { "lab", "serial", NULL };
	static struct bootinfo boot;
	struct vm *vm[VM_MAX];
	struct sched s = { .vm = vm };
	struct options o = { .vmm = boot.line };
	struct vm_make make = { .line = boot.line };
	struct blockdev swap;
	struct disk disk;

	serial_init();
	bootinfo_read(&boot, magic, info);
	frames_init(&boot);
	leave_low_memory();
	host_init();
	make.svm = svm_init(&s.features);
	s.quantum = option_number(&o, "quantum", QUANTUM);
	s.report_serial = option_choice(&o, "report", report_to, 0);
	if (disk_open(&disk, (unsigned)option_number(&o, "swap", SWAP_DRIVE) % DISK_DRIVES,
	    &swap))
		make.swap = &swap;
	make_vms(&s, &boot, &make);
	find_input(&s, &o);
	s.canary = option_number(&o, "canary", 0);
	s.owners = option_number(&o, "owners", 0);
	if (s.canary)
		frames_plant();
	sched_run(&s);
	report(&s);
	power_off();
}
